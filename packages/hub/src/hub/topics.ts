/**
 * All topics of a hub: which policy is whose, and which of them are live. A topic becomes live when somebody subscribes, or
 * when something is published that a subscription to many topics waits for; and is let go a while after the last one has left.
 */
import type { Clock } from 'tidewire';
import type { Engine } from '../engine/engine.ts';
import { HubError } from './errors.ts';
import { HotTail, TailBudget } from './hot-tail.ts';
import type { HubLimits } from './limits.ts';
import { LiveTopic } from './live-topic.ts';
import { PatternSubscriptions } from './pattern-subscriptions.ts';
import type { ResolvedPolicy } from './policy.ts';
import { Presence } from './presence.ts';
import type { Position, Publication } from './publication.ts';
import { isTopicName, type TopicMatch, TopicPatterns } from './topic-pattern.ts';

export interface TopicsInit {
  readonly engine: Engine;
  readonly limits: HubLimits;
  readonly clock: Clock;
  /** How long a topic without subscribers stays live, ms. */
  readonly idle: number;
  report(error: unknown, stage: string): void;
}

/** How many tops the engine is asked for at once. */
const topsAtOnce = 1_000;

export class Topics {
  readonly patterns: PatternSubscriptions = new PatternSubscriptions();
  readonly #init: TopicsInit;
  readonly #policies = new TopicPatterns<ResolvedPolicy>();
  readonly #live = new Map<string, LiveTopic>();
  readonly #opening = new Map<string, Promise<LiveTopic>>();
  /** Since when a topic has been without subscribers; in that order. */
  readonly #idleSince = new Map<LiveTopic, number>();
  readonly #tails: TailBudget;
  #comparing = false;

  constructor(init: TopicsInit) {
    this.#init = init;
    this.#tails = new TailBudget(init.limits.maxTailBytesInAll);
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

  define(pattern: string, policy: ResolvedPolicy): void {
    this.#policies.set(pattern, policy);
  }

  /** The policy for a name. @throws HubError `no-such-topic` */
  find(name: string): TopicMatch<ResolvedPolicy> {
    const found = isTopicName(name) ? this.#policies.match(name) : undefined;
    if (found === undefined)
      throw new HubError('no-such-topic', `There is no topic ${JSON.stringify(name.slice(0, 100))}`);
    return found;
  }

  get(name: string): LiveTopic | undefined {
    return this.#live.get(name);
  }

  /** The live topic of a name. @throws HubError `too-many` when too many are live; what the engine throws */
  async open(name: string): Promise<LiveTopic> {
    const live = this.#live.get(name);
    if (live !== undefined) return live;
    let opening = this.#opening.get(name);
    if (opening === undefined) {
      opening = this.#load(name).finally(() => this.#opening.delete(name));
      this.#opening.set(name, opening);
    }
    return await opening;
  }

  /** The engine says that this is in the log. */
  published(publication: Publication): void {
    let topic = this.#live.get(publication.topic);
    if (topic === undefined && this.patterns.size > 0 && this.patterns.anyMatches(publication.topic)) {
      topic = this.#openFor(publication);
    }
    topic?.published(publication);
  }

  /** Nobody is subscribed any more, at the moment. */
  left(topic: LiveTopic): void {
    if (topic.isIdle && this.#live.get(topic.name) === topic) this.#idleSince.set(topic, this.#init.clock.now());
  }

  /** Lets go of topics that nobody came back to. */
  sweep(): void {
    const longAgo = this.#init.clock.now() - this.#init.idle;
    for (const [topic, since] of this.#idleSince) {
      if (since > longAgo) break;
      this.#letGo(topic);
    }
  }

  /** Compares what is known here with the engine's newest positions, since a hint may have been the last one and lost. */
  async compare(): Promise<void> {
    if (this.#comparing) return;
    this.#comparing = true;
    try {
      const topics = [...this.#live.values()];
      for (let i = 0; i < topics.length; i += topsAtOnce) {
        const some = topics.slice(i, i + topsAtOnce).filter(({ isIdle }) => !isIdle);
        const known = some.map(({ top }) => top.offset);
        const tops = await this.#init.engine.tops(some.map(({ name }) => name));
        some.forEach((topic, at) => {
          // What was published while we asked has been told meanwhile.
          if (topic.top.offset === known[at]) topic.compare(tops[at]!);
        });
      }
    } finally {
      this.#comparing = false;
    }
  }

  close(): void {
    for (const topic of this.#live.values()) topic.close();
    this.#live.clear();
    this.#idleSince.clear();
  }

  async #load(name: string): Promise<LiveTopic> {
    const found = this.find(name);
    const { top } = await this.#init.engine.readLatest(name, 0);
    // It may have come alive by a publication meanwhile.
    return this.#live.get(name) ?? this.#add(name, found, top);
  }

  /** A topic that comes alive by a publication: it was at the place before it. */
  #openFor({ topic, epoch, offset }: Publication): LiveTopic | undefined {
    try {
      return this.#add(topic, this.find(topic), { epoch, offset: offset - 1, id: 0 });
    } catch (error) {
      this.#init.report(error, 'publish');
      return undefined;
    }
  }

  #add(name: string, { value: policy, params }: TopicMatch<ResolvedPolicy>, top: Position): LiveTopic {
    const { engine, limits, clock, report } = this.#init;
    if (this.#live.size >= limits.maxLiveTopics) this.#makeRoom();
    const tail = new HotTail(this.#tails, { count: limits.maxTailCount, bytes: limits.maxTailBytes });
    const presence = policy.presence && new Presence(policy.presence === 'members', clock);
    const topic = new LiveTopic({ name, params, policy, engine, tail, presence, top, report });
    this.#live.set(name, topic);
    this.#idleSince.set(topic, clock.now());
    this.patterns.cameAlive(topic);
    return topic;
  }

  #makeRoom(): void {
    for (const topic of this.#idleSince.keys()) {
      if (topic.isIdle) return this.#letGo(topic);
      this.#idleSince.delete(topic);
    }
    throw new HubError('too-many', 'Too many topics are live');
  }

  #letGo(topic: LiveTopic): void {
    this.#idleSince.delete(topic);
    if (!topic.isIdle) return;
    this.#live.delete(topic.name);
    topic.close();
  }
}
