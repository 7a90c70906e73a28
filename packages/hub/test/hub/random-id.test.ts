import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { randomId } from '../../src/hub/random-id.ts';
import { isId } from '../../src/wamp/ids.ts';

describe('random ids', () => {
  it('are drawn from the whole range that WAMP gives them', () => {
    const ids = Array.from({ length: 4096 }, randomId);
    assert.ok(ids.every(isId));
    assert.equal(new Set(ids).size, ids.length);
    // Each sixteenth of the range should get 256; 6 standard deviations are 93.
    const counts = new Array<number>(16).fill(0);
    for (const id of ids) counts[Math.floor((id - 1) / 2 ** 49)]!++;
    for (const count of counts) assert.ok(count > 163 && count < 349, `${counts}`);
    assert.ok(ids.some((id) => id % 2 === 1) && ids.some((id) => id % 2 === 0));
  });
});
