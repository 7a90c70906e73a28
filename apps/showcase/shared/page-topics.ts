/**
 * Many topics on one page: what was missed is counted once for the page, over the topics that people read (`counts`), and
 * the badge says it: "caught up: 14", or that some of it is gone.
 */
import {
  type Contract,
  type HubClient,
  HubError,
  type OutboxChange,
  type PublicationItem,
  type Topic,
} from '@tidewire/hub/client';
import type { ConnectionBadge } from './connection-badge.ts';
import type { User } from './identity.ts';
import { notice } from './notices.ts';
import type { HubPage } from './on-hub.ts';

/** Who reads a topic. */
export interface TopicReader<Data> {
  /** A publication came, oldest first: of the topic's past, or live. */
  publication(data: Data, item: PublicationItem<Data>): void;
  /**
   * The topic was joined, at first or again. `recovered`: `true`, all that was missed follows; `false`, some of it is lost;
   * `'fresh'`, there was nothing to go on from.
   */
  joined?(recovered: boolean | 'fresh'): void;
  /** What comes from here on is live. */
  caughtUp?(): void;
  /** It ended: the hub does not allow it, or not any more. @default a notice */
  refused?(error: HubError): void;
}

export interface FollowOptions {
  /** So many of the newest publications come first. @default 0 */
  readonly last?: number;
  /** What was missed here is part of "caught up: 14". @default false */
  readonly counts?: boolean;
  /** Ends it. @default when the window becomes somebody else */
  readonly signal?: AbortSignal;
}

export class PageTopics<C extends Contract> {
  readonly client: HubClient<C>;
  readonly user: User;
  readonly #badge: ConnectionBadge;
  readonly #signal: AbortSignal;
  /** Since the last reconnect. */
  #caughtUp = 0;
  #lost = false;

  constructor({ client, user, badge, signal }: HubPage<C>) {
    this.client = client;
    this.user = user;
    this.#badge = badge;
    this.#signal = signal;
    client.watch(({ state }) => {
      if (state !== 'connected') return;
      this.#caughtUp = 0;
      this.#lost = false;
    });
  }

  /** Reads a topic. */
  follow<Data>(topic: Topic<any, Data>, reader: TopicReader<Data>, options: FollowOptions = {}): void {
    void this.#read(topic, reader, options, this.#until(options.signal));
  }

  /** Tells who is on a topic, now and at each change: the ids of the users. */
  watchPresence(topic: Topic, told: (here: ReadonlySet<string>) => void, signal?: AbortSignal): void {
    const presence = topic.presence();
    const until = this.#until(signal);
    until.addEventListener('abort', () => void presence.return?.(), { once: true });
    const read = async (): Promise<void> => {
      for await (const { members } of presence) told(new Set(members.flatMap(({ user }) => user ?? [])));
    };
    read().catch((error: unknown) => until.aborted || notice(saidOf(error), { kind: 'bad' }));
  }

  /** Tells what waits of what this user wrote to a topic, an earlier life of the page included, and what becomes of each. */
  watchOutbox<Data>(topic: Topic<Data>, told: (data: Data, change: OutboxChange) => void, signal?: AbortSignal): void {
    const unwatch = this.client.watchOutbox((change) => {
      if (change.topic === topic.name) told(change.data as Data, change);
    });
    this.#until(signal).addEventListener('abort', unwatch, { once: true });
  }

  /** Calls `changed` now, and whenever there is a connection again, or none any more. */
  watchConnected(changed: (connected: boolean) => void, signal?: AbortSignal): void {
    const unwatch = this.client.watch(({ state }) => changed(state === 'connected'));
    this.#until(signal).addEventListener('abort', unwatch, { once: true });
  }

  #until(signal: AbortSignal | undefined): AbortSignal {
    return signal ? AbortSignal.any([signal, this.#signal]) : this.#signal;
  }

  async #read<Data>(
    topic: Topic<any, Data>,
    reader: TopicReader<Data>,
    { last = 0, counts = false }: FollowOptions,
    signal: AbortSignal,
  ): Promise<void> {
    let recovered: boolean | 'fresh' = 'fresh';
    try {
      for await (const item of topic.subscribe({ last, signal })) {
        if (item.type === 'publication') reader.publication(item.data, item);
        else if (item.type === 'joined') {
          recovered = item.recovered;
          if (counts && recovered === false) this.#missed();
          reader.joined?.(recovered);
        } else if (item.type === 'caught-up') {
          if (counts && recovered === true) this.#caught(item.replayed);
          reader.caughtUp?.();
        } else if (counts) this.#missed();
      }
    } catch (error) {
      if (signal.aborted) return;
      const refusal = error instanceof HubError ? error : new HubError('internal', saidOf(error));
      if (reader.refused) reader.refused(refusal);
      else notice(`${topic.name}: ${refusal.message}`, { kind: 'bad' });
    }
  }

  #caught(count: number): void {
    this.#caughtUp += count;
    if (this.#caughtUp > 0 && !this.#lost) this.#badge.show({ state: 'caught-up', count: this.#caughtUp });
  }

  #missed(): void {
    this.#lost = true;
    this.#badge.show({ state: 'missed' });
  }
}

/** What went wrong, for a person. */
export function saidOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
