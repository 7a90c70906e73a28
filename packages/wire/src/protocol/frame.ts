/**
 * The base framing protocol, RFC 6455 §5.2: a frame header as a value that is parsed and written whole.
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +-+-+-+-+-------+-+-------------+-------------------------------+
 *   |F|R|R|R| opcode|M| length 7    | length 16 or 64, when 7 bits  |
 *   |I|S|S|S|  (4)  |A|             | say 126 or 127                |
 *   |N|V|V|V|       |S|             |                               |
 *   | |1|2|3|       |K|             |                               |
 *   +-+-+-+-+-------+-+-------------+-------------------------------+
 *   | masking key (32), when MASK is 1; then the payload            |
 *   +---------------------------------------------------------------+
 *
 * Rule of this file: structure only. What a header may say in its place is the receiver's business.
 */

/** RFC 6455 §11.8. A code with the high bit set is a control frame's. */
export const opcodes = {
  continuation: 0x0,
  text: 0x1,
  binary: 0x2,
  close: 0x8,
  ping: 0x9,
  pong: 0xa,
} as const;

/** RFC 6455 §5.5: "All control frames MUST have a payload length of 125 bytes or less". */
export const maxControlPayload = 125;

/** The longest header: 2 bytes, a 64-bit length and a masking key. */
export const maxHeaderSize = 14;

export interface FrameHeader {
  readonly fin: boolean;
  /** RSV1 to RSV3 as they stand in the first byte: 0x40, 0x20, 0x10. */
  readonly reserved: number;
  readonly opcode: number;
  readonly masked: boolean;
  /** The masking key, its first byte in the lowest eight bits; 0 when not masked. */
  readonly maskingKey: number;
  /** Payload bytes; `Infinity` when the 64-bit length is beyond 2^53 - 1. */
  readonly length: number;
  /** RFC 6455 §5.2: "the minimal number of bytes MUST be used to encode the length". */
  readonly minimal: boolean;
  /** Bytes of the header itself. */
  readonly size: number;
}

/** Reads the header at `at`, or returns `undefined` when it is not all there yet. Reading it again later costs nothing. */
export function parseHeader(bytes: Uint8Array, at: number, end: number): FrameHeader | undefined {
  if (end - at < 2) return undefined;
  const first = bytes[at]!;
  const second = bytes[at + 1]!;
  const masked = second >= 0x80;
  let length = second & 0x7f;
  let size = masked ? 6 : 2;
  let minimal = true;
  if (length === 126) {
    size += 2;
    if (end - at < size) return undefined;
    length = bytes[at + 2]! * 0x100 + bytes[at + 3]!;
    minimal = length > 125;
  } else if (length === 127) {
    size += 8;
    if (end - at < size) return undefined;
    const high = readUint32(bytes, at + 2);
    length = high > 0x1fffff ? Number.POSITIVE_INFINITY : high * 0x1_0000_0000 + readUint32(bytes, at + 6);
    minimal = length > 0xffff;
  } else if (end - at < size) return undefined;
  const key = at + size - 4;
  return {
    fin: first >= 0x80,
    reserved: first & 0x70,
    opcode: first & 0x0f,
    masked,
    maskingKey: masked ? bytes[key]! | (bytes[key + 1]! << 8) | (bytes[key + 2]! << 16) | (bytes[key + 3]! << 24) : 0,
    length,
    minimal,
    size,
  };
}

/** How many bytes the header of a frame of `length` payload bytes takes. */
export function headerSize(length: number, masked: boolean): number {
  return (length < 126 ? 2 : length <= 0xffff ? 4 : 10) + (masked ? 4 : 0);
}

/** What a frame of ours says of itself; it is masked when there is a masking key (in the form of `FrameHeader.maskingKey`). */
export interface FrameShape {
  readonly opcode: number;
  readonly fin: boolean;
  /** RSV1: the message is compressed (RFC 7692 §6). */
  readonly compressed: boolean;
  readonly maskingKey: number | undefined;
}

/** Writes a header to `target` from `at` on, and returns its size. */
export function writeHeader(target: Uint8Array, length: number, shape: FrameShape, at = 0): number {
  const { maskingKey } = shape;
  const mask = maskingKey === undefined ? 0 : 0x80;
  target[at] = (shape.fin ? 0x80 : 0) | (shape.compressed ? 0x40 : 0) | shape.opcode;
  let size = 2;
  if (length < 126) {
    target[at + 1] = mask | length;
  } else if (length <= 0xffff) {
    target[at + 1] = mask | 126;
    target[at + 2] = length >>> 8;
    target[at + 3] = length;
    size = 4;
  } else {
    target[at + 1] = mask | 127;
    writeUint32(target, at + 2, Math.floor(length / 0x1_0000_0000));
    writeUint32(target, at + 6, length % 0x1_0000_0000);
    size = 10;
  }
  if (maskingKey === undefined) return size;
  const key = at + size;
  target[key] = maskingKey;
  target[key + 1] = maskingKey >>> 8;
  target[key + 2] = maskingKey >>> 16;
  target[key + 3] = maskingKey >>> 24;
  return size + 4;
}

function readUint32(bytes: Uint8Array, at: number): number {
  return bytes[at]! * 0x100_0000 + ((bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!);
}

function writeUint32(target: Uint8Array, at: number, value: number): void {
  target[at] = value >>> 24;
  target[at + 1] = value >>> 16;
  target[at + 2] = value >>> 8;
  target[at + 3] = value;
}
