import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hasFeature, isDict, optionFault, optionKinds } from '../../src/wamp/options.ts';

/** A right and a wrong value for each kind in the table. */
const values: { readonly [kind: string]: readonly [right: unknown, wrong: unknown] } = {
  bool: [true, 1],
  id: [2 ** 53, 0],
  integer: [0, -1],
  string: ['', 1],
  dict: [{}, []],
  ids: [
    [1, 2],
    [1, 'a'],
  ],
  strings: [['a'], 'a'],
  dicts: [[{}], [[]]],
  roles: [{ caller: { features: { progressive_call_results: true } }, callee: {} }, { caller: { features: 1 } }],
  match: ['wildcard', 'Wildcard'],
  invoke: ['roundrobin', 'all'],
  mode: ['skip', 'toString'],
};

describe('Options and Details', () => {
  it('may hold the right value under every known key, and nothing else', () => {
    for (const [message, kinds] of Object.entries(optionKinds)) {
      for (const [key, kind] of Object.entries(kinds)) {
        const [right, wrong] = values[kind]!;
        assert.equal(optionFault(message, { [key]: right }), undefined);
        // Wampy's SUBSCRIBE in MessagePack or CBOR was a violation: it says `undefined` where an option is absent.
        assert.equal(optionFault(message, { [key]: undefined }), undefined);
        for (const value of [wrong, null, new Uint8Array(1), 1n, NaN, 1.5]) {
          assert.match(optionFault(message, { [key]: value }) ?? '', new RegExp(`^${key} must be `));
        }
      }
    }
  });

  it('have keys by the rule for predefined keys', () => {
    for (const kinds of Object.values(optionKinds)) {
      for (const key of Object.keys(kinds)) assert.match(key, /^[a-z][a-z0-9_]{2,}$/);
    }
  });

  it('may hold anything under unknown keys, and under keys that only objects have', () => {
    const unknown = { _tidewire_position: [1], ppt_scheme: 1, toString: 1, constructor: null, hasOwnProperty: 'a' };
    assert.equal(optionFault('PUBLISH', unknown), undefined);
    assert.equal(optionFault('CHALLENGE', { authid: 1 }), undefined);
    assert.equal(optionFault('toString', { authid: 1 }), undefined);
  });

  it('say in one sentence what is wrong', () => {
    assert.equal(optionFault('SUBSCRIBE', { match: 'x' }), 'match must be one of exact, prefix, wildcard');
    assert.equal(optionFault('CALL', { timeout: 1.5 }), 'timeout must be an integer that is not negative');
  });
});

describe('a dict', () => {
  it('is a plain object and nothing else', () => {
    assert.ok(isDict({}));
    assert.ok(isDict(Object.create(null)));
    for (const value of [null, undefined, [], new Map(), new Uint8Array(1), new Date(), 'a', 1, () => 1]) {
      assert.ok(!isDict(value));
    }
  });
});

describe('a feature', () => {
  it('is there only when it is announced as true for its role', () => {
    const details = { roles: { caller: { features: { call_timeout: true, call_canceling: 1 } }, callee: {} } };
    assert.ok(hasFeature(details, 'caller', 'call_timeout'));
    assert.ok(!hasFeature(details, 'caller', 'call_canceling'));
    assert.ok(!hasFeature(details, 'caller', 'toString'));
    assert.ok(!hasFeature(details, 'callee', 'call_timeout'));
    assert.ok(!hasFeature(details, 'constructor', 'name'));
    assert.ok(!hasFeature({}, 'caller', 'call_timeout'));
  });
});
