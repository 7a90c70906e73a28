/**
 * Subscriptions to many topics at once, by prefix or wildcard. Such a subscription is a standing order: the session joins
 * each matching topic when that comes alive, if the topic's own rule lets it. So what is delivered, and how, and who may have it,
 * is the same as for a subscription to the topic itself.
 */
import type { LiveTopic } from './live-topic.ts';
import { PatternIndex } from './pattern-index.ts';
import type { Session } from './session.ts';
import type { SubscribeOptions, Subscription } from './subscription.ts';
import { type Match, matches } from './uri-match.ts';

export class PatternSubscription {
  readonly session: Session;
  readonly uri: string;
  readonly match: Match;
  readonly options: Pick<SubscribeOptions, 'tag'>;
  readonly #registry: PatternSubscriptions;
  /** By topic; `undefined` while the topic's rule is asked. */
  readonly #topics = new Map<LiveTopic, Subscription | undefined>();
  #ended = false;

  constructor(
    session: Session,
    uri: string,
    match: Match,
    options: Pick<SubscribeOptions, 'tag'>,
    registry: PatternSubscriptions,
  ) {
    this.session = session;
    this.uri = uri;
    this.match = match;
    this.options = options;
    this.#registry = registry;
  }

  get isEnded(): boolean {
    return this.#ended;
  }

  matches(name: string): boolean {
    return matches(this.match, this.uri, name);
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#registry.delete(this);
    for (const subscription of [...this.#topics.values()]) subscription?.end();
    this.session.subscriptions.forgetPattern(this);
  }

  // What the session tells

  /** Whether it has joined a topic, or is about to. */
  has(topic: LiveTopic): boolean {
    return this.#topics.has(topic);
  }

  joining(topic: LiveTopic): void {
    this.#topics.set(topic, undefined);
  }

  joined(subscription: Subscription): void {
    this.#topics.set(subscription.topic, subscription);
  }

  left(topic: LiveTopic): void {
    this.#topics.delete(topic);
  }
}

/** All of them, those with the same URI together: so many may wait for the same topics. */
export class PatternSubscriptions {
  readonly #byUri = new PatternIndex<Set<PatternSubscription>>();

  add(subscription: PatternSubscription): void {
    const { uri, match } = subscription;
    const same = this.#byUri.get(uri, match);
    if (same === undefined) this.#byUri.set(uri, match, new Set([subscription]));
    else same.add(subscription);
  }

  delete(subscription: PatternSubscription): void {
    const { uri, match } = subscription;
    const same = this.#byUri.get(uri, match);
    if (same?.delete(subscription) && same.size === 0) this.#byUri.delete(uri, match);
  }

  /** Those who wait for a topic of this name. */
  matching(name: string): readonly PatternSubscription[] {
    if (this.#byUri.size === 0) return none;
    return this.#byUri.matching(name).flatMap((same) => [...same]);
  }
}

const none: readonly PatternSubscription[] = [];
