/** CALL, INVOCATION and their answers, on a router on paper. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { anything, defineContract } from '../../src/contract/contract.ts';
import { HubError } from '../../src/contract/errors.ts';
import { everyone } from '../../src/hub/access.ts';
import type { MessageOf } from '../../src/wamp/messages.ts';
import type { Dict } from '../../src/wamp/options.ts';
import { procedure, two, yields } from '../support/caller-and-callee.ts';
import { openRouterOnPaper, Router, settle } from '../support/wamp-router.ts';

describe('calls (Basic Profile, "Remote Procedure Calls")', () => {
  test('a CALL becomes an INVOCATION, and its YIELD the RESULT', async () => {
    const [caller, callee] = await two();
    const registration = await callee.register(procedure);
    const request = await caller.request('CALL', { procedure, args: [23, 7], kwargs: { sign: '+' } });
    const invocation = callee.take('INVOCATION');
    const expected = {
      type: 'INVOCATION',
      request: 1,
      registration,
      details: {},
      args: [23, 7],
      kwargs: { sign: '+' },
    };
    assert.deepEqual(invocation, expected);
    callee.receive({ type: 'YIELD', request: 1, options: {}, args: [30] });
    await settle();
    assert.deepEqual(caller.take('RESULT'), { type: 'RESULT', request, details: {}, args: [30] });
    caller.expectNothing();
  });

  const layouts: readonly (readonly [readonly unknown[] | undefined, Dict | undefined])[] = [
    [undefined, undefined],
    [['one', 'two'], undefined],
    [['one'], undefined],
    [undefined, { userid: 123, karma: 10 }],
    [['one'], { userid: 123 }],
  ];
  for (const [args, kwargs] of layouts) {
    test(`Arguments ${JSON.stringify(args)} and ArgumentsKw ${JSON.stringify(kwargs)} come as they went, both ways`, async () => {
      const [caller, callee] = await two();
      await callee.register(procedure);
      await caller.request('CALL', { procedure, args, kwargs });
      const [invocation] = callee.inbox as MessageOf<'INVOCATION'>[];
      await yields(callee, args, {}, kwargs);
      const result = caller.take('RESULT');
      const came = kwargs !== undefined && args === undefined ? [] : args;
      for (const message of [invocation!, result]) assert.deepEqual([message.args, message.kwargs], [came, kwargs]);
    });
  }

  test('a callee’s ERROR reaches the caller to the letter', async () => {
    const [caller, callee] = await two();
    await callee.register(procedure);
    const request = await caller.call(procedure);
    const said = { error: 'com.myapp.error.object_write_protected', args: ['read only', 3], kwargs: { severity: 3 } };
    callee.receive({
      type: 'ERROR',
      requestType: 68,
      request: callee.take('INVOCATION').request,
      details: {},
      ...said,
    });
    await settle();
    const { error, args, kwargs } = caller.takeError(request, said.error);
    assert.deepEqual({ error, args, kwargs }, said);
  });

  test('an ERROR whose URI is none is told as that', async () => {
    const [caller, callee] = await two();
    await callee.register(procedure);
    const request = await caller.call(procedure);
    callee.receive({ type: 'ERROR', requestType: 68, request: 1, details: {}, error: 'no uri' });
    await settle();
    caller.takeError(request, 'wamp.error.invalid_uri');
  });

  test('a name that nobody registered is no procedure', async () => {
    const [caller] = await two();
    caller.takeError(await caller.call(procedure), 'wamp.error.no_such_procedure');
    caller.takeError(await caller.call('wamp.session.count'), 'wamp.error.no_such_procedure');
    caller.takeError(await caller.call('tidewire.topic.nothing'), 'wamp.error.no_such_procedure');
    caller.takeError(await caller.call('a b'), 'wamp.error.invalid_uri');
  });

  test('the hub’s own handlers are called in the same way', async () => {
    const contract = defineContract({ calls: { add: { input: anything, output: anything, progress: anything } } });
    const router = new Router({ contract });
    router.hub.handle('add', { allow: everyone }, async ({ input, progress }) => {
      await progress('adding');
      if (input === 'nonsense') throw new HubError('nonsense', 'That is none');
      if (input === 'broken') throw new Error('secret');
      return (input as number) + 1;
    });
    const caller = await router.join();
    await caller.call('add', [1], { receive_progress: true });
    assert.deepEqual([caller.take('RESULT').details.progress, caller.take('RESULT').args], [true, [2]]);
    await caller.call('add', [1]);
    assert.deepEqual(caller.take('RESULT').args, [2]);
    caller.takeError(await caller.call('add', ['nonsense']), 'tidewire.error.nonsense');
    const error = caller.takeError(await caller.call('add', ['broken']), 'tidewire.error.internal');
    assert(!JSON.stringify(error).includes('secret'));
    assert.equal(router.errors.length, 1);
  });

  test('a handler’s result that can’t be sent is our error, not the caller’s', async () => {
    const router = new Router({ contract: defineContract({ calls: { make: { input: anything, output: anything } } }) });
    router.hub.handle('make', { allow: everyone }, () => ({ made: () => 1 }));
    const caller = await router.join();
    caller.takeError(await caller.call('make', [1]), 'tidewire.error.internal');
    assert.equal(router.errors.length, 1);
  });

  test('a session has only so many calls that wait', async () => {
    const [caller, callee] = await two({ limits: { maxCalls: 2 } });
    await callee.register(procedure);
    for (let i = 0; i < 2; i++) await caller.call(procedure);
    caller.takeError(await caller.call(procedure), 'tidewire.error.too_many');
    await yields(callee, [1]);
    caller.take('RESULT');
    await caller.call(procedure);
    caller.expectNothing();
  });

  test('a callee has only so many invocations that wait', async () => {
    const [caller, callee] = await two({ wamp: { wampLimits: { maxInvocations: 2 } } });
    await callee.register(procedure);
    for (let i = 0; i < 2; i++) await caller.call(procedure);
    caller.takeError(await caller.call(procedure), 'tidewire.error.too_many');
  });

  // Two callers at most speed had a callee closed for what it had not read yet.
  test('a callee with too much to read is not called until it has read it', async () => {
    const [caller, callee] = await two();
    await callee.register(procedure);
    callee.hasRoom = false;
    caller.takeError(await caller.call(procedure), 'tidewire.error.too_many');
    callee.expectNothing();
    callee.hasRoom = true;
    await caller.call(procedure);
    assert.equal(callee.take('INVOCATION').request, 1);
  });

  test('a call reaches its callee after REGISTERED, however close the two are', async () => {
    const [caller, callee] = await two();
    callee.receive({ type: 'REGISTER', request: callee.nextRequest(), options: {}, procedure });
    for (let i = 0; i < 8; i++) {
      caller.receive({ type: 'CALL', request: caller.nextRequest(), options: {}, procedure });
      await Promise.resolve();
    }
    await settle();
    const [first, ...others] = callee.inbox.map(({ type }) => type);
    assert.equal(first, 'REGISTERED');
    assert(others.length > 0 && others.every((type) => type === 'INVOCATION'));
  });
});

describe('calls of the hub’s own handlers', () => {
  test('without Arguments have no input, rather than two empty lists', async () => {
    // Calls without input failed their schema.
    const inputs: unknown[] = [];
    const router = openRouterOnPaper();
    router.hub.core.procedures.handle('own', everyone, async ({ data, form }) => {
      inputs.push(data, form);
      return { data: undefined };
    });
    const caller = await router.join();
    const request = await caller.request('CALL', { procedure: 'own' });
    assert.deepEqual(inputs, [undefined, undefined]);
    assert.deepEqual(caller.take('RESULT'), { type: 'RESULT', request, details: {} });
  });
});

describe('progressive call results (Advanced Profile)', () => {
  test('progress reaches a caller who wants it, in order, before the result', async () => {
    const [caller, callee] = await two();
    await callee.register(procedure);
    const request = await caller.call(procedure, [], { receive_progress: true });
    const invocation = callee.take('INVOCATION');
    assert.equal(invocation.details.receive_progress, true);
    for (const args of [['Y2010', 120], [], ['Y2011', 205]]) {
      callee.receive({ type: 'YIELD', request: invocation.request, options: { progress: true }, args });
    }
    callee.receive({ type: 'YIELD', request: invocation.request, options: {}, args: ['Total', 325] });
    await settle();
    const results = caller.inbox.splice(0) as MessageOf<'RESULT'>[];
    assert(results.every((result) => result.request === request));
    assert.deepEqual(
      results.map(({ details, args }) => [details.progress, args]),
      [
        [true, ['Y2010', 120]],
        [true, undefined],
        [true, ['Y2011', 205]],
        [undefined, ['Total', 325]],
      ],
    );
  });

  test('a caller who does not want it gets the result alone', async () => {
    const [caller, callee] = await two();
    await callee.register(procedure);
    await caller.call(procedure);
    const invocation = callee.take('INVOCATION');
    assert.equal(invocation.details.receive_progress, undefined);
    callee.receive({ type: 'YIELD', request: 1, options: { progress: true }, args: [1] });
    callee.receive({ type: 'YIELD', request: 1, options: {}, args: [2] });
    await settle();
    assert.deepEqual(caller.take('RESULT').args, [2]);
    caller.expectNothing();
  });

  for (const features of [{}, { progressive_call_results: true }]) {
    test(`a callee with ${JSON.stringify(features)} is not asked for it`, async () => {
      const [caller, , router] = await two();
      const callee = await router.join({ roles: { callee: { features } } });
      await callee.register(procedure);
      await caller.call(procedure, [], { receive_progress: true });
      assert.equal(callee.take('INVOCATION').details.receive_progress, undefined);
    });
  }

  test('progress after the result is a violation', async () => {
    const [caller, callee] = await two();
    await callee.register(procedure);
    await caller.call(procedure, [], { receive_progress: true });
    callee.receive({ type: 'YIELD', request: 1, options: {}, args: [1] });
    callee.receive({ type: 'YIELD', request: 1, options: { progress: true }, args: [1] });
    callee.expectViolation();
  });
});

describe('caller identification (Advanced Profile)', () => {
  test('a caller may have itself disclosed, and a callee may ask for it', async () => {
    const [caller, callee] = await two();
    await callee.register('com.asked');
    await callee.register('com.asks', { disclose_caller: true });
    await caller.call('com.asked');
    await caller.call('com.asked', [], { disclose_me: true });
    await caller.call('com.asks');
    const details = (callee.inbox as MessageOf<'INVOCATION'>[]).map((invocation) => invocation.details);
    const disclosed = { caller: caller.id, caller_authrole: 'anonymous' };
    assert.deepEqual(details, [{}, disclosed, disclosed]);
  });

  test('elsewhere both are refused', async () => {
    const [caller, callee] = await two({ wamp: { allowDisclosure: false } });
    await callee.register(procedure);
    const options = { disclose_me: true };
    caller.takeError(await caller.call(procedure, [], options), 'wamp.error.option_disallowed.disclose_me');
    const asked = { procedure: 'com.asks', options: { disclose_caller: true } };
    callee.takeError(await callee.request('REGISTER', asked), 'wamp.error.option_not_allowed');
  });
});
