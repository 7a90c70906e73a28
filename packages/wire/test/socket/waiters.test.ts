import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { describe, test } from 'node:test';
import { Waiters } from '../../src/socket/waiters.ts';

describe('waiters', () => {
  test('all of them get what is settled, those that come later do not', async () => {
    const waiters = new Waiters();
    const [first, second] = [waiters.wait(), waiters.wait()];
    waiters.settle(true);
    const third = waiters.wait();
    waiters.settle(false);
    assert.deepEqual(await Promise.all([first, second, third]), [true, true, false]);
  });

  test('an abort rejects with its reason, and the others wait on', async () => {
    const waiters = new Waiters();
    const controller = new AbortController();
    const aborted = waiters.wait(controller.signal);
    const other = waiters.wait();
    controller.abort(new Error('enough'));
    await assert.rejects(aborted, { message: 'enough' });
    waiters.settle(true);
    assert.equal(await other, true);
  });

  test('a signal that was aborted before rejects at once', async () => {
    await assert.rejects(new Waiters().wait(AbortSignal.abort(new Error('before'))), { message: 'before' });
  });

  test('nothing stays on the signal of one that was settled', async () => {
    const waiters = new Waiters();
    const { signal } = new AbortController();
    const waiting = waiters.wait(signal);
    assert.equal(getEventListeners(signal, 'abort').length, 1);
    waiters.settle(true);
    await waiting;
    assert.equal(getEventListeners(signal, 'abort').length, 0);
  });

  test('settling without anyone waiting does nothing', () => {
    new Waiters().settle(true);
  });
});
