import { defineContract } from '@tidewire/hub/contract';
import * as v from 'valibot';

const Line = v.object({ by: v.pipe(v.string(), v.maxLength(30)), text: v.pipe(v.string(), v.maxLength(500)) });

export const contract = defineContract({
  topics: { 'chat.{room}': Line },
  calls: { 'room.count': { input: v.object({ room: v.string() }), output: v.number() } },
});
