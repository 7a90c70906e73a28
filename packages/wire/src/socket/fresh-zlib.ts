/**
 * zlib for one message at a time, by Node's public calls: each message has a stream of its own, made and gone within one
 * call. `ZlibInTurn` is what any zlib must do here; kept-zlib.ts does the same with streams that it keeps.
 */
import type { Buffer } from 'node:buffer';
import zlib from 'node:zlib';

/** How a message is compressed. */
export interface DeflateSetting {
  /** 9 to 15. */
  readonly windowBits: number;
  /** 1, fastest, to 9, smallest. */
  readonly level: number;
  /** zlib's working memory, 1 to 9. */
  readonly memLevel: number;
  /** What the message may refer back to: the window that the reader has. */
  readonly dictionary: Uint8Array | undefined;
}

/** How a message is inflated. */
export interface InflateSetting {
  /** 8 to 15. */
  readonly windowBits: number;
  /** More than this many bytes are an error, `ERR_BUFFER_TOO_LARGE`. */
  readonly maxOutputLength: number;
  readonly dictionary: Uint8Array | undefined;
}

export interface Inflated {
  readonly bytes: Buffer;
  /** How much of the input was read: less than all of it where a final block ended the stream. */
  readonly bytesRead: number;
}

/** Both functions throw zlib's errors, with its `code`. */
export interface ZlibInTurn {
  /** A message of at most `largestInTurn` bytes as a raw DEFLATE stream, with a sync flush at its end. */
  deflate(message: Uint8Array, setting: DeflateSetting): Buffer;
  /** A raw DEFLATE stream of at most `largestInTurn` bytes, up to its final block. */
  inflate(input: Uint8Array, setting: InflateSetting): Inflated;
}

/** The most that is handed to zlib in turn: its work would stop all other connections for a millisecond or more. */
export const largestInTurn: number = 64 * 1024;

/** Options for Node's own functions. */
export function deflateOptions(size: number, { dictionary, ...setting }: DeflateSetting): zlib.ZlibOptions {
  const options = { ...setting, finishFlush: zlib.constants.Z_SYNC_FLUSH, chunkSize: chunkFor(size) };
  return dictionary === undefined ? options : { ...options, dictionary };
}

/** Options for Node's own functions; with them, they give an `InflateInfo`. */
export function inflateOptions(size: number, { dictionary, ...setting }: InflateSetting): zlib.ZlibOptions {
  const options = { ...setting, chunkSize: chunkFor(size * 4), info: true };
  return dictionary === undefined ? options : { ...options, dictionary };
}

/** zlib's output grows by chunks of this size: one that fits costs neither a second round nor memory that stays empty. */
function chunkFor(size: number): number {
  return Math.min(64 * 1024, Math.max(256, size + 64));
}

/** What zlib gives with `info: true`: the result, and the stream that knows how much of the input it has read. */
export interface InflateInfo {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}

export function inflatedFrom(info: unknown): Inflated {
  const { buffer, engine } = info as InflateInfo;
  return { bytes: buffer, bytesRead: engine.bytesWritten };
}

export const freshZlib: ZlibInTurn = {
  deflate: (message, setting) => zlib.deflateRawSync(message, deflateOptions(message.length, setting)),
  inflate: (input, setting) => inflatedFrom(zlib.inflateRawSync(input, inflateOptions(input.length, setting))),
};
