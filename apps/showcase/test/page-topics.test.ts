/** Topics of a page without a page: what readers are told of joins, and of what waits in the outbox. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { HubClient, OutboxChange, Topic, TopicItem } from '@tidewire/hub/client';
import type { HubPage } from '../shared/on-hub.ts';
import { PageTopics } from '../shared/page-topics.ts';

type Listener = (change: OutboxChange) => void;

function pageOf(client: Partial<HubClient<any>>, signal: AbortSignal = new AbortController().signal): PageTopics<any> {
  const badge = { show: () => {} };
  const page = { client: { watch: () => () => {}, ...client }, user: { id: 'ann', name: 'Ann' }, badge, signal };
  return new PageTopics(page as unknown as HubPage<any>);
}

function topicOf(...items: readonly Partial<TopicItem>[]): Topic {
  async function* subscribe(): AsyncGenerator<Partial<TopicItem>> {
    yield* items;
  }
  return { name: 'news', subscribe } as unknown as Topic;
}

it('a reader is told with each join whether something is lost', async () => {
  const told: unknown[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const topic = topicOf(
    { type: 'joined', recovered: 'fresh', missed: 0 },
    { type: 'caught-up', replayed: 0 },
    { type: 'joined', recovered: false, missed: 0 },
    { type: 'joined', recovered: true, missed: 2 },
    { type: 'caught-up', replayed: 2 },
  );
  pageOf({}).follow(topic, {
    publication: () => {},
    joined: (recovered) => void told.push(recovered),
    caughtUp: () => told.length === 3 && resolve(),
  });
  await promise;
  assert.deepEqual(told, ['fresh', false, true]);
});

it('the outbox is told by topic, until the signal', () => {
  const listeners = new Set<Listener>();
  const watchOutbox = (listener: Listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  const told: unknown[] = [];
  const controller = new AbortController();
  pageOf({ watchOutbox }).watchOutbox(
    topicOf(),
    (data, { heldBack }) => told.push([data, heldBack]),
    controller.signal,
  );
  for (const listener of listeners) {
    listener({ topic: 'news', key: 'a', data: 1 });
    listener({ topic: 'other', key: 'b', data: 2 });
    listener({ topic: 'news', key: 'a', data: 1, heldBack: 'rate-limited' });
  }
  assert.deepEqual(told, [
    [1, undefined],
    [1, 'rate-limited'],
  ]);
  controller.abort();
  assert.equal(listeners.size, 0);
});
