/**
 * permessage-deflate at work, RFC 7692 §7.2: messages through zlib, in turn when they are small and on zlib's threads when
 * they are large. Context takeover is a history of plain bytes (deflate-history.ts), so every message starts zlib anew
 * (kept-zlib.ts, fresh-zlib.ts).
 *
 * Windows of 8 bits: zlib can't make a raw stream with a window of 256 bytes. With one of 512 its matches reach back at most
 * 512 - 262 = 250 bytes (zlib's MIN_LOOKAHEAD), so what it makes with 9 bits can be read with 8, and that is what is done.
 */
import { Buffer } from 'node:buffer';
import zlib from 'node:zlib';
import type { FrameViolation } from '../protocol/violations.ts';
import { DeflateHistory } from './deflate-history.ts';
import {
  type DeflateSetting,
  deflateOptions,
  type Inflated,
  type InflateSetting,
  inflatedFrom,
  inflateOptions,
  largestInTurn,
  type ZlibInTurn,
} from './fresh-zlib.ts';
import { zlibInTurn } from './kept-zlib.ts';

/** How one direction of a connection was agreed on. */
export interface DeflateDirection {
  /** 8 to 15. */
  readonly windowBits: number;
  readonly takeover: boolean;
}

/** What zlib spends to compress. */
export interface DeflateEffort {
  /** 1, fastest, to 9, smallest. @default 6 */
  readonly level: number;
  /** zlib's working memory, 1 to 9. @default 5 */
  readonly memLevel: number;
}

/**
 * To prime zlib takes 1.3 µs for each KiB of the window, to compress 20 µs for each KiB of the message. So a message looks
 * back no further than eight times its size, rounded up, or this many bytes: of a window of 32 KiB, one of 1 KiB uses a
 * quarter, takes half the time and becomes 0 to 5 % larger.
 */
const leastLookedBack = 4096;
/** How far short of its window zlib looks back: its MIN_LOOKAHEAD. */
const outOfReach = 262;
/** Compressed messages can grow a thousandfold; in turn, we look at no more than this of the result. */
const inflatedInTurn = 1 << 20;
/** RFC 7692 §7.2.3.4 lets a message end its DEFLATE stream and start another; each costs a zlib stream, so they are counted. */
const maxRestarts = 16;

/** RFC 7692 §7.2.1: what a flush ends with is cut off. */
const tail = Uint8Array.of(0x00, 0x00, 0xff, 0xff);
/** RFC 7692 §7.2.2: it is put back before inflating; and an empty final block, which a message that was cut never reaches. */
const end = Uint8Array.of(...tail, 0x03, 0x00);

/** Compresses the messages of one connection that go out. */
export class MessageDeflater {
  readonly windowBits: number;
  readonly #effort: DeflateEffort;
  readonly #history: DeflateHistory | undefined;
  readonly #inTurn: ZlibInTurn;

  constructor(direction: DeflateDirection, effort: DeflateEffort, inTurn: ZlibInTurn = zlibInTurn()) {
    this.windowBits = direction.windowBits;
    this.#effort = effort;
    this.#inTurn = inTurn;
    this.#history = direction.takeover ? new DeflateHistory(direction.windowBits) : undefined;
  }

  /** One message, compressed with what the peer's window holds. */
  deflate(message: Uint8Array): Uint8Array | Promise<Uint8Array> {
    return deflateMessage(message, this.windowBits, this.#effort, this.#history?.dictionary, this.#inTurn);
  }

  /** A message was sent compressed, here or for many at once: it is in the peer's window now. */
  sent(message: Uint8Array): void {
    this.#history?.append(message);
  }
}

/** Compresses one message without or with a `dictionary`, the window that the reader has. */
export function deflateMessage(
  message: Uint8Array,
  windowBits: number,
  effort: DeflateEffort,
  dictionary?: Uint8Array,
  inTurn: ZlibInTurn = zlibInTurn(),
): Uint8Array | Promise<Uint8Array> {
  const { level, memLevel } = effort;
  const bits = usefulBits(message.length, windowBits, dictionary !== undefined);
  const setting: DeflateSetting = { windowBits: bits, level, memLevel, dictionary: dictionary?.subarray(-(1 << bits)) };
  try {
    if (message.length <= largestInTurn) return withoutTail(inTurn.deflate(message, setting));
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
    zlib.deflateRaw(message, deflateOptions(message.length, setting), (error, result) =>
      error ? reject(error) : resolve(withoutTail(result)),
    );
    return promise;
  } catch (error) {
    return Promise.reject(error); // no memory for zlib: a failure like any other
  }
}

/** The window to compress a message of `size` bytes in: no larger than it can use. */
function usefulBits(size: number, windowBits: number, primed: boolean): number {
  const reach = primed ? Math.max(leastLookedBack, 8 * size) : size + outOfReach;
  return Math.max(9, Math.min(windowBits, Math.ceil(Math.log2(reach))));
}

/** Inflates the messages of one connection that come in. */
export class MessageInflater {
  readonly #windowBits: number;
  readonly #limit: number;
  readonly #history: DeflateHistory | undefined;
  readonly #inTurn: ZlibInTurn;

