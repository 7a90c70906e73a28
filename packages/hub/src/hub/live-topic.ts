/**
 * A topic that somebody listens to, or did a moment ago: its subscribers, the newest position that they know of, and the
 * hot tail.
 *
 * What the engine says of new publications is a hint. The offsets tell whether one was lost, and then the log is read: so
 * whoever is subscribed gets every publication of the log, once and in order.
 */
import type { Engine, LogRead, Soon } from '../engine/engine.ts';
import type { HotTail } from './hot-tail.ts';
import type { SubscriptionEnd } from './peer.ts';
import type { ResolvedPolicy } from './policy.ts';
import type { Presence } from './presence.ts';
import type { Position, Publication } from './publication.ts';
import type { SubscribeOptions, Subscription } from './subscription.ts';

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
  readonly presence: Presence | undefined;
  /** The newest position that is known. */
  readonly top: Position;
  report(error: unknown, stage: string): void;
}

const repairPage = 256;
const repairBytes = 1 << 20;

export class LiveTopic {
  readonly name: string;
  readonly params: Readonly<Record<string, string>>;
  readonly policy: ResolvedPolicy;
  readonly presence: Presence | undefined;
  readonly #engine: Engine;
  readonly #tail: HotTail;
  readonly #report: (error: unknown, stage: string) => void;
  readonly #members = new Set<Subscription>();
  #top: Position;
  #repairing = false;

  constructor(init: LiveTopicInit) {
    this.name = init.name;
    this.params = init.params;
    this.policy = init.policy;
    this.presence = init.presence;
    this.#engine = init.engine;
    this.#tail = init.tail;
    this.#top = init.top;
    this.#report = init.report;
  }

  /** The newest position that subscribers were told of. */
  get top(): Position {
    return this.#top;
  }

  get members(): ReadonlySet<Subscription> {
    return this.#members;
  }

  /** Nobody is here who would miss it. */
  get isIdle(): boolean {
    return this.#members.size === 0 && (this.presence?.isIdle ?? true);
  }

  /** The engine says that this is in the log. */
  published(publication: Publication): void {
    if (publication.epoch !== this.#top.epoch) return this.#reset(publication);
    if (publication.offset === this.#top.offset + 1 && !this.#repairing) this.#advance(publication);
    else if (publication.offset > this.#top.offset) void this.#repair();
  }

  /** The log's newest position is this one: as far as is known here, or a hint was lost, or the log was put back. */
  compare(top: Position): void {
    if (top.epoch === this.#top.epoch && top.offset > this.#top.offset) void this.#repair();
    else if (top.epoch !== this.#top.epoch || top.offset < this.#top.offset || top.id !== this.#top.id)
      this.#reset(top);
  }

  /** What comes after a position: from the tail when it has it, else from the engine. */
  readAfter(position: Position, limit: number, maxBytes: number): Soon<LogRead> {
    const publications = this.#tail.after(position, limit);
    if (publications !== undefined) return { held: true, top: this.#top, publications };
    return this.#engine.readAfter(this.name, position, limit, maxBytes);
  }

  /** Finds out where a subscription begins. */
  async start(options: SubscribeOptions): Promise<Start> {
    const { replay = 'nothing', position } = options;
    if (replay === 'nothing') return this.#fresh([], 'fresh', this.#top);
    if (this.policy.slowReader === 'latest') return await this.#newestValues();
    if (replay === 'retained' || position === undefined) return await this.#before(options, 'fresh');
    const { held, top, publications } = await this.readAfter(position, repairPage, repairBytes);
    if (!held) return await this.#before(options, false);
    const through = publications.at(-1) ?? position;
    return { recovered: true, top, publications, through, replay: top.offset - position.offset };
  }

  join(subscription: Subscription): void {
    this.#members.add(subscription);
  }

  leave(subscription: Subscription): void {
    this.#members.delete(subscription);
  }

  /** Lets go of the tail: the topic is live no more. */
  close(): void {
    this.#tail.clear();
    this.presence?.close();
  }

  #advance(publication: Publication): void {
    this.#tail.push(publication, this.#top);
    this.#top = publication;
    for (const member of this.#members) member.offer(publication);
  }

  /** Reads from the log what was not told. */
  async #repair(): Promise<void> {
    if (this.#repairing) return;
    this.#repairing = true;
    try {
      for (;;) {
        const { held, top, publications } = await this.#engine.readAfter(this.name, this.#top, repairPage, repairBytes);
        if (!held) return this.#reset(top);
        for (const publication of publications) this.#advance(publication);
        if (publications.length === 0 || this.#top.offset >= top.offset) return;
      }
    } catch (error) {
      this.#report(error, 'repair');
    } finally {
      this.#repairing = false;
    }
  }

  /** The log is not the one that subscribers know, or has lost what they have not got: they have to ask anew. */
  #reset(top: Position): void {
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
    const retained = retainedKeys > 0 ? await this.#engine.readRetained(this.name) : undefined;
    const count = replay === 'recover' && history !== null ? Math.min(last, history.count) : 0;
    const latest = count > 0 ? await this.#engine.readLatest(this.name, count) : undefined;
    const page = latest ?? retained;
    if (page === undefined) return this.#fresh([], recovered, this.#top);
    // Read one after the other, the later one may know more; what both have is given once.
    const byOffset = new Map<number, Publication>();
    for (const publication of [...(retained?.publications ?? []), ...(latest?.publications ?? [])]) {
      if (publication.epoch === page.top.epoch) byOffset.set(publication.offset, publication);
    }
    const publications = [...byOffset.values()].sort((a, b) => a.offset - b.offset);
    return this.#fresh(publications, recovered, page.top);
  }

  /** For `latest`: the newest value of each key, as of a moment that the tail reaches back to. */
  async #newestValues(): Promise<Start> {
    const { top, publications } = await this.#engine.readRetained(this.name);
    const since = this.#tail.after(top, repairPage) ?? [];
    return { ...this.#fresh([...publications, ...since], 'fresh', top), top: this.#top };
  }

  #fresh(publications: readonly Publication[], recovered: false | 'fresh', top: Position): Start {
    return { recovered, top, publications, through: top, replay: publications.length };
  }
}
