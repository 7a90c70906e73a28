import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { sha1 } from '../../src/protocol/sha1.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('SHA-1', () => {
  // RFC 3174 §7.3
  const vectors: [name: string, message: string, digest: string][] = [
    ['abc', 'abc', 'a9993e364706816aba3e25717850c26c9cd0d89d'],
    [
      'two blocks',
      'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
      '84983e441c3bd26ebaae4aa1f95129e5e54670f1',
    ],
    ['a million times a', 'a'.repeat(1_000_000), '34aa973cd4c4daa4f61eeb2bdbad27316534016f'],
    ['640 digits', '01234567'.repeat(80), 'dea356a2cddd90c7a7ecedc5ebb563934f460452'],
  ];
  for (const [name, message, digest] of vectors) {
    it(`gives the digest of RFC 3174 §7.3 for ${name}`, () => {
      assert.equal(hex(sha1(ascii(message))), digest);
    });
  }

  it('agrees with OpenSSL for every length from 0 to 200 bytes', () => {
    for (let length = 0; length <= 200; length++) {
      const message = Uint8Array.from({ length }, (_, index) => (index * 151 + length * 7) & 0xff);
      assert.equal(hex(sha1(message)), createHash('sha1').update(message).digest('hex'), `${length} bytes`);
    }
  });

  it('leaves the message as it was, also when that is a part of a larger buffer', () => {
    const whole = ascii('xxabcxx');
    assert.equal(hex(sha1(whole.subarray(2, 5))), 'a9993e364706816aba3e25717850c26c9cd0d89d');
    assert.deepEqual(whole, ascii('xxabcxx'));
  });
});
