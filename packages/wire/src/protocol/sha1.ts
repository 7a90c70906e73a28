/**
 * SHA-1, FIPS 180-4 §6.1, for `Sec-WebSocket-Accept` alone: RFC 6455 §10.8 needs nothing of it but that it is the same
 * everywhere. Synchronous, where `crypto.subtle` is not, and without `node:crypto`, so that the protocol runs anywhere.
 */

/** Computed anew for each block, in the same memory. */
const schedule = new Int32Array(80);

/** The 20 bytes of the SHA-1 digest of `message`. */
export function sha1(message: Uint8Array): Uint8Array {
  const padded = pad(message);
  const state = Int32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0);
  for (let block = 0; block < padded.length; block += 64) addBlock(state, padded, block);
  const digest = new Uint8Array(20);
  for (let i = 0; i < 20; i++) digest[i] = state[i >>> 2]! >>> (24 - 8 * (i & 3));
  return digest;
}

/** FIPS 180-4 §5.1.1: a 1 bit, zeros, and the length in 64 bits, to a multiple of 64 bytes. */
function pad(message: Uint8Array): Uint8Array {
  const padded = new Uint8Array(Math.ceil((message.length + 9) / 64) * 64);
  padded.set(message);
  padded[message.length] = 0x80;
  let bits = message.length * 8;
  for (let at = padded.length - 1; bits > 0; at--, bits = Math.floor(bits / 0x100)) padded[at] = bits;
  return padded;
}

function addBlock(state: Int32Array, message: Uint8Array, block: number): void {
  for (let t = 0, at = block; t < 16; t++, at += 4) {
    schedule[t] = (message[at]! << 24) | (message[at + 1]! << 16) | (message[at + 2]! << 8) | message[at + 3]!;
  }
  for (let t = 16; t < 80; t++) {
    schedule[t] = rotateLeft(schedule[t - 3]! ^ schedule[t - 8]! ^ schedule[t - 14]! ^ schedule[t - 16]!, 1);
  }
  let a = state[0]!;
  let b = state[1]!;
  let c = state[2]!;
  let d = state[3]!;
  let e = state[4]!;
  for (let t = 0; t < 80; t++) {
    const next = (rotateLeft(a, 5) + mix(t, b, c, d) + e + schedule[t]!) | 0;
    e = d;
    d = c;
    c = rotateLeft(b, 30);
    b = a;
    a = next;
  }
  state[0]! += a;
  state[1]! += b;
  state[2]! += c;
  state[3]! += d;
  state[4]! += e;
}

/** The function and the constant of round `t`, FIPS 180-4 §4.1.1 and §4.2.1. */
function mix(t: number, b: number, c: number, d: number): number {
  if (t < 20) return ((b & c) | (~b & d)) + 0x5a827999;
  if (t < 40) return (b ^ c ^ d) + 0x6ed9eba1;
  if (t < 60) return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
  return (b ^ c ^ d) + 0xca62c1d6;
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
