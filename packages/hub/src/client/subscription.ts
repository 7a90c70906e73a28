/**
 * One topic's subscription: joins it, joins it again after every loss, and hands what comes to whoever iterates.
 *
 *          session, nothing queued      progressive result        final result
 *    out ───────────────────────▶ joining ───────────▶ replaying ───────────▶ live
 *     ▲                              │ failed for now      │ lost, ended for now  │ lost, ended for now, a gap
 *     └──────────────────────────────┴─────────────────────┴──────────────────────┘
 *    ended: left, refused for good, or the client is closed
 *
 * It joins again only when the application has taken what came before: so what waits here is never more than one window,
 * and a slow reader's backlog stays where it can be bounded, in the hub.
 * The protocol's page, "tidewire.topic.join".
 */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { validated } from '../contract/contract.ts';
import { HubError } from '../contract/errors.ts';
import type { Position, Publisher } from '../contract/publication.ts';
import { isId } from '../wamp/ids.ts';
import type { Acknowledger } from './acknowledger.ts';
import { Feed } from './feed.ts';
import type { Link } from './link.ts';
import { Sequence } from './sequence.ts';
import { countIn, entryIn, isCount, isPosition, timeIn, toPublisher, valueIn } from './shapes.ts';
import { StandingCall } from './standing-call.ts';
import type { Event, Reader, WampConnection } from './wamp-connection.ts';
import { toHubError } from './wamp-errors.ts';
import { type Dict, Malformed } from './wamp-lists.ts';

export interface SubscribeOptions {
  /** So many of the newest publications are replayed to a newcomer, and to one whose position was lost. @default 0 */
  readonly last?: number;
  /** Where an earlier life of the page had got to (an item's `position`): what came after it follows. @default none */
  readonly position?: Position;
  /** Ends the subscription: the iterator is done. */
  readonly signal?: AbortSignal;
}

/** What a subscription tells, in order. */
export type TopicItem<D = any> = JoinedItem | PublicationItem<D> | CaughtUpItem | GapItem;

/** The topic was joined: at first, after every reconnect, and to repair a gap. What was missed follows. */
export interface JoinedItem {
  readonly type: 'joined';
  /**
   * `true`: everything that was missed follows. `false`: something is lost for good. `'fresh'`: there was no position to go
   * on from, or the topic keeps only the latest values, which follow.
   */
  readonly recovered: boolean | 'fresh';
  /** How many publications follow before `caught-up`, as the hub says. */
  readonly missed: number;
}

export interface PublicationItem<D = any> {
  readonly type: 'publication';
  readonly data: D;
  /** It was published before the topic was joined. */
  readonly replayed: boolean;
  readonly position: Position;
  /** ms since 1970, the hub's clock. */
  readonly time: number;
  /** Who published it, where the topic discloses it. */
  readonly publisher?: Publisher;
}

/** What was missed has been told; what follows is live. */
export interface CaughtUpItem {
  readonly type: 'caught-up';
  /** How many publications were replayed, those that had been delivered before not counted. */
  readonly replayed: number;
}

/** Something will not be delivered: this reader was too slow for it, or it is against the contract. */
export interface GapItem {
  readonly type: 'gap';
  readonly reason: 'dropped' | 'invalid';
  readonly missed: number;
  /** What was wrong with the data, for `invalid`. */
  readonly error?: HubError;
}

interface Queued {
  readonly item: TopicItem;
  /** For items that came by an EVENT. */
  readonly taken?: (drained: boolean) => void;
}

export class Subscription implements Reader {
  readonly feed: Feed<TopicItem>;
  readonly #link: Link;
  readonly #topic: string;
  readonly #schema: StandardSchemaV1;
  readonly #last: number | undefined;
  /** Subscriptions of this client, by topic. */
  readonly #all: Map<string, Subscription>;
  readonly #sequence: Sequence;
  readonly #call: StandingCall;
  readonly #signal: AbortSignal | undefined;
  readonly #abort = (): void => this.#leave();
  #phase: 'out' | 'joining' | 'replaying' | 'live' | 'ended' = 'out';
  /** Of the present join; 0: there is none. */
  #subscription = 0;
  #latest = false;
  #replayed = 0;
  #queue: Queued[] = [];
  /** Acknowledges what the application is busy with. */
  #taken: ((drained: boolean) => void) | undefined;

  constructor(
    link: Link,
    topic: string,
    schema: StandardSchemaV1,
    { last, position, signal }: SubscribeOptions,
    all: Map<string, Subscription>,
  ) {
    this.#link = link;
    this.#topic = topic;
    this.#schema = schema;
    this.#last = last;
    this.#all = all;
    this.#sequence = new Sequence(position);
    this.#signal = signal;
    this.feed = new Feed(
      () => this.#next(),
      () => this.#leave(),
    );
    all.set(topic, this);
    this.#call = new StandingCall(link, 'tidewire.topic.join', {
      ask: () => this.#ask(),
      progress: (kwargs, session) => this.#joined(session, kwargs),
      done: (kwargs) => this.#caughtUp(entryIn(kwargs, 'position', isPosition)),
      lost: () => this.#out(),
      ended: (error) => this.#end(error),
      late: (kwargs, session) => {
        // Left while the join was under way; unless another one has followed, whose subscription has the same id.
        if (this.#phase === 'ended' && !all.has(topic)) session.unsubscribe(entryIn(kwargs, 'subscription', isId));
      },
    });
    signal?.addEventListener('abort', this.#abort);
    if (signal?.aborted) this.#leave();
  }

