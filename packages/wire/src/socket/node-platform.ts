/** Node's means for the protocol core: pooled buffers, and text coded by native code. */
import { Buffer, constants } from 'node:buffer';
import { randomFillSync } from 'node:crypto';
import type { Platform } from '../protocol/platform.ts';

export const nodePlatform: Platform = {
  allocate: (size) => Buffer.allocUnsafe(size),
  utf8Length: (text) => Buffer.byteLength(text),
  writeUtf8(text, target, at, length) {
    // A text as long in bytes as in UTF-16 units is ASCII, for which the plainer encoding is the faster one.
    (target as Buffer).write(text, at, length === text.length ? 'latin1' : 'utf8');
  },
  random: (bytes) => {
    randomFillSync(bytes);
  },
};

/** The longest text that becomes one string, in UTF-16 units. */
export const maxTextLength: number = constants.MAX_STRING_LENGTH;

/** Valid UTF-8 as a string; a byte order mark stays, as RFC 6455 does not give it a meaning. */
export function decodeText(bytes: Uint8Array, ascii: boolean): string {
  return asBuffer(bytes).toString(ascii ? 'latin1' : 'utf8');
}

/** The same memory as a Buffer. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** What a caller may send as binary, as bytes of the very same memory: offsets and lengths of views are honoured. */
export function bytesOf(data: ArrayBufferLike | ArrayBufferView): Uint8Array {
  if (data instanceof Uint8Array) return data;
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (data instanceof ArrayBuffer || data instanceof SharedArrayBuffer) return new Uint8Array(data);
  throw new TypeError('A message is a string, an ArrayBuffer or a view of one');
}
