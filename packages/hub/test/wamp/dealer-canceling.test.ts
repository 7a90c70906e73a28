/** How calls end before their result: someone leaves, CANCEL, time limits; on a router on paper. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { anything, defineContract } from '../../src/contract/contract.ts';
import { everyone } from '../../src/hub/access.ts';
import type { Dict } from '../../src/wamp/options.ts';
import { procedure, two } from '../support/caller-and-callee.ts';
import { openRouterOnPaper, Router, settle } from '../support/wamp-router.ts';

describe('callers and callees that leave', () => {
  test('a callee that leaves is its callers’ wamp.error.canceled', async () => {
    const [caller, callee] = await two();
    await callee.register(procedure);
    const request = await caller.call(procedure);
    callee.session.transportClosed();
    await settle();
    assert.deepEqual(caller.takeError(request, 'wamp.error.canceled').kwargs, { code: 'canceled', temporary: true });
  });

  test('a result that came just before its callee left still counts', async () => {
    const [caller, callee] = await two();
    await callee.register(procedure);
    await caller.call(procedure);
    callee.receive({ type: 'YIELD', request: 1, options: {}, args: [1] });
    callee.receive({ type: 'GOODBYE', details: {}, reason: 'wamp.close.close_realm' });
    await settle();
    assert.deepEqual(caller.take('RESULT').args, [1]);
  });

  test('a caller that leaves interrupts its callee, which need not answer', async () => {
    const [caller, callee] = await two();
    await callee.register(procedure);
    await caller.call(procedure);
    const { request } = callee.take('INVOCATION');
    caller.session.transportClosed();
    await settle();
    assert.deepEqual(callee.take('INTERRUPT'), { type: 'INTERRUPT', request, options: { mode: 'killnowait' } });
    callee.receive({ type: 'YIELD', request, options: {}, args: [1] });
    await settle();
    assert.equal(callee.session.state, 'open', 'an answer that crossed the INTERRUPT is no violation');
  });

  test('a callee that does not know INTERRUPT gets none', async () => {
    const [caller, , router] = await two();
    const callee = await router.join({ roles: { callee: {} } });
    await callee.register(procedure);
    await caller.call(procedure);
    callee.take('INVOCATION');
    caller.session.transportClosed();
    await settle();
    callee.expectNothing();
  });
});

describe('call canceling (Advanced Profile)', () => {
  const started = async (callee: Dict = { progressive_call_results: true, call_canceling: true }) => {
    const router = openRouterOnPaper();
    const caller = await router.join();
    const client = await router.join({ roles: { callee: { features: callee } } });
    await client.register(procedure);
    const request = await caller.call(procedure);
    client.take('INVOCATION');
    const cancel = async (mode?: 'skip' | 'kill' | 'killnowait'): Promise<void> => {
      caller.receive({ type: 'CANCEL', request, options: mode === undefined ? {} : { mode } });
      await settle();
    };
    return { caller, callee: client, request, cancel };
  };

  test('skip: the caller is told at once, the callee nothing, and its result is discarded', async () => {
    const { caller, callee, request, cancel } = await started();
    await cancel('skip');
    caller.takeError(request, 'wamp.error.canceled');
    callee.expectNothing();
    callee.receive({ type: 'YIELD', request: 1, options: {}, args: [1] });
    await settle();
    caller.expectNothing();
    assert.equal(callee.session.state, 'open');
  });

  test('kill: the callee is interrupted, and the caller told what it answers', async () => {
    const { caller, callee, request, cancel } = await started();
    await cancel('kill');
    caller.expectNothing();
    assert.deepEqual(callee.take('INTERRUPT').options, { mode: 'kill' });
    callee.receive({ type: 'ERROR', requestType: 68, request: 1, details: {}, error: 'wamp.error.canceled' });
    await settle();
    caller.takeError(request, 'wamp.error.canceled');
  });

  test('kill: a callee that is done first wins', async () => {
    const { caller, callee, cancel } = await started();
    await cancel('kill');
    callee.receive({ type: 'YIELD', request: 1, options: {}, args: [1] });
    await settle();
    assert.deepEqual(caller.take('RESULT').args, [1]);
  });

  for (const mode of ['killnowait', undefined] as const) {
    test(`${mode ?? 'no mode'}: the caller is told at once, the callee interrupted, and what it answers discarded`, async () => {
      const { caller, callee, request, cancel } = await started();
      await cancel(mode);
      caller.takeError(request, 'wamp.error.canceled');
      assert.deepEqual(callee.take('INTERRUPT').options, { mode: 'killnowait' });
      callee.receive({ type: 'ERROR', requestType: 68, request: 1, details: {}, error: 'wamp.error.canceled' });
      await settle();
      caller.expectNothing();
      assert.equal(callee.session.state, 'open');
    });
  }

  // It was reported to onError as a failure of ours, and its caller was told `internal`.
  test('a handler of the hub’s own that gives up its work as it is told is canceled, and nothing else is', async () => {
    const contract = defineContract({ calls: { work: { input: anything, output: anything } } });
    const router = new Router({ contract });
    const broken = new Error('broken');
    const aborted = new DOMException('of something else', 'AbortError');
    router.hub.handle('work', { allow: everyone }, async ({ input, signal }) => {
      if (input === 'nothing to stop') throw aborted;
      const stopped = Promise.withResolvers<void>();
      signal.addEventListener('abort', () => stopped.resolve(), { once: true });
      await stopped.promise;
      if (input === 'its reason') throw signal.reason;
      if (input === 'caused by it') throw new Error('stopped', { cause: signal.reason });
      throw input === 'broken' ? broken : new DOMException('The operation was aborted', 'AbortError');
    });
    const caller = await router.join();
    for (const [input, uri] of [
      ['its reason', 'wamp.error.canceled'],
      ['an AbortError', 'wamp.error.canceled'],
      ['caused by it', 'wamp.error.canceled'],
      ['broken', 'tidewire.error.internal'],
    ] as const) {
      const request = await caller.call('work', [input]);
      caller.receive({ type: 'CANCEL', request, options: { mode: 'kill' } });
      await settle();
      caller.takeError(request, uri);
    }
    const late = await caller.call('work', ['an AbortError'], { timeout: 100 });
    router.clock.advance(100);
    await settle();
    caller.takeError(late, 'wamp.error.timeout');
    caller.takeError(await caller.call('work', ['nothing to stop']), 'tidewire.error.internal');
    assert.deepEqual(
      router.errors.map(({ error }) => error),
      [broken, aborted],
    );
  });

  test('a callee that can’t be interrupted makes every mode a skip', async () => {
    for (const mode of ['skip', 'kill', 'killnowait'] as const) {
      const { caller, callee, request, cancel } = await started({});
      await cancel(mode);
      caller.takeError(request, 'wamp.error.canceled');
      callee.expectNothing();
      callee.receive({ type: 'YIELD', request: 1, options: {}, args: [1] });
      await settle();
      caller.expectNothing();
      assert.equal(callee.session.state, 'open');
    }
  });

  test('a CANCEL that crossed the result changes nothing', async () => {
    const { caller, callee, cancel } = await started();
    callee.receive({ type: 'YIELD', request: 1, options: {}, args: [1] });
    await settle();
    caller.take('RESULT');
    await cancel('kill');
    caller.expectNothing();
    callee.expectNothing();
  });

  test('a call that is canceled before anybody is found for it invokes nobody', async () => {
    const router = new Router();
    const right = Promise.withResolvers<boolean>();
    router.hub.procedures('**', { allow: { register: everyone, call: () => right.promise } });
    const [caller, callee] = [await router.join(), await router.join()];
    await callee.register(procedure);
    const request = await caller.call(procedure);
    caller.receive({ type: 'CANCEL', request, options: { mode: 'killnowait' } });
    right.resolve(true);
    await settle();
    caller.takeError(request, 'wamp.error.canceled');
    callee.expectNothing();
  });

  test('only so many that were given up are remembered; of older ones any answer is ignored', async () => {
    const [caller, callee] = await two({ wamp: { wampLimits: { maxInvocations: 2 } } });
    await callee.register(procedure);
    for (let i = 0; i < 5; i++) {
      const request = await caller.call(procedure);
      caller.receive({ type: 'CANCEL', request, options: { mode: 'killnowait' } });
      await settle();
    }
    for (const request of [1, 3, 5]) callee.receive({ type: 'YIELD', request, options: {}, args: [1] });
    assert.equal(callee.session.state, 'open');
    callee.receive({ type: 'YIELD', request: 6, options: {}, args: [1] });
    callee.inbox.splice(0, callee.inbox.length - 1);
    callee.expectViolation();
  });
});

describe('call timeout (Advanced Profile)', () => {
  test('the router gives a call up when its time is over, and says so', async () => {
    const [caller, callee, router] = await two();
    await callee.register(procedure);
    const request = await caller.call(procedure, [], { timeout: 1_000 });
    callee.take('INVOCATION');
    router.clock.advance(999);
    await settle();
    caller.expectNothing();
    router.clock.advance(1);
    await settle();
    caller.takeError(request, 'wamp.error.timeout');
    assert.deepEqual(callee.take('INTERRUPT').options, { mode: 'killnowait' });
  });

  test('with progress it is the time between two results', async () => {
    const [caller, callee, router] = await two();
    await callee.register(procedure);
    const request = await caller.call(procedure, [], { timeout: 1_000, receive_progress: true });
    for (let i = 0; i < 3; i++) {
      router.clock.advance(900);
      callee.receive({ type: 'YIELD', request: 1, options: { progress: true }, args: [i] });
    }
    await settle();
    assert.equal(caller.inbox.splice(0).length, 3);
    router.clock.advance(1_000);
    await settle();
    caller.takeError(request, 'wamp.error.timeout');
  });

  test('0 is no timeout', async () => {
    const [caller, callee, router] = await two();
    await callee.register(procedure);
    await caller.call(procedure, [], { timeout: 0 });
    router.clock.advance(10 ** 9);
    await settle();
    caller.expectNothing();
  });
});
