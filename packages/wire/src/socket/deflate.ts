/**
 * permessage-deflate at work, RFC 7692 §7.2: messages through zlib, in turn when they are small and on zlib's threads when
 * they are large. Context takeover is a history of plain bytes (deflate-history.ts), so every message has a fresh zlib
 * stream, made and gone within one call.
 *
 * Windows of 8 bits: zlib can't make a raw stream with a window of 256 bytes. With one of 512 its matches reach back at most
 * 512 - 262 = 250 bytes (zlib's MIN_LOOKAHEAD), so what it makes with 9 bits can be read with 8, and that is what is done.
 */
import { Buffer } from 'node:buffer';
import zlib from 'node:zlib';
import type { FrameViolation } from '../protocol/violations.ts';
import { DeflateHistory } from './deflate-history.ts';

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

/** Above this size a message goes to zlib's threads: its work would stop all other connections for a millisecond or more. */
export const inTurnBelow: number = 64 * 1024;
/** Compressed messages can grow a thousandfold; in turn, we look at no more than this of the result. */
const inflatedInTurn = 1 << 20;
/** RFC 7692 §7.2.3.4 lets a message end its DEFLATE stream and start another; each costs a zlib stream, so they are counted. */
const maxRestarts = 16;

/** RFC 7692 §7.2.1: what a flush ends with is cut off. */
const tail = Uint8Array.of(0x00, 0x00, 0xff, 0xff);
/** RFC 7692 §7.2.2: it is put back before inflating; and an empty final block, which a message that was cut never reaches. */
const end = Uint8Array.of(...tail, 0x03, 0x00);
const { Z_SYNC_FLUSH } = zlib.constants;

/** Compresses the messages of one connection that go out. */
export class MessageDeflater {
  readonly windowBits: number;
  readonly #effort: DeflateEffort;
  readonly #history: DeflateHistory | undefined;

  constructor(direction: DeflateDirection, effort: DeflateEffort) {
    this.windowBits = direction.windowBits;
    this.#effort = effort;
    this.#history = direction.takeover ? new DeflateHistory(direction.windowBits) : undefined;
  }

  /** One message, compressed with what the peer's window holds. */
  deflate(message: Uint8Array): Uint8Array | Promise<Uint8Array> {
    return deflateMessage(message, this.windowBits, this.#effort, this.#history?.dictionary);
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
): Uint8Array | Promise<Uint8Array> {
  const options: zlib.ZlibOptions = {
    windowBits: Math.max(9, windowBits),
    level: effort.level,
    memLevel: effort.memLevel,
    finishFlush: Z_SYNC_FLUSH,
    chunkSize: chunkFor(message.length),
  };
  if (dictionary !== undefined) options.dictionary = dictionary;
  try {
    if (message.length <= inTurnBelow) return withoutTail(zlib.deflateRawSync(message, options));
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
    zlib.deflateRaw(message, options, (error, result) => (error ? reject(error) : resolve(withoutTail(result))));
    return promise;
  } catch (error) {
    return Promise.reject(error); // no memory for zlib: a failure like any other
  }
}

/** Inflates the messages of one connection that come in. */
export class MessageInflater {
  readonly #windowBits: number;
  readonly #limit: number;
  readonly #history: DeflateHistory | undefined;

  /** @param limit bytes that one message may have when inflated. */
  constructor(direction: DeflateDirection, limit: number) {
    this.#windowBits = direction.windowBits;
    this.#limit = limit;
    this.#history = direction.takeover ? new DeflateHistory(direction.windowBits) : undefined;
  }

  /** The message, or the violation that its compressed form shows. Only one message may be under way. */
  inflate(compressed: Uint8Array): Uint8Array | FrameViolation | Promise<Uint8Array | FrameViolation> {
    const input = Buffer.allocUnsafe(compressed.length + end.length);
    input.set(compressed);
    input.set(end, compressed.length);
    if (input.length <= inTurnBelow) {
      const result = inflateInTurn(input, this.#options(Math.min(this.#limit, inflatedInTurn)));
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

/** What zlib gives with `info: true`: the result, and the stream that knows how much of the input it has read. */
interface InflateInfo {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}

function inflateInTurn(input: Buffer, options: InflateOptions): Uint8Array | FrameViolation {
  const parts = new InflatedParts(input, options);
  try {
    while (!parts.complete) parts.take(zlib.inflateRawSync(parts.rest, parts.options()) as unknown as InflateInfo);
  } catch (error) {
    return violationOf(error);
  }
  return parts.result();
}

async function inflateOnThread(input: Buffer, options: InflateOptions): Promise<Uint8Array | FrameViolation> {
  const parts = new InflatedParts(input, options);
  try {
    while (!parts.complete) {
      const { promise, resolve, reject } = Promise.withResolvers<InflateInfo>();
      zlib.inflateRaw(parts.rest, parts.options(), (error, info) =>
        error ? reject(error) : resolve(info as unknown as InflateInfo),
      );
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

  options(): zlib.ZlibOptions {
    const { windowBits, limit } = this.#options;
    const options: zlib.ZlibOptions = {
      windowBits,
      // zlib refuses to be asked for nothing, so one byte more than is left is asked for, and judged by `take`.
      maxOutputLength: Math.min(limit - this.#length + 1, zlibMaxOutput),
      chunkSize: chunkFor(this.rest.length * 4),
      info: true,
    };
    const dictionary = this.#dictionary();
    if (dictionary !== undefined) options.dictionary = dictionary;
    return options;
  }

  take({ buffer, engine }: InflateInfo): void {
    this.#parts.push(buffer);
    this.#length += buffer.length;
    if (this.#length > this.#options.limit) throw new Violation('message-too-large');
    this.complete = engine.bytesWritten >= this.rest.length;
    if (!this.complete && this.#parts.length > maxRestarts) throw new Violation('compressed-data-restarted');
    this.rest = this.rest.subarray(engine.bytesWritten);
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

/** zlib's output grows by chunks of this size: one that fits costs neither a second round nor memory that stays empty. */
function chunkFor(size: number): number {
  return Math.min(64 * 1024, Math.max(256, size + 64));
}
