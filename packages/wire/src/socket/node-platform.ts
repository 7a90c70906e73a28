/** Node's means for the protocol core: pooled buffers, text coded by native code, and masking by vectors. */
import { Buffer } from 'node:buffer';
import { hash, randomFillSync } from 'node:crypto';
import { types } from 'node:util';
import type { Platform } from '../protocol/platform.ts';
import { simdMask } from './simd-mask.ts';

export const nodePlatform: Platform = {
  allocate: (size) => Buffer.allocUnsafe(size),
  utf8Length: (text) => Buffer.byteLength(text),
  writeUtf8: (text, target, at) => (target as Buffer).write(text, at),
  decodeUtf8: (bytes, start, end, ascii) => asBuffer(bytes).toString(ascii ? 'latin1' : 'utf8', start, end),
  mask: simdMask,
  random: (bytes) => {
    randomFillSync(bytes);
  },
  sha1: (text) => hash('sha1', text, 'base64'),
};

/** The same memory as a Buffer. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** What a caller may send as binary, as bytes of the very same memory: offsets and lengths of views are honoured. */
export function bytesOf(data: ArrayBufferLike | ArrayBufferView): Uint8Array {
  if (data instanceof Uint8Array) return data;
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  // Not `instanceof`: a buffer may come from another realm, as in tests that run in a vm context.
  if (types.isAnyArrayBuffer(data)) return new Uint8Array(data);
  throw new TypeError('A message is a string, an ArrayBuffer or a view of one');
}
