import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { narrowIntegers } from '../../../src/wamp/serializers/narrow-integers.ts';

describe('narrowIntegers', () => {
  it('turns each bigint that a number holds into one, wherever it is', () => {
    const bytes = new Uint8Array(2);
    const value = [1n, { a: [-(2n ** 53n), 2n ** 53n, 2n ** 53n + 1n, 'text', null, true, 1.5] }, bytes];
    const expected = [1, { a: [-(2 ** 53), 2 ** 53, 2n ** 53n + 1n, 'text', null, true, 1.5] }, bytes];
    assert.deepStrictEqual(narrowIntegers(value), expected);
    assert.equal(narrowIntegers(5n), 5);
  });
});
