import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { mask } from '../../src/protocol/mask.ts';
import { hasSimd, lendable, simdMask } from '../../src/socket/simd-mask.ts';
import { octets } from '../support/bytes.ts';

const key = 0x3d21fa37;

/** Masks the same octets, at the same place, in either memory and by the plain way; the three must agree. */
function compare(bytes: Uint8Array, before: number, key: number): void {
  const size = before + bytes.length + 20;
  const plain = new Uint8Array(size).fill(0xee);
  plain.set(bytes, before);
  const apart = plain.slice();
  const lent = lendable.subarray(0, size);
  lent.set(plain);
  const [start, end] = [before, before + bytes.length];
  const union = mask(plain, start, end, key);
  for (const memory of [apart, lent]) {
    const seen = simdMask(memory, start, end, key);
    assert.equal(seen < 0x80, union < 0x80);
    assert.deepEqual(Buffer.compare(memory, plain), 0);
  }
}

describe('masking by vectors', () => {
  test('is there, on the Node that this repository pins', () => {
    assert.equal(hasSimd, true);
  });

  test('agrees with the plain way for every length to 100 at every alignment, and touches no octet outside', () => {
    for (let before = 0; before < 16; before++) {
      for (let length = 0; length <= 100; length++) compare(octets(length), before, key);
    }
  });

  test('agrees with the plain way for any octets, key and place', () => {
    const place = fc.record({
      bytes: fc.uint8Array({ maxLength: 2000, max: 0xff }),
      key: fc.integer(),
      before: fc.nat(40),
    });
    fc.assert(
      fc.property(place, ({ bytes, key, before }) => compare(bytes, before, key)),
      { numRuns: 200 },
    );
  });

  test('goes through octets outside its memory block by block, with the key in its place', () => {
    for (const length of [767, 768, 65_535, 65_536, 65_537, 200_003]) {
      const plain = octets(length);
      const vectors = plain.slice();
      const union = mask(plain, 3, length, key);
      assert.equal(simdMask(vectors, 3, length, key) < 0x80, union < 0x80);
      assert.equal(Buffer.compare(vectors, plain), 0);
    }
  });

  test('finds the one octet that is not ASCII, wherever it stands', () => {
    for (const memory of [lendable.subarray(0, 1000), new Uint8Array(1000)]) {
      memory.fill(0x61);
      assert.ok(simdMask(memory, 0, 1000, 0) < 0x80);
      for (let at = 0; at < 1000; at += 7) {
        memory[at] = 0x80;
        assert.ok(simdMask(memory, 0, 1000, 0) >= 0x80, `octet ${at}`);
        assert.ok(simdMask(memory, at + 1, 1000, 0) < 0x80);
        memory[at] = 0x61;
      }
    }
  });
});
