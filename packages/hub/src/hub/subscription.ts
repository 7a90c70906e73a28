/**
 * One session's subscription to one topic.
 *
 *   catching up ──(the end of the log is reached)──▶ live ──▶ ended
 *
 * While it catches up it reads the log, at the pace of its window (catch-up.ts). Once live it is given each publication as it
 * comes; what finds the window full waits in the backlog, where the topic's policy acts on it. For `latest` there is nothing to
 * catch up with: newest values go to the backlog, where newer ones take their places.
 *
 * Whatever it calls (the peer, the adapter's callbacks) may end it, or the session, before it returns.
 */

import type { Position, Publication } from '../contract/publication.ts';
import { isFor } from './audience.ts';
import { Backlog } from './backlog.ts';
import { CatchUp, type Reading } from './catch-up.ts';
import type { Deliveries, Outlet } from './deliveries.ts';
import type { LiveTopic, Start } from './live-topic.ts';
import type { PatternSubscription } from './pattern-subscriptions.ts';
import type { SubscriptionEnd } from './peer.ts';
import type { Run } from './run.ts';
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
  readonly byPattern: PatternSubscription | undefined;
  readonly #options: SubscribeOptions;
  readonly #deliveries: Deliveries;
  #state: 'catching-up' | 'live' | 'ended' = 'catching-up';
  #catchUp: CatchUp | undefined;
  #backlog: Backlog | undefined;
  /** Replayed values of a `latest` topic that have not been sent. */
  #toReplay = 0;
  #reached: Position;
  /** Live ones since the last that were not for this session. */
  #skipped = 0;

  /** Made for a session that has the right to it. */
  constructor(session: Session, topic: LiveTopic, start: Start, options: SubscribeOptions, by?: PatternSubscription) {
    this.session = session;
    this.topic = topic;
    this.tag = options.tag;
    this.latest = topic.policy.slowReader === 'latest';
    this.recovered = start.recovered;
    this.position = start.top;
    this.#reached = start.through;
    this.replay = start.replay;
    this.byPattern = by;
    this.#options = options;
    this.#deliveries = session.deliveries;
  }

  get isEnded(): boolean {
    return this.#state === 'ended';
  }

  /** Up to here everything had been sent, or was not for this one, when it had caught up. */
  get reached(): Position {
    return this.#reached;
  }

  /** Something waits to be sent, or read. */
  get isBehind(): boolean {
    return this.#state === 'catching-up' || (this.#backlog !== undefined && this.#backlog.length > 0);
  }

  /** Begins to deliver: first what `start` says, then what is live. */
  begin(start: Start): void {
    this.#options.joined?.(this);
    if (this.isEnded) return;
    if (this.latest) return this.#replayValues(start);
    this.#catchUp = new CatchUp(this.topic, start, (publication) => this.#mayGet(publication));
    this.#proceed(this.#catchUp);
  }

  /** These are in the log. */
  offer(run: Run): void {
    if (this.#state !== 'live') return;
    const { publications } = run;
    // It may have gone live with a newer position than the run begins with.
    const isWhole = publications[0]!.offset > this.#reached.offset && run.isWholeFor(this.session);
    if (isWhole && this.#skipped === 0 && !this.isBehind && this.session.deliverRun(this, run)) return;
    for (const publication of publications) {
      if (publication.offset > this.#reached.offset) this.#offerOne(publication, run);
    }
  }

  #offerOne(publication: Publication, run: Run): void {
    if (this.#state !== 'live') return;
    if (!this.#mayGet(publication)) {
      if (!this.latest) this.#skipped++;
      return;
    }
    const skipped = this.#skipped;
    this.#skipped = 0;
    if ((this.#backlog === undefined || this.#backlog.length === 0) && this.#deliveries.hasRoom(this.latest)) {
      this.session.deliver(this, publication, 0, skipped, run);
    } else this.#keep(publication, skipped);
  }

  sendNext(): boolean {
    return this.#catchUp === undefined ? this.#sendKept() : this.#sendMissed(this.#catchUp);
  }

  /** Ends it, by its subscriber, or by the hub for a reason that the subscriber is told. */
  end(reason?: SubscriptionEnd): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.#catchUp = undefined;
    this.#deliveries.leave(this);
    this.session.subscriptions.changeBacklog(-(this.#backlog?.bytes ?? 0));
    this.#backlog = undefined;
    this.topic.leave(this);
    this.session.subscriptions.forget(this);
    if (reason !== undefined) this.#options.ended?.(this, reason);
  }

  // Catching up

  /** Sends what was missed while there is room, and then stands in line. */
  #proceed(catchUp: CatchUp): void {
    while (this.#readOn(catchUp)) {
      if (!this.#deliveries.hasRoom(false)) return this.#deliveries.wait(this);
      this.#sendOne(catchUp);
    }
  }

  #sendMissed(catchUp: CatchUp): boolean {
    if (this.#readOn(catchUp)) this.#sendOne(catchUp);
    return this.#readOn(catchUp);
  }

  #sendOne(catchUp: CatchUp): void {
    const { skipped } = catchUp;
    this.session.deliver(this, catchUp.take()!, 0, skipped);
  }

  /** Reads until something can be sent. False: it has ended, or is live, or goes on when the engine has answered. */
  #readOn(catchUp: CatchUp): boolean {
    while (this.#catchUp === catchUp && !catchUp.hasNext) {
      const reading = catchUp.read();
      if (reading instanceof Promise) {
        void this.#await(reading, catchUp);
        return false;
      }
      this.#turn(reading, catchUp);
    }
    return this.#catchUp === catchUp;
  }

  async #await(reading: Promise<Reading>, catchUp: CatchUp): Promise<void> {
    try {
      const answer = await reading;
      if (this.#catchUp !== catchUp) return;
      this.#turn(answer, catchUp);
      this.#proceed(catchUp);
    } catch (error) {
      this.session.report(error, 'recovery');
      this.end('unavailable');
    }
  }

  #turn(reading: Reading, { cursor }: CatchUp): void {
    if (reading === 'more') return;
    if (reading === 'lost') return this.#lose(cursor);
    this.#catchUp = undefined;
    this.#reached = cursor;
    this.#state = 'live';
    this.#options.caughtUp?.(this);
  }

  /**
   * The log does not hold what was to be read next: it was let go, or this is another log, and nothing here can tell which. With a
   * history the subscriber comes again and is told what is left; where nothing is kept but what is newest, it was too slow.
   */
  #lose({ epoch, offset }: Position): void {
    const { policy, top } = this.topic;
    const canComeAgain = policy.retention.history !== null || policy.slowReader === 'drop-oldest';
    if (canComeAgain || epoch !== top.epoch || offset >= top.offset) this.end('reset');
    else this.session.end('slow-reader');
  }

  // Newest values

  #replayValues({ publications }: Start): void {
    const values = publications.filter((publication) => this.#mayGet(publication));
    this.#state = 'live';
    this.#toReplay = values.length;
    for (const value of values) {
      if (this.#backlog === undefined && this.#deliveries.hasRoom(true)) {
        this.#toReplay--;
        this.session.deliver(this, value, 0, 0);
      } else this.#keep(value, 0);
      if (this.isEnded) return;
    }
    if (this.#toReplay === 0) this.#options.caughtUp?.(this);
  }

  // The backlog

  #sendKept(): boolean {
    const next = this.#backlog?.shift();
    if (next === undefined) return false;
    const { publication, dropped, skipped } = next;
    this.session.subscriptions.changeBacklog(-publication.size);
    this.session.deliver(this, publication, dropped, skipped);
    if (this.#toReplay > 0) this.#replayed(1 + dropped);
    return this.isBehind;
  }

  /** They are sent, or will never be. */
  #replayed(count: number): void {
    this.#toReplay -= count;
    if (this.#toReplay <= 0 && !this.isEnded) this.#options.caughtUp?.(this);
  }

  #keep(publication: Publication, skipped: number): void {
    const { slowReader, queue } = this.topic.policy;
    this.#backlog ??= new Backlog(slowReader, queue);
    const before = this.#backlog.bytes;
    const kept = this.#backlog.push(publication, skipped);
    const bearable = this.session.subscriptions.changeBacklog(this.#backlog.bytes - before);
    if (kept && bearable) this.#deliveries.wait(this);
    else this.session.end('slow-reader');
  }

  #mayGet({ audience }: Publication): boolean {
    return audience === undefined || isFor(audience, this.session);
  }
}
