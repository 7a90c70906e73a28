import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HubError } from '../../src/contract/errors.ts';
import { type AccessBase, everyone, signedIn } from '../../src/hub/access.ts';
import type { Session } from '../../src/hub/session.ts';
import type { Admission } from '../../src/hub/user.ts';
import { PlainEngine, settled } from '../support/plain-engine.ts';
import { open, publish, startOfTime, testHub } from '../support/test-hub.ts';

const position = { epoch: 'e', offset: 1, id: 1 };

/** Everything that a session can ask of a topic. */
const wishes: Record<'subscribe' | 'publish' | 'history' | 'presence', ((session: Session) => Promise<unknown>)[]> = {
  subscribe: [
    (session) => session.subscribe('a'),
    (session) => session.subscribe('a', { replay: 'recover', position }),
  ],
  publish: [(session) => session.publish('a', { data: 1 })],
  history: [
    (session) => session.history('a', {}),
    (session) => session.history('a', { after: position }),
    (session) => session.subscribe('a', { replay: 'recover', last: 1 }),
  ],
  presence: [(session) => session.presence('a'), (session) => session.watchPresence('a', () => 0)],
};

describe('what a session may do', () => {
  for (const right of ['subscribe', 'publish', 'history', 'presence'] as const) {
    it(`is denied without a rule, or by it, or when it throws: ${right}`, async () => {
      const refusal = new HubError('app.closed', 'Come back tomorrow');
      for (const [rule, code] of [
        [undefined, 'denied'],
        [signedIn, 'denied'],
        [() => 'yes' as unknown as boolean, 'denied'],
        [() => Promise.reject(refusal), 'app.closed'],
      ] as const) {
        const { join } = testHub({ a: { history: {}, presence: 'count', allow: { ...open, [right]: rule } } });
        for (const wish of wishes[right]) await assert.rejects(wish(join().session), { code });
      }
      const { join } = testHub({ a: { history: {}, presence: 'count', allow: { ...open, [right]: signedIn } } });
      for (const wish of wishes[right]) await wish(join('ada').session);
    });
  }

  it('is nothing on a topic without rules', async () => {
    const { join } = testHub({ a: { history: {}, presence: 'count', allow: {} } });
    for (const wish of Object.values(wishes).flat())
      await assert.rejects(wish(join('ada').session), { code: 'denied' });
  });

  it('is decided by user, session, name and the values of the names in braces', async () => {
    const asked: unknown[] = [];
    const subscribe = ({ user, session, name, ticket }: AccessBase & { ticket: string }): boolean =>
      asked.push([user?.id, session.id, name, ticket]) > 0;
    const { join } = testHub({ 'support.{ticket}': { allow: { subscribe } } });
    const { session } = join('ada');
    await session.subscribe('support.42');
    assert.deepEqual(asked, [['ada', session.id, 'support.42', '42']]);
  });

  it('is bounded in subscriptions from the moment of asking', async () => {
    const asked = Promise.withResolvers<boolean>();
    const { join } = testHub(
      { '{x}': { allow: { subscribe: () => asked.promise } } },
      { limits: { maxSubscriptions: 2 } },
    );
    const { session } = join();
    const joining = ['a', 'b'].map((name) => session.subscribe(name));
    await assert.rejects(session.subscribe('c'), { code: 'too-many' });
    asked.resolve(true);
    const [first] = await Promise.all(joining);
    await assert.rejects(session.subscribe('c'), { code: 'too-many' });
    first!.end();
    await session.subscribe('c');
  });

  it('gives a place back when a subscription is refused', async () => {
    const { join } = testHub({ a: { allow: {} }, b: {} }, { limits: { maxSubscriptions: 1 } });
    const { session } = join();
    for (let i = 0; i < 3; i++) await assert.rejects(session.subscribe('a'), { code: 'denied' });
    await session.subscribe('b');
  });

  it('is bounded in questions that wait for their answers', async () => {
    const engine = new PlainEngine();
    const { join } = testHub({ a: { history: {} } }, { engine, limits: { maxCalls: 2 } });
    const { session } = join();
    engine.slow();
    const asking = [session.history('a', {}), session.history('a', {})];
    await assert.rejects(session.history('a', {}), { code: 'too-many' });
    await settled();
    await engine.fast();
    await Promise.all(asking);
    await session.history('a', {});
  });

  it('is nothing once it has ended', async () => {
    const { join } = testHub({ a: { history: {}, presence: 'count' } });
    const { session } = join();
    session.close();
    for (const wish of Object.values(wishes).flat()) await assert.rejects(wish(session), { code: 'unavailable' });
    assert.throws(() => session.subscribePattern('a', 'prefix', {}), { code: 'unavailable' });
    await assert.rejects(session.renew({}), { code: 'unavailable' });
  });

  for (const right of ['subscribe', 'publish', 'history', 'presence'] as const) {
    it(`comes to nothing when it ends while the rule is asked: ${right}`, async () => {
      const asked = Promise.withResolvers<boolean>();
      const { core, join } = testHub({
        a: { history: {}, presence: 'count', allow: { ...open, [right]: () => asked.promise } },
      });
      const { session } = join();
      const wish = wishes[right][0]!(session);
      await settled();
      session.close();
      asked.resolve(true);
      await assert.rejects(wish, { code: 'unavailable' });
      assert.equal(core.topics.get('a')?.members.size ?? 0, 0);
      assert.equal((await core.engine.readLatest('a', 0)).top.offset, 0);
    });
  }
});

