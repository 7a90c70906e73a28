/**
 * Masking, RFC 6455 §5.3: "octet i of the transformed data is the XOR of octet i of the original data with octet at index
 * i modulo 4 of the masking key". Masking and unmasking are the same step.
 *
 * A key is a 32-bit integer with its first octet lowest, as `FrameHeader.maskingKey`. Long stretches go four bytes at a
 * time: that is an order of magnitude faster than byte by byte.
 */

/** From here on aligning to 32-bit words costs less than it saves. */
const wordsPayFrom = 48;

/** A key as its octets lie in memory, whatever the host's byte order: what a word of payload is XORed with. */
const keyOctets = new Uint8Array(4);
const keyWord = new Int32Array(keyOctets.buffer);

/**
 * Masks `bytes[start … end)` in place and returns all resulting octets OR-ed together: below 0x80 means that the
 * stretch is ASCII, which is UTF-8 without further checks.
 */
export function mask(bytes: Uint8Array, start: number, end: number, key: number): number {
  let at = start;
  let seen = 0;
  if (end - start >= wordsPayFrom) {
    const offset = bytes.byteOffset;
    while ((offset + at) & 3) {
      seen |= bytes[at] = bytes[at]! ^ (key >>> (((at - start) & 3) << 3));
      at++;
    }
    const words = (end - at) >>> 2;
    seen |= maskWords(new Int32Array(bytes.buffer, offset + at, words), rotateKey(key, at - start));
    at += words << 2;
  }
  for (; at < end; at++) seen |= bytes[at] = bytes[at]! ^ (key >>> (((at - start) & 3) << 3));
  return seen & 0xff;
}

/** The key as it stands `count` octets into a payload: what the next part of a payload that came in parts is masked with. */
export function rotateKey(key: number, count: number): number {
  const bits = (count & 3) << 3;
  return bits === 0 ? key : (key >>> bits) | (key << (32 - bits));
}

function maskWords(words: Int32Array, key: number): number {
  for (let i = 0; i < 4; i++) keyOctets[i] = key >>> (i << 3);
  const word = keyWord[0]!;
  let seen = 0;
  for (let i = 0; i < words.length; i++) seen |= words[i] = words[i]! ^ word;
  seen |= seen >>> 16;
  return seen | (seen >>> 8);
}
