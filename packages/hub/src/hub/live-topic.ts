/**
 * A topic that somebody listens to, or did a moment ago: its subscribers, the newest position that they know of, and the
 * hot tail.
 *
 * What the engine says of new publications is a hint. The offsets tell whether one was lost, and then the log is read: so
 * whoever is subscribed gets every publication of the log, once and in order. What does not fit (an offset that was
 * told before, another epoch) is judged by the log as well, and by nothing else.
 *
 * What comes in one turn is told to each subscriber at once (telling.ts): so each of them is looked at once, however many
 * publications there are, and most get the very same bytes.
 */

import type { Position, Publication } from '../contract/publication.ts';
import type { Engine, LogPage, LogRead, Soon } from '../engine/engine.ts';
import type { HotTail } from './hot-tail.ts';
import type { SubscriptionEnd } from './peer.ts';
import type { ResolvedPolicy } from './policy.ts';
import type { Presence } from './presence.ts';
import { Run } from './run.ts';
import type { SubscribeOptions, Subscription } from './subscription.ts';
import type { Gathering, Telling } from './telling.ts';

/** Where a subscription begins. */
export interface Start {
  readonly recovered: boolean | 'fresh';
  /** The topic's newest position now. */
  readonly top: Position;
  /** What is replayed first. */
  readonly publications: readonly Publication[];
  /** The place in the log that `publications` lead to: the rest is read from there. */
  readonly through: Position;
  readonly replay: number;
}

export interface LiveTopicInit {
  readonly name: string;
  readonly params: Readonly<Record<string, string>>;
  readonly policy: ResolvedPolicy;
  readonly engine: Engine;
  readonly tail: HotTail;
  readonly telling: Telling;
  readonly presence: Presence | undefined;
  /** The newest position that is known. */
  readonly top: Position;
  report(error: unknown, stage: string): void;
}

const repairPage = 256;
const repairBytes = 1 << 20;
/** Hints that are kept while the log is read; what comes beyond is read as well. */
const mostHints = 256;
/** What is told at once, in number and by `size`: well within a window, so that it finds room there as a whole. */
const mostAtOnce = 64;
const mostBytesAtOnce = 16 * 1024;

export class LiveTopic implements Gathering {
  readonly name: string;
  readonly params: Readonly<Record<string, string>>;
  readonly policy: ResolvedPolicy;
  readonly presence: Presence | undefined;
  readonly #engine: Engine;
  readonly #tail: HotTail;
  readonly #telling: Telling;
  readonly #report: (error: unknown, stage: string) => void;
  readonly #members = new Set<Subscription>();
  /** Of the members, those that are here for the topic itself and not by a subscription to many. */
  #own = 0;
  /** Those who are on their way in. */
  #arriving = 0;
  #top: Position;
  /** What members are told when the turn ends. */
  #untold: Publication[] | undefined;
  #untoldBytes = 0;
  #isTelling = false;
  #repairing: Promise<void> | undefined;
  /** What was told while the log was read. */
  #hints: Publication[] = [];
  #closed = false;

  constructor(init: LiveTopicInit) {
    this.name = init.name;
    this.params = init.params;
    this.policy = init.policy;
    this.presence = init.presence;
    this.#engine = init.engine;
    this.#tail = init.tail;
    this.#telling = init.telling;
    this.#top = init.top;
    this.#report = init.report;
  }

  /** The newest position that is known here. Subscribers were told of it, or are when the turn ends. */
  get top(): Position {
    return this.#top;
  }

  get members(): ReadonlySet<Subscription> {
    return this.#members;
  }

  /** Nobody is here for its own sake: those who subscribe to many topics come back when something is published. */
  get isIdle(): boolean {
    return this.#own === 0 && this.#arriving === 0 && (this.presence?.isIdle ?? true);
  }

