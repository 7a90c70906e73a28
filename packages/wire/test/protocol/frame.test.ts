import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { headerSize, maxHeaderSize, parseHeader, writeHeader } from '../../src/protocol/frame.ts';
import { buildFrame, exampleKey, hex, octets } from '../support/bytes.ts';

const parse = (bytes: Uint8Array) => parseHeader(bytes, 0, bytes.length);

/** The masking key of the examples as the integer that headers hold: its first octet lowest. */
const exampleKeyNumber = 0x3d21fa37;

describe('RFC 6455 §5.2, a frame header that is read', () => {
  it('has all fields of an unmasked text frame', () => {
    assert.deepEqual(parse(hex`81 05 48 65 6c 6c 6f`), {
      fin: true,
      reserved: 0,
      opcode: 1,
      masked: false,
      maskingKey: 0,
      length: 5,
      minimal: true,
      size: 2,
    });
  });

  it('has the masking key with its first octet lowest', () => {
    const header = parse(hex`81 85 37 fa 21 3d`)!;
    assert.equal(header.masked, true);
    assert.equal(header.maskingKey, exampleKeyNumber);
    assert.equal(header.size, 6);
    assert.equal(parse(hex`81 80 00 00 00 ff`)!.maskingKey, 0xff000000 | 0);
  });

  it('has FIN, each reserved bit and the opcode from the first octet alone', () => {
    for (let first = 0; first < 0x100; first++) {
      const { fin, reserved, opcode } = parse(Uint8Array.of(first, 0))!;
      assert.deepEqual({ fin, reserved, opcode }, { fin: first > 0x7f, reserved: first & 0x70, opcode: first % 16 });
    }
  });

  it('has its length in network byte order in all three forms', () => {
    assert.equal(parse(hex`82 7d`)!.length, 125);
    assert.equal(parse(hex`82 7e 01 00`)!.length, 256);
    assert.equal(parse(hex`82 7e ff ff`)!.length, 65_535);
    assert.equal(parse(hex`82 7f 00 00 00 00 00 01 00 00`)!.length, 65_536);
    assert.equal(parse(hex`82 7f 00 00 00 00 89 ab cd ef`)!.length, 0x89abcdef);
    assert.equal(parse(hex`82 7f 00 00 00 01 00 00 00 00`)!.length, 2 ** 32);
  });

  it('says whether the length took the minimal number of bytes', () => {
    assert.equal(parse(hex`82 7e 00 7d`)!.minimal, false);
    assert.equal(parse(hex`82 7e 00 7e`)!.minimal, true);
    assert.equal(parse(hex`82 7f 00 00 00 00 00 00 ff ff`)!.minimal, false);
    assert.equal(parse(hex`82 7f 00 00 00 00 00 01 00 00`)!.minimal, true);
  });

  it('has a length of Infinity beyond 2^53 - 1, where numbers are no longer exact', () => {
    assert.equal(parse(hex`82 7f 00 1f ff ff ff ff ff ff`)!.length, Number.MAX_SAFE_INTEGER);
    assert.equal(parse(hex`82 7f 00 20 00 00 00 00 00 00`)!.length, Number.POSITIVE_INFINITY);
    assert.equal(parse(hex`82 7f 80 00 00 00 00 00 00 01`)!.length, Number.POSITIVE_INFINITY);
    assert.equal(parse(hex`82 7f ff ff ff ff ff ff ff ff`)!.minimal, true);
  });

  it('is not there until its last octet is, in any form', () => {
    for (const length of [0, 125, 126, 65_535, 65_536]) {
      for (const key of [undefined, exampleKey]) {
        const header = buildFrame({ opcode: 2, declared: length, key });
        for (let end = 0; end < header.length; end++) assert.equal(parseHeader(header, 0, end), undefined);
        assert.equal(parse(header)!.size, header.length);
      }
    }
  });

  it('is read in the middle of other bytes', () => {
    assert.equal(parseHeader(hex`ff ff 89 81 37 fa 21 3d ff`, 2, 8)!.maskingKey, exampleKeyNumber);
    assert.equal(parseHeader(hex`ff ff 89 81 37 fa 21 3d ff`, 2, 7), undefined);
  });
});

describe('RFC 6455 §5.2, a frame header that is written', () => {
  it('takes the minimal number of bytes at each border of the three forms', () => {
    for (const [length, size] of [
      [0, 2],
      [125, 2],
      [126, 4],
      [65_535, 4],
      [65_536, 10],
      [2 ** 32 + 5, 10],
    ] as const) {
      assert.equal(headerSize(length, false), size);
      assert.equal(headerSize(length, true), size + 4);
    }
  });

  it('is octet by octet what the frame format says', () => {
    const target = new Uint8Array(maxHeaderSize);
    for (const length of [0, 1, 125, 126, 255, 256, 65_535, 65_536, 2 ** 31, 2 ** 40 + 3, Number.MAX_SAFE_INTEGER]) {
      for (const key of [undefined, exampleKey]) {
        for (const compressed of [false, true]) {
          const maskingKey = key && exampleKeyNumber;
          const size = writeHeader(target, length, { opcode: 2, fin: !compressed, compressed, maskingKey });
          const expected = buildFrame({ opcode: 2, fin: !compressed, rsv: compressed ? 4 : 0, key, declared: length });
          assert.deepEqual(target.subarray(0, size), expected);
        }
      }
    }
  });

  it('is read back as it was written, whatever it says', () => {
    const anyHeader = fc.record({
      fin: fc.boolean(),
      compressed: fc.boolean(),
      opcode: fc.nat(15),
      maskingKey: fc.option(fc.integer(), { nil: undefined }),
      length: fc.oneof(fc.nat(200), fc.integer({ min: 65_000, max: 66_000 }), fc.maxSafeNat()),
    });
    fc.assert(
      fc.property(anyHeader, fc.nat(20), ({ length, ...shape }, before) => {
        const bytes = octets(before + maxHeaderSize);
        const size = writeHeader(bytes, length, shape, before);
        assert.equal(size, headerSize(length, shape.maskingKey !== undefined));
        assert.deepEqual(parseHeader(bytes, before, before + size), {
          fin: shape.fin,
          reserved: shape.compressed ? 0x40 : 0,
          opcode: shape.opcode,
          masked: shape.maskingKey !== undefined,
          maskingKey: shape.maskingKey ?? 0,
          length,
          minimal: true,
          size,
        });
      }),
    );
  });
});
