/** Who may write to whom and read what, and what is put off: on a hub in memory, by a clock that stands still. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Engine, Hub, HubError, memoryEngine, type Peer, type Session } from '@tidewire/hub';
import { ManualClock } from '../../../packages/wire/test/support/manual-clock.ts';
import {
  contract,
  maxAfter,
  type NotificationsContract,
  type Scheduled,
  type Told,
} from '../notifications/contract.ts';
import { type NotificationsService, startNotifications } from '../notifications/server.ts';

const silent: Peer = { deliver: () => 0, ended: () => {} };
const epoch = 1_700_000_000_000;

interface World {
  readonly hub: Hub<NotificationsContract>;
  readonly clock: ManualClock;
  readonly service: NotificationsService;
  readonly errors: unknown[];
  join(id?: string): Session;
  /** The same log, as after a restart. */
  again(): Promise<World>;
}

async function world(engine?: Engine, clock = new ManualClock()): Promise<World> {
  const date = () => epoch + clock.now();
  const log = engine ?? memoryEngine({ now: date });
  const hub = new Hub(contract, { engine: log, clock, date, authenticate: () => undefined, anonymous: true });
  const errors: unknown[] = [];
  const service = await startNotifications(hub, { clock, date, onError: (error) => errors.push(error) });
  const join = (id?: string) =>
    hub.core.open(silent, id === undefined ? undefined : { user: { id, name: `Name of ${id}` } });
  return { hub, clock, service, errors, join, again: () => world(log, clock) };
}

const told = (id: string, from = 'eve'): Told => ({
  id,
  title: `Title ${id}`,
  text: '',
  from: { id: from, name: from },
});
const putOff = (id: string, to: string, after = 10): Scheduled => ({
  told: told(id),
  to: { id: to, name: to },
  after,
  due: 0,
  state: 'waiting',
});
const enter = (session: Session) =>
  session.publish('notifications.people', { data: { id: 'somebody-else', name: 'Somebody else' } });
const denied = (error: unknown) => error instanceof HubError && error.code === 'denied';
const inboxOf = async ({ hub }: World, id: string) =>
  (await hub.latest('notifications.user.{id}', { id }, 100)).map(({ data }) => data);
const stateOf = async ({ hub }: World, id: string) =>
  (await hub.retained('notifications.scheduled.{id}', { id })).map(({ data }) => `${data.told.id} ${data.state}`);
