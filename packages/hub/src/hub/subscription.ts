/**
 * One session's subscription to one topic.
 *
 *   catching up ──(the end of the log is reached)──▶ live ──▶ ended
 *
 * While it catches up it reads the log, at the pace of its window, and what is published meanwhile is simply more of the
 * log: so there is no race between history and live. Once live it is given each publication as it comes; what finds the
 * window full waits in the backlog, where the topic's policy acts on it. For `latest` there is nothing to catch up with:
 * newest values go to the backlog, where newer ones take their places.
 */
import { isFor } from './audience.ts';
import { Backlog } from './backlog.ts';
import type { Deliveries, Outlet } from './deliveries.ts';
import type { LiveTopic, Start } from './live-topic.ts';
import type { PatternSubscription } from './pattern-subscriptions.ts';
import type { SubscriptionEnd } from './peer.ts';
import type { Position, Publication } from './publication.ts';
import type { Session } from './session.ts';

export interface SubscribeOptions {
  /**
   * What comes before the live publications: `nothing`; `retained`, the topic's newest values; or `recover`, what was missed since `position`
   * and, without one, what is retained and the `last` ones. @default 'nothing'
   */
  readonly replay?: 'nothing' | 'retained' | 'recover';
  /** The newest position that the subscriber has. */
  readonly position?: Position;
  /** Without a position that is held: so many of the newest publications. Needs the right to read history. */
  readonly last?: number;
  /** The adapter's own, for its `deliver`. */
  readonly tag?: unknown;
  /** The subscription stands. Called before the first delivery. */
  joined?(subscription: Subscription): void;
  /** All that was to be replayed has been sent; what follows is live. */
  caughtUp?(subscription: Subscription): void;
  /** The hub has ended it. */
  ended?(subscription: Subscription, reason: SubscriptionEnd): void;
}

/** How much of the log is read at a time. */
const pageSize = 128;
const pageBytes = 256 * 1024;

export class Subscription implements Outlet {
  readonly session: Session;
  readonly topic: LiveTopic;
  readonly tag: unknown;
  readonly latest: boolean;
  /** Whether everything after the position that was asked for follows; `fresh` when none was, or for a `latest` topic. */
  readonly recovered: boolean | 'fresh';
  /** The topic's newest position when it joined. */
  readonly position: Position;
  /** How many publications up to `position` follow, at most. */
  readonly replay: number;
  /** The subscription to many topics that this one is a part of. */
  byPattern: PatternSubscription | undefined;
  readonly #options: SubscribeOptions;
  readonly #deliveries: Deliveries;
  #state: 'catching-up' | 'live' | 'ended' = 'catching-up';
  #backlog: Backlog | undefined;
  /** Resolves when there is room for one, while it catches up. */
  #room: PromiseWithResolvers<void> | undefined;
  #dropped = 0;
  /** Replayed values of a `latest` topic that have not been sent. */
  #toReplay = 0;

  /** Made by the session, which has asked for the right to. */
  constructor(session: Session, topic: LiveTopic, start: Start, options: SubscribeOptions) {
    this.session = session;
    this.topic = topic;
    this.tag = options.tag;
    this.latest = topic.policy.slowReader === 'latest';
    this.recovered = start.recovered;
    this.position = start.top;
    this.replay = start.replay;
    this.#options = options;
    this.#deliveries = session.deliveries;
  }

  get isEnded(): boolean {
    return this.#state === 'ended';
  }

  /** Begins to deliver: first what `start` says, then what is live. */
  begin(start: Start): void {
    this.#options.joined?.(this);
    if (this.latest) this.#beginLatest(start);
    else void this.#catchUp(start.publications, start.through);
  }

