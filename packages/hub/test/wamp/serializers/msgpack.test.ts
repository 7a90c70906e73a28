import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { concat, hex, toHex, utf8 } from '../../../../wire/test/support/bytes.ts';
import { msgpackSerializer } from '../../../src/wamp/serializers/msgpack.ts';
import { reasonOf, serializerSuite } from '../../suites/serializer.ts';

serializerSuite(msgpackSerializer);

const msgpack = msgpackSerializer();

describe('MessagePack, every format', () => {
  it('is read whatever width the sender chose', () => {
    assert.deepStrictEqual(msgpack.parse(hex`dc0002 07 cc07`), [7, 7]);
    assert.deepStrictEqual(msgpack.parse(hex`dd00000003 cd0007 ce00000007 cf0000000000000007`), [7, 7, 7]);
    assert.deepStrictEqual(msgpack.parse(hex`95 ff d0ff d1ffff d2ffffffff d3ffffffffffffffff`), [-1, -1, -1, -1, -1]);
    assert.deepStrictEqual(msgpack.parse(hex`95 c0 c2 c3 ca3fc00000 cb3ff8000000000000`), [
      null,
      false,
      true,
      1.5,
      1.5,
    ]);
    assert.deepStrictEqual(msgpack.parse(hex`94 a161 d90161 da000161 db0000000161`), ['a', 'a', 'a', 'a']);
    assert.deepStrictEqual(msgpack.parse(hex`93 c40101 c5000101 c60000000101`), Array(3).fill(hex`01`));
    assert.deepStrictEqual(msgpack.parse(hex`93 81a16101 de0001a16101 df00000001a16101`), Array(3).fill({ a: 1 }));
  });

  it('keeps 64-bit integers exact: numbers up to ±2^53, bigints beyond', () => {
    assert.deepStrictEqual(msgpack.parse(hex`92 cf0020000000000000 d3ffe0000000000000`), [2 ** 53, -(2 ** 53)]);
    assert.deepStrictEqual(msgpack.parse(hex`92 cf0020000000000001 01`), [2n ** 53n + 1n, 1]);
    assert.deepStrictEqual(msgpack.parse(hex`91 d3ffdfffffffffffff`), [-(2n ** 53n) - 1n]);
    assert.deepStrictEqual(msgpack.parse(hex`91 d30020000000000001`), [2n ** 53n + 1n]);
    assert.deepStrictEqual(msgpack.parse(hex`91 cfffffffffffffffff`), [2n ** 64n - 1n]);
    assert.deepStrictEqual(msgpack.parse(hex`91 d38000000000000000`), [-(2n ** 63n)]);
  });

  it('writes ids as integers, also beside a bigint', () => {
    assert.equal(toHex(msgpack.serialize([2 ** 53 - 1]) as Uint8Array), '91cf001fffffffffffff');
    assert.equal(toHex(msgpack.serialize([2 ** 53]) as Uint8Array), '91cf0020000000000000');
    assert.equal(
      toHex(msgpack.serialize([2 ** 40, 2n ** 60n]) as Uint8Array),
      '92cf0000010000000000cf1000000000000000',
    );
  });
});

describe('MessagePack from strangers', () => {
  const refused = (bytes: Uint8Array, reason: RegExp) => assert.match(reasonOf(msgpack.parse(bytes)), reason);

  it('is refused when it is nested a million deep', () => {
    refused(new Uint8Array(1_000_000).fill(0x91), /nested/);
    refused(concat(hex`91`, ...Array<Uint8Array>(1000).fill(hex`81a161`)), /nested/);
  });

  it('is refused when it declares more than there is', () => {
    refused(hex`ddffffffff`, /more than 65536 values/);
    refused(hex`dfffffffff`, /more than 65536 values/);
    refused(hex`dc8000`, /ends within/);
    refused(hex`91 de4000`, /ends within/);
    refused(hex`91 dbffffffff 61`, /ends within/);
    refused(hex`91 c6ffffffff 61`, /ends within/);
  });

  it('is refused when many small containers declare too much together', () => {
    const part = concat(hex`dc0400`, new Uint8Array(1024));
    refused(concat(hex`dc0080`, ...Array<Uint8Array>(128).fill(part)), /values/);
  });

  // Wampy's SUBSCRIBE was a violation: msgpackr writes `undefined` as an extension.
  it('may say undefined as msgpackr does', () => {
    assert.deepStrictEqual(msgpack.parse(hex`92d4000001`), [undefined, 1]);
    assert.deepStrictEqual(msgpack.parse(hex`9181a16dd40000`), [{ m: undefined }]);
    assert.deepStrictEqual(msgpack.parse(hex`92d40000cf0020000000000001`), [undefined, 2n ** 53n + 1n]);
    refused(hex`91d40001`, /extension/);
    refused(hex`91d400`, /extension|ends within/);
    refused(hex`81d4000001`, /keys/);
  });

  it('is refused with extension types, timestamps included, and with the octet C1', () => {
    for (const bytes of [
      hex`91d60000000000`,
      hex`91d4ff00`,
      hex`91c7000a`,
      hex`91c800000a`,
      hex`91c9000000000a`,
      hex`91d8ff`,
    ]) {
      refused(bytes, /extension/);
    }
    refused(hex`91d6ff00000000`, /extension/);
    refused(hex`91c1`, /C1/);
  });

  it('is refused with invalid UTF-8, in keys too', () => {
    for (const bytes of [hex`91a1ff`, hex`91a3eda080`, hex`91a2c0af`, hex`9181a1ff01`, hex`91a2e282`])
      refused(bytes, /UTF-8/);
    assert.deepStrictEqual(msgpack.parse(concat(hex`91aa`, utf8('a😀ü€'.slice(0, 5)))), ['a😀ü€'.slice(0, 5)]);
  });

  it('is refused with keys that are no strings', () => {
    for (const key of [hex`01`, hex`c0`, hex`c40161`, hex`90`, hex`80`, hex`cb3ff8000000000000`]) {
      refused(concat(hex`9181`, key, hex`01`), /keys/);
    }
  });

  it('is refused with data behind it', () => {
    refused(hex`91 01 c0`, /follows/);
    refused(hex`90 90`, /follows/);
  });
});
