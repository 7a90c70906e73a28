/**
 * All topics of a hub: which policy is whose, and which of them are live. A topic becomes live when somebody subscribes, or
 * when something is published that a subscription to many topics waits for; and is let go a while after the last one has left.
 *
 * Subscriptions to many do not keep a topic live, or a hub would end up with every topic that it ever had: when the topic has been silent
 * for a while it is let go, and comes alive again for them with its next publication.
 */
import type { Clock } from 'tidewire';
import { HubError } from '../contract/errors.ts';
import type { Position, Publication } from '../contract/publication.ts';
import { isTopicName, type TopicMatch, TopicPatterns } from '../contract/topic-pattern.ts';
import type { Engine } from '../engine/engine.ts';
import { HotTail, TailBudget } from './hot-tail.ts';
import type { HubLimits } from './limits.ts';
import { LiveTopic } from './live-topic.ts';
import { PatternSubscriptions } from './pattern-subscriptions.ts';
import type { ResolvedPolicy } from './policy.ts';
import { Presence } from './presence.ts';
import { Telling } from './telling.ts';

export interface TopicsInit {
  readonly engine: Engine;
  readonly limits: HubLimits;
  readonly clock: Clock;
  /** How long a topic without subscribers stays live, ms. */
  readonly idle: number;
  readonly atEndOfTurn: (work: () => void) => void;
  report(error: unknown, stage: string): void;
}

/** A topic that is being looked up. */
interface Opening {
  readonly topic: Promise<LiveTopic>;
  /** What was told of it meanwhile. */
  hint: Publication | undefined;
}

/** Since when nobody is here for a topic, and where it stood then. */
interface Idle {
  readonly since: number;
  readonly top: Position;
}

/** How many tops the engine is asked for at once. */
const topsAtOnce = 1_000;

export class Topics {
  readonly patterns: PatternSubscriptions = new PatternSubscriptions();
  readonly #init: TopicsInit;
  readonly #policies = new TopicPatterns<ResolvedPolicy>();
  /** What was found last: bursts are published on one topic. */
  #found: { readonly name: string; readonly match: TopicMatch<ResolvedPolicy> } | undefined;
  readonly #live = new Map<string, LiveTopic>();
  readonly #opening = new Map<string, Opening>();
  /** In the order of `since`. */
  readonly #idle = new Map<LiveTopic, Idle>();
  readonly #tails: TailBudget;
  readonly #telling: Telling;
  #comparing = false;
  #closed = false;

  constructor(init: TopicsInit) {
    this.#init = init;
    this.#tails = new TailBudget(init.limits.maxTailBytesInAll);
    this.#telling = new Telling(init.atEndOfTurn);
  }

  get size(): number {
    return this.#live.size;
  }

  /** Bytes in the tails of all live topics. */
  get tailBytes(): number {
    return this.#tails.bytes;
  }

  get live(): Iterable<LiveTopic> {
    return this.#live.values();
  }

  /** @throws TypeError on a pattern that stands for nothing, or for what another one does */
  define(pattern: string, policy: ResolvedPolicy): void {
    this.#policies.set(pattern, policy);
    this.#found = undefined;
  }

