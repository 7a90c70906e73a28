/**
 * Subscription ids: one per topic and way of matching, for all sessions of a hub, "so that … the Broker [can] serialize an
 * event to be delivered only once for all actual receivers" (Basic Profile, "SUBSCRIBED"). An id stays as long as anybody is
 * subscribed, and is never given again.
 */
import type { HubCore } from '../hub/hub-core.ts';
import type { Match } from '../hub/uri-match.ts';
import { EventFrames } from './event-frames.ts';

/** A topic, or a pattern of topics, that somebody is subscribed to. */
export class SharedSubscription {
  readonly id: number;
  /** Of `subscriptionKey`: one text, for all who keep it. */
  readonly key: string;
  readonly uri: string;
  readonly match: Match;
  readonly frames: EventFrames;
  users = 0;

  constructor(id: number, key: string, uri: string, match: Match) {
    this.id = id;
    this.key = key;
    this.uri = uri;
    this.match = match;
    this.frames = new EventFrames(id, match !== 'exact');
  }
}

/** What tells subscriptions apart. Neither word holds a blank, and a URI does not either. */
export function subscriptionKey(uri: string, match: Match): string {
  return `${match} ${uri}`;
}

export class SubscriptionIds {
  readonly #shared = new Map<string, SharedSubscription>();
  #last = 0;

  get size(): number {
    return this.#shared.size;
  }

  /** The subscription that this is, for one more user; `release` it when they leave. */
  acquire(uri: string, match: Match): SharedSubscription {
    const key = subscriptionKey(uri, match);
    let shared = this.#shared.get(key);
    if (shared === undefined) this.#shared.set(key, (shared = new SharedSubscription(++this.#last, key, uri, match)));
    shared.users++;
    return shared;
  }

  release(shared: SharedSubscription): void {
    if (--shared.users === 0) this.#shared.delete(shared.key);
  }
}

const byHub = new WeakMap<HubCore, SubscriptionIds>();

/** The ids of a hub: the same for all routes that lead to it. */
export function subscriptionIdsOf(hub: HubCore): SubscriptionIds {
  let ids = byHub.get(hub);
  if (ids === undefined) byHub.set(hub, (ids = new SubscriptionIds()));
  return ids;
}
