import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { base64 } from '../../src/protocol/base64.ts';
import { octets, utf8 } from '../support/bytes.ts';

describe('RFC 4648, base64', () => {
  it('is as in the test vectors of §10', () => {
    const vectors = {
      '': '',
      f: 'Zg==',
      fo: 'Zm8=',
      foo: 'Zm9v',
      foob: 'Zm9vYg==',
      fooba: 'Zm9vYmE=',
      foobar: 'Zm9vYmFy',
    };
    for (const [text, coded] of Object.entries(vectors)) assert.equal(base64(utf8(text)), coded);
  });

  it('has every octet', () => {
    assert.equal(base64(octets(256)), Buffer.from(octets(256)).toString('base64'));
  });
});
