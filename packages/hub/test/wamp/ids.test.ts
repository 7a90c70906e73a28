import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isId, maxId, nextRequestId, RequestIds, randomId } from '../../src/wamp/ids.ts';

describe('ids (Basic Profile, "IDs")', () => {
  it('are integers from 1 to 2^53', () => {
    for (const id of [1, 2 ** 32, 2 ** 53 - 1, 2 ** 53]) assert.ok(isId(id));
    for (const value of [0, -1, 1.5, 2 ** 53 + 2, NaN, Infinity, '1', 1n, true, null]) assert.ok(!isId(value));
  });

  it('are drawn from the whole range for the global scope', () => {
    const ids = Array.from({ length: 4096 }, randomId);
    assert.ok(ids.every(isId));
    assert.equal(new Set(ids).size, ids.length);
    // Each sixteenth of the range should get 256; 6 standard deviations are 93.
    const counts = new Array<number>(16).fill(0);
    for (const id of ids) counts[Math.floor((id - 1) / 2 ** 49)]!++;
    for (const count of counts) assert.ok(count > 163 && count < 349, `${counts}`);
    assert.ok(ids.some((id) => id % 2 === 1) && ids.some((id) => id % 2 === 0));
  });

  it('count from 1 for the session scope, and wrap to 1', () => {
    const ids = new RequestIds();
    assert.deepEqual([ids.next(), ids.next(), ids.next()], [1, 2, 3]);
    assert.equal(nextRequestId(0), 1);
    assert.equal(nextRequestId(maxId - 1), maxId);
    assert.equal(nextRequestId(maxId), 1);
  });
});