  /** Nothing is on its way to anybody. */
  get isQuiet(): boolean {
    if (this.#repairing !== undefined || this.#untold !== undefined) return false;
    for (const member of this.#members) if (member.isBehind) return false;
    return true;
  }

  /** Somebody is on their way in: it must stay live until it is released, whether they came in or not. */
  hold(): void {
    this.#arriving++;
  }

  release(): void {
    this.#arriving--;
  }

  /** The engine says that this is in the log. */
  published(publication: Publication): void {
    if (this.#repairing === undefined) {
      if (!this.#follows(publication)) void this.repair();
      return;
    }
    if (this.#hints.length === mostHints) this.#hints = [];
    this.#hints.push(publication);
  }

  /** The log's newest position is this one: as far as is known here, or a hint was lost, or the log was put back. */
  compare(top: Position): void {
    if (!isSame(top, this.#top)) void this.repair();
  }

  /** What comes after a position: from the tail when it has it, else from the engine. */
  readAfter(position: Position, limit: number, maxBytes: number): Soon<LogRead> {
    const publications = this.#tail.after(position, limit);
    if (publications !== undefined) return { held: true, top: this.#top, publications };
    return this.#engine.readAfter(this.name, position, limit, maxBytes);
  }

  /**
   * Whether this is the newest position that is known here. Only from there one goes live: who had more, read from a log that is
   * ahead of its hints, would not notice if that log were put back.
   */
  isAt(position: Position): boolean {
    return isSame(position, this.#top);
  }

  /**
   * Finds out where a subscription begins. `mayReadAll`: it may have been told of publications before it came, so that the
   * place before the first one, which anybody can name, is as good as any other position.
   */
  async start(options: SubscribeOptions, mayReadAll: boolean): Promise<Start> {
    const { replay = 'nothing', position } = options;
    if (replay === 'nothing') return this.#startFrom([], 'fresh', this.#top);
    if (this.policy.slowReader === 'latest') {
      const { top, publications } = await this.#engine.readRetained(this.name);
      return this.#startFrom(publications, 'fresh', top);
    }
    if (replay === 'retained' || position === undefined) return await this.#before(options, 'fresh');
    const { held, top, publications } = await this.readAfter(position, repairPage, repairBytes);
    const all = position.offset === 0 && publications.length > 0;
    if (!held || (all && !mayReadAll)) return await this.#before(options, false);
    const through = publications.at(-1) ?? position;
    return { recovered: true, top, publications, through, replay: top.offset - position.offset };
  }

  /**
   * What a start is at this very moment: to be asked when the subscription joins. A `latest` topic has no log to catch up
   * with, so what came since its values were read is added from the tail; `undefined` when that can't be told.
   */
  upToNow(start: Start): Start | undefined {
    if (this.policy.slowReader !== 'latest' || this.isAt(start.through)) return start;
    const since = this.#tail.after(start.through, Number.POSITIVE_INFINITY);
    if (since === undefined) return undefined;
    const values = new Map([...start.publications, ...since].map((publication) => [publication.key, publication]));
    return this.#startFrom([...values.values()], 'fresh', this.#top);
  }

  join(subscription: Subscription): void {
    this.#members.add(subscription);
    if (subscription.byPattern === undefined) this.#own++;
  }

  leave(subscription: Subscription): void {
    if (this.#members.delete(subscription) && subscription.byPattern === undefined) this.#own--;
  }

  /** Tells the members what was gathered for them. */
  tell(): void {
    if (this.#isTelling) return;
    this.#isTelling = true;
    try {
      while (this.#untold !== undefined) {
        const run = new Run(this.#untold);
        this.#untold = undefined;
        this.#untoldBytes = 0;
        for (const member of this.#members) member.offer(run);
      }
    } finally {
      // An adapter's mistake must not silence the topic.
      this.#isTelling = false;
    }
  }

  /** Lets go of the tail, and of those who are here by subscriptions to many: the topic is live no more. */
  close(): void {
    this.#closed = true;
    for (const member of [...this.#members]) member.end();
    this.#tail.clear();
    this.presence?.close();
  }

  /** Reads from the log what was not told, and finds out whether it is the log that was known. One at a time. */
  repair(): Promise<void> {
    this.#repairing ??= this.#readMissing()
      .catch((error) => this.#report(error, 'repair'))
      .finally(() => {
        const hints = this.#hints;
        this.#hints = [];
        this.#repairing = undefined;
        for (const publication of hints) this.published(publication);
      });
    return this.#repairing;
  }

  async #readMissing(): Promise<void> {
    for (let more = true; more && !this.#closed; ) {
      const { held, top, publications } = await this.#engine.readAfter(this.name, this.#top, repairPage, repairBytes);
      if (this.#closed) return;
      if (!held && !this.#isFirstLife(top)) return this.#reset(top);
      for (const publication of publications) this.#advance(publication);
      more = !held || (publications.length > 0 && this.#top.offset < top.offset);
    }
  }

  /** Takes the publication that comes next. False when this is neither that one nor one that was known. */
  #follows(publication: Publication): boolean {
    const { epoch, offset } = publication;
    const top = this.#top;
    if (offset !== top.offset + 1 || epoch !== top.epoch)
      return isSame(publication, top) || this.#tail.has(publication);
    this.#advance(publication);
    return true;
  }

  #advance(publication: Publication): void {
    this.#tail.push(publication, this.#top);
    this.#top = publication;
    if (this.#members.size === 0) return;
    this.#untoldBytes += publication.size;
    if (this.#untold === undefined) {
      this.#untold = [publication];
      this.#telling.gather(this);
    } else this.#untold.push(publication);
    if (this.#untoldBytes >= mostBytesAtOnce || this.#untold?.length === mostAtOnce) this.tell();
  }

  /** Nothing was published in the life of the log that was known here, so that another one begins where this one is. */
  #isFirstLife({ epoch }: Position): boolean {
    if (this.#top.offset > 0 || this.#top.epoch === epoch) return false;
    this.#top = { epoch, offset: 0, id: 0 };
    return true;
  }

  /** The log is not the one that subscribers know, or has lost what they have not got: they have to ask anew. */
  #reset(top: Position): void {
    this.tell();
    this.#tail.clear();
    this.#top = top;
    this.endAll('reset');
  }

  endAll(reason: SubscriptionEnd): void {
    for (const member of [...this.#members]) member.end(reason);
  }

  /** What is retained, and the `last` publications, oldest first. */
  async #before({ replay, last = 0 }: SubscribeOptions, recovered: false | 'fresh'): Promise<Start> {
    const { history, retainedKeys } = this.policy.retention;
    const count = replay === 'recover' && history !== null ? Math.min(last, history.count) : 0;
    const latest = count > 0 ? await this.#engine.readLatest(this.name, count) : undefined;
    const retained = retainedKeys > 0 ? await this.#engine.readRetained(this.name) : undefined;
    const top = (latest ?? retained)?.top ?? this.#top;
    const publications = latest === undefined ? (retained?.publications ?? []) : united(latest, retained);
    return this.#startFrom(publications, recovered, top);
  }

  #startFrom(publications: readonly Publication[], recovered: false | 'fresh', top: Position): Start {
    return { recovered, top, publications, through: top, replay: publications.length };
  }
}

function isSame(a: Position, b: Position): boolean {
  return a.offset === b.offset && a.id === b.id && a.epoch === b.epoch;
}

/**
 * The newest publications and those that are retained from before them. These were read later: what is newer than the
 * others comes by the log.
 */
function united({ top, publications }: LogPage, retained: LogPage | undefined): readonly Publication[] {
  const oldest = publications[0]?.offset ?? top.offset + 1;
  const older = (retained?.publications ?? []).filter(({ epoch, offset }) => epoch === top.epoch && offset < oldest);
  return [...older, ...publications];
}
