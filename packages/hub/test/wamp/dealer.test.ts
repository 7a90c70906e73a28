/** CALL, CANCEL, REGISTER, INVOCATION and their answers, on a router on paper. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { everyone } from '../../src/hub/access.ts';
import { anything, defineContract } from '../../src/hub/contract.ts';
import { HubError } from '../../src/hub/errors.ts';
import type { MessageOf } from '../../src/wamp/messages.ts';
import type { Dict } from '../../src/wamp/options.ts';
import { type Client, openRouterOnPaper, Router, type RouterOptions, settle } from '../support/wamp-router.ts';

const procedure = 'com.procedure';

async function two(options: RouterOptions = {}): Promise<[caller: Client, callee: Client, router: Router]> {
  const router = openRouterOnPaper(options);
  return [await router.join(), await router.join(), router];
}

/** Answers the oldest INVOCATION by YIELD. */
async function yields(callee: Client, args?: readonly unknown[], options: Dict = {}, kwargs?: Dict): Promise<void> {
  const { request } = callee.take('INVOCATION');
  callee.receive({ type: 'YIELD', request, options, args, kwargs });
  await settle();
}

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

describe('registering', () => {
  test('a procedure has one callee, unless it is shared', async () => {
    const [ann, bob] = await two();
    await ann.register(procedure);
    bob.takeError(await bob.request('REGISTER', { procedure }), 'wamp.error.procedure_already_exists');
  });

  test('after UNREGISTER it is nobody’s', async () => {
    const [caller, callee] = await two();
    const registration = await callee.register(procedure);
    const request = await callee.request('UNREGISTER', { registration });
    assert.equal(callee.take('UNREGISTERED').request, request);
    caller.takeError(await caller.call(procedure), 'wamp.error.no_such_procedure');
    callee.takeError(await callee.request('UNREGISTER', { registration }), 'wamp.error.no_such_registration');
  });

  test('what was invoked before UNREGISTER is still answered', async () => {
    const [caller, callee] = await two();
    const registration = await callee.register(procedure);
    await caller.call(procedure);
    const invocation = callee.take('INVOCATION');
    await callee.request('UNREGISTER', { registration });
    callee.receive({ type: 'YIELD', request: invocation.request, options: {}, args: [1] });
    await settle();
    assert.deepEqual(caller.take('RESULT').args, [1]);
  });

  test('another one’s registration can’t be undone', async () => {
    const [ann, bob] = await two();
    const registration = await ann.register(procedure);
    bob.takeError(await bob.request('UNREGISTER', { registration }), 'wamp.error.no_such_registration');
  });

  for (const name of ['wamp.procedure', 'tidewire.topic.join']) {
    test(`${name} is reserved`, async () => {
      const [ann] = await two();
      ann.takeError(await ann.request('REGISTER', { procedure: name }), 'wamp.error.not_authorized');
    });
  }

  test('nobody registers without a right to', async () => {
    const client = await new Router().join();
    client.takeError(await client.request('REGISTER', { procedure }), 'wamp.error.not_authorized');
  });
});

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

describe('pattern-based registration (Advanced Profile)', () => {
  // The specification's own example.
  const registered: readonly (readonly [string, Dict])[] = [
    ['a1.b2.c3.d4.e55', {}],
    ['a1.b2.c3', { match: 'prefix' }],
    ['a1.b2.c3.d4', { match: 'prefix' }],
    ['a1.b2..d4.e5', { match: 'wildcard' }],
    ['a1.b2.c33..e5', { match: 'wildcard' }],
    ['a1.b2..d4.e5..g7', { match: 'wildcard' }],
    ['a1.b2..d4..f6.g7', { match: 'wildcard' }],
  ];
  const calls: readonly (readonly [string, number | undefined])[] = [
    ['a1.b2.c3.d4.e55', 1],
    ['a1.b2.c3.d98.e74', 2],
    ['a1.b2.c3.d4.e325', 3],
    ['a1.b2.c55.d4.e5', 4],
    // The text says 5 here, and of prefixes that `com.myapp.myobject1` is one of `com.myapp.myobject1-mysubobject1`: then RPC 2's
    // `a1.b2.c3` is one of this name, and goes before every wildcard.
    ['a1.b2.c33.d4.e5', 2],
    ['a1.b2.d33.d4.e5', 4],
    ['a1.b2.c88.d4.e5.f6.g7', 6],
    ['a2.b2.c2.d2.e2', undefined],
  ];
  for (const [name, expected] of calls) {
    test(`${name} is ${expected === undefined ? 'nobody’s' : `RPC ${expected}’s`}`, async () => {
      const [caller, callee] = await two();
      const ids: number[] = [];
      for (const [uri, options] of registered) ids.push(await callee.register(uri, options));
      const request = await caller.call(name);
      if (expected === undefined) return void caller.takeError(request, 'wamp.error.no_such_procedure');
      const { registration, details } = callee.take('INVOCATION');
      assert.equal(registration, ids[expected - 1]);
      assert.equal(details.procedure, expected === 1 ? undefined : name);
    });
  }
});

describe('shared registration (Advanced Profile)', () => {
  const invoked: readonly (readonly [string, string])[] = [
    ['roundrobin', '0 1 2 0'],
    ['first', '0 0 0 0'],
    ['last', '2 2 2 2'],
    ['random', '0 0 0 0'],
  ];
  for (const [invoke, expected] of invoked) {
    test(`${invoke}: four calls go to ${expected}`, async () => {
      const router = openRouterOnPaper();
      const caller = await router.join();
      const callees = [await router.join(), await router.join(), await router.join()];
      const ids = new Set<number>();
      for (const callee of callees) ids.add(await callee.register(procedure, { invoke }));
      assert.equal(ids.size, 1);
      const order: number[] = [];
      for (let i = 0; i < 4; i++) {
        await caller.call(procedure);
        const at = callees.findIndex(({ inbox }) => inbox.length > 0);
        callees[at]!.inbox.length = 0;
        order.push(at);
      }
      assert.equal(order.join(' '), expected);
    });
  }

  test('all of them must want it in the same way', async () => {
    const [ann, bob] = await two();
    await ann.register(procedure, { invoke: 'roundrobin' });
    for (const options of [{}, { invoke: 'random' }, { invoke: 'single' }]) {
      const request = await bob.request('REGISTER', { procedure, options });
      bob.takeError(request, 'wamp.error.procedure_already_exists');
    }
  });

  test('a stand-by takes over when the first one leaves', async () => {
    const [caller, callee, router] = await two();
    const standby = await router.join();
    for (const each of [callee, standby]) await each.register(procedure, { invoke: 'first' });
    callee.session.transportClosed();
    await caller.call(procedure);
    await yields(standby, [1]);
    assert.deepEqual(caller.take('RESULT').args, [1]);
  });
});
