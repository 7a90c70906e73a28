/**
 * What the core borrows from its host. The universal one runs wherever there is JavaScript; a host with faster means
 * (Node's Buffer) brings its own, see socket/node-platform.ts.
 */

import { base64 } from './base64.ts';
import { mask } from './mask.ts';
import { sha1 } from './sha1.ts';
import { utf8Length } from './utf8-length.ts';

export interface Platform {
  /** New bytes of any content: they are overwritten before anyone sees them. */
  allocate(size: number): Uint8Array;
  /** How many bytes `text` takes in UTF-8. A lone surrogate counts, and is written, as U+FFFD. */
  utf8Length(text: string): number;
  /** Writes `text` in UTF-8 to `target` from `at` on, where there is room for it, and returns how many bytes it took. */
  writeUtf8(text: string, target: Uint8Array, at: number): number;
  /**
   * Reads UTF-8 that has been checked, between `start` and `end`; `ascii` promises that it is nothing else. A byte order mark
   * is a character like any other. @throws when the text is longer than the host's strings can be.
   */
  decodeUtf8(bytes: Uint8Array, start: number, end: number, ascii: boolean): string;
  /**
   * Masks `bytes[start … end)` in place with a key in the form of `FrameHeader.maskingKey`. The result is below 0x80 when the
   * octets are ASCII then, and not when they aren't.
   */
  mask(bytes: Uint8Array, start: number, end: number, key: number): number;
  /** Fills `bytes` from a source that no one can predict (RFC 6455 §5.3, §10.3). */
  random(bytes: Uint8Array): void;
  /** The SHA-1 digest of `text` in UTF-8, written in base64. */
  sha1(text: string): string;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

export const universalPlatform: Platform = {
  allocate: (size) => new Uint8Array(size),

  utf8Length,

  writeUtf8(text, target, at) {
    return encoder.encodeInto(text, at === 0 ? target : target.subarray(at)).written;
  },

  decodeUtf8: (bytes, start, end) => decoder.decode(bytes.subarray(start, end)),

  mask,

  random: (bytes) => {
    crypto.getRandomValues(bytes as Uint8Array<ArrayBuffer>);
  },

  sha1: (text) => base64(sha1(encoder.encode(text))),
};
