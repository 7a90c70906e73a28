import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { memoryEngine } from '../../src/engine/memory.ts';
import { PlainEngine, settled } from '../support/plain-engine.ts';
import { open, publish, testHub } from '../support/test-hub.ts';

const any = { 'a.{x}': { history: {} } };

describe('topics', () => {
  it('are found by name, and otherwise there are none', async () => {
    const { join } = testHub(any);
    const { session } = join();
    for (const name of ['b', 'a', 'a.1.2', 'a..', 'a b', '', 'a.'.repeat(1000)]) {
      await assert.rejects(session.subscribe(name), { code: 'no-such-topic' });
      await assert.rejects(session.publish(name, { data: 1 }), { code: 'no-such-topic' });
      await assert.rejects(session.history(name, {}), { code: 'no-such-topic' });
      await assert.rejects(session.presence(name), { code: 'no-such-topic' });
    }
  });

  it('stay live for a while after the last one has left, and are let go then', async () => {
    const { hub, core, clock, join } = testHub(any);
    const [reader, writer] = [join(), join()];
    const subscription = await reader.session.subscribe('a.1');
    await publish(writer, 'a.1', 1);
    clock.advance(300_000);
    assert.equal(hub.status.liveTopics, 1);
    subscription.end();
    clock.advance(55_000);
    assert.equal(hub.status.liveTopics, 1);
    assert.ok(hub.status.tailBytes > 0);
    clock.advance(10_000);
    assert.equal(hub.status.liveTopics, 0);
    assert.equal(hub.status.tailBytes, 0);
    assert.equal(core.topics.get('a.1'), undefined);
  });

  // One that was left and joined all the time kept its place in front, and nothing behind it was ever let go.
  it('are let go however often others come and go', async () => {
    const { core, clock, join } = testHub(any);
    const { session } = join();
    for (const name of ['a.1', 'a.2']) (await session.subscribe(name)).end();
    for (let i = 0; i < 10; i++) {
      clock.advance(30_000);
      (await session.subscribe('a.1')).end();
    }
    assert.equal(core.topics.get('a.2'), undefined);
    assert.notEqual(core.topics.get('a.1'), undefined);
  });

  // Whoever published on thousands of other topics had the place in this one forgotten, and with it lost what came next.
  it('keep their place while somebody is there, however many others are published on', async () => {
    const { join } = testHub({ 'a.{x}': {} }, { engine: memoryEngine({ maxTopics: 10 }) });
    const [reader, patient, writer] = [join(), join(), join()];
    await reader.session.subscribe('a.read');
    patient.session.subscribePattern('a.r', 'prefix', {});
    for (let i = 0; i < 5; i++) {
      await publish(writer, 'a.read', i);
      for (let j = 0; j < 50; j++) {
        await publish(writer, `a.${i}-${j}`, j).catch(() => undefined);
      }
    }
    assert.deepEqual(reader.peer.data, [0, 1, 2, 3, 4]);
    assert.deepEqual(patient.peer.data, [0, 1, 2, 3, 4]);
    assert.deepEqual([...reader.peer.endings, ...patient.peer.endings], []);
  });

  it('make room for others when nobody is there, and refuse others when somebody is everywhere', async () => {
    const { core, join } = testHub(any, { limits: { maxLiveTopics: 2 } });
    const { session } = join();
    const first = await session.subscribe('a.1');
    await session.subscribe('a.2');
    await assert.rejects(session.subscribe('a.3'), { code: 'too-many', temporary: true });
    first.end();
    await session.subscribe('a.3');
    assert.equal(core.topics.get('a.1'), undefined);
    assert.equal(core.topics.size, 2);
  });

  // It was let go between being opened and being joined, and who had joined it was never told anything.
  it('are not let go under somebody who is about to join', async () => {
    const engine = new PlainEngine();
    const { core, clock, join } = testHub(any, { engine, limits: { maxLiveTopics: 1 } });
    const [reader, other, writer] = [join(), join(), join()];
    engine.slow();
    const joining = reader.session.subscribe('a.1', { replay: 'recover', last: 1 });
    await settled();
    await engine.answer();
    clock.advance(300_000);
    const refused = assert.rejects(other.session.subscribe('a.2'), { code: 'too-many' });
    await settled();
    await engine.fast();
    await Promise.all([joining, refused]);
    await publish(writer, 'a.1', 1);
    assert.deepEqual(reader.peer.data, [1]);
    assert.equal(core.topics.size, 1);
  });

  it('are opened once for all who come at the same time', async () => {
    const engine = new PlainEngine();
    const { core, join } = testHub(any, { engine });
    const guests = Array.from({ length: 50 }, () => join());
    engine.slow();
    const joining = guests.map(({ session }) => session.subscribe('a.1'));
    await settled();
    await engine.fast();
    await Promise.all(joining);
    assert.equal(engine.calls, 1);
    assert.equal(core.topics.get('a.1')?.members.size, 50);
  });

  it('can be opened again after the engine has failed', async () => {
    const engine = new PlainEngine();
    const { join } = testHub(any, { engine });
    engine.failure = new Error('no disk');
    await assert.rejects(join().session.subscribe('a.1'), { message: 'no disk' });
    engine.failure = undefined;
    await join().session.subscribe('a.1');
  });

  it('take a publication that is told while they are opened', async () => {
    const engine = new PlainEngine();
    const { join } = testHub(any, { engine });
    const [reader, writer] = [join(), join()];
    engine.slow();
    const joining = reader.session.subscribe('a.1');
    const publishing = publish(writer, 'a.1', 1);
    await settled();
    // Both in one turn: the hint comes before the top that was read has been heard of.
    await engine.answer(2);
    await engine.fast();
    await Promise.all([joining, publishing]);
    assert.ok((await joining).position.offset === 1 || reader.peer.data.length === 1);
    await publish(writer, 'a.1', 2);
    assert.equal(reader.peer.data.at(-1), 2);
  });

  it('are compared with the log every few seconds, those that somebody is subscribed to', async () => {
    const engine = new PlainEngine();
    const asked: string[] = [];
    const { tops } = engine;
    engine.tops = (names) => {
      asked.push(...names);
      return tops.call(engine, names);
    };
    const { clock, join } = testHub(any, { engine });
    const { session } = join();
    await session.subscribe('a.1');
    (await session.subscribe('a.2')).end();
    clock.advance(5_000);
    await settled();
    assert.deepEqual(asked, ['a.1']);
  });

  it('report that the log could not be compared, and try again', async () => {
    const engine = new PlainEngine();
    const { clock, join, errors } = testHub(any, { engine });
    const reader = join();
    await reader.session.subscribe('a.1');
    engine.failure = new Error('no disk');
    clock.advance(5_000);
    await settled();
    assert.deepEqual(errors, ['compare: no disk']);
    engine.failure = undefined;
    engine.loses = () => true;
    await publish(join(), 'a.1', 1);
    clock.advance(5_000);
    await settled();
    assert.deepEqual(reader.peer.data, [1]);
  });

  it('with a watcher of presence stay live, and are let go once it is gone with its session', async () => {
    const { core, clock, join } = testHub({ 'a.{x}': { presence: 'count', allow: open } });
    const [one, two] = [join(), join()];
    const watch = await one.session.watchPresence('a.1', () => 0);
    await two.session.watchPresence('a.1', () => 0);
    watch.end();
    clock.advance(300_000);
    assert.notEqual(core.topics.get('a.1'), undefined);
    two.session.close();
    clock.advance(300_000);
    assert.equal(core.topics.get('a.1'), undefined);
    assert.equal(clock.pending, 1);
  });
});
