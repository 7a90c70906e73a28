/**
 * permessage-deflate on one socket: a stage before the outbox and one behind the parser, both in order. A message that is
 * large enough for zlib's threads holds back what comes after it; all others pass straight through.
 */

import type { Frame } from '../protocol/framer.ts';
import type { DeflateAgreement } from '../protocol/permessage-deflate.ts';
import type { MessageKind } from '../protocol/receiver.ts';
import type { Role } from '../protocol/role.ts';
import type { FrameViolation } from '../protocol/violations.ts';
import { type DeflateDirection, MessageDeflater, MessageInflater } from './deflate.ts';
import { largestInTurn } from './fresh-zlib.ts';
import type { Message } from './inbox.ts';
import type { DeflatedFrame, PreparedMessage } from './prepared-message.ts';
import { Sequence } from './sequence.ts';
import type { ResolvedCompression } from './socket-options.ts';

export interface CompressionEvents {
  sendText(text: string): void;
  /** Puts a message out as one frame. */
  sendMessage(payload: Uint8Array, kind: MessageKind, compressed: boolean): void;
  sendFrame(frame: Frame): void;
}

export class Compression {
  /** What waits behind a message that is being compressed. */
  readonly sequence: Sequence = new Sequence();
  readonly #events: CompressionEvents;
  readonly #options: ResolvedCompression;
  readonly #deflater: MessageDeflater;
  readonly #inflater: MessageInflater;

  constructor(
    role: Role,
    agreement: DeflateAgreement,
    options: ResolvedCompression,
    limit: number | null,
    events: CompressionEvents,
  ) {
    const server: DeflateDirection = {
      windowBits: agreement.serverMaxWindowBits,
      takeover: !agreement.serverNoContextTakeover,
    };
    const client: DeflateDirection = {
      windowBits: agreement.clientMaxWindowBits,
      takeover: !agreement.clientNoContextTakeover,
    };
    this.#events = events;
    this.#options = options;
    this.#deflater = new MessageDeflater(role === 'server' ? server : client, options);
    this.#inflater = new MessageInflater(role === 'server' ? client : server, limit ?? Number.MAX_SAFE_INTEGER);
  }

  inflate(payload: Uint8Array): Uint8Array | FrameViolation | Promise<Uint8Array | FrameViolation> {
    return this.#inflater.inflate(payload);
  }

  /** Sends a message, compressed where that is wanted and makes it smaller. */
  send(message: Message, compress: boolean | undefined): void {
    const size = typeof message === 'string' ? Buffer.byteLength(message) : message.length;
    const wanted = size > 0 && (compress ?? size >= this.#options.threshold);
    // What waits, or is read on another thread, must not change under its sender's hands: the peer's window would not be
    // what we take it for.
    const later = this.sequence.held || (wanted && size > largestInTurn);
    const kept = later && typeof message !== 'string' ? new Uint8Array(message) : message;
    this.sequence.add(size, wanted ? () => this.#sendDeflated(kept, size) : () => this.#sendPlain(kept));
  }

  #sendPlain(message: Message): void {
    if (typeof message === 'string') this.#events.sendText(message);
    else this.#events.sendMessage(message, 'binary', false);
  }

  #sendDeflated(message: Message, size: number): void {
    const payload = typeof message === 'string' ? Buffer.from(message) : message;
    const put = (deflated: Uint8Array | undefined) => {
      if (deflated === undefined || deflated.length >= size) return this.#sendPlain(message);
      this.#deflater.sent(payload);
      this.#events.sendMessage(deflated, typeof message === 'string' ? 'text' : 'binary', true);
    };
    const deflated = this.#deflater.deflate(payload);
    if (deflated instanceof Uint8Array) return put(deflated);
    // When zlib finds no memory, the message still goes out, as it is.
    const made = deflated.catch(() => undefined);
    this.sequence.hold(size, made, put);
  }

  /** Sends a message that was made for many, in its compressed form where this peer can read that. */
  sendPrepared(message: PreparedMessage, compress: boolean | undefined): void {
    if (!(compress ?? message.size >= this.#options.threshold)) {
      this.sequence.add(message.size, () => this.#events.sendFrame(message.frame));
      return;
    }
    this.sequence.add(message.size, () => {
      const deflated = message.deflated(this.#deflater.windowBits, this.#options);
      const put = (made: DeflatedFrame | null) => {
        if (made !== null) this.#deflater.sent(message.payload);
        this.#events.sendFrame(made?.frame ?? message.frame);
      };
      if (deflated instanceof Promise) this.sequence.hold(message.size, deflated, put);
      else put(deflated);
    });
  }
}