  /** @param limit bytes that one message may have when inflated. */
  constructor(direction: DeflateDirection, limit: number, inTurn: ZlibInTurn = zlibInTurn()) {
    this.#inTurn = inTurn;
    this.#windowBits = direction.windowBits;
    this.#limit = limit;
    this.#history = direction.takeover ? new DeflateHistory(direction.windowBits) : undefined;
  }

  /** The message, or the violation that its compressed form shows. Only one message may be under way. */
  inflate(compressed: Uint8Array): Uint8Array | FrameViolation | Promise<Uint8Array | FrameViolation> {
    const input = Buffer.allocUnsafe(compressed.length + end.length);
    input.set(compressed);
    input.set(end, compressed.length);
    if (input.length <= largestInTurn) {
      const result = inflateInTurn(this.#inTurn, input, this.#options(Math.min(this.#limit, inflatedInTurn)));
      if (result !== 'message-too-large' || this.#limit <= inflatedInTurn) return this.#taken(result);
    }
    return inflateOnThread(input, this.#options(this.#limit)).then((result) => this.#taken(result));
  }

  #taken(result: Uint8Array | FrameViolation): Uint8Array | FrameViolation {
    if (typeof result !== 'string') this.#history?.append(result);
    return result;
  }

  #options(limit: number): InflateOptions {
    const dictionary = this.#history?.dictionary;
    return { windowBits: this.#windowBits, limit, dictionary };
  }
}

interface InflateOptions {
  readonly windowBits: number;
  readonly limit: number;
  readonly dictionary: Uint8Array | undefined;
}

function inflateInTurn(inTurn: ZlibInTurn, input: Buffer, options: InflateOptions): Uint8Array | FrameViolation {
  const parts = new InflatedParts(input, options);
  try {
    while (!parts.complete) parts.take(inTurn.inflate(parts.rest, parts.setting()));
  } catch (error) {
    return violationOf(error);
  }
  return parts.result();
}

async function inflateOnThread(input: Buffer, options: InflateOptions): Promise<Uint8Array | FrameViolation> {
  const parts = new InflatedParts(input, options);
  try {
    while (!parts.complete) {
      const { promise, resolve, reject } = Promise.withResolvers<Inflated>();
      const options = inflateOptions(parts.rest.length, parts.setting());
      zlib.inflateRaw(parts.rest, options, (error, info) => (error ? reject(error) : resolve(inflatedFrom(info))));
      parts.take(await promise);
    }
  } catch (error) {
    return violationOf(error);
  }
  return parts.result();
}

/**
 * A message's inflated bytes. Nearly always there is one part; a block with BFINAL set ends zlib's stream, and what follows
 * it needs another one that sees the same window (RFC 7692 §7.2.3.4).
 */
class InflatedParts {
  rest: Buffer;
  complete = false;
  readonly #options: InflateOptions;
  #parts: Buffer[] = [];
  #length = 0;

  constructor(input: Buffer, options: InflateOptions) {
    this.rest = input;
    this.#options = options;
  }

  setting(): InflateSetting {
    const { windowBits, limit } = this.#options;
    // zlib refuses to be asked for nothing, so one byte more than is left is asked for, and judged by `take`.
    const maxOutputLength = Math.min(limit - this.#length + 1, zlibMaxOutput);
    return { windowBits, maxOutputLength, dictionary: this.#dictionary() };
  }

  take({ bytes, bytesRead }: Inflated): void {
    this.#parts.push(bytes);
    this.#length += bytes.length;
    if (this.#length > this.#options.limit) throw new Violation('message-too-large');
    this.complete = bytesRead >= this.rest.length;
    if (!this.complete && this.#parts.length > maxRestarts) throw new Violation('compressed-data-restarted');
    this.rest = this.rest.subarray(bytesRead);
  }

  result(): Uint8Array {
    return this.#parts.length === 1 ? this.#parts[0]! : Buffer.concat(this.#parts);
  }

  #dictionary(): Uint8Array | undefined {
    const { dictionary, windowBits } = this.#options;
    if (this.#length === 0) return dictionary;
    const before = Buffer.concat(dictionary === undefined ? this.#parts : [dictionary, ...this.#parts]);
    return before.subarray(Math.max(0, before.length - (1 << windowBits)));
  }
}

class Violation extends Error {
  readonly violation: FrameViolation;
  constructor(violation: FrameViolation) {
    super(violation);
    this.violation = violation;
  }
}

function violationOf(error: unknown): FrameViolation {
  if (error instanceof Violation) return error.violation;
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (code === 'ERR_BUFFER_TOO_LARGE') return 'message-too-large';
  if (code === 'Z_DATA_ERROR' || code === 'Z_BUF_ERROR') return 'compressed-data-corrupt';
  throw error; // zlib found no memory, say: nothing that the peer has done
}

function withoutTail(deflated: Buffer): Uint8Array {
  return deflated.subarray(0, deflated.length - tail.length);
}

const zlibMaxOutput = 2 ** 31 - 1;
