/**
 * SHA-1, FIPS 180-4 §6.1, for `Sec-WebSocket-Accept` alone: RFC 6455 §10.8 needs nothing of it but that it is the same
 * everywhere. Synchronous, where `crypto.subtle` is not, and without `node:crypto`, so that the protocol runs anywhere.
 */

type State = readonly [a: number, b: number, c: number, d: number, e: number];

/** The 20 bytes of the SHA-1 digest of `message`. */
export function sha1(message: Uint8Array): Uint8Array {
  const padded = pad(message);
  const schedule = new Uint32Array(80);
  let state: State = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0];
  for (let block = 0; block < padded.byteLength; block += 64) state = addBlock(state, schedule, padded, block);
  const digest = new DataView(new ArrayBuffer(20));
  state.forEach((word, index) => {
    digest.setUint32(4 * index, word);
  });
  return new Uint8Array(digest.buffer);
}

/** FIPS 180-4 §5.1.1: a 1 bit, zeros, and the length in 64 bits, to a multiple of 64 bytes. */
function pad(message: Uint8Array): DataView {
  const padded = new Uint8Array(Math.ceil((message.length + 9) / 64) * 64);
  padded.set(message);
  padded[message.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setBigUint64(padded.length - 8, BigInt(message.length) * 8n);
  return view;
}

function addBlock(state: State, schedule: Uint32Array, message: DataView, block: number): State {
  for (let t = 0; t < 16; t++) schedule[t] = message.getUint32(block + 4 * t);
  for (let t = 16; t < 80; t++) {
    schedule[t] = rotateLeft(schedule[t - 3]! ^ schedule[t - 8]! ^ schedule[t - 14]! ^ schedule[t - 16]!, 1);
  }
  let [a, b, c, d, e] = state;
  for (let t = 0; t < 80; t++) {
    const next = (rotateLeft(a, 5) + mix(t, b, c, d) + e + schedule[t]!) | 0;
    e = d;
    d = c;
    c = rotateLeft(b, 30);
    b = a;
    a = next;
  }
  return [(state[0] + a) | 0, (state[1] + b) | 0, (state[2] + c) | 0, (state[3] + d) | 0, (state[4] + e) | 0];
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
