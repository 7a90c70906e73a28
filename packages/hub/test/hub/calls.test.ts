import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { anything } from '../../src/contract/contract.ts';
import { HubError } from '../../src/contract/errors.ts';
import type { Payload } from '../../src/contract/publication.ts';
import { everyone, signedIn } from '../../src/hub/access.ts';
import type { Call } from '../../src/hub/call.ts';
import type { CallContext, Invoke } from '../../src/hub/procedures.ts';
import { settled } from '../support/plain-engine.ts';
import { type Guest, type TestHub, testHub } from '../support/test-hub.ts';

const call = { input: anything, output: anything };
const nothing: Payload = { data: null };

/** A hub on which everyone may register and call everything, beside handlers. */
function openHub(options: object = {}): TestHub {
  const hub = testHub({}, options, { add: call, slow: { ...call, progress: anything } });
  hub.hub.procedures('**', { allow: { call: everyone, register: everyone } });
  return hub;
}

const code = (made: Call): Promise<string> =>
  made.result.then(
    ({ data }) => `result ${String(data)}`,
    (error) => (error as HubError).code ?? String(error),
  );

/** A procedure that a test answers. */
class Held {
  readonly contexts: CallContext[] = [];
  readonly answers: PromiseWithResolvers<Payload>[] = [];

  readonly procedure = (_: Payload, context: CallContext): Promise<Payload> => {
    const answer = Promise.withResolvers<Payload>();
    this.contexts.push(context);
    this.answers.push(answer);
    return answer.promise;
  };
}

async function callee({ join }: TestHub, uri = 'held'): Promise<Held & { guest: Guest }> {
  const guest = join();
  const held = new Held();
  await guest.session.register(uri, 'exact', 'single', held.procedure);
  return Object.assign(held, { guest });
}

