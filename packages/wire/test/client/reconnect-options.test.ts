import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { resolveReconnectOptions } from '../../src/client/reconnect-options.ts';
import { scene } from './fake-opener.ts';

describe('the options of a reconnecting socket', () => {
  test('what makes no sense is refused at once', () => {
    const reconnect = [
      { stableAfter: 0 },
      { openTimeout: 2 ** 31 },
      { maxAttempts: 0 },
      { maxOfflineBytes: -1 },
      { initial: -1 },
    ];
    for (const options of reconnect)
      assert.throws(() => scene({ reconnect: options }), RangeError, JSON.stringify(options));
    const others = [
      { maxQueuedMessages: 0 },
      { maxQueuedBytes: Number.NaN },
      { maxBufferedBytes: 0 },
      { closeTimeout: -1 },
    ];
    for (const options of others) assert.throws(() => scene(options), RangeError, JSON.stringify(options));
    assert.throws(() => scene({ watchdog: { interval: 0 } }), RangeError);
  });

  test('null is one connection: nothing is kept, and no end of it is a reason to come back', () => {
    const { maxOfflineBytes, maxOfflineMessages, shouldReconnect } = resolveReconnectOptions({ reconnect: null });
    assert.deepEqual([maxOfflineBytes, maxOfflineMessages], [0, 0]);
    const closed = { code: 1006, reason: '', received: undefined, sent: undefined, clean: false, error: undefined };
    assert.equal(shouldReconnect(closed), false);
  });

  test('what a handler throws goes to the host unless told otherwise', (t) => {
    const error = new Error('in a handler');
    const told = t.mock.method(console, 'error', () => {});
    resolveReconnectOptions({}).onError(error);
    assert.deepEqual(told.mock.calls[0]?.arguments, [error]);
    const reported: unknown[] = [];
    Object.assign(globalThis, { reportError: (reason: unknown) => reported.push(reason) });
    t.after(() => Reflect.deleteProperty(globalThis, 'reportError'));
    resolveReconnectOptions({}).onError(error);
    assert.deepEqual(reported, [error]);
  });
});
