/**
 * A page on the hub: its client, for whoever this window is, and what the badge says of it. When the window becomes somebody
 * else, the client is closed and another one takes its place, since a session belongs to one user.
 */
import { type ClientOptions, type Contract, connectHub, type HubClient, type TopicItem } from '@tidewire/hub/client';
import { type ConnectionBadge, pageBadge } from './connection-badge.ts';
import { identity, type User } from './identity.ts';
import { notice } from './notices.ts';

/** One user's time on the page. */
export interface HubPage<C extends Contract> {
  readonly client: HubClient<C>;
  readonly user: User;
  /** Aborted when the window becomes somebody else. */
  readonly signal: AbortSignal;
  readonly badge: ConnectionBadge;
}

/** What comes of a topic, for `follow`. */
export interface Followed<D> {
  /** The topic was joined, at first or again. `again` tells which. */
  joined?(item: Extract<TopicItem<D>, { type: 'joined' }>, again: boolean): void;
  /** May take its time: what comes later waits in the hub. */
  publication(item: Extract<TopicItem<D>, { type: 'publication' }>): void | Promise<void>;
  caughtUp?(replayed: number, again: boolean): void;
  /** So many will not come: this reader was too slow, or they are against the contract. */
  gap?(missed: number): void;
}

/** Opens a client for whoever this window is, and calls `run` with it; again whenever the window becomes somebody else. */
export function onHub<C extends Contract>(
  contract: C,
  run: (page: HubPage<C>) => void,
  options: (user: User) => Pick<ClientOptions, 'outbox' | 'serializer' | 'reconnect' | 'watchdog'> = () => ({}),
  path = '/realtime',
): void {
  const badge = pageBadge();
  let ending: AbortController | undefined;
  let present: string | undefined;
  badge.show({ state: 'connecting' });
  identity.watch((user) => {
    // A renewed token is no reason to begin anew.
    if (present === user.id) return;
    present = user.id;
    ending?.abort();
    ending = new AbortController();
    const { signal } = ending;
    const client = connectHub(contract, path, {
      // Somebody looks at the page: half a minute is long, be it between two attempts or until a stalled line is noticed.
      reconnect: { max: 10_000 },
      watchdog: { interval: 8_000, timeout: 5_000 },
      ...options(user),
      token: () => identity.token(),
      signal,
    });
    showConnection(client, badge, signal);
    run({ client, user, signal, badge });
  });
  identity.signIn().catch((error: unknown) => {
    badge.show({ state: 'closed', reason: 'no name' });
    notice(`No name could be had: ${error instanceof Error ? error.message : error}`, { kind: 'bad' });
  });
}

/**
 * Follows a topic until its signal ends it, or the hub refuses it, which becomes a notice. With a badge, the badge says what
 * came of each reconnect: caught up, or missed some.
 */
export async function follow<D>(
  items: AsyncIterable<TopicItem<D>>,
  followed: Followed<D>,
  badge?: ConnectionBadge,
): Promise<void> {
  let joins = 0;
  let lost = false;
  try {
    for await (const item of items) {
      if (item.type === 'publication') await followed.publication(item);
      else if (item.type === 'joined') {
        joins++;
        lost = item.recovered === false;
        followed.joined?.(item, joins > 1);
      } else if (item.type === 'caught-up') {
        followed.caughtUp?.(item.replayed, joins > 1);
        if (joins > 1) badge?.show(lost ? { state: 'missed' } : { state: 'caught-up', count: item.replayed });
      } else followed.gap?.(item.missed);
    }
  } catch (error) {
    notice(error instanceof Error ? error.message : String(error), { kind: 'bad' });
  }
}

function showConnection(client: HubClient<any>, badge: ConnectionBadge, signal: AbortSignal): void {
  let was = false;
  client.watch((status) => {
    if (signal.aborted) return;
    if (status.state === 'waiting') badge.show({ state: 'reconnecting', delay: status.delay });
    else if (status.state === 'closed')
      badge.show({ state: 'closed', reason: status.error?.message ?? 'it was ended' });
    else if (status.state === 'connected') badge.show({ state: 'connected' });
    else badge.show(was ? { state: 'reconnecting', delay: 0 } : { state: 'connecting' });
    was ||= status.state === 'connected';
  });
}
