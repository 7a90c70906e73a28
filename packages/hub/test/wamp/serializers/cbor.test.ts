import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { concat, hex, toHex } from '../../../../wire/test/support/bytes.ts';
import { cborSerializer } from '../../../src/wamp/serializers/cbor.ts';
import { reasonOf, serializerSuite } from '../../suites/serializer.ts';

serializerSuite(cborSerializer);

const cbor = cborSerializer();

describe('CBOR, every major type (RFC 8949 §3.1)', () => {
  it('is read whatever width the sender chose', () => {
    assert.deepStrictEqual(cbor.parse(hex`85 07 1807 190007 1a00000007 1b0000000000000007`), [7, 7, 7, 7, 7]);
    assert.deepStrictEqual(cbor.parse(hex`84 26 3806 390006 3b0000000000000006`), [-7, -7, -7, -7]);
    assert.deepStrictEqual(cbor.parse(hex`87 f4 f5 f6 f7 f93e00 fa3fc00000 fb3ff8000000000000`), [
      false,
      true,
      null,
      undefined,
      1.5,
      1.5,
      1.5,
    ]);
    assert.deepStrictEqual(cbor.parse(hex`9802 6161 780161`), ['a', 'a']);
    assert.deepStrictEqual(cbor.parse(hex`82 4101 590001 01`), [hex`01`, hex`01`]);
    assert.deepStrictEqual(cbor.parse(hex`82 a1616101 b801616101`), [{ a: 1 }, { a: 1 }]);
  });

  it('is read with indefinite lengths', () => {
    assert.deepStrictEqual(cbor.parse(hex`9f 01 9fff bf6161 9f01ff 6162 02 ff ff`), [1, [], { a: [1], b: 2 }]);
    assert.deepStrictEqual(cbor.parse(hex`82 7f 6161 6162 ff 5f 4101 4102 ff`), ['ab', hex`01 02`]);
    assert.deepStrictEqual(cbor.parse(hex`83 7fff 5fff bfff`), ['', new Uint8Array(0), {}]);
  });

  it('keeps 64-bit integers exact: numbers up to ±2^53, bigints beyond', () => {
    assert.deepStrictEqual(cbor.parse(hex`82 1b0020000000000000 3b001fffffffffffff`), [2 ** 53, -(2 ** 53)]);
    assert.deepStrictEqual(cbor.parse(hex`81 1b0020000000000001`), [2n ** 53n + 1n]);
    assert.deepStrictEqual(cbor.parse(hex`81 3b0020000000000000`), [-(2n ** 53n) - 1n]);
    assert.deepStrictEqual(cbor.parse(hex`82 1bffffffffffffffff 3b7fffffffffffffff`), [2n ** 64n - 1n, -(2n ** 63n)]);
  });

  it('writes ids as integers', () => {
    assert.equal(toHex(cbor.serialize([2 ** 53 - 1]) as Uint8Array), '811b001fffffffffffff');
    assert.equal(toHex(cbor.serialize([2 ** 53]) as Uint8Array), '811b0020000000000000');
  });

  it('drops the harmless tags and keeps their values', () => {
    assert.deepStrictEqual(cbor.parse(hex`d9d9f7 83 c06161 c101 d8206162`), ['a', 1, 'b']);
    assert.deepStrictEqual(cbor.parse(hex`81 c0 a1616101`), [{ a: 1 }]);
  });
});

