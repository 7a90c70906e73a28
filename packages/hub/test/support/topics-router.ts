/** A router on paper with topics of each kind, and what the calls of a topic are asked and answer. */
import assert from 'node:assert/strict';
import { anything, defineContract } from '../../src/contract/contract.ts';
import { everyone } from '../../src/hub/access.ts';
import type { Dict } from '../../src/wamp/options.ts';
import { type Client, Router, type RouterOptions } from './wamp-router.ts';

export const progressive = { receive_progress: true };
export const acknowledging = { _tidewire_acknowledges: true };
const topics = {
  'chat.{room}': anything,
  'stock.{symbol}': anything,
  'drop.{room}': anything,
  'news.{section}': anything,
};

export function makeRouter(options: RouterOptions = {}): Router {
  const router = new Router({ contract: defineContract({ topics }), ...options });
  const allow = { subscribe: everyone, publish: everyone, history: everyone, presence: everyone };
  router.hub.topic('chat.{room}', { history: {}, presence: 'members', disclose: true, allow });
  router.hub.topic('stock.{symbol}', { slowReader: 'latest', key: ({ key }) => key, allow });
  router.hub.topic('drop.{room}', { slowReader: 'drop-oldest', queue: { count: 2 }, allow });
  router.hub.topic('news.{section}', { retain: true, presence: 'count', allow });
  return router;
}

/** The keyword arguments of a message. */
export const kwargsOf = ({ kwargs }: { readonly kwargs?: Dict | undefined }): Dict => kwargs ?? {};

/** Joins, and returns what the two results said. */
export async function join(
  client: Client,
  topic: string,
  more: Dict = {},
): Promise<[first: Dict, last: Dict, events: unknown[]]> {
  await client.callHub('tidewire.topic.join', { topic, ...more }, progressive);
  const first = client.take('RESULT');
  assert.equal(first.details.progress, true);
  const events: unknown[] = [];
  while (client.inbox[0]?.type === 'EVENT') events.push(client.take('EVENT').args?.[0]);
  const last = client.take('RESULT');
  assert.equal(last.details.progress, undefined);
  return [kwargsOf(first), kwargsOf(last), events];
}
