import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { isReservedUri, isUri } from '../../src/wamp/uri.ts';

// The expressions that the specification gives, in JavaScript's spelling.
const loose = /^([^\s.#]+\.)*([^\s.#]+)$/;
const looseEmpty = /^(([^\s.#]+\.)|\.)*([^\s.#]+)?$/;
const strict = /^([0-9a-z_]+\.)*([0-9a-z_]+)$/;
const strictEmpty = /^(([0-9a-z_]+\.)|\.)*([0-9a-z_]+)?$/;

describe('a URI (Basic Profile, "URIs")', () => {
  it('is what the expressions of the specification say, for any text', () => {
    const piece = fc.constantFrom('com', 'my-app', 'Ü', '😀', '_9', '.', '..', '#', ' ', '\n', '\u00a0', '');
    const text = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(text, (uri) => {
        assert.equal(isUri(uri), loose.test(uri));
        assert.equal(isUri(uri, { match: 'prefix' }), looseEmpty.test(uri));
        assert.equal(isUri(uri, { match: 'wildcard' }), looseEmpty.test(uri));
        assert.equal(isUri(uri, { strict: true }), strict.test(uri));
        assert.equal(isUri(uri, { strict: true, match: 'wildcard' }), strictEmpty.test(uri));
      }),
      { numRuns: 2000 },
    );
  });

  it('has no empty component unless it is a pattern', () => {
    for (const uri of ['', '.', 'a.', '.a', 'a..b']) {
      assert.ok(!isUri(uri));
      assert.ok(isUri(uri, { match: 'wildcard' }));
    }
  });

  it('has a bound in length', () => {
    assert.ok(isUri('a'.repeat(1024)));
    assert.ok(!isUri('a'.repeat(1025)));
    assert.ok(!isUri('abcd', { maxLength: 3 }));
  });

  it('is judged in linear time', () => {
    const long = `${'a.'.repeat(500_000)}a`;
    assert.ok(isUri(long, { maxLength: Infinity }));
    assert.ok(!isUri(`${long} `, { maxLength: Infinity, strict: true, match: 'prefix' }));
  });

  it('is reserved when its first component is wamp', () => {
    for (const uri of ['wamp', 'wamp.', 'wamp.error.canceled', 'wamp..']) assert.ok(isReservedUri(uri));
    for (const uri of ['', 'wampx', 'wampx.a', 'com.wamp', '.wamp', 'WAMP.a']) assert.ok(!isReservedUri(uri));
  });
});
