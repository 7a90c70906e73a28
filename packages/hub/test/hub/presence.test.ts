import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { maxMembersNamed, type PresenceChange } from '../../src/hub/presence.ts';
import { open, publish, testHub } from '../support/test-hub.ts';

const named = { a: { presence: 'members', allow: open } } as const;
const counted = { a: { presence: 'count', allow: open } } as const;

/** A change with the sessions' ids alone. */
const ids = ({ count, ...change }: PresenceChange): unknown =>
  Object.fromEntries([
    ['count', count],
    ...Object.entries(change).map(([what, members]) => [
      what,
      (members as { session: number }[]).map(({ session }) => session),
    ]),
  ]);

describe('presence', () => {
  it('tells how many sessions are subscribed, once each', async () => {
    const { hub, join } = testHub(counted);
    const [ada, bob] = [join('ada'), join()];
    const first = await ada.session.subscribe('a');
    const second = await ada.session.subscribe('a');
    await bob.session.subscribe('a');
    assert.deepEqual(await bob.session.presence('a'), { count: 2 });
    first.end();
    assert.deepEqual(hub.presence('a', {}), { count: 2 });
    second.end();
    assert.deepEqual(hub.presence('a', {}), { count: 1 });
    bob.session.close();
    assert.deepEqual(hub.presence('a', {}), { count: 0 });
  });

  it('tells who it is where the policy says members', async () => {
    const { join } = testHub(named);
    const [ada, bob] = [join({ id: 'ada', role: 'agent', name: 'Ada', secret: 1 }), join()];
    await ada.session.subscribe('a');
    await bob.session.subscribe('a');
    assert.deepEqual(await bob.session.presence('a'), {
      count: 2,
      members: [{ session: ada.session.id, user: 'ada', role: 'agent', name: 'Ada' }, { session: bob.session.id }],
    });
  });

  it('tells a watcher at once who is there, then who comes and goes, gathered for a moment', async () => {
    const { clock, join } = testHub(named);
    const [ada, bob, eve, watcher] = [join('ada'), join('bob'), join('eve'), join()];
    await ada.session.subscribe('a');
    const told: PresenceChange[] = [];
    const watch = await watcher.session.watchPresence('a', (change) => told.push(change));
    assert.deepEqual(told.map(ids), [{ count: 1, members: [ada.session.id] }]);
    await bob.session.subscribe('a');
    await eve.session.subscribe('a');
    ada.session.close();
    assert.equal(told.length, 1);
    clock.advance(50);
    assert.deepEqual(told.slice(1).map(ids), [
      { count: 2, joined: [bob.session.id, eve.session.id], left: [ada.session.id] },
    ]);
    clock.advance(1_000);
    watch.end();
    watch.end();
    bob.session.close();
    clock.advance(1_000);
    assert.equal(told.length, 2);
  });

  it('does not mention who came and went, or went and came back, within a moment', async () => {
    const { clock, join } = testHub(named);
    const [ada, bob, watcher] = [join('ada'), join('bob'), join()];
    const subscription = await ada.session.subscribe('a');
    const told: PresenceChange[] = [];
    await watcher.session.watchPresence('a', (change) => told.push(change));
    subscription.end();
    await ada.session.subscribe('a');
    (await bob.session.subscribe('a')).end();
    clock.advance(50);
    assert.equal(told.length, 1);
  });

  it('merges what a watcher that is behind has missed', async () => {
    const { clock, join } = testHub({ ...named, b: {} }, { window: { messages: 1 } });
    const [ada, bob, eve, watcher] = [join('ada'), join('bob'), join('eve'), join()];
    await bob.session.subscribe('a');
    await watcher.session.subscribe('b');
    const told: PresenceChange[] = [];
    await watcher.session.watchPresence('a', (change) => told.push(change));
    await publish(join(), 'b', 1);
    await ada.session.subscribe('a');
    const again = await eve.session.subscribe('a');
    clock.advance(50);
    bob.session.close();
    again.end();
    clock.advance(50);
    const back = join('bob');
    await back.session.subscribe('a');
    await eve.session.subscribe('a');
    clock.advance(50);
    assert.equal(told.length, 1);
    watcher.session.acknowledge(1);
    assert.deepEqual(told.slice(1).map(ids), [
      { count: 3, joined: [ada.session.id, back.session.id, eve.session.id], left: [bob.session.id] },
    ]);
  });

  // Who left and came back while the watcher was behind stood in both lists.
  it('mentions nobody twice who went and came back while a watcher was behind', async () => {
    const { clock, join } = testHub({ ...named, b: {} }, { window: { messages: 1 } });
    const [ada, watcher] = [join('ada'), join()];
    const subscription = await ada.session.subscribe('a');
    await watcher.session.subscribe('b');
    const told: PresenceChange[] = [];
    await watcher.session.watchPresence('a', (change) => told.push(change));
    await publish(join(), 'b', 1);
    subscription.end();
    clock.advance(50);
    await ada.session.subscribe('a');
    clock.advance(50);
    watcher.session.acknowledge(1);
    assert.deepEqual(told.slice(1).map(ids), [{ count: 1, joined: [], left: [] }]);
  });

  it('brings the first list up to date for a watcher that could not be told it', async () => {
    const { clock, join } = testHub({ ...named, b: {} }, { window: { messages: 1 } });
    const [ada, bob, watcher] = [join('ada'), join('bob'), join()];
    await ada.session.subscribe('a');
    await watcher.session.subscribe('b');
    await publish(join(), 'b', 1);
    const told: PresenceChange[] = [];
    await watcher.session.watchPresence('a', (change) => told.push(change));
    await bob.session.subscribe('a');
    ada.session.close();
    clock.advance(50);
    assert.deepEqual(told, []);
    watcher.session.acknowledge(1);
    assert.deepEqual(told.map(ids), [{ count: 1, members: [bob.session.id] }]);
  });

  it('counts all, and names so many; beyond that, everyone anew', async () => {
    const { clock, join } = testHub(named);
    const watcher = join();
    const told: PresenceChange[] = [];
    await watcher.session.watchPresence('a', (change) => told.push(change));
    const guests = Array.from({ length: maxMembersNamed + 50 }, () => join());
    for (const { session } of guests) await session.subscribe('a');
    clock.advance(50);
    assert.equal(told[1]?.count, maxMembersNamed + 50);
    assert.equal(told[1]?.members?.length, maxMembersNamed);
    assert.equal(told[1]?.joined, undefined);
    for (const { session } of guests) session.close();
    clock.advance(50);
    assert.deepEqual(told[2], { count: 0, members: [] });
  });

  it('does not count those who subscribe to many topics', async () => {
    const { hub, join } = testHub(named);
    const reader = join();
    reader.session.subscribePattern('a', 'prefix', {});
    await publish(join(), 'a', 1);
    assert.deepEqual(hub.presence('a', {}), { count: 0, members: [] });
  });

  it('is told to nobody where the policy has none, or who may not see it', async () => {
    const { join } = testHub({ a: {}, b: { presence: 'count', allow: { ...open, presence: undefined } } });
    const { session } = join();
    for (const topic of ['a', 'b']) {
      await assert.rejects(session.presence(topic), { code: 'denied' });
      await assert.rejects(
        session.watchPresence(topic, () => 0),
        { code: 'denied' },
      );
    }
  });

  it('has so many watchers for one session, and takes none of one that ends as it is told', async () => {
    const { core, clock, join } = testHub(counted, { limits: { maxWatchers: 2 } });
    const { session } = join();
    const first = await session.watchPresence('a', () => 0);
    await session.watchPresence('a', () => 0);
    await assert.rejects(
      session.watchPresence('a', () => 0),
      { code: 'too-many' },
    );
    first.end();
    await session.watchPresence('a', () => {
      session.close();
      return 0;
    });
    assert.equal(core.topics.get('a')?.isIdle, true);
    clock.advance(100);
  });
});