describe('a call', () => {
  it('is answered by the hub’s handler, in the name of its caller', async () => {
    const { hub, join } = openHub();
    hub.handle('add', { allow: signedIn }, ({ input, user }) => `${user?.id} ${(input as number) + 1}`);
    assert.deepEqual(await join('ada').session.call('add', { data: 1 }).result, { data: 'ada 2' });
  });

  it('is denied where no rule allows it, or the rule does not', async () => {
    const { hub, join } = testHub({}, {}, { add: call, slow: call });
    hub.handle('add', {}, () => 1);
    hub.handle('slow', { allow: signedIn }, () => 1);
    const callee = join();
    hub.procedures('open.**', { allow: { register: everyone } });
    await callee.session.register('open.a', 'exact', 'single', async () => nothing);
    for (const name of ['add', 'slow', 'open.a'])
      assert.equal(await code(join().session.call(name, nothing)), 'denied');
    assert.equal(await code(join().session.call('none', nothing)), 'no-such-procedure');
  });

  it('fails with what the handler throws, at once or later', async () => {
    const { hub, join } = openHub();
    hub.handle('add', { allow: everyone }, () => {
      throw new HubError('app.full', 'No seats', { temporary: true });
    });
    hub.handle('slow', { allow: everyone }, () => Promise.reject(new Error('bug')));
    const { session } = join();
    await assert.rejects(session.call('add', nothing).result, { code: 'app.full', temporary: true });
    await assert.rejects(session.call('slow', nothing).result, { message: 'bug' });
  });

  // The signal is made when it is asked for.
  it('tells a handler that asks late that it was to stop, and why', async () => {
    const { hub, join } = openHub();
    const asked = Promise.withResolvers<unknown>();
    const go = Promise.withResolvers<void>();
    hub.handle('slow', { allow: everyone }, async (context) => {
      await go.promise;
      const { signal } = context;
      asked.resolve([signal.aborted, (signal.reason as HubError).code, signal === context.signal]);
    });
    const made = join().session.call('slow', nothing);
    await settled();
    made.cancel('killnowait');
    go.resolve();
    assert.equal(await code(made), 'canceled');
    assert.deepEqual(await asked.promise, [true, 'canceled', true]);
  });

  it('fails as a mistake of ours when the handler returns what can not be sent', async () => {
    const { hub, join } = openHub();
    hub.handle('add', { allow: everyone }, () => ({ now: () => 1 }));
    await assert.rejects(join().session.call('add', nothing).result, (error) => !(error instanceof HubError));
  });

  it('tells progress in order, before the result and not after it, to a caller who asked', async () => {
    const { hub, join } = openHub();
    let late: ((value: unknown) => Promise<void>) | undefined;
    hub.handle('slow', { allow: everyone }, async ({ progress }) => {
      late = progress as (value: unknown) => Promise<void>;
      for (const part of [1, 2, 3]) await late(part);
      return 4;
    });
    const told: unknown[] = [];
    const { session } = join();
    const made = session.call('slow', nothing, { progress: ({ data }) => told.push(data) });
    assert.deepEqual((await made.result).data, 4);
    await late!(5);
    assert.deepEqual(told, [1, 2, 3]);
    assert.equal((await session.call('slow', nothing).result).data, 4);
  });

  it('may not report progress that the contract does not have', async () => {
    const { hub, join } = openHub();
    hub.handle('add', { allow: everyone }, async ({ progress }) => await progress(1 as never));
    await assert.rejects(join().session.call('add', nothing).result, TypeError);
  });

  it('times out after the shorter of what its caller and the hub would wait, counted anew with each progress', async () => {
    const hub = openHub({ callTimeout: 1_000 });
    const held = await callee(hub);
    const { session } = hub.join();
    const [first, second, third] = [
      session.call('held', nothing, { timeout: 100 }),
      session.call('held', nothing, { timeout: 5_000 }),
      session.call('held', nothing, { timeout: 100, progress: () => {} }),
    ];
    await settled();
    hub.clock.advance(90);
    held.contexts[2]!.progress(nothing);
    hub.clock.advance(10);
    assert.equal(await code(first), 'timeout');
    assert.equal(held.contexts[0]!.signal.aborted, true);
    hub.clock.advance(89);
    assert.equal(held.contexts[2]!.signal.aborted, false);
    hub.clock.advance(1);
    assert.equal(await code(third), 'timeout');
    hub.clock.advance(810);
    assert.equal(await code(second), 'timeout');
  });

  it('waits as long as it takes with callTimeout null, and never longer than a timer can', async () => {
    for (const callTimeout of [null, '30d'] as const) {
      const hub = openHub({ callTimeout, compareInterval: '1d' });
      const held = await callee(hub);
      const made = hub.join().session.call('held', nothing);
      await settled();
      hub.clock.advance(2 ** 31 - 2);
      held.answers[0]!.resolve({ data: 'at last' });
      assert.equal(await code(made), 'result at last');
    }
  });

  it('is canceled in three modes', async () => {
    const hub = openHub();
    const held = await callee(hub);
    const { session } = hub.join();
    const calls = [1, 2, 3].map(() => session.call('held', nothing));
    await settled();
    for (const [i, mode] of (['skip', 'killnowait', 'kill'] as const).entries()) calls[i]!.cancel(mode);
    assert.deepEqual(
      held.contexts.map(({ signal, givenUp }) => [signal.aborted, givenUp]),
      [
        [false, 'skip'],
        [true, 'killnowait'],
        [true, 'kill'],
      ],
    );
    assert.equal(await code(calls[0]!), 'canceled');
    assert.equal(await code(calls[1]!), 'canceled');
    const third = code(calls[2]!);
    held.answers[2]!.reject(new HubError('canceled', 'stopped'));
    assert.equal(await third, 'canceled');
  });

  it('may still have a result when it is killed, and is not touched by a cancel after it', async () => {
    const hub = openHub();
    const held = await callee(hub);
    const { session } = hub.join();
    const made = session.call('held', nothing);
    await settled();
    made.cancel('kill');
    held.answers[0]!.resolve({ data: 'just done' });
    assert.equal(await code(made), 'result just done');
    const other = session.call('held', nothing);
    await settled();
    held.answers[1]!.resolve({ data: 1 });
    await other.result;
    other.cancel('killnowait');
    assert.equal(held.contexts[1]!.signal.aborted, false);
  });

  it('is given up when its caller goes, and ends when its callee does', async () => {
    const hub = openHub();
    const held = await callee(hub);
    const { session } = hub.join();
    const [first, second] = [session.call('held', nothing), hub.join().session.call('held', nothing)];
    await settled();
    session.close();
    assert.equal(held.contexts[0]!.signal.aborted, true);
    assert.equal(await code(first), 'canceled');
    held.guest.session.close();
    await assert.rejects(second.result, { code: 'canceled', temporary: true });
    assert.equal(await code(hub.join().session.call('held', nothing)), 'no-such-procedure');
  });

  it('reaches no callee when it is canceled before its rule has answered', async () => {
    const asked = Promise.withResolvers<boolean>();
    const { hub, join } = testHub();
    hub.procedures('held', { allow: { register: everyone, call: () => asked.promise } });
    const held = new Held();
    await join().session.register('held', 'exact', 'single', held.procedure);
    const made = join().session.call('held', nothing);
    made.cancel('killnowait');
    asked.resolve(true);
    assert.equal(await code(made), 'canceled');
    await settled();
    assert.equal(held.contexts.length, 0);
  });

  it('counts until nothing runs for it any more, so that canceling is no way around the bound', async () => {
    const hub = openHub({ limits: { maxCalls: 3 } });
    const running: PromiseWithResolvers<void>[] = [];
    hub.hub.handle('slow', { allow: everyone }, () => {
      running.push(Promise.withResolvers());
      return running.at(-1)!.promise;
    });
    const { session } = hub.join();
    for (const mode of ['skip', 'killnowait', 'skip'] as const) session.call('slow', nothing).cancel(mode);
    await settled();
    assert.throws(() => session.call('slow', nothing), { code: 'too-many', temporary: true });
    running[0]!.resolve();
    await settled();
    session.call('slow', nothing).cancel('skip');
  });

  it('does not count any more once it is given up, when the callee is somebody else', async () => {
    const hub = openHub({ limits: { maxCalls: 3 } });
    const held = await callee(hub);
    const { session } = hub.join();
    for (let i = 0; i < 10; i++) {
      const made = session.call('held', nothing);
      await settled();
      made.cancel('killnowait');
      await settled();
    }
    assert.equal(held.contexts.length, 10);
  });

  it('is refused after the session has ended', () => {
    const { session } = openHub().join();
    session.close();
    assert.throws(() => session.call('add', nothing), { code: 'unavailable' });
  });
});