describe('history', () => {
  it('is what came after a position, or the newest, as many as are asked for', async () => {
    const { join } = testHub({ a: { history: { count: 5 } } });
    const { session } = join();
    const positions = [];
    for (let i = 0; i <= 9; i++) positions.push((await session.publish('a', { data: i })).position);
    const read = async (request: Parameters<Session['history']>[1]): Promise<unknown> => {
      const { held, publications } = await session.history('a', request);
      return held ? publications.map(({ data }) => data).join('') : 'not held';
    };
    assert.equal(await read({}), '56789');
    assert.equal(await read({ last: 2 }), '89');
    assert.equal(await read({ last: 9, limit: 3 }), '789');
    assert.equal(await read({ after: positions[6]! }), '789');
    assert.equal(await read({ after: positions[6]!, limit: 2 }), '78');
    assert.equal(await read({ after: positions[4]! }), '56789');
    assert.equal(await read({ after: positions[3]! }), 'not held');
  });

  it('leaves out what is not for the one who asks', async () => {
    const { join } = testHub({ a: { history: {} } });
    const { session } = join('ada');
    await session.publish('a', { data: 1 }, { audience: { except: { users: ['ada'] } } });
    await session.publish('a', { data: 2 }, { audience: { only: { roles: ['anonymous'] } } });
    await session.publish('a', { data: 3 }, { audience: { only: { sessions: [session.id] } } });
    assert.deepEqual(
      (await session.history('a', {})).publications.map(({ data }) => data),
      [3],
    );
    assert.deepEqual(
      (await join().session.history('a', {})).publications.map(({ data }) => data),
      [1, 2],
    );
  });
});

