/**
 * Subscriptions to many topics at once, by prefix or wildcard. Such a subscription is a standing order: the session joins
 * each matching topic when that comes alive, if the topic's own rule lets it. So what is delivered, and how, and who may have it,
 * is the same as for a subscription to the topic itself.
 */
import type { LiveTopic } from './live-topic.ts';
import type { Session } from './session.ts';
import type { SubscribeOptions, Subscription } from './subscription.ts';
import { type Match, matches } from './uri-match.ts';

export class PatternSubscription {
  readonly session: Session;
  readonly uri: string;
  readonly match: Match;
  readonly options: SubscribeOptions;
  readonly #registry: PatternSubscriptions;
  readonly #subscriptions = new Set<Subscription>();
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
    this.#registry = registry;
    this.options = { ...options, joined: (subscription) => this.#subscriptions.add(subscription) };
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
    for (const subscription of [...this.#subscriptions]) subscription.end();
    this.session.forgetPattern(this);
  }

  /** One of its topics is not live any more, or the session lost the right to it. */
  left(subscription: Subscription): void {
    this.#subscriptions.delete(subscription);
  }
}

export class PatternSubscriptions {
  readonly #all = new Set<PatternSubscription>();

  get size(): number {
    return this.#all.size;
  }

  add(subscription: PatternSubscription): void {
    this.#all.add(subscription);
  }

  delete(subscription: PatternSubscription): void {
    this.#all.delete(subscription);
  }

  anyMatches(name: string): boolean {
    for (const each of this.#all) if (each.matches(name)) return true;
    return false;
  }

  /** A topic has come alive: those who wait for it join. */
  cameAlive(topic: LiveTopic): void {
    for (const each of this.#all) if (each.matches(topic.name)) void each.session.joinByPattern(each, topic);
  }
}
