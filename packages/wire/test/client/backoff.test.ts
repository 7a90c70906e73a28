import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Backoff } from '../../src/client/backoff.ts';

const half = () => 0.5;

describe('Backoff', () => {
  test('the ceiling doubles from half a second to half a minute', () => {
    const backoff = new Backoff({ jitter: 'none' });
    const delays = Array.from({ length: 9 }, () => backoff.next());
    assert.deepEqual(delays, [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  });

  test('full jitter draws from nothing to the ceiling, equal jitter from its half on', () => {
    assert.deepEqual(
      [0, 0.5, 0.999].map((r) => new Backoff({ initial: 1000 }, () => r).next()),
      [0, 500, 999],
    );
    const equal = [0, 0.5, 0.998].map((r) => new Backoff({ initial: 1000, jitter: 'equal' }, () => r).next());
    assert.deepEqual(equal, [500, 750, 999]);
  });

  test('a reset starts over', () => {
    const backoff = new Backoff({ jitter: 'none' });
    backoff.next();
    backoff.next();
    assert.equal(backoff.attempts, 2);
    backoff.reset();
    assert.equal(backoff.attempts, 0);
    assert.equal(backoff.next(), 500);
  });

  test('a server that asks for a pause is not met earlier, and not by all at once', () => {
    assert.equal(new Backoff({}, () => 0).next({ atLeast: 7000 }), 7000);
    assert.equal(new Backoff({ initial: 1000 }, half).next({ atLeast: 7000 }), 7500);
  });

  test('a spread applies although the ceiling is lower, and without jitter as well', () => {
    assert.equal(new Backoff({ initial: 100 }, half).next({ spread: 5000 }), 2500);
    assert.equal(new Backoff({ initial: 100, jitter: 'none' }, half).next({ spread: 5000 }), 2500);
  });

  test('a delay is always one that a timer can wait', () => {
    fc.assert(
      fc.property(
        fc.nat(3000),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        fc.nat(),
        (n, r, atLeast) => {
          const backoff = new Backoff({ factor: 10 }, () => r);
          for (let i = 0; i < n; i += 100) backoff.next();
          const delay = backoff.next({ atLeast });
          assert.ok(Number.isInteger(delay) && delay >= 0 && delay < 2 ** 31, `${delay}`);
        },
      ),
      { numRuns: 50 },
    );
  });

  test('options that make no sense are refused', () => {
    for (const options of [
      { initial: -1 },
      { initial: 40_000 },
      { max: 2 ** 31 },
      { factor: 0.5 },
      { initial: Number.NaN },
    ]) {
      assert.throws(() => new Backoff(options), RangeError);
    }
    assert.throws(() => new Backoff({ jitter: 'half' as 'full' }), RangeError);
  });
});
