import assert from 'node:assert/strict';
import { isUtf8 as isUtf8ForNode } from 'node:buffer';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { isUtf8, Utf8Check } from '../../src/protocol/utf8.ts';
import { anyText } from '../support/any-text.ts';
import { concat, hex, utf8 } from '../support/bytes.ts';

function decoderAccepts(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** How many octets pass one by one before the first that is refused. */
function passing(bytes: Uint8Array): number {
  const check = new Utf8Check();
  let count = 0;
  while (count < bytes.length && check.push(bytes, count, count + 1)) count++;
  return count;
}

describe('RFC 3629 §4, the octets of UTF-8', () => {
  it('are judged as Node judges them, for every pair of leading octets', () => {
    const bytes = new Uint8Array(4).fill(0x80);
    for (let first = 0; first < 0x100; first++) {
      for (let second = 0; second < 0x100; second++) {
        bytes.set([first, second]);
        for (let length = 1; length <= 4; length++) {
          const text = bytes.subarray(0, length);
          if (isUtf8(text) !== isUtf8ForNode(text)) assert.fail(`${[...text]} was misjudged`);
        }
      }
    }
  });

  it('are judged as TextDecoder judges them, for any octets however they are cut', () => {
    // Leads, tails and their borders come up far more often than among random octets.
    const border = fc.constantFrom(
      0x00,
      0x7f,
      0x80,
      0x8f,
      0x90,
      0x9f,
      0xa0,
      0xbf,
      0xc1,
      0xc2,
      0xdf,
      0xe0,
      0xed,
      0xef,
      0xf0,
      0xf4,
      0xf5,
      0xff,
    );
    const part = fc.oneof(
      anyText(4).map(utf8),
      fc.array(fc.oneof(border, fc.nat(0xff)), { maxLength: 4 }).map((values) => Uint8Array.from(values)),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
        const check = new Utf8Check();
        const valid = parts.every((bytes) => check.push(bytes)) && check.end();
        assert.equal(valid, decoderAccepts(concat(...parts)));
      }),
      { numRuns: 300 },
    );
  });
});

describe('RFC 6455 §8.1, text that arrives in parts', () => {
  for (const [what, bytes, valid] of [
    ['a tail without a lead', hex`41 80`, 1],
    ['C0, an overlong form of two octets', hex`41 c0 80`, 1],
    ['C1, an overlong form of two octets', hex`c1 bf`, 0],
    ['an overlong form of three octets', hex`e0 9f bf`, 1],
    ['an overlong form of four octets', hex`f0 8f bf bf`, 1],
    ['the first surrogate', hex`ed a0 80`, 1],
    ['the last surrogate', hex`ed bf bf`, 1],
    ['the first code point beyond U+10FFFF', hex`f4 90 80 80`, 1],
    ['F5, which would be beyond U+10FFFF', hex`f5 80 80 80`, 0],
    ['FF, which is never used', hex`41 42 ff`, 2],
    ['a lead followed by ASCII', hex`c3 41`, 1],
    ['two of three octets followed by a lead', hex`e2 82 e2`, 2],
    ['three of four octets followed by ASCII', hex`f0 9f 98 41`, 3],
  ] as const) {
    it(`is refused at the first impossible octet: ${what}`, () => {
      assert.equal(passing(bytes), valid);
      assert.equal(isUtf8(bytes), false);
    });
  }

  it('is accepted at the borders of every range', () => {
    for (const character of [
      '\0',
      '\x7f',
      '\x80',
      '\u07ff',
      '\u0800',
      '\ud7ff',
      '\ue000',
      '\uffff',
      '\u{10000}',
      '\u{10ffff}',
    ]) {
      assert.ok(isUtf8(utf8(character)));
      assert.equal(passing(utf8(character)), utf8(character).length);
    }
  });

  it('stays refused until its end, and then the next text starts afresh', () => {
    const check = new Utf8Check();
    assert.equal(check.push(hex`ff`), false);
    assert.equal(check.push(hex`41`), false);
    assert.equal(check.pushAscii(), false);
    assert.equal(check.end(), false);
    assert.equal(check.push(hex`41`), true);
    assert.equal(check.end(), true);
  });

  it('may not end within a character', () => {
    const check = new Utf8Check();
    assert.equal(check.push(hex`e2 82`), true);
    assert.equal(check.end(), false);
    assert.equal(isUtf8(hex`f0 9f 98`), false);
  });

  it('may go on with known ASCII between two characters, and not within one', () => {
    const check = new Utf8Check();
    check.push(hex`e2 82 ac`);
    assert.equal(check.pushAscii(), true);
    check.push(hex`e2`);
    assert.equal(check.pushAscii(), false);
    assert.equal(check.push(hex`82 ac`), false);
  });

  it('is read only between the bounds that are given', () => {
    const check = new Utf8Check();
    assert.equal(check.push(hex`ff c3 a9 ff`, 1, 3), true);
    assert.equal(check.end(), true);
  });
});
