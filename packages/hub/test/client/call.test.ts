import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
// Fetched when it is asked for; here it is there before.
import '../../src/client/history.ts';
import { at, codeOf, scene, settled } from './fake-hub.ts';

describe('a call', () => {
  it('takes one value and gives one', async () => {
    const { hub, join } = scene();
    const line = await join();
    const answer = hub.call('double', 21);
    await settled();
    const { request, args, options } = line.takeCall('double');
    assert.deepEqual(args, [21]);
    assert.deepEqual(options, { timeout: 30_000 });
    line.say({ type: 'RESULT', request, details: {}, args: [42] });
    assert.equal(await answer, 42);
  });

  it('is checked in both directions', async () => {
    const { hub, join } = scene();
    const line = await join();
    assert.equal(await codeOf(hub.call('double', 'x' as never)), 'invalid');
    const answer = codeOf(hub.call('double', 1));
    await settled();
    line.say({ type: 'RESULT', request: line.takeCall('double').request, details: {}, args: ['two'] });
    assert.equal(await answer, 'invalid');
    assert.throws(() => hub.call('other' as 'double', 1), TypeError);
  });

  it('waits for a connection, and no longer than its timeout', async () => {
    const { hub, join, clock } = scene();
    const late = codeOf(hub.call('double', 1, { timeout: 5_000 }));
    const patient = hub.call('double', 2);
    await settled();
    clock.advance(5_000);
    assert.equal(await late, 'timeout');
    const line = await join();
    line.say({ type: 'RESULT', request: line.takeCall('double').request, details: {}, args: [4] });
    assert.equal(await patient, 4);
  });

  it('is not repeated when the connection breaks: it may have happened', async () => {
    const { hub, join, retry } = scene();
    const line = await join();
    const lost = hub.call('double', 1);
    await settled();
    line.takeCall('double');
    line.ended(1006);
    await assert.rejects(lost, { code: 'unavailable', temporary: true });
    await retry();
    assert.equal((await join()).sent.length, 0);
  });

  it('tells progress in order, before it resolves', async () => {
    const { hub, join, errors } = scene();
    const line = await join();
    const told: unknown[] = [];
    const answer = hub.call('double', 1, { onProgress: (progress) => told.push(progress) });
    await settled();
    const { request, options } = line.takeCall('double');
    assert.equal(options.receive_progress, true);
    for (const part of [1, 'wrong', 2]) {
      line.say({ type: 'RESULT', request, details: { progress: true }, args: [part] });
    }
    line.say({ type: 'RESULT', request, details: {}, args: [3] });
    told.push(await answer);
    assert.deepEqual(told, [1, 2, 3]);
    assert.equal((errors[0] as { code: string }).code, 'invalid');
  });

  it('has its whole timeout anew with each progress', async () => {
    const { hub, join, clock } = scene();
    const line = await join();
    const answer = codeOf(hub.call('double', 1, { timeout: 1_000, onProgress: () => {} }));
    await settled();
    const { request } = line.takeCall('double');
    for (let i = 0; i < 3; i++) {
      clock.advance(999);
      line.say({ type: 'RESULT', request, details: { progress: true }, args: [i] });
    }
    clock.advance(999);
    assert.equal(line.sent.length, 0);
    clock.advance(1);
    assert.equal(await answer, 'timeout');
    assert.equal(line.take('CANCEL').request, request);
    assert.equal(clock.pending, 0);
  });

  it('is canceled by its signal, and by its timeout', async () => {
    const { hub, join, clock } = scene();
    const line = await join();
    const controller = new AbortController();
    const aborted = hub.call('double', 1, { signal: controller.signal });
    await settled();
    const { request } = line.takeCall('double');
    controller.abort(new Error('enough'));
    await assert.rejects(aborted, /enough/);
    assert.equal(line.take('CANCEL').request, request);
    // Its answer comes too late for anybody.
    line.error(request, 'wamp.error.canceled');
    const timedOut = codeOf(hub.call('double', 1, { timeout: 100 }));
    await settled();
    line.takeCall('double');
    clock.advance(100);
    assert.equal(await timedOut, 'timeout');
    line.take('CANCEL');
    assert.equal(hub.state, 'connected');
    await assert.rejects(hub.call('double', 1, { signal: AbortSignal.abort(new Error('before')) }), /before/);
  });

  it('rejects with what the handler refused', async () => {
    const { hub, join } = scene();
    const line = await join();
    const refused = hub.call('double', 1);
    await settled();
    const { request } = line.takeCall('double');
    line.error(request, 'tidewire.error.sold_out', { code: 'sold-out', temporary: false, data: { left: 0 } });
    await assert.rejects(refused, { code: 'sold-out', message: 'No', data: { left: 0 } });
  });

  it('is bounded in number, and settles when the client is closed', async () => {
    const { hub } = scene();
    const calls = Array.from({ length: 1_001 }, () => codeOf(hub.call('double', 1)));
    await settled();
    assert.equal(await calls.at(-1), 'too-many');
    void hub.close();
    assert.equal(await calls[0], 'canceled');
    assert.equal(await codeOf(hub.call('double', 1)), 'canceled');
  });

  it('has a timeout that a timer can wait', async () => {
    await assert.rejects(scene().hub.call('double', 1, { timeout: 0 }), RangeError);
  });
});

describe('history', () => {
  it('is read, and each entry checked', async () => {
    const { hub, join } = scene();
    const line = await join();
    const read = hub.topic('news').history({ last: 2 });
    await settled();
    const { request, kwargs } = line.takeCall('tidewire.topic.history');
    assert.deepEqual(kwargs, { topic: 'news', last: 2 });
    const publications = [{ position: at(4), time: 9, data: { text: 'four' }, publisher: { session: 3, user: 'ann' } }];
    line.result(request, { publications, position: at(4), held: true });
    assert.deepEqual(await read, { publications, position: at(4), held: true });
  });

  it('asks for the newest hundred unless it is told', async () => {
    const { hub, join } = scene();
    const line = await join();
    void codeOf(hub.topic('news').history());
    await settled();
    assert.deepEqual(line.takeCall('tidewire.topic.history').kwargs, { topic: 'news', last: 100 });
  });

  it('rejects on data against the contract, and on an answer that is none', async () => {
    const entry = { position: at(1), time: 1, data: { text: 'x' } };
    const answers: readonly (readonly [Record<string, unknown>, string])[] = [
      [{ publications: [{ ...entry, data: {} }], position: at(1) }, 'invalid'],
      [{ publications: [{ ...entry, position: 1 }], position: at(1) }, 'protocol-violation'],
      [{ publications: [5], position: at(1) }, 'protocol-violation'],
      [{ position: at(1) }, 'protocol-violation'],
    ];
    const { hub, join } = scene();
    const line = await join();
    for (const [kwargs, code] of answers) {
      const read = codeOf(hub.topic('news').history({ after: at(0) }));
      await settled();
      line.result(line.takeCall('tidewire.topic.history').request, kwargs);
      assert.equal(await read, code);
    }
  });
});
