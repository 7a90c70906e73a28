import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { anything } from '../../src/contract/contract.ts';
import { HubError, hubErrors } from '../../src/contract/errors.ts';
import { type Duration, duration } from '../../src/hub/duration.ts';
import { resolveHubLimits } from '../../src/hub/limits.ts';
import { resolvePolicy, type TopicPolicy } from '../../src/hub/policy.ts';
import { testHub } from '../support/test-hub.ts';

const resolve = (policy: TopicPolicy<any, any, any>, pattern = 'a') => resolvePolicy(pattern, policy, anything);

describe('a policy', () => {
  it('keeps, retains, tells and allows nothing unless it says so', () => {
    const { retention, presence, disclose, slowReader, allow, rate, maxBytes, queue } = resolve({});
    assert.deepEqual(retention, { history: null, retainedKeys: 0 });
    assert.deepEqual(
      [presence, disclose, slowReader, allow, rate, maxBytes],
      [undefined, false, 'wait', {}, undefined, 65_536],
    );
    assert.deepEqual(queue, { count: 1_000, bytes: 1 << 20 });
  });

  it('has defaults for what it does say', () => {
    assert.deepEqual(resolve({ history: {} }).retention.history, { count: 1_000, age: 86_400_000, bytes: 1 << 20 });
    assert.equal(resolve({ retain: true }).retention.retainedKeys, 1);
    assert.equal(resolve({ retain: true, key: String }).retention.retainedKeys, 10_000);
    assert.equal(resolve({ slowReader: 'latest', key: String, maxKeys: 7 }).retention.retainedKeys, 7);
    assert.deepEqual(resolve({ once: {} }).once, { age: 600_000, count: 10_000 });
    assert.deepEqual(resolve({ rate: { count: 5, per: '1m' } }).rate, { count: 5, per: 60_000 });
  });

  it('has a queue for every key that is retained, with latest', () => {
    assert.equal(resolve({ slowReader: 'latest', key: String }).queue.count, 10_000);
    assert.equal(resolve({ slowReader: 'latest', key: String, queue: { count: 5 } }).queue.count, 5);
  });

  it('is refused when it makes no sense', () => {
    const senseless: TopicPolicy[] = [
      { history: { count: 0 } },
      { history: { bytes: 1.5 } },
      { history: { age: '0s' } },
      { history: { age: 'a day' as Duration } },
      { retain: true, key: String, maxKeys: -1 },
      { rate: { count: Number.NaN, per: 1 } },
      { maxBytes: Number.POSITIVE_INFINITY },
      { queue: { count: 0 } },
    ];
    for (const bad of senseless) {
      assert.throws(() => resolve(bad), RangeError, JSON.stringify(bad));
    }
    for (const name of ['user', 'session', 'name', 'data', 'input'])
      assert.throws(() => resolve({}, `a.{${name}}`), TypeError);
  });
});

describe('options', () => {
  it('are durations in ms, or a number with a unit', () => {
    const durations = [5, '5ms', '1.5s', '2m', '3h', '4d'] as const;
    assert.deepEqual(durations.map(duration), [5, 5, 1_500, 120_000, 10_800_000, 345_600_000]);
    for (const bad of [0, -1, Number.NaN, '5', '5 s', 's', '-5s', '5w', ''])
      assert.throws(() => duration(bad as Duration), RangeError);
  });

  it('are refused when they make no sense, as a hub is made', () => {
    assert.throws(() => testHub({}, { window: { messages: 0 } }), RangeError);
    assert.throws(() => testHub({}, { limits: { maxCalls: 0.5 } }), RangeError);
    assert.throws(() => testHub({}, { callTimeout: 'soon' as Duration }), RangeError);
    assert.equal(resolveHubLimits({ maxCalls: 7 }).maxCalls, 7);
    assert.equal(resolveHubLimits().maxCalls, 100);
  });
});

describe('a refusal', () => {
  it('says whether the same may succeed later', () => {
    assert.equal(new HubError('rate-limited').temporary, true);
    assert.equal(new HubError('denied').temporary, false);
    assert.equal(new HubError('app.mine').temporary, false);
    assert.equal(new HubError('denied', 'Not yet', { temporary: true }).temporary, true);
    assert.equal(new HubError('timeout').message, hubErrors.timeout.says);
    assert.equal(new HubError('constructor').message, 'constructor');
    const cause = new Error('why');
    assert.equal(new HubError('internal', undefined, { cause, data: { a: 1 } }).cause, cause);
  });

  it('has a code that can stand in a URI', () => {
    for (const code of ['', 'Denied', 'a b', 'a/b', 'a'.repeat(101)])
      assert.throws(() => new HubError(code), TypeError);
  });
});