describe('a registration', () => {
  const named = (name: string) => async (): Promise<Payload> => ({ data: name });

  it('needs the right to, which is asked with the parameters of its policy', async () => {
    const { hub, join } = testHub();
    hub.procedures('users.{owner}.**', {
      allow: { call: everyone, register: ({ user, owner }: any) => user?.id === owner },
    });
    const ada = join('ada');
    await ada.session.register('users.ada.say', 'exact', 'single', named('ada'));
    await assert.rejects(ada.session.register('users.bob.say', 'exact', 'single', named('ada')), { code: 'denied' });
    await assert.rejects(ada.session.register('other', 'exact', 'single', named('ada')), { code: 'denied' });
    assert.equal(await code(join().session.call('users.ada.say', nothing)), 'result ada');
  });

  it('is exact before prefix before wildcard, the longest first', async () => {
    const hub = openHub();
    const { session } = hub.join();
    await session.register('a..c', 'wildcard', 'single', named('wildcard'));
    await session.register('a.', 'prefix', 'single', named('short'));
    await session.register('a.b', 'prefix', 'single', named('long'));
    await session.register('a.b.c', 'exact', 'single', named('exact'));
    await session.register('..c', 'wildcard', 'single', named('vague'));
    const answer = (name: string): Promise<string> => code(hub.join().session.call(name, nothing));
    assert.equal(await answer('a.b.c'), 'result exact');
    assert.equal(await answer('a.b.d'), 'result long');
    assert.equal(await answer('a.x.c'), 'result short');
    assert.equal(await answer('x.y.c'), 'result vague');
    assert.equal(await answer('x.y.z'), 'no-such-procedure');
  });

  // Who may register one name got calls of all names that begin with it.
  it('of a pattern answers only to names that its session may register itself', async () => {
    const { hub, join } = testHub();
    hub.procedures('app.{x}', { allow: { call: everyone, register: everyone } });
    hub.procedures('app.{x}.admin', { allow: { call: everyone, register: ({ user }) => user?.role === 'admin' } });
    const eve = join('eve');
    await eve.session.register('app.a', 'prefix', 'single', named('eve'));
    assert.equal(await code(join().session.call('app.ab', nothing)), 'result eve');
    assert.equal(await code(join().session.call('app.a.admin', nothing)), 'no-such-procedure');
    await join({ id: 'root', role: 'admin' }).session.register('app.a.admin', 'exact', 'single', named('root'));
    assert.equal(await code(join().session.call('app.a.admin', nothing)), 'result root');
  });

  it('can not take the place of the hub’s own handlers', async () => {
    const { hub, join } = openHub();
    hub.handle('add', { allow: everyone }, () => 'own');
    const { session } = join();
    await assert.rejects(session.register('add', 'exact', 'single', named('other')), { code: 'denied' });
    await session.register('ad', 'prefix', 'single', named('other'));
    assert.equal(await code(session.call('add', nothing)), 'result own');
    assert.throws(() => hub.handle('add', { allow: everyone }, () => 1), TypeError);
  });

  it('is shared as it says, by sessions that say the same', async () => {
    const expected: Record<Exclude<Invoke, 'single'>, string> = {
      roundrobin: '0,1,2,0',
      random: '1,1,1,1',
      first: '0,0,0,0',
      last: '2,2,2,2',
    };
    for (const [invoke, order] of Object.entries(expected) as [Invoke, string][]) {
      const hub = openHub({ random: () => 0.5 });
      for (const i of [0, 1, 2]) await hub.join().session.register('shared', 'exact', invoke, named(String(i)));
      await assert.rejects(hub.join().session.register('shared', 'exact', 'single', named('x')), {
        code: 'procedure-exists',
      });
      const { session } = hub.join();
      const answers = [];
      for (let i = 0; i < 4; i++) answers.push((await session.call('shared', nothing).result).data);
      assert.equal(answers.join(), order);
    }
  });

  it('belongs to one session once, and only that session can give it up', async () => {
    const hub = openHub();
    const [ada, bob] = [hub.join(), hub.join()];
    const { id } = await ada.session.register('shared', 'exact', 'roundrobin', named('ada'));
    await assert.rejects(ada.session.register('shared', 'exact', 'roundrobin', named('ada')), {
      code: 'procedure-exists',
    });
    assert.throws(() => bob.session.unregister(id), { code: 'no-such-registration' });
    assert.equal((await bob.session.register('shared', 'exact', 'roundrobin', named('bob'))).id, id);
    ada.session.unregister(id);
    assert.throws(() => ada.session.unregister(id), { code: 'no-such-registration' });
    assert.equal(await code(ada.session.call('shared', nothing)), 'result bob');
    bob.session.close();
    assert.equal(await code(ada.session.call('shared', nothing)), 'no-such-procedure');
    for (const match of ['prefix', 'wildcard'] as const) {
      const registered = await ada.session.register('a.', match, 'single', named('ada'));
      ada.session.unregister(registered.id);
      await ada.session.register('a.', match, 'single', named('ada'));
    }
  });

  it('is bounded in number for a session, from the moment of asking', async () => {
    const asked = Promise.withResolvers<boolean>();
    const { hub, join } = testHub({}, { limits: { maxRegistrations: 2 } });
    hub.procedures('{x}', { allow: { register: () => asked.promise } });
    const { session } = join();
    const made = ['a', 'b'].map((name) => session.register(name, 'exact', 'single', named(name)));
    await assert.rejects(session.register('c', 'exact', 'single', named('c')), { code: 'too-many' });
    asked.resolve(true);
    const [first] = await Promise.all(made);
    session.unregister(first!.id);
    await session.register('c', 'exact', 'single', named('c'));
  });

  it('is not made by a session that ended while the rule was asked', async () => {
    const asked = Promise.withResolvers<boolean>();
    const { hub, core, join } = testHub();
    hub.procedures('{x}', { allow: { register: () => asked.promise } });
    const { session } = join();
    const made = session.register('a', 'exact', 'single', named('a'));
    session.close();
    asked.resolve(true);
    await assert.rejects(made, { code: 'unavailable' });
    assert.equal(core.procedures.has('a'), false);
  });

  it('is refused policies whose parameters have names of something else', () => {
    const { hub } = testHub();
    assert.throws(() => hub.procedures('{user}.a', {}), TypeError);
  });
});
