import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PlainEngine, settled } from '../support/plain-engine.ts';
import { type Guest, publish, type TestHub, testHub } from '../support/test-hub.ts';

const keep = { a: { history: {} } };

/** A hub over a plain engine, with one who reads `a` and one who writes. */
async function topicA(
  policy: object = {},
  options: object = {},
): Promise<TestHub & Record<'reader' | 'writer', Guest> & { engine: PlainEngine; ended: string[] }> {
  const engine = new PlainEngine();
  const hub = testHub({ a: { ...keep.a, ...policy } }, { engine, ...options });
  const [reader, writer] = [hub.join(), hub.join()];
  const ended: string[] = [];
  await reader.session.subscribe('a', { ended: (_, reason) => ended.push(reason) });
  return { ...hub, engine, reader, writer, ended };
}

describe('a live topic', () => {
  it('repairs a gap when the next hint comes', async () => {
    const { engine, reader, writer } = await topicA();
    engine.loses = ({ offset }) => offset === 2 || offset === 3;
    await publish(writer, 'a', 1, 2, 3, 4, 5);
    await settled();
    assert.deepEqual(reader.peer.data, [1, 2, 3, 4, 5]);
  });

  it('finds out that the last hint was lost when the tops are compared', async () => {
    const { engine, reader, writer, clock } = await topicA();
    engine.loses = () => true;
    await publish(writer, 'a', 1, 2);
    assert.deepEqual(reader.peer.data, []);
    clock.advance(5_000);
    await settled();
    assert.deepEqual(reader.peer.data, [1, 2]);
  });

  it('takes what is told while it reads the log, in its place', async () => {
    const { engine, reader, writer } = await topicA();
    engine.loses = ({ offset }) => offset === 1;
    await publish(writer, 'a', 1);
    engine.slow();
    const publishing = publish(writer, 'a', 2, 3, 4);
    await settled();
    for (let i = 0; i < 4; i++) await engine.answer();
    await engine.fast();
    await publishing;
    await settled();
    assert.deepEqual(reader.peer.data, [1, 2, 3, 4]);
  });

  it('reads what is too much to be remembered while it reads', async () => {
    const { engine, reader, writer } = await topicA();
    engine.loses = ({ offset }) => offset === 1;
    await publish(writer, 'a', 1, 2);
    await Promise.all(Array.from({ length: 600 }, (_, i) => writer.session.publish('a', { data: i + 3 })));
    await settled();
    reader.session.acknowledge(256);
    reader.session.acknowledge(512);
    assert.deepEqual(
      reader.peer.data,
      Array.from({ length: 602 }, (_, i) => i + 1),
    );
  });

  it('tries again with the next hint when the log can not be read', async () => {
    const { engine, reader, writer, errors } = await topicA();
    engine.loses = ({ offset }) => offset === 1 || offset === 2;
    await publish(writer, 'a', 1);
    engine.failure = new Error('no disk');
    await publish(writer, 'a', 2, 3);
    await settled();
    engine.failure = undefined;
    assert.deepEqual(errors, ['repair: no disk']);
    await publish(writer, 'a', 4);
    await settled();
    assert.deepEqual(reader.peer.data, [1, 2, 3, 4]);
  });

  it('ignores a hint that comes twice or late', async () => {
    const { core, engine, reader, writer, ended } = await topicA();
    await publish(writer, 'a', 1, 2, 3);
    const { publications } = await engine.readLatest('a', 9);
    for (const publication of publications) core.topics.published(publication);
    await settled();
    assert.deepEqual(reader.peer.data, [1, 2, 3]);
    assert.deepEqual(ended, []);
  });

  // Offsets that were told before were ignored; once the new log had grown past the old one, nobody could notice.
  for (const compared of [true, false]) {
    it(`tells reset when the log was put back, noticed ${compared ? 'as tops are compared' : 'by a hint'}`, async () => {
      const { engine, reader, writer, clock, ended, core } = await topicA();
      await publish(writer, 'a', 1, 2);
      const copy = engine.copy();
      await publish(writer, 'a', 3, 4, 5);
      engine.putBack(copy);
      if (compared) clock.advance(5_000);
      else await publish(writer, 'a', 6, 7, 8, 9);
      await settled();
      assert.deepEqual(ended, ['reset']);
      assert.deepEqual(reader.peer.data, [1, 2, 3, 4, 5]);
      assert.equal(core.topics.get('a')?.members.size, 0);
    });
  }

  it('tells reset when the log begins another life, and goes on with that one', async () => {
    const { engine, reader, writer, ended } = await topicA();
    await publish(writer, 'a', 1, 2);
    engine.forget('a');
    await publish(writer, 'a', 3);
    await settled();
    assert.deepEqual(ended, ['reset']);
    await reader.session.subscribe('a', { replay: 'recover', last: 9 });
    await publish(writer, 'a', 4);
    assert.deepEqual(reader.peer.data, [1, 2, 3, 4]);
  });

  it('is not reset by another life of the log as long as nothing was published in the one that it knew', async () => {
    for (const noticed of ['by a hint', 'by its top']) {
      const { engine, reader, writer, clock, ended } = await topicA();
      engine.forget('b');
      if (noticed === 'by its top') clock.advance(5_000);
      await settled();
      await publish(writer, 'a', 1, 2);
      await settled();
      assert.deepEqual(ended, []);
      assert.deepEqual(reader.peer.data, [1, 2]);
    }
  });

  it('tells reset when the log let go of what a hint was lost for', async () => {
    const { engine, writer, ended } = await topicA({ history: { count: 2 } });
    engine.loses = ({ offset }) => offset < 5;
    await publish(writer, 'a', 1, 2, 3, 4, 5);
    await settled();
    assert.deepEqual(ended, ['reset']);
  });

  it('does not advance by what it read of a log that is gone meanwhile', async () => {
    const { engine, reader, writer, ended } = await topicA();
    engine.loses = ({ offset }) => offset === 1;
    await publish(writer, 'a', 1);
    engine.slow();
    const publishing = publish(writer, 'a', 2);
    await settled();
    await engine.answer();
    await engine.answer();
    engine.forget('a');
    engine.loses = () => false;
    await engine.fast();
    await publishing;
    await publish(writer, 'a', 3);
    await settled();
    assert.deepEqual(reader.peer.data, [1, 2]);
    assert.deepEqual(ended, ['reset']);
  });

  it('recovers those who come back from its tail, without the engine', async () => {
    const { engine, join, writer } = await topicA();
    const { position } = await writer.session.publish('a', { data: 0 });
    await publish(writer, 'a', 1, 2);
    const before = engine.calls;
    for (let i = 0; i < 100; i++) {
      const guest = join();
      await guest.session.subscribe('a', { replay: 'recover', position });
      assert.deepEqual(guest.peer.data, [1, 2]);
    }
    assert.equal(engine.calls, before);
  });

  it('asks the log when a joining reader and the topic do not know the same log', async () => {
    const { engine, join, writer, ended } = await topicA();
    const { position } = await writer.session.publish('a', { data: 1 });
    await publish(writer, 'a', 2, 3);
    const copy = engine.copy();
    await publish(writer, 'a', 4);
    engine.putBack(copy);
    const late = join();
    const endings: string[] = [];
    // The topic believes in 4, which the log does not hold.
    await late.session.subscribe('a', {
      replay: 'recover',
      position: { ...position, offset: 3, id: 6 },
      ended: (_, reason) => endings.push(reason),
    });
    await publish(writer, 'a', 5);
    await settled();
    assert.deepEqual(ended, ['reset']);
  });

  it('gives both what is retained and the last ones as of one moment, whatever is published between the two reads', async () => {
    const engine = new PlainEngine();
    const { join } = testHub({ a: { history: {}, retain: true, key: ([key]: string) => key! } }, { engine });
    const [reader, writer] = [join(), join()];
    await publish(writer, 'a', 'a1', 'b1');
    engine.slow();
    const joining = reader.session.subscribe('a', { replay: 'recover', last: 1 });
    await settled();
    await engine.answer();
    await settled();
    const publishing = publish(writer, 'a', 'c1');
    await settled();
    await engine.answer();
    await engine.fast();
    const more = publish(writer, 'a', 'd1');
    await Promise.all([joining, publishing, more]);
    assert.deepEqual(reader.peer.data, ['a1', 'b1', 'c1', 'd1']);
  });
});
