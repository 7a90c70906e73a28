import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Position } from '../../src/contract/publication.ts';
import type { SubscribeOptions, Subscription } from '../../src/hub/subscription.ts';
import { PlainEngine, settled } from '../support/plain-engine.ts';
import { type Guest, open, publish, type TestHub, testHub } from '../support/test-hub.ts';

/** The numbers from one to another. */
const numbers = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);

/** Subscribes, and notes beside what is delivered when it joined, caught up and ended. */
function follow(guest: Guest, topic: string, options: SubscribeOptions = {}): Promise<Subscription> {
  const log = guest.peer.delivered;
  const note = (data: string) => (subscription: Subscription) =>
    log.push({ subscription, publication: { data } as never, dropped: 0, skipped: 0 });
  return guest.session.subscribe(topic, {
    joined: note('joined'),
    caughtUp: note('caught up'),
    ended: (subscription, reason) => note(`ended: ${reason}`)(subscription),
    ...options,
  });
}

/** A reader whose window takes two, that has acknowledged nothing. */
const small = { window: { messages: 2, latest: 2 } };

describe('a subscription', () => {
  it('gets what is published from now on, in order', async () => {
    const { join } = testHub({ a: {} });
    const [reader, writer] = [join(), join()];
    await publish(writer, 'a', 1);
    const subscription = await follow(reader, 'a');
    await publish(writer, 'a', 2, 3);
    assert.equal(subscription.recovered, 'fresh');
    assert.equal(subscription.position.offset, 1);
    assert.deepEqual(reader.peer.data, ['joined', 'caught up', 2, 3]);
  });

  it('gets what it missed since its position, then what is live', async () => {
    const { join } = testHub({ a: { history: {} } });
    const [reader, writer] = [join(), join()];
    await publish(writer, 'a', 1);
    const { position } = await writer.session.publish('a', { data: 2 });
    await publish(writer, 'a', 3, 4);
    const subscription = await follow(reader, 'a', { replay: 'recover', position });
    await publish(writer, 'a', 5);
    assert.equal(subscription.recovered, true);
    assert.equal(subscription.replay, 2);
    assert.deepEqual(reader.peer.data, ['joined', 3, 4, 'caught up', 5]);
  });

  it('is told that a position is not held, and gets the last ones that it asked for', async () => {
    const { join } = testHub({ a: { history: {} } });
    const [reader, writer] = [join(), join()];
    await publish(writer, 'a', 1, 2, 3);
    const lost = { epoch: 'another', offset: 1, id: 1 };
    const subscription = await follow(reader, 'a', { replay: 'recover', position: lost, last: 2 });
    assert.equal(subscription.recovered, false);
    assert.deepEqual(reader.peer.data, ['joined', 2, 3, 'caught up']);
  });

  it('gets what is retained and the last ones, each once and in order', async () => {
    const { join } = testHub({ a: { history: {}, retain: true, key: (data) => String(data).slice(0, 1) } });
    const [reader, writer] = [join(), join()];
    await publish(writer, 'a', 'a1', 'b1', 'c1', 'b2', 'c2');
    await follow(reader, 'a', { replay: 'recover', last: 2 });
    assert.deepEqual(reader.peer.taken(), ['joined', 'a1', 'b2', 'c2', 'caught up']);
    const other = join();
    await follow(other, 'a', { replay: 'retained', last: 9 });
    assert.deepEqual(other.peer.data, ['joined', 'a1', 'b2', 'c2', 'caught up']);
  });

  it('recovers at the pace of its window, and what is published meanwhile comes in its place', async () => {
    const { join } = testHub({ a: { history: {} } }, { window: { messages: 10 } });
    const [reader, writer] = [join(), join()];
    const { position } = await writer.session.publish('a', { data: 0 });
    await publish(writer, 'a', ...numbers(1, 600));
    await follow(reader, 'a', { replay: 'recover', position });
    assert.deepEqual(reader.peer.data, ['joined', ...numbers(1, 10)]);
    for (let total = 5; reader.peer.data.at(-1) !== 'caught up'; total += 5) {
      if (total === 300) await publish(writer, 'a', 601, 602);
      assert.equal(reader.session.acknowledge(total), true);
    }
    assert.deepEqual(reader.peer.data, ['joined', ...numbers(1, 602), 'caught up']);
    await publish(writer, 'a', 603);
    assert.equal(reader.peer.data.at(-1), 603);
  });

  it('neither loses nor doubles what is published between the answer of a slow engine and its first delivery', async () => {
    const engine = new PlainEngine();
    const { join } = testHub({ a: { history: {} } }, { engine });
    const [reader, writer] = [join(), join()];
    const { position } = await writer.session.publish('a', { data: 1 });
    await publish(writer, 'a', 2);
    engine.slow();
    const joining = follow(reader, 'a', { replay: 'recover', position });
    const publishing = publish(writer, 'a', 3);
    await settled();
    for (let i = 0; i < 8; i++) await engine.answer();
    await engine.fast();
    await Promise.all([joining, publishing]);
    await publish(writer, 'a', 4);
    assert.deepEqual(reader.peer.data, ['joined', 2, 3, 'caught up', 4]);
  });

  // The log was read before the topic was told; when it was told, what had been replayed came again.
  it('gets nothing twice when the log is ahead of what the topic has been told', async () => {
    const engine = new PlainEngine();
    const { core, join } = testHub({ a: { history: {} } }, { engine });
    const [early, reader, writer] = [join(), join(), join()];
    const { position } = await writer.session.publish('a', { data: 1 });
    await follow(early, 'a');
    engine.loses = () => true;
    await publish(writer, 'a', 2, 3);
    engine.loses = () => false;
    assert.equal(core.topics.get('a')?.top.offset, 1);
    await core.engine.readLatest('a', 0);
    await follow(reader, 'a', { replay: 'recover', position });
    await publish(writer, 'a', 4);
    await settled();
    assert.deepEqual(early.peer.data, ['joined', 'caught up', 2, 3, 4]);
    assert.deepEqual(
      reader.peer.data.filter((data) => typeof data === 'number'),
      [2, 3, 4],
    );
  });

  it('is told reset when the log lets go of what it was to read next', async () => {
    const { join, core } = testHub(
      { a: { history: { count: 20 } } },
      { window: { messages: 1 }, limits: { maxTailCount: 1 } },
    );
    const [reader, writer] = [join(), join()];
    const { position } = await writer.session.publish('a', { data: 0 });
    await publish(writer, 'a', ...numbers(1, 19));
    await follow(reader, 'a', { replay: 'recover', position });
    await publish(writer, 'a', ...numbers(20, 300));
    for (let total = 1; total < 30; total++) reader.session.acknowledge(total);
    assert.deepEqual(reader.peer.data, ['joined', ...numbers(1, 19), 'ended: reset']);
    assert.equal(core.topics.get('a')?.members.size, 0);
  });

  it('is ended with its session as a slow reader where there is no history to come back for', async () => {
    const { join } = testHub(
      { a: { retain: true, key: String } },
      { window: { messages: 1 }, limits: { maxTailCount: 1 } },
    );
    const [reader, writer] = [join(), join()];
    await publish(writer, 'a', 'x', 'y', 'z');
    await follow(reader, 'a', { replay: 'retained' });
    await publish(writer, 'a', ...numbers(1, 9));
    for (let total = 1; total < 4; total++) reader.session.acknowledge(total);
    assert.deepEqual(reader.peer.endings, ['slow-reader']);
  });

  it('tells with the next one how many were dropped, with drop-oldest', async () => {
    const { join } = testHub({ a: { slowReader: 'drop-oldest', queue: { count: 2 } } }, { window: { messages: 1 } });
    const [reader, writer] = [join(), join()];
    await follow(reader, 'a');
    await publish(writer, 'a', ...numbers(1, 9));
    for (const total of [1, 2, 3]) reader.session.acknowledge(total);
    await publish(writer, 'a', 10);
    const told = reader.peer.delivered.map(({ publication, dropped }) => [publication.data, dropped]);
    assert.deepEqual(told.slice(2), [
      [1, 0],
      [8, 6],
      [9, 0],
      [10, 0],
    ]);
  });

  it('ends as unavailable when the engine can not be read, and only it', async () => {
    const engine = new PlainEngine();
    const { join, errors } = testHub(
      { a: { history: {} } },
      { engine, window: { messages: 1 }, limits: { maxTailCount: 1 } },
    );
    const [reader, writer] = [join(), join()];
    const { position } = await writer.session.publish('a', { data: 0 });
    await publish(writer, 'a', ...numbers(1, 300));
    await follow(reader, 'a', { replay: 'recover', position });
    engine.slow();
    engine.failure = new Error('no disk');
    for (let total = 1; total <= 256; total++) reader.session.acknowledge(total);
    await engine.fast();
    assert.deepEqual(reader.peer.data.slice(-2), [256, 'ended: unavailable']);
    assert.deepEqual(errors, ['recovery: no disk']);
    assert.equal(reader.session.ended, false);
  });

  for (const callback of ['joined', 'caughtUp'] as const) {
    // The state was set to live after the callback had ended it.
    it(`stays ended when it is ended from within ${callback}`, async () => {
      for (const slowReader of ['wait', 'latest'] as const) {
        const { core, join } = testHub({ a: { slowReader, retain: true } });
        const [reader, writer] = [join(), join()];
        await publish(writer, 'a', 1);
        const end = (subscription: Subscription): void => subscription.end();
        const subscription = await reader.session.subscribe('a', { replay: 'retained', [callback]: end });
        await publish(writer, 'a', 2);
        assert.equal(subscription.isEnded, true);
        assert.deepEqual(reader.peer.data, callback === 'joined' ? [] : [1]);
        assert.equal(core.topics.get('a')?.members.size, 0);
      }
    });
  }

  it('may be ended, with its session, in the middle of any delivery', async () => {
    for (const slowReader of ['wait', 'drop-oldest', 'latest'] as const) {
      for (let at = 1; at <= 6; at++) {
        const { core, join, errors } = testHub({ a: { slowReader, history: {}, retain: true, key: String } }, small);
        const [reader, other, writer] = [join(), join(), join()];
        await publish(writer, 'a', 1, 2, 3);
        reader.peer.during = () => reader.peer.delivered.length === at && reader.session.close();
        await reader.session.subscribe('a', { replay: 'recover', last: 3 });
        await other.session.subscribe('a');
        for (let i = 4; i <= 8; i++) {
          await publish(writer, 'a', i);
          if (!reader.session.ended) reader.session.acknowledge(reader.peer.delivered.length);
          other.session.acknowledge(other.peer.delivered.length);
        }
        assert.equal(reader.peer.delivered.length, at);
        assert.deepEqual(other.peer.data, [4, 5, 6, 7, 8]);
        assert.equal(core.topics.get('a')?.members.size, 1);
        assert.deepEqual(errors, []);
      }
    }
  });

  it('ends its session when the adapter throws in a delivery, and nobody else notices', async () => {
    const { join, errors } = testHub({ a: {} });
    const [reader, other, writer] = [join(), join(), join()];
    await follow(reader, 'a');
    await follow(other, 'a');
    reader.peer.during = () => assert.fail('can not be serialized');
    await publish(writer, 'a', 1, 2);
    assert.deepEqual(reader.peer.endings, ['unavailable']);
    assert.deepEqual(other.peer.data, ['joined', 'caught up', 1, 2]);
    assert.deepEqual(errors, ['deliver: can not be serialized']);
  });

  it('does not get what is not for it, live or replayed', async () => {
    const { join } = testHub({ a: { history: {} } });
    const [ada, bob, writer] = [join('ada'), join('bob'), join()];
    const { position } = await writer.session.publish('a', { data: 0 });
    await follow(bob, 'a');
    await writer.session.publish('a', { data: 1 }, { audience: { only: { users: ['ada'] } } });
    await writer.session.publish('a', { data: 2 }, { audience: { except: { users: ['ada'] } } });
    await follow(ada, 'a', { replay: 'recover', position });
    assert.deepEqual(bob.peer.data, ['joined', 'caught up', 2]);
    assert.deepEqual(ada.peer.data, ['joined', 1, 'caught up']);
  });

  // The place before the first publication has no secret id: whoever knew the epoch could read everything.
  it('needs the right to history for a position that is before the first publication', async () => {
    const { subscribe, publish: mayPublish } = open;
    const { join } = testHub({ a: { history: {}, allow: { subscribe, publish: mayPublish } }, b: { history: {} } });
    const [reader, writer] = [join(), join()];
    for (const topic of ['a', 'b']) {
      const { position } = await writer.session.publish(topic, { data: topic });
      const first: Position = { epoch: position.epoch, offset: 0, id: 0 };
      const { recovered } = await follow(reader, topic, { replay: 'recover', position: first });
      assert.equal(recovered, topic === 'b');
    }
    assert.deepEqual(reader.peer.data, ['joined', 'caught up', 'joined', 'b', 'caught up']);
  });

  it('is recovered from before the first publication when none has been made', async () => {
    const { subscribe } = open;
    const { join } = testHub({ a: { history: {}, allow: { subscribe } } });
    const { position } = await join().session.subscribe('a');
    const { recovered } = await join().session.subscribe('a', { replay: 'recover', position });
    assert.equal(recovered, true);
  });
});

