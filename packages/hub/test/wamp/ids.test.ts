import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isId, maxId, nextRequestId } from '../../src/wamp/ids.ts';

describe('ids (Basic Profile, "IDs")', () => {
  it('are integers from 1 to 2^53', () => {
    for (const id of [1, 2 ** 32, 2 ** 53 - 1, 2 ** 53]) assert.ok(isId(id));
    for (const value of [0, -1, 1.5, 2 ** 53 + 2, NaN, Infinity, '1', 1n, true, null]) assert.ok(!isId(value));
  });

  it('count from 1 for the session scope, and wrap to 1', () => {
    assert.equal(nextRequestId(0), 1);
    assert.equal(nextRequestId(1), 2);
    assert.equal(nextRequestId(maxId - 1), maxId);
    assert.equal(nextRequestId(maxId), 1);
  });
});
