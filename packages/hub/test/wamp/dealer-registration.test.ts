/** REGISTER: alone, by pattern and shared, on a router on paper. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Dict } from '../../src/wamp/options.ts';
import { procedure, two, yields } from '../support/caller-and-callee.ts';
import { openRouterOnPaper, Router, settle } from '../support/wamp-router.ts';

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
