import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { universalPlatform } from '../../src/protocol/platform.ts';
import { hex, utf8 } from '../support/bytes.ts';

const texts = [
  '',
  'Hello',
  '\0',
  '\x7f',
  '\x80é\u07ff',
  '\u0800€\uffff',
  '\u{10000}👋\u{10ffff}',
  'a\ud800b',
  '\udc00',
  '\ud83d\ud83d\ude00',
];

describe('the universal platform', () => {
  it('allocates as many bytes as asked for', () => {
    assert.equal(universalPlatform.allocate(0).length, 0);
    assert.equal(universalPlatform.allocate(1000).length, 1000);
  });

  it('counts the bytes of a text as UTF-8, a lone surrogate as U+FFFD', () => {
    for (const text of texts) assert.equal(universalPlatform.utf8Length(text), utf8(text).length, JSON.stringify(text));
  });

  it('writes a text as UTF-8 at its place and nowhere else', () => {
    for (const text of texts) {
      for (const at of [0, 3]) {
        const expected = utf8(text);
        const target = new Uint8Array(at + expected.length + 2).fill(0xee);
        assert.equal(universalPlatform.writeUtf8(text, target, at), expected.length);
        assert.deepEqual(target.subarray(at, at + expected.length), expected);
        assert.deepEqual(target.subarray(0, at), new Uint8Array(at).fill(0xee));
        assert.deepEqual(target.subarray(at + expected.length), hex`ee ee`);
      }
    }
  });

  it('draws random bytes from the cryptographic source of its host (RFC 6455 §5.3)', (t) => {
    const source = t.mock.method(globalThis.crypto, 'getRandomValues', (bytes: Uint8Array) => bytes.fill(0x2a));
    const bytes = new Uint8Array(4);
    universalPlatform.random(bytes);
    assert.deepEqual(bytes, hex`2a 2a 2a 2a`);
    assert.equal(source.mock.callCount(), 1);
  });
});