/** What an engine in memory and its hub have to do is done. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('feeds of notifications', () => {
  it('are read by nobody but whose they are', async () => {
    const { join } = await world();
    await join('ann').subscribe('notifications.user.ann');
    for (const stranger of [join('bob'), join()]) {
      await assert.rejects(stranger.subscribe('notifications.user.ann'), denied);
      await assert.rejects(stranger.history('notifications.user.ann', { last: 5 }), denied);
      await assert.rejects(stranger.subscribe('notifications.read.ann'), denied);
      await assert.rejects(stranger.subscribe('notifications.scheduled.ann'), denied);
      await assert.rejects(stranger.subscribe('notifications.timetable'), denied);
    }
    await assert.rejects(join().subscribe('notifications.everyone'), denied);
  });

  it('carry the name of who is signed in, whatever the page wrote', async () => {
    const here = await world();
    await enter(here.join('bob'));
    await here.join('ann').publish('notifications.user.bob', { data: told('a', 'eve') });
    assert.deepEqual(
      (await inboxOf(here, 'bob')).map(({ from }) => from),
      [{ id: 'ann', name: 'Name of ann' }],
    );
    const [everyone] = await here.hub.latest('notifications.people', {}, 1);
    assert.equal(everyone, undefined, 'the directory has no history');
    const people = await here.hub.retained('notifications.people', {});
    assert.deepEqual(
      people.map(({ data }) => data),
      [{ id: 'bob', name: 'Name of bob' }],
    );
  });

  it('take what is sent to oneself, and to who is known, after a restart too', async () => {
    const first = await world();
    const ann = first.join('ann');
    await ann.publish('notifications.user.ann', { data: told('a') });
    await assert.rejects(ann.publish('notifications.user.bob', { data: told('b') }), denied);
    await assert.rejects(first.join().publish('notifications.user.ann', { data: told('c') }), denied);
    await enter(first.join('bob'));
    const second = await first.again();
    await second.join('ann').publish('notifications.user.bob', { data: told('b') });
    assert.equal((await inboxOf(second, 'bob')).length, 1);
  });

  it('to everyone are limited in rate', async () => {
    const { join, clock } = await world();
    const ann = join('ann');
    for (const id of ['a', 'b', 'c']) await ann.publish('notifications.everyone', { data: told(id) });
    const limited = (error: unknown) => error instanceof HubError && error.code === 'rate-limited' && error.temporary;
    await assert.rejects(ann.publish('notifications.everyone', { data: told('d') }), limited);
    clock.advance(20_000);
    await ann.publish('notifications.everyone', { data: told('d') });
  });

  it('begin, for a newcomer, with what is told from then on', async () => {
    const { join, hub } = await world();
    await join('ann').publish('notifications.everyone', { data: told('a') });
    const marks = async () => (await hub.retained('notifications.read.{id}', { id: 'bob' })).map(({ data }) => data);
    await enter(join('bob'));
    assert.deepEqual(await marks(), [{ reach: 'all', feed: 'everyone', offset: 1 }]);
    await join('ann').publish('notifications.everyone', { data: told('b') });
    await enter(join('bob'));
    assert.deepEqual(await marks(), [{ reach: 'all', feed: 'everyone', offset: 1 }]);
  });
});

describe('marks', () => {
  it('never go back, whichever window is behind', async () => {
    const { join, hub } = await world();
    const ann = join('ann');
    const mark = (offset: number) =>
      ann.publish('notifications.read.ann', { data: { reach: 'all', feed: 'own', offset } });
    await mark(7);
    await mark(3);
    const [kept] = await hub.retained('notifications.read.{id}', { id: 'ann' });
    assert.equal(kept?.data.offset, 7);
    await assert.rejects(
      join('bob').publish('notifications.read.ann', { data: { reach: 'all', feed: 'own', offset: 9 } }),
      denied,
    );
  });
});

describe('what is put off', () => {
  it('is sent when its time has come, and its sender is told', async () => {
    const here = await world();
    await here.join('ann').publish('notifications.scheduled.ann', { data: putOff('a', 'ann') });
    assert.deepEqual(await stateOf(here, 'ann'), ['a waiting']);
    const [{ data } = { data: undefined }] = await here.hub.retained('notifications.scheduled.{id}', { id: 'ann' });
    assert.equal(data?.due, epoch + 10_000, 'by the server’s clock');
    here.clock.advance(9_999);
    await settled();
    assert.equal((await inboxOf(here, 'ann')).length, 0);
    here.clock.advance(1);
    await settled();
    assert.deepEqual(await inboxOf(here, 'ann'), [{ ...told('a'), from: { id: 'ann', name: 'Name of ann' } }]);
    assert.deepEqual(await stateOf(here, 'ann'), ['a sent']);
    assert.equal(here.service.waiting, 0);
  });

  it('outlives the server, and is sent once, at its time or as soon as there is a server', async () => {
    const first = await world();
    const ann = first.join('ann');
    await ann.publish('notifications.scheduled.ann', { data: putOff('soon', 'ann', 10) });
    await ann.publish('notifications.scheduled.ann', { data: putOff('late', 'ann', 600) });
    await first.service.stop();
    first.clock.advance(60_000);
    const second = await first.again();
    assert.equal(second.service.waiting, 2);
    second.clock.advance(0);
    await settled();
    const ids = async () => (await inboxOf(second, 'ann')).map(({ id }) => id);
    assert.deepEqual(await ids(), ['soon']);
    second.clock.advance(540_000);
    await settled();
    assert.deepEqual(await ids(), ['soon', 'late']);
  });

  it('is sent once where the server ended between sending and remembering that', async () => {
    const first = await world();
    await first.join('ann').publish('notifications.scheduled.ann', { data: putOff('a', 'ann') });
    const slots = await first.hub.retained('notifications.timetable', {});
    first.clock.advance(10_000);
    await settled();
    // As if the slot had not been freed.
    await first.hub.publish('notifications.timetable', {}, slots[0]!.data);
    const second = await first.again();
    second.clock.advance(0);
    await settled();
    assert.equal((await inboxOf(second, 'ann')).length, 1);
    assert.equal(second.service.waiting, 0);
  });

  it('is taken once, however often the page repeats it', async () => {
    const { join, service, clock } = await world();
    const ann = join('ann');
    const twice = [1, 2].map(() => ann.publish('notifications.scheduled.ann', { data: putOff('a', 'ann') }));
    await Promise.all(twice);
    await join('ann').publish('notifications.scheduled.ann', { data: putOff('a', 'ann') });
    assert.equal(service.waiting, 1);
    clock.advance(10_000);
    await settled();
    await ann.publish('notifications.scheduled.ann', { data: putOff('a', 'ann') });
    assert.equal(service.waiting, 0, 'it was sent already');
  });

  it('can be canceled by its sender until it is sent, and stays canceled', async () => {
    const first = await world();
    await first.join('ann').publish('notifications.scheduled.ann', { data: putOff('a', 'ann') });
    const [slot] = await first.hub.retained('notifications.timetable', {});
    const cancel = (who: string) => first.join(who).call('notifications.cancel', { data: 'a' }).result;
    assert.deepEqual(await cancel('bob'), { data: false });
    assert.deepEqual(await cancel('ann'), { data: true });
    assert.deepEqual(await cancel('ann'), { data: false });
    assert.deepEqual(await stateOf(first, 'ann'), ['a canceled']);
    // As if the server had ended before the slot was freed.
    await first.hub.publish('notifications.timetable', {}, slot!.data);
    const second = await first.again();
    second.clock.advance(60_000);
    await settled();
    assert.equal((await inboxOf(second, 'ann')).length, 0);
    assert.equal(second.service.waiting, 0);
  });

  it('is refused to somebody who is not known, too late, and when too much waits', async () => {
    const { join, clock } = await world();
    const ann = join('ann');
    const refused = (code: string) => (error: unknown) => error instanceof HubError && error.code === code;
    const publish = (data: Scheduled) => ann.publish('notifications.scheduled.ann', { data });
    await assert.rejects(publish(putOff('a', 'bob')), refused('invalid'));
    await assert.rejects(publish(putOff('a', 'ann', maxAfter + 1)), refused('invalid'));
    for (let count = 0; count < 20; count++) {
      clock.advance(6_000);
      await publish(putOff(`n${count}`, 'ann', maxAfter));
    }
    clock.advance(6_000);
    await assert.rejects(publish(putOff('more', 'ann', maxAfter)), refused('full'));
  });
});