  /** The policy for a name. @throws HubError `no-such-topic` */
  find(name: string): TopicMatch<ResolvedPolicy> {
    if (this.#found?.name === name) return this.#found.match;
    const match = isTopicName(name) ? this.#policies.match(name) : undefined;
    if (match === undefined)
      throw new HubError('no-such-topic', `There is no topic ${JSON.stringify(name.slice(0, 100))}`);
    this.#found = { name, match };
    return match;
  }

  get(name: string): LiveTopic | undefined {
    return this.#live.get(name);
  }

  /**
   * Does something with the live topic of a name, which stays live at least until that is done.
   * @throws HubError `too-many` when too many are live; what the engine throws
   */
  async use<T>(name: string, work: (topic: LiveTopic) => T | Promise<T>): Promise<T> {
    const live = this.#live.get(name);
    // Held before anything is waited for, so that nobody makes room with it.
    live?.hold();
    const topic = live ?? (await this.#open(name));
    if (live === undefined) topic.hold();
    try {
      return await work(topic);
    } finally {
      topic.release();
      this.left(topic);
    }
  }

  /** The engine says that this is in the log. */
  published(publication: Publication): void {
    const { topic: name } = publication;
    const topic = this.#live.get(name) ?? this.#openFor(publication);
    if (topic !== undefined) topic.published(publication);
    else if (this.#opening.size > 0) {
      const opening = this.#opening.get(name);
      if (opening !== undefined) opening.hint = publication;
    }
  }

  /** Somebody has left: it may have been the last one. */
  left(topic: LiveTopic): void {
    if (!topic.isIdle || this.#live.get(topic.name) !== topic) return;
    this.#idle.delete(topic);
    this.#idle.set(topic, { since: this.#init.clock.now(), top: topic.top });
  }

  /** Lets go of topics that nobody came back to. */
  sweep(): void {
    const longAgo = this.#init.clock.now() - this.#init.idle;
    for (const [topic, { since, top }] of this.#idle) {
      if (since > longAgo) break;
      // Those who are here by subscriptions to many still get something.
      if (topic.members.size > 0 && (topic.top !== top || !topic.isQuiet)) this.left(topic);
      else this.#letGo(topic);
    }
  }

  /** Compares what is known here with the engine's newest positions, since a hint may have been the last one and lost. */
  async compare(): Promise<void> {
    if (this.#comparing) return;
    this.#comparing = true;
    try {
      const topics = [...this.#live.values()];
      for (let i = 0; i < topics.length && !this.#closed; i += topsAtOnce) {
        const some = topics.slice(i, i + topsAtOnce).filter(({ members }) => members.size > 0);
        const known = some.map(({ top }) => top);
        const tops = await this.#init.engine.tops(some.map(({ name }) => name));
        if (this.#closed) return;
        some.forEach((topic, at) => {
          // What was published while we asked has been told meanwhile.
          if (topic.top === known[at]) topic.compare(tops[at]!);
        });
      }
    } finally {
      this.#comparing = false;
    }
  }

  /** Tells subscribers what waits for the end of the turn. */
  tell(): void {
    this.#telling.tell();
  }

  close(): void {
    this.#closed = true;
    const topics = [...this.#live.values()];
    this.#live.clear();
    this.#idle.clear();
    for (const topic of topics) topic.close();
  }

  async #open(name: string): Promise<LiveTopic> {
    let opening = this.#opening.get(name);
    if (opening === undefined) {
      const topic = this.#load(name).finally(() => this.#opening.delete(name));
      opening = { topic, hint: undefined };
      this.#opening.set(name, opening);
    }
    return await opening.topic;
  }

  async #load(name: string): Promise<LiveTopic> {
    const found = this.find(name);
    const { top } = await this.#init.engine.readLatest(name, 0);
    if (this.#closed) throw new HubError('unavailable', 'The hub is closed');
    // It may have come alive by a publication meanwhile.
    const topic = this.#live.get(name) ?? this.#add(name, found, top);
    const hint = this.#opening.get(name)?.hint;
    if (hint !== undefined) topic.published(hint);
    return topic;
  }

  /** A topic that comes alive by a publication, for subscriptions to many: it was at the place before it. */
  #openFor({ topic: name, epoch, offset }: Publication): LiveTopic | undefined {
    const waiting = this.patterns.matching(name);
    if (waiting.length === 0) return undefined;
    try {
      const topic = this.#add(name, this.find(name), { epoch, offset: offset - 1, id: 0 });
      this.left(topic);
      return topic;
    } catch (error) {
      this.#init.report(error, 'publish');
      // They miss it, and have no way to know.
      for (const { session } of waiting) session.end('unavailable');
      return undefined;
    }
  }

  #add(name: string, { value: policy, params }: TopicMatch<ResolvedPolicy>, top: Position): LiveTopic {
    const { engine, limits, clock, report } = this.#init;
    if (this.#live.size >= limits.maxLiveTopics) this.#makeRoom();
    const tail = new HotTail(this.#tails, { count: limits.maxTailCount, bytes: limits.maxTailBytes });
    const presence = policy.presence && new Presence(policy.presence === 'members', clock);
    const telling = this.#telling;
    const topic = new LiveTopic({ name, params, policy, engine, tail, telling, presence, top, report });
    this.#live.set(name, topic);
    for (const each of this.patterns.matching(name)) void each.session.subscriptions.joinByPattern(each, topic);
    return topic;
  }

  #makeRoom(): void {
    for (const topic of this.#idle.keys()) {
      if (topic.isIdle && topic.isQuiet) return this.#letGo(topic);
    }
    throw new HubError('too-many', 'Too many topics are live');
  }

  #letGo(topic: LiveTopic): void {
    this.#idle.delete(topic);
    if (!topic.isIdle) return;
    this.#live.delete(topic.name);
    topic.close();
  }
}
