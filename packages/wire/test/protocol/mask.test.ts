import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { mask, rotateKey } from '../../src/protocol/mask.ts';
import { exampleKey, hex, octets, utf8 } from '../support/bytes.ts';

/** RFC 6455 §5.3, word for word: j = i MOD 4, transformed-octet-i = original-octet-i XOR masking-key-octet-j. */
function naive(bytes: Uint8Array, key: Uint8Array): Uint8Array {
  return bytes.map((octet, i) => octet ^ key[i % 4]!);
}

/** The key as `FrameHeader.maskingKey` has it: the first octet lowest. */
function keyOf(key: Uint8Array): number {
  return new DataView(key.buffer, key.byteOffset).getInt32(0, true);
}

const union = (bytes: Uint8Array) => bytes.reduce((seen, octet) => seen | octet, 0);

describe('RFC 6455 §5.3, masking', () => {
  it('turns "Hello" into the octets of the example in §5.7, and back', () => {
    const bytes = utf8('Hello');
    mask(bytes, 0, 5, keyOf(exampleKey));
    assert.deepEqual(bytes, hex`7f 9f 4d 51 58`);
    mask(bytes, 0, 5, keyOf(exampleKey));
    assert.deepEqual(bytes, utf8('Hello'));
  });

  it('agrees with the naive loop for every length to 150 at every alignment, and touches no octet outside', () => {
    const key = hex`ff 01 80 7e`;
    for (let alignment = 0; alignment < 8; alignment++) {
      for (let length = 0; length <= 150; length++) {
        const plain = octets(length);
        const buffer = new Uint8Array(length + 16).fill(0xee);
        // A view with an offset of its own, and a start within it.
        const view = buffer.subarray(alignment >> 1);
        const start = alignment - (alignment >> 1);
        view.set(plain, start);
        const seen = mask(view, start, start + length, keyOf(key));
        const masked = naive(plain, key);
        assert.deepEqual(view.subarray(start, start + length), masked);
        assert.equal(seen, union(masked));
        assert.deepEqual(buffer.subarray(0, alignment), new Uint8Array(alignment).fill(0xee));
        assert.deepEqual(buffer.subarray(alignment + length), new Uint8Array(16 - alignment).fill(0xee));
      }
    }
  });

  it('agrees with the naive loop for any octets, key and place', () => {
    const place = fc.record({
      bytes: fc.uint8Array({ maxLength: 300 }),
      key: fc.uint8Array({ minLength: 4, maxLength: 4 }),
      before: fc.nat(9),
    });
    fc.assert(
      fc.property(place, ({ bytes, key, before }) => {
        const buffer = new Uint8Array(before + bytes.length + 5);
        buffer.set(bytes, before);
        const seen = mask(buffer, before, before + bytes.length, keyOf(key));
        assert.deepEqual(buffer.subarray(before, before + bytes.length), naive(bytes, key));
        assert.equal(seen, union(naive(bytes, key)));
      }),
      { numRuns: 200 },
    );
  });

  it('continues a payload that came in two parts with the key rotated by what came before', () => {
    const plain = octets(131);
    for (let cut = 0; cut <= plain.length; cut++) {
      const bytes = plain.slice();
      mask(bytes, 0, cut, keyOf(exampleKey));
      mask(bytes, cut, bytes.length, rotateKey(keyOf(exampleKey), cut));
      assert.deepEqual(bytes, naive(plain, exampleKey));
    }
  });
});

describe('the union of octets', () => {
  it('is below 0x80 exactly when all octets are ASCII, wherever the one that is not stands', () => {
    const bytes = utf8('a'.repeat(101));
    assert.ok(mask(bytes, 0, bytes.length, 0) < 0x80);
    for (let at = 0; at < bytes.length; at++) {
      const spoiled = bytes.slice();
      spoiled[at] = 0x80;
      assert.ok(mask(spoiled, 0, spoiled.length, 0) >= 0x80, `octet ${at}`);
      assert.equal(mask(spoiled, at + 1, spoiled.length, 0) < 0x80, true);
    }
  });

  it('leaves the octets as they are', () => {
    const bytes = octets(77);
    assert.equal(mask(bytes, 0, 77, 0), 0xff);
    assert.deepEqual(bytes, octets(77));
  });
});