describe('a subscription to a topic of newest values', () => {
  const latest = { slowReader: 'latest', key: ([key]: string) => key! } as const;
  const follower = async (hub: TestHub, options: SubscribeOptions = { replay: 'retained' }): Promise<Guest> => {
    const guest = hub.join();
    await follow(guest, 'a', options);
    return guest;
  };

  it('gets each key once, then what changes', async () => {
    const hub = testHub({ a: latest });
    const writer = hub.join();
    await publish(writer, 'a', 'a1', 'b1', 'a2');
    const reader = await follower(hub);
    await publish(writer, 'a', 'b2');
    assert.deepEqual(reader.peer.data, ['joined', 'b1', 'a2', 'caught up', 'b2']);
  });

  it('gets the newest value of a key at the place in line of its older one', async () => {
    const hub = testHub({ a: latest }, small);
    const writer = hub.join();
    const reader = await follower(hub);
    await publish(writer, 'a', 'a1', 'b1', 'c1', 'd1', 'c2', 'a2', 'c3');
    reader.session.acknowledge(2);
    reader.session.acknowledge(4);
    assert.deepEqual(reader.peer.data, ['joined', 'caught up', 'a1', 'b1', 'c3', 'd1', 'a2']);
  });

  it('has caught up once all that was retained is sent, however often it changed meanwhile', async () => {
    const hub = testHub({ a: latest }, small);
    const writer = hub.join();
    await publish(writer, 'a', 'a1', 'b1', 'c1', 'd1');
    const reader = await follower(hub);
    await publish(writer, 'a', 'd2', 'e1', 'c2', 'a2');
    for (const total of [1, 2, 3, 4, 5, 6]) reader.session.acknowledge(total);
    assert.deepEqual(reader.peer.data, ['joined', 'a1', 'b1', 'c2', 'd2', 'caught up', 'e1', 'a2']);
  });

  it('has caught up when the rest of what was retained had to be dropped, which it is told', async () => {
    const hub = testHub({ a: { ...latest, queue: { count: 2 } } }, small);
    const writer = hub.join();
    await publish(writer, 'a', 'a1', 'b1', 'c1', 'd1', 'e1');
    const reader = await follower(hub);
    await publish(writer, 'a', 'f1', 'g1');
    for (const total of [1, 2, 3, 4]) reader.session.acknowledge(total);
    assert.deepEqual(reader.peer.data, ['joined', 'a1', 'b1', 'f1', 'caught up', 'g1']);
    assert.equal(reader.peer.delivered[3]?.dropped, 3);
  });

  it('keeps the newest value of all keys that are retained, unless told otherwise', async () => {
    const hub = testHub({ a: { ...latest, key: String, maxKeys: 3000 } }, small);
    const writer = hub.join();
    await publish(writer, 'a', ...numbers(1, 3000));
    const reader = await follower(hub);
    for (let total = 2; total <= 3000; total += 2) reader.session.acknowledge(total);
    assert.deepEqual(reader.peer.data, ['joined', ...numbers(1, 3000), 'caught up']);
  });

  // Between the engine's answer and the joining, nobody was listening.
  it('misses nothing that is published while its values are read, and gets no older value after a newer one', async () => {
    for (const answers of numbers(0, 6)) {
      const engine = new PlainEngine();
      const hub = testHub({ a: latest }, { engine });
      const writer = hub.join();
      await publish(writer, 'a', 'a1', 'b1');
      const reader = hub.join();
      engine.slow();
      const joining = follow(reader, 'a', { replay: 'retained' });
      await settled();
      const publishing = [publish(writer, 'a', 'a2', 'c1'), publish(hub.join(), 'a', 'b2')];
      await engine.answer(answers);
      await engine.fast();
      await Promise.all([joining, ...publishing]);
      const seen = reader.peer.data.slice(1).filter((data) => data !== 'caught up');
      assert.deepEqual(newest(seen), { a: 'a2', b: 'b2', c: 'c1' });
      assert.deepEqual(seen, [...new Set(seen)]);
      assert.ok(!seen.includes('a1') || seen.indexOf('a1') < seen.indexOf('a2'));
      assert.equal(reader.peer.data.filter((data) => data === 'caught up').length, 1);
    }
  });

  it('reads its values again when no tail tells what came between them and the joining', async () => {
    const engine = new PlainEngine();
    const hub = testHub({ a: latest }, { engine, limits: { maxTailBytes: 1 } });
    const writer = hub.join();
    await publish(writer, 'a', 'a1', 'b1');
    await follower(hub);
    const reader = hub.join();
    engine.slow();
    const joining = follow(reader, 'a', { replay: 'retained' });
    await settled();
    const publishing = publish(writer, 'a', 'a2');
    await settled();
    await engine.answer(2);
    assert.deepEqual(reader.peer.data, []);
    await engine.fast();
    await Promise.all([joining, publishing]);
    assert.deepEqual(reader.peer.data, ['joined', 'b1', 'a2', 'caught up']);
  });

  it('is fresh, whatever position it had', async () => {
    const hub = testHub({ a: { ...latest, history: {} } });
    const writer = hub.join();
    const { position } = await writer.session.publish('a', { data: 'a1' });
    await publish(writer, 'a', 'a2', 'a3');
    const reader = hub.join();
    const subscription = await follow(reader, 'a', { replay: 'recover', position });
    assert.equal(subscription.recovered, 'fresh');
    assert.deepEqual(reader.peer.data, ['joined', 'a3', 'caught up']);
  });
});

function newest(values: readonly unknown[]): Record<string, unknown> {
  return Object.fromEntries(values.map((value) => [String(value)[0]!, value]).sort(([a], [b]) => (a! < b! ? -1 : 1)));
}
