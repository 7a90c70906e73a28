/**
 * Masking, RFC 6455 §5.3, sixteen bytes at a time: a WebAssembly function of forty instructions, where the host has SIMD for
 * WebAssembly and lets it be compiled. Bytes that lie in its memory (`lendable`) are masked in place; others are copied in
 * and out, which pays for long ones. Everything else is for protocol/mask.ts.
 *
 * The module is written out here instruction by instruction, since it is shorter than what would be needed to build it.
 */
import { Buffer } from 'node:buffer';
import { mask } from '../protocol/mask.ts';

/** Memory that is masked in place, and behind it the room for what is copied in. */
const lendableSize = 64 * 1024;
const roomSize = 64 * 1024;

/** From here on, copying in and out costs less than it saves. */
const copyFrom = 768;

const [i32, v128, empty] = [0x7f, 0x7b, 0x40];
const [block, loop, branch, branchIf, end] = [0x02, 0x03, 0x0c, 0x0d, 0x0b];
const [load8, store8, align] = [0x2d, 0x3a, 0x00];
const [add, and, or, xor, rotateRight, unsignedLess, notEqual, shiftLeft] = [
  0x6a, 0x71, 0x72, 0x73, 0x78, 0x49, 0x47, 0x74,
];
const simd = 0xfd;
const loadVector = [simd, 0x00, align, 0];
const storeVector = [simd, 0x0b, align, 0];
const orVectors = [simd, 0x50];
const xorVectors = [simd, 0x51];
const splat = [simd, 0x11];
const highBits = [simd, 0x64];
const get = (local: number): number[] => [0x20, local];
const set = (local: number): number[] => [0x21, local];
const constant = (value: number): number[] => [0x41, value]; // -64 to 63, as the seven bits of a signed LEB128
const minus16 = constant(0x70);

/** Parameters: where, how many bytes, and the key, its first octet lowest. Then the locals. */
const [at, length, key, stop, seen, vector, keys, seenVectors] = [0, 1, 2, 3, 4, 5, 6, 7];

const body: readonly number[] = [
  ...[...get(key), ...splat, ...set(keys)],
  // As many whole vectors as there are.
  ...[...get(at), ...get(length), ...minus16, and, add, ...set(stop)],
  ...[block, empty, loop, empty],
  ...[...get(at), ...get(stop), unsignedLess, 0x45, branchIf, 1],
  ...[...get(at), ...loadVector, ...get(keys), ...xorVectors, ...set(vector)],
  ...[...get(at), ...get(vector), ...storeVector],
  ...[...get(seenVectors), ...get(vector), ...orVectors, ...set(seenVectors)],
  ...[...get(at), ...constant(16), add, ...set(at), branch, 0, end, end],
  // The rest, octet by octet.
  ...[...get(at), ...get(length), ...constant(15), and, add, ...set(stop)],
  ...[block, empty, loop, empty],
  ...[...get(at), ...get(stop), unsignedLess, 0x45, branchIf, 1],
  ...[...get(at), ...get(at), load8, align, 0, ...get(key), xor, store8, align, 0],
  ...[...get(seen), ...get(at), load8, align, 0, or, ...set(seen)],
  ...[...get(key), ...constant(8), rotateRight, ...set(key)],
  ...[...get(at), ...constant(1), add, ...set(at), branch, 0, end, end],
  // Of the vectors, whether any octet had its high bit set: that is all that is asked of the union.
  ...[...get(seen), ...get(seenVectors), ...highBits, ...constant(0), notEqual, ...constant(7), shiftLeft, or, end],
];

const sized = (content: readonly number[]): number[] => [
  (content.length & 0x7f) | 0x80,
  content.length >> 7,
  ...content,
];
const section = (id: number, content: readonly number[]): number[] => [id, ...sized(content)];
const named = (name: string): number[] => [name.length, ...new TextEncoder().encode(name)];

const module = Uint8Array.from([
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...section(1, [1, 0x60, 3, i32, i32, i32, 1, i32]),
  ...section(3, [1, 0]),
  ...section(5, [1, 0, (lendableSize + roomSize) >> 16]),
  ...section(7, [2, ...named('memory'), 2, 0, ...named('mask'), 0, 0]),
  ...section(10, [1, ...sized([2, 2, i32, 3, v128, ...body])]),
]);

type MaskAt = (at: number, length: number, key: number) => number;

function instantiate(): { readonly memory: ArrayBuffer; readonly maskAt: MaskAt } | undefined {
  try {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module));
    return {
      memory: (exports['memory'] as WebAssembly.Memory).buffer as ArrayBuffer,
      maskAt: exports['mask'] as MaskAt,
    };
  } catch {
    return undefined; // no SIMD, or a policy forbids to compile
  }
}

const instance = instantiate();
const memory = instance?.memory ?? new ArrayBuffer(lendableSize);
const maskAt = instance?.maskAt;
const room = new Uint8Array(memory, instance === undefined ? 0 : lendableSize);

/** Memory for one read at a time, in which masking costs least. */
export const lendable: Buffer = Buffer.from(memory, 0, lendableSize);

/** True when there is SIMD here. */
export const hasSimd: boolean = instance !== undefined;

/** As `mask` of protocol/mask.ts; of the union only the high bit is true to the octets. */
export function simdMask(bytes: Uint8Array, start: number, end: number, key: number): number {
  if (maskAt === undefined) return mask(bytes, start, end, key);
  if (bytes.buffer === memory) return maskAt(bytes.byteOffset + start, end - start, key);
  if (end - start < copyFrom) return mask(bytes, start, end, key);
  let union = 0;
  for (let from = start; from < end; from += roomSize) {
    const part = bytes.subarray(from, Math.min(end, from + roomSize));
    room.set(part);
    union |= maskAt(lendableSize, part.length, key); // roomSize is a multiple of four, so the key stands as at the start
    part.set(part.length === roomSize ? room : room.subarray(0, part.length));
  }
  return union;
}