describe('a session that expires', () => {
  const minute = 60_000;

  it('ends when its time is over, and says why', async () => {
    const { hub, clock, join } = testHub({ a: {} });
    const { session, peer } = join('ada', { expires: startOfTime + minute });
    await session.subscribe('a');
    clock.advance(minute - 1);
    assert.equal(session.ended, false);
    clock.advance(1);
    assert.deepEqual(peer.endings, ['expired']);
    assert.equal(hub.status.sessions, 0);
    await publish(join(), 'a', 1);
    assert.deepEqual(peer.data, []);
  });

  it('waits out times that are longer than a timer', () => {
    const year = 365 * 24 * 60 * minute;
    const { clock, join } = testHub({}, { compareInterval: '1d' });
    const { session, peer } = join('ada', { expires: startOfTime + year });
    clock.advance(year - 1);
    assert.equal(session.ended, false);
    clock.advance(1);
    assert.deepEqual(peer.endings, ['expired']);
  });

  it('goes on when it is renewed, and no longer than that', async () => {
    const tokens: Record<string, Admission> = {
      more: { user: { id: 'ada', role: 'agent' }, expires: startOfTime + 3 * minute },
      forever: { user: { id: 'ada' } },
      other: { user: { id: 'bob' } },
      late: { user: { id: 'ada' }, expires: startOfTime },
    };
    const { clock, join } = testHub({}, { authenticate: ({ token }) => tokens[token ?? ''] });
    const { session, peer } = join('ada', { expires: startOfTime + minute });
    assert.equal(await session.renew({ token: 'more' }), startOfTime + 3 * minute);
    assert.equal(session.user?.role, 'agent');
    for (const token of ['other', 'late', 'none']) await assert.rejects(session.renew({ token }), { code: 'denied' });
    clock.advance(3 * minute - 1);
    assert.equal(session.ended, false);
    const other = join('ada', { expires: startOfTime + 4 * minute });
    assert.equal(await other.session.renew({ token: 'forever' }), undefined);
    clock.advance(minute * 60);
    assert.deepEqual(peer.endings, ['expired']);
    assert.equal(other.session.ended, false);
    await assert.rejects(join().session.renew({ token: 'forever' }), { code: 'denied' });
  });

  it('may be renewed at the last moment, but not after it', async () => {
    const answer = Promise.withResolvers<Admission>();
    const { clock, join } = testHub({}, { authenticate: () => answer.promise });
    const { session } = join('ada', { expires: startOfTime + minute });
    const renewing = session.renew({ token: 't' });
    clock.advance(minute);
    answer.resolve({ user: { id: 'ada' } });
    await assert.rejects(renewing, { code: 'unavailable' });
  });
});

describe('revoking', () => {
  it('ends all sessions of a user at once: nothing is delivered after it', async () => {
    const { hub, join } = testHub({ a: { history: {} } });
    const [phone, desk, other, writer] = [join('ada'), join('ada'), join('bob'), join()];
    for (const { session } of [phone, desk, other]) await session.subscribe('a');
    const late = join('ada');
    const joining = late.session.subscribe('a', { replay: 'recover', last: 9 });
    const publishing = phone.session.publish('a', { data: 'late' });
    await publish(writer, 'a', 1);
    const before = [phone, desk, late].map(({ peer }) => peer.delivered.length);
    assert.equal(hub.revoke('ada'), 3);
    await Promise.allSettled([joining, publishing]);
    await publish(writer, 'a', 2);
    assert.deepEqual(
      [phone, desk, late].map(({ peer }) => peer.delivered.length),
      before,
    );
    for (const { peer } of [phone, desk, late]) assert.deepEqual(peer.endings, ['revoked']);
    assert.equal(other.peer.data.at(-1), 2);
    assert.equal(hub.revoke('ada'), 0);
  });

  it('ends the others even if one adapter throws as it is told', () => {
    const { hub, join, errors } = testHub();
    const [one, two] = [join('ada'), join('ada')];
    one.peer.ended = () => assert.fail('no socket');
    assert.equal(hub.revoke('ada'), 2);
    assert.deepEqual(two.peer.endings, ['revoked']);
    assert.deepEqual(errors, ['end: no socket']);
  });

  it('refuses credentials that were made before, also those that were just being looked at', async () => {
    const admission = { user: { id: 'ada' }, issued: startOfTime };
    const { hub, core, clock, join } = testHub({}, { authenticate: () => admission });
    const admitted = await core.admit({ token: 't' });
    assert.deepEqual(admitted, admission);
    hub.revoke('ada');
    assert.equal(await core.admit({ token: 't' }), undefined);
    assert.throws(() => join({ id: 'ada' }, { issued: startOfTime }), { code: 'unauthenticated' });
    clock.advance(1);
    join('ada', { issued: startOfTime + 1 });
    join('bob', { issued: startOfTime });
  });

  it('remembers so many users, the newest ones', async () => {
    const { hub, join } = testHub({}, { limits: { maxRevoked: 2 } });
    for (const user of ['a', 'b', 'c']) hub.revoke(user);
    join('a', { issued: startOfTime });
    for (const user of ['b', 'c'])
      assert.throws(() => join(user, { issued: startOfTime }), { code: 'unauthenticated' });
  });
});

