import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { utf8Length } from '../../src/protocol/utf8-length.ts';

describe('the length of a text in UTF-8', () => {
  it('is what an encoder writes, lone surrogates included', () => {
    const encoder = new TextEncoder();
    for (const text of ['', 'a', 'é', '€', '😀', 'a\ud83d', '\ude00b']) {
      assert.equal(utf8Length(text), encoder.encode(text).length, JSON.stringify(text));
    }
  });
});