  event(event: Event, bytes: number): void {
    const { details } = event;
    const position = entryIn(details, '_tidewire_position', isPosition);
    const { acknowledger } = this.#call.session!;
    const isReplayed = this.#phase === 'replaying';
    const dropped = countIn(details, '_tidewire_dropped');
    // What was not for this reader is missing, too, and nobody's business.
    const absent = dropped + countIn(details, '_tidewire_skipped');
    const is = isReplayed ? this.#sequence.replayed(position) : this.#sequence.live(position, absent);
    if (is !== 'new') {
      acknowledger.taken(bytes, this.#latest, this.#isDrained);
      if (is === 'gap') this.#repair();
      return;
    }
    if (isReplayed) this.#replayed++;
    this.#call.backoff.reset();
    if (dropped > 0) this.#push({ item: { type: 'gap', reason: 'dropped', missed: dropped } });
    this.#publication(event, position, bytes, acknowledger);
  }

  revoked(reason: string): void {
    const error = toHubError(reason, {});
    if (error.temporary || error.code === 'reset') this.#repair(error.temporary);
    else this.#end(error);
  }

  get #isDrained(): boolean {
    return this.#queue.length === 0 && this.#taken === undefined;
  }

  #ask(): Dict | undefined {
    if (this.#queue.length > 0) return undefined;
    this.#phase = 'joining';
    this.#replayed = 0;
    return { topic: this.#topic, position: this.#sequence.position, last: this.#last };
  }

  #joined(session: WampConnection, kwargs: Dict): void {
    const recovered = entryIn(kwargs, 'recovered', isRecovery);
    const missed = entryIn(kwargs, 'replay', isCount);
    this.#phase = 'replaying';
    this.#latest = kwargs['slow_reader'] === 'latest';
    this.#subscription = entryIn(kwargs, 'subscription', isId);
    this.#sequence.joined(recovered, this.#latest);
    session.route(this.#subscription, this);
    this.#push({ item: { type: 'joined', recovered, missed } });
  }

  #caughtUp(position: Position): void {
    if (this.#phase !== 'replaying') throw new Malformed('A join without a subscription');
    this.#sequence.caughtUp(position);
    this.#phase = 'live';
    this.#push({ item: { type: 'caught-up', replayed: this.#replayed } });
  }

  /**
   * Some are missing: joins again with the last position. The first time at once, unless the hub can't now; then after delays
   * while nothing comes.
   */
  #repair(later = false): void {
    const { backoff } = this.#call;
    this.#out();
    const isFirst = backoff.attempts === 0;
    const delay = backoff.next();
    if (later || !isFirst) return this.#call.again(delay);
    this.#call.reset();
    this.#call.start();
  }

  #out(): void {
    this.#call.session?.unroute(this.#subscription);
    this.#subscription = 0;
    if (this.#phase !== 'ended') this.#phase = 'out';
  }

  #publication(event: Event, position: Position, bytes: number, acknowledger: Acknowledger): void {
    const { details } = event;
    const { publisher: session, publisher_authid: user, publisher_authrole: role } = details;
    const publisher = toPublisher({ session, user, role });
    const time = timeIn(details, '_tidewire_time') ?? this.#link.now();
    const replayed = this.#phase === 'replaying';
    const latest = this.#latest;
    const item = {
      type: 'publication',
      data: valueIn(event),
      replayed,
      position,
      time,
      ...(publisher && { publisher }),
    } as const;
    this.#push({ item, taken: (drained) => acknowledger.taken(bytes, latest, drained) });
  }

  #push(queued: Queued): void {
    this.#queue.push(queued);
    this.feed.wake();
  }

  /** The application is done with the item before. */
  #next(): Promise<TopicItem> | undefined {
    const taken = this.#taken;
    const queued = this.#queue.shift();
    this.#taken = queued?.taken;
    taken?.(queued === undefined);
    if (queued !== undefined) return this.#checked(queued.item);
    this.#call.start();
    return undefined;
  }

  async #checked(item: TopicItem): Promise<TopicItem> {
    if (item.type !== 'publication') return item;
    try {
      return { ...item, data: await validated(this.#schema, item.data) };
    } catch (cause) {
      const error = cause instanceof HubError ? cause : new HubError('invalid', undefined, { cause });
      this.#link.report(error);
      return { type: 'gap', reason: 'invalid', missed: 1, error };
    }
  }

  /** The application has enough. */
  #leave(): void {
    if (this.#phase !== 'ended') {
      if (this.#subscription > 0) this.#call.session?.unsubscribe(this.#subscription);
      this.#end(undefined);
    }
    this.#taken?.(true);
    this.#taken = undefined;
    for (const { taken } of this.#queue.splice(0)) taken?.(true);
  }

  /** Nothing more comes. What came is still delivered. */
  #end(error: Error | undefined): void {
    if (this.#phase === 'ended') return;
    this.#phase = 'ended';
    if (this.#all.get(this.#topic) === this) this.#all.delete(this.#topic);
    this.#call?.stop();
    this.#signal?.removeEventListener('abort', this.#abort);
    this.feed.end(error);
  }
}

function isRecovery(value: unknown): value is boolean | 'fresh' {
  return typeof value === 'boolean' || value === 'fresh';
}