describe('slow readers', () => {
  it('are disconnected with a word that says so: at once, or when the queue is full, of topic or session', async () => {
    for (const [policy, limits, survives] of [
      [{ slowReader: 'disconnect' }, {}, 2],
      [{ slowReader: 'wait', queue: { count: 3 } }, {}, 5],
      [{ slowReader: 'wait', queue: { bytes: 30 } }, {}, 5],
      [{ slowReader: 'drop-oldest' }, { maxBacklogBytes: 30 }, 5],
    ] as const) {
      const { core, join } = testHub({ a: policy, b: {} }, { window: { messages: 2 }, limits });
      const [reader, other, writer] = [join(), join(), join()];
      await reader.session.subscribe('a');
      await other.session.subscribe('a');
      for (let i = 1; i <= survives + 1; i++) {
        assert.deepEqual(reader.peer.endings, []);
        await publish(writer, 'a', 'x'.repeat(8));
        other.session.acknowledge(other.peer.delivered.length);
      }
      assert.deepEqual(reader.peer.endings, ['slow-reader']);
      assert.equal(reader.peer.delivered.length, 2);
      assert.equal(other.peer.delivered.length, survives + 1);
      assert.equal(core.topics.get('a')?.members.size, 1);
    }
  });

  it('have what waits counted right, whatever becomes of it', async () => {
    const { join } = testHub(
      { a: { slowReader: 'drop-oldest', queue: { count: 3 } }, b: {}, c: { slowReader: 'latest' } },
      { window: { messages: 1, latest: 1 } },
    );
    const [reader, writer] = [join(), join()];
    const subscriptions = await Promise.all(['a', 'b', 'c'].map((topic) => reader.session.subscribe(topic)));
    for (let i = 0; i < 20; i++) for (const topic of ['a', 'b', 'c']) await publish(writer, topic, 'x'.repeat(i));
    assert.ok(reader.session.subscriptions.backlogBytes > 0);
    subscriptions[0]!.end();
    for (let total = 1; total <= reader.peer.delivered.length; total++) reader.session.acknowledge(total);
    assert.equal(reader.session.subscriptions.backlogBytes, 0);
  });

  it('without acknowledgements of their own are asked for signs of life', async () => {
    const { join } = testHub({ a: {} }, { window: { messages: 4 } });
    const [reader, writer] = [join(undefined, { probed: true }), join()];
    await reader.session.subscribe('a');
    await publish(writer, 'a', 1, 2, 3, 4, 5, 6);
    assert.deepEqual(reader.peer.probes, [2]);
    reader.session.acknowledge(2);
    assert.deepEqual(reader.peer.data, [1, 2, 3, 4, 5, 6]);
    assert.deepEqual(reader.peer.probes, [2, 6]);
  });
});

describe('the hub’s rules of thumb', () => {
  it('are that everyone is everyone, and who is signed in is a user', async () => {
    const { join } = testHub();
    const access = (user?: string): AccessBase => ({
      user: user === undefined ? undefined : { id: user },
      session: join().session,
      name: 'a',
    });
    assert.deepEqual([everyone(), signedIn(access()), signedIn(access('ada'))], [true, false, true]);
  });
});
