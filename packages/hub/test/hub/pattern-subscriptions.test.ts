import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AccessBase } from '../../src/hub/access.ts';
import { PlainEngine, settled } from '../support/plain-engine.ts';
import { open, publish, testHub } from '../support/test-hub.ts';

const any = { 'a.{x}': {}, 'b.{x}.c': {} };

describe('a subscription to many topics', () => {
  it('gets what is published on every topic that matches, from the first publication that makes it live', async () => {
    const { join } = testHub(any);
    const [prefix, wildcard, writer] = [join(), join(), join()];
    prefix.session.subscribePattern('a.', 'prefix', { tag: 1 });
    wildcard.session.subscribePattern('b..c', 'wildcard', {});
    await publish(writer, 'a.1', 1, 2);
    await publish(writer, 'b.1.c', 3);
    await publish(writer, 'a.2', 4);
    await settled();
    assert.deepEqual(prefix.peer.data, [1, 2, 4]);
    assert.deepEqual(wildcard.peer.data, [3]);
    assert.equal(prefix.peer.delivered[0]?.subscription.tag, 1);
    assert.equal(prefix.peer.delivered[0]?.subscription.topic.name, 'a.1');
  });

  it('joins topics that are live already, and those that others make live', async () => {
    const { join } = testHub(any);
    const [reader, other, writer] = [join(), join(), join()];
    await other.session.subscribe('a.1');
    reader.session.subscribePattern('a.', 'prefix', {});
    await settled();
    await other.session.subscribe('a.2');
    await publish(writer, 'a.1', 1);
    await publish(writer, 'a.2', 2);
    assert.deepEqual(reader.peer.data, [1, 2]);
    assert.deepEqual(other.peer.data, [1, 2]);
  });

  it('loses nothing that is published while the rule is asked', async () => {
    const asked = Promise.withResolvers<boolean>();
    const { join } = testHub({ 'a.{x}': { allow: { ...open, subscribe: () => asked.promise } } });
    const [reader, writer] = [join(), join()];
    reader.session.subscribePattern('a.', 'prefix', {});
    await publish(writer, 'a.1', 1, 2, 3);
    asked.resolve(true);
    await settled();
    await publish(writer, 'a.1', 4);
    assert.deepEqual(reader.peer.data, [1, 2, 3, 4]);
  });

  it('sees nothing of topics that its session may not subscribe to, until it may', async () => {
    let allowed = 'a.1';
    const subscribe = ({ name, user }: AccessBase): boolean => user?.id !== 'ada' || name === allowed;
    const { hub, join } = testHub({ 'a.{x}': { allow: { ...open, subscribe } } });
    const [reader, keeper, writer] = [join('ada'), join(), join()];
    reader.session.subscribePattern('a.', 'prefix', {});
    await keeper.session.subscribe('a.2');
    await publish(writer, 'a.1', 1);
    await publish(writer, 'a.2', 2);
    await settled();
    assert.deepEqual(reader.peer.taken(), [1]);
    allowed = 'a.2';
    await hub.recheck('ada');
    await publish(writer, 'a.1', 3);
    await publish(writer, 'a.2', 4);
    assert.deepEqual(reader.peer.taken(), [4]);
  });

  it('goes on after a reset from where the log is then', async () => {
    const engine = new PlainEngine();
    const { join } = testHub(any, { engine });
    const [reader, writer] = [join(), join()];
    reader.session.subscribePattern('a.', 'prefix', {});
    await publish(writer, 'a.1', 1, 2);
    await settled();
    engine.forget('a.1');
    await publish(writer, 'a.1', 3);
    await settled();
    await publish(writer, 'a.1', 4);
    await settled();
    assert.deepEqual(reader.peer.data, [1, 2, 4]);
  });

  it('gets nothing any more once it is ended, or its session is', async () => {
    const { core, join } = testHub(any);
    const [reader, writer] = [join(), join()];
    const pattern = reader.session.subscribePattern('a.', 'prefix', {});
    await publish(writer, 'a.1', 1);
    await settled();
    pattern.end();
    pattern.end();
    await publish(writer, 'a.1', 2);
    reader.session.subscribePattern('a.', 'prefix', {});
    reader.session.close();
    await publish(writer, 'a.1', 3);
    await publish(writer, 'a.2', 4);
    await settled();
    assert.deepEqual(reader.peer.data, [1]);
    assert.equal(core.topics.get('a.1')?.members.size, 0);
    assert.equal(core.topics.get('a.2'), undefined);
  });

  it('does not join when it is ended while the rule is asked', async () => {
    const asked = Promise.withResolvers<boolean>();
    const { core, join } = testHub({ 'a.{x}': { allow: { ...open, subscribe: () => asked.promise } } });
    const [reader, writer] = [join(), join()];
    const pattern = reader.session.subscribePattern('a.', 'prefix', {});
    await publish(writer, 'a.1', 1);
    pattern.end();
    asked.resolve(true);
    await settled();
    assert.deepEqual(reader.peer.data, []);
    assert.equal(core.topics.get('a.1')?.isIdle, true);
  });

  // Every topic that was ever published on stayed live, until no other could be.
  it('does not keep a silent topic live, and misses nothing of it when it comes alive again', async () => {
    const { core, clock, join } = testHub(any);
    const [reader, writer] = [join(), join()];
    reader.session.subscribePattern('a.', 'prefix', {});
    await publish(writer, 'a.1', 1);
    await publish(writer, 'a.2', 2);
    for (let second = 0; second < 90; second += 10) {
      clock.advance(10_000);
      await publish(writer, 'a.2', second);
    }
    assert.equal(core.topics.get('a.1'), undefined);
    assert.equal(core.topics.get('a.2')?.members.size, 1);
    await publish(writer, 'a.1', 3);
    await settled();
    assert.deepEqual(
      reader.peer.delivered
        .filter(({ publication }) => publication.topic === 'a.1')
        .map(({ publication }) => publication.data),
      [1, 3],
    );
  });

  it('keeps a silent topic live as long as something of it waits for a slow reader', async () => {
    const { core, clock, join } = testHub(any, { window: { messages: 1 } });
    const [reader, writer] = [join(), join()];
    reader.session.subscribePattern('a.', 'prefix', {});
    await publish(writer, 'a.1', 1, 2, 3);
    await settled();
    clock.advance(300_000);
    assert.equal(core.topics.get('a.1')?.members.size, 1);
    for (const total of [1, 2]) reader.session.acknowledge(total);
    assert.deepEqual(reader.peer.data, [1, 2, 3]);
    clock.advance(300_000);
    assert.equal(core.topics.get('a.1'), undefined);
  });

  it('ends a session for which too many topics match, since it would not know what it misses', async () => {
    const { join, errors } = testHub(any, { limits: { maxPatternTopics: 2 } });
    const [reader, other, writer] = [join(), join(), join()];
    reader.session.subscribePattern('a.', 'prefix', {});
    other.session.subscribePattern('a.1', 'prefix', {});
    for (const topic of ['a.1', 'a.2', 'a.3']) await publish(writer, topic, topic);
    await settled();
    assert.deepEqual(reader.peer.endings, ['unavailable']);
    assert.deepEqual(errors, ['subscribe: Too many topics match a.']);
    assert.deepEqual(other.peer.data, ['a.1']);
  });

  // It was reported once for each topic beyond the bound: a short message made a hundred thousand lines of a log.
  it('tells of too many topics once, however many are live', async () => {
    const { core, join, errors } = testHub(any, { limits: { maxPatternTopics: 2 } });
    const [keeper, reader] = [join(), join()];
    for (let i = 0; i < 20; i++) await keeper.session.subscribe(`a.${i}`);
    reader.session.subscribePattern('a.', 'prefix', {});
    await settled();
    assert.deepEqual(reader.peer.endings, ['unavailable']);
    assert.deepEqual(errors, ['subscribe: Too many topics match a.']);
    for (const topic of core.topics.live) assert.equal(topic.members.size, 1);
  });

  it('ends sessions that wait for a topic which can not come alive', async () => {
    const { join, errors } = testHub(any, { limits: { maxLiveTopics: 1 } });
    const [reader, keeper, writer] = [join(), join(), join()];
    await keeper.session.subscribe('a.1');
    reader.session.subscribePattern('a.2', 'prefix', {});
    await publish(writer, 'a.2', 1);
    assert.deepEqual(reader.peer.endings, ['unavailable']);
    assert.deepEqual(errors, ['publish: Too many topics are live']);
  });

  it('counts among the subscriptions of a session, once', async () => {
    const { join } = testHub(any, { limits: { maxSubscriptions: 2 } });
    const [reader, writer] = [join(), join()];
    const pattern = reader.session.subscribePattern('a.', 'prefix', {});
    for (const topic of ['a.1', 'a.2', 'a.3']) await publish(writer, topic, topic);
    await settled();
    await reader.session.subscribe('b.1.c');
    await assert.rejects(reader.session.subscribe('b.2.c'), { code: 'too-many' });
    assert.throws(() => reader.session.subscribePattern('b.', 'prefix', {}), { code: 'too-many' });
    pattern.end();
    await reader.session.subscribe('b.2.c');
    assert.equal(reader.peer.data.length, 3);
  });
});