describe('CBOR from strangers', () => {
  const refused = (bytes: Uint8Array, reason: RegExp) => assert.match(reasonOf(cbor.parse(bytes)), reason);

  it('is refused when it is nested a million deep', () => {
    refused(new Uint8Array(1_000_000).fill(0x81), /nested/);
    refused(new Uint8Array(1_000_000).fill(0x9f), /nested/);
    refused(concat(hex`81`, ...Array<Uint8Array>(1000).fill(hex`bf6161`)), /nested/);
  });

  it('is refused when it declares more than there is', () => {
    refused(hex`9affffffff`, /values/);
    refused(hex`9bffffffffffffffff`, /values/);
    refused(hex`baffffffff`, /values/);
    refused(hex`81 7affffffff 61`, /ends within/);
    refused(hex`81 5bffffffffffffffff 61`, /ends within/);
    refused(hex`81 997fff`, /ends within/);
    refused(hex`81 b93fff`, /ends within/);
  });

  it('counts what has no declared length', () => {
    refused(concat(hex`9f`, new Uint8Array(70_000), hex`ff`), /values/);
    refused(concat(hex`817f`, new Uint8Array(70_000).fill(0x60), hex`ff`), /values/);
    const entries = new Uint8Array(140_000).map((_, i) => (i % 2 === 0 ? 0x60 : 0));
    refused(concat(hex`81bf`, entries, hex`ff`), /values/);
    assert.ok(Array.isArray(cborSerializer({ maxItems: 4 }).parse(hex`9f 01 bf616101ff ff`)));
    assert.match(reasonOf(cborSerializer({ maxItems: 3 }).parse(hex`9f 01 bf616101ff ff`)), /values/);
  });

  it('is refused with shared references, bignums and every other tag', () => {
    refused(hex`d81c 81 d81d 00`, /tags/);
    refused(hex`81 d81d 00`, /tags/);
    refused(concat(hex`81 c2 590100`, new Uint8Array(256).fill(0xff)), /tags/);
    refused(concat(hex`81 c3 5a00010000`, new Uint8Array(65_536).fill(0xff)), /tags/);
    for (const tag of [hex`c4`, hex`c5`, hex`d818`, hex`d823`, hex`d840`, hex`d90102`, hex`dbffffffffffffffff`]) {
      refused(concat(hex`81`, tag, hex`8101`), /tags/);
    }
  });

  it('is refused with tags before tags, before a break and at the end', () => {
    refused(concat(new Uint8Array(1000).fill(0xc0), hex`80`), /tags/);
    refused(hex`9f c0 ff`, /tag has no value/);
    refused(hex`81 c0`, /ends within/);
    refused(hex`a1 c0 6161 01`, /keys/);
  });

  it('is refused with integers beyond 64 bits', () => {
    refused(hex`81 3b8000000000000000`, /64 bits/);
    refused(hex`81 3bffffffffffffffff`, /64 bits/);
  });

  it('is refused with invalid UTF-8, in keys and chunks too', () => {
    for (const bytes of [hex`8161ff`, hex`8163eda080`, hex`81a161ff01`, hex`817f61ffff`]) refused(bytes, /UTF-8/);
    refused(hex`81 7f 61c3 61bc ff`, /UTF-8/); // a character in two chunks
  });

  it('is refused with keys that are no strings of definite length', () => {
    for (const key of [hex`01`, hex`f6`, hex`4161`, hex`80`, hex`a0`, hex`7f6161ff`, hex`9fff`]) {
      refused(concat(hex`81a1`, key, hex`01`), /keys/);
      refused(concat(hex`81bf`, key, hex`01ff`), /keys/);
    }
  });

  it('is refused with breaks, chunks and simple values out of place', () => {
    refused(hex`ff`, /break/);
    refused(hex`82 01 ff`, /break/);
    refused(hex`81 bf 6161 ff`, /break/);
    refused(hex`a1 ff 00`, /break/);
    refused(hex`81 7f 4161 ff`, /chunk/);
    refused(hex`81 7f 7f6161ff ff`, /chunk/);
    refused(hex`81 5f 00 ff`, /chunk/);
    refused(hex`81 e0`, /simple/);
    refused(hex`81 f8ff`, /simple/);
    refused(hex`81 f814`, /simple/);
  });

  it('is refused with reserved additional information', () => {
    for (const head of [hex`1c`, hex`1f`, hex`3f`, hex`5d`, hex`9e`, hex`df`, hex`fc`])
      refused(concat(hex`81`, head), /reserved/);
  });

  it('is refused with data behind it', () => {
    refused(hex`81 01 f6`, /follows/);
    refused(hex`80 80`, /follows/);
    refused(hex`9fff 00`, /follows/);
  });
});