  /** A publication is in the log. */
  offer(publication: Publication): void {
    if (this.#state !== 'live' || !this.#mayGet(publication)) return;
    if ((this.#backlog === undefined || this.#backlog.length === 0) && this.#deliveries.hasRoom(this.latest)) {
      this.#deliver(publication, this.#dropped);
    } else this.#keep(publication);
  }

  sendNext(): boolean {
    if (this.#room !== undefined) {
      this.#room.resolve();
      this.#room = undefined;
      return false;
    }
    const next = this.#take();
    if (next === undefined) return false;
    this.#deliver(next.publication, next.dropped + this.#dropped);
    if (this.#toReplay > 0 && (--this.#toReplay === 0 || this.#backlog!.length === 0)) this.#replayed();
    return this.#state === 'live' && this.#backlog!.length > 0;
  }

  /** Ends it, by its subscriber, or by the hub for a reason that the subscriber is told. */
  end(reason?: SubscriptionEnd): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.#deliveries.leave(this);
    this.session.changeBacklog(-(this.#backlog?.bytes ?? 0));
    this.#backlog = undefined;
    this.#room?.resolve();
    this.topic.leave(this);
    this.session.forget(this);
    if (reason !== undefined) this.#options.ended?.(this, reason);
  }

  #beginLatest(start: Start): void {
    this.#state = 'live';
    this.#toReplay = start.publications.length;
    for (const publication of start.publications) {
      if (this.isEnded) return;
      if (!this.#mayGet(publication)) this.#toReplay--;
      else if (this.#deliveries.hasRoom(true) && !this.#backlog?.length) {
        this.#deliver(publication, 0);
        this.#toReplay--;
      } else this.#keep(publication);
    }
    if (this.#toReplay === 0 && !this.isEnded) this.#options.caughtUp?.(this);
  }

  #replayed(): void {
    this.#toReplay = 0;
    if (!this.isEnded) this.#options.caughtUp?.(this);
  }

  /** Reads the log from `through`, which `publications` lead to, until its end is reached. */
  async #catchUp(publications: readonly Publication[], through: Position): Promise<void> {
    try {
      let page = publications;
      let cursor = through;
      for (;;) {
        for (const publication of page) {
          if (!this.#mayGet(publication)) continue;
          while (!this.#deliveries.hasRoom(this.latest) && !this.isEnded) await this.#roomForOne();
          if (this.isEnded) return;
          this.#deliver(publication, 0);
        }
        if (this.isEnded) return;
        if (cursor.offset >= this.topic.top.offset) break;
        const read = this.topic.readAfter(cursor, pageSize, pageBytes);
        const { held, publications: next } = read instanceof Promise ? await read : read;
        if (this.isEnded) return;
        if (!held || next.length === 0) {
          if (!this.#isLost(this.topic.top.offset - cursor.offset)) return;
          break;
        }
        page = next;
        cursor = next.at(-1)!;
      }
      this.#state = 'live';
      this.#options.caughtUp?.(this);
    } catch (error) {
      this.session.report(error, 'recovery');
      this.end('unavailable');
    }
  }

  /** The log has let go of what was to be read next. Returns whether the subscription goes on. */
  #isLost(missed: number): boolean {
    const { retention, slowReader } = this.topic.policy;
    if (slowReader === 'drop-oldest') {
      this.#dropped += missed;
      return true;
    }
    // With a history the subscriber comes again and is told what is left; without one, it just was too slow.
    if (retention.history !== null) this.end('reset');
    else this.session.end('slow-reader');
    return false;
  }

  #roomForOne(): Promise<void> {
    this.#room ??= Promise.withResolvers<void>();
    this.#deliveries.wait(this);
    return this.#room.promise;
  }

  #deliver(publication: Publication, dropped: number): void {
    this.#dropped = 0;
    const bytes = this.session.peer.deliver(this, publication, dropped);
    this.#deliveries.sent(bytes, this.latest);
    this.session.delivered();
  }

  #keep(publication: Publication): void {
    const { slowReader, queue } = this.topic.policy;
    this.#backlog ??= new Backlog(slowReader, queue);
    const before = this.#backlog.bytes;
    const kept = this.#backlog.push(publication);
    if (!this.session.changeBacklog(this.#backlog.bytes - before) || !kept) return this.session.end('slow-reader');
    this.#deliveries.wait(this);
  }

  #take(): { readonly publication: Publication; readonly dropped: number } | undefined {
    const next = this.#backlog?.shift();
    if (next !== undefined) this.session.changeBacklog(-next.publication.size);
    return next;
  }

  #mayGet({ audience }: Publication): boolean {
    return audience === undefined || isFor(audience, this.session);
  }
}
