/** What a reader hears of publications that are not for it: how many, so that their offsets are no gap. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Audience } from '../../src/contract/publication.ts';
import { type Guest, publish, testHub } from '../support/test-hub.ts';

/** Publishes values that are not for somebody. */
async function publishPast(writer: Guest, { session }: Guest, topic: string, ...values: unknown[]): Promise<void> {
  const audience: Audience = { except: { sessions: [session.id] } };
  for (const data of values) await writer.session.publish(topic, { data }, { audience });
}

/** What was delivered: its data, how many were dropped before it, and how many skipped. */
const told = ({ peer }: Guest): unknown[] =>
  peer.delivered.splice(0).map(({ publication, dropped, skipped }) => [publication.data, dropped, skipped]);

const recover = { replay: 'recover' } as const;

describe('publications that are not for a reader', () => {
  it('are counted with the next one that is, and only with that', async () => {
    const { join } = testHub({ a: {} });
    const [reader, writer] = [join(), join()];
    await reader.session.subscribe('a');
    await publish(writer, 'a', 1);
    await publishPast(writer, reader, 'a', 2, 3);
    await publish(writer, 'a', 4, 5);
    assert.deepEqual(told(reader), [
      [1, 0, 0],
      [4, 0, 2],
      [5, 0, 0],
    ]);
  });

  it('are counted where they were, when what is around them has to wait', async () => {
    const { join } = testHub({ a: {} }, { window: { messages: 1 } });
    const [reader, writer] = [join(), join()];
    await reader.session.subscribe('a');
    await publish(writer, 'a', 1);
    await publishPast(writer, reader, 'a', 2);
    await publish(writer, 'a', 3, 4);
    await publishPast(writer, reader, 'a', 5, 6);
    await publish(writer, 'a', 7);
    for (let total = 1; total <= 3; total++) reader.session.acknowledge(total);
    assert.deepEqual(told(reader), [
      [1, 0, 0],
      [3, 0, 1],
      [4, 0, 0],
      [7, 0, 2],
    ]);
  });

  it('are counted beside those that were dropped, so that the two explain every offset', async () => {
    const { join } = testHub({ a: { slowReader: 'drop-oldest', queue: { count: 1 } } }, { window: { messages: 1 } });
    const [reader, writer] = [join(), join()];
    await reader.session.subscribe('a');
    await publish(writer, 'a', 1);
    await publishPast(writer, reader, 'a', 2);
    await publish(writer, 'a', 3);
    await publishPast(writer, reader, 'a', 4, 5);
    await publish(writer, 'a', 6, 7);
    reader.session.acknowledge(1);
    assert.deepEqual(told(reader), [
      [1, 0, 0],
      [7, 2, 3],
    ]);
  });

  it('are counted while it catches up, over the bounds of what is read at a time', async () => {
    const { join } = testHub({ a: { history: { count: 1000 } } });
    const [reader, writer] = [join(), join()];
    const { position } = await writer.session.publish('a', { data: 'first' });
    for (let i = 0; i < 300; i++) await publishPast(writer, reader, 'a', i);
    await publish(writer, 'a', 'last');
    await reader.session.subscribe('a', { ...recover, position });
    assert.deepEqual(told(reader), [['last', 0, 300]]);
  });

  it('are behind the place that it has reached, when they are the last of what it missed', async () => {
    const { join } = testHub({ a: { history: {} } });
    const [reader, writer] = [join(), join()];
    const { position } = await writer.session.publish('a', { data: 1 });
    await publish(writer, 'a', 2);
    await publishPast(writer, reader, 'a', 3, 4);
    const subscription = await reader.session.subscribe('a', { ...recover, position });
    assert.equal(subscription.reached.offset, 4);
    await publish(writer, 'a', 5);
    assert.deepEqual(told(reader), [
      [2, 0, 0],
      [5, 0, 0],
    ]);
  });

  it('are not counted with `latest`, where offsets skip anyway', async () => {
    const { join } = testHub({ a: { slowReader: 'latest' } });
    const [reader, writer] = [join(), join()];
    await reader.session.subscribe('a');
    await publishPast(writer, reader, 'a', 1);
    await publish(writer, 'a', 2);
    assert.deepEqual(told(reader), [[2, 0, 0]]);
  });
});
