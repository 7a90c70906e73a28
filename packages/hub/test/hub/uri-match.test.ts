import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { matches, moreSpecific } from '../../src/hub/uri-match.ts';

describe('matching of URIs', () => {
  it('is exact, by prefix, or by wildcard', () => {
    assert.equal(matches('exact', 'a.b', 'a.b'), true);
    assert.equal(matches('exact', 'a.b', 'a.b.c'), false);
    assert.equal(matches('prefix', 'a.b', 'a.bc.d'), true);
    assert.equal(matches('prefix', 'a.b', 'a'), false);
    assert.equal(matches('wildcard', 'a..c', 'a.b.c'), true);
    assert.equal(matches('wildcard', 'a..c', 'a.b.d'), false);
    assert.equal(matches('wildcard', 'a..c', 'a.b.c.d'), false);
    assert.equal(matches('wildcard', '..', 'a.b.c'), true);
  });

  // WAMP, "Wildcard Matching" of registrations: the example of the specification.
  it('puts the wildcard first that is literal for longest', () => {
    const wildcards = ['a1.b2..', 'a1...d4', 'a1.b2.c3..e5', '.b2.c3', 'a1..c3.d4'];
    assert.deepEqual(wildcards.toSorted(moreSpecific), ['a1.b2.c3..e5', 'a1.b2..', 'a1..c3.d4', 'a1...d4', '.b2.c3']);
  });
});
