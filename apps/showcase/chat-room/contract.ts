/**
 * The chat room: one topic. A line may be sent as a string, by those who have no more to say than that; what is published is
 * always an object, in which the server has put who said it.
 */
import { defineContract } from '@tidewire/hub/contract';
import * as v from 'valibot';

export const maxLineLength = 1000;

const Text = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(maxLineLength));

/** Who said it: `id` when the name is that of a signed token. */
const Speaker = v.object({ name: v.pipe(v.string(), v.maxLength(100)), id: v.optional(v.string()) });

const Line = v.object({
  text: Text,
  /** The sender's own word for this line, by which it is known again. */
  id: v.optional(v.pipe(v.string(), v.maxLength(64))),
  /** Put in by the server. */
  from: v.optional(Speaker),
  /** How it came: a WebSocket subprotocol, or `plain`. Put in by the server. */
  via: v.optional(v.pipe(v.string(), v.maxLength(32))),
});

export type ChatLine = v.InferOutput<typeof Line>;

export const contract = defineContract({ topics: { 'chat.lobby': v.union([Line, Text]) } });
