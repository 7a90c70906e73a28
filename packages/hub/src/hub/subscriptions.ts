/**
 * What one session is subscribed to: topics, and patterns of topics. The right to is asked for first, and everything is
 * bounded from the moment of asking, so that slow rules are no way around a limit.
 */

import { HubError } from '../contract/errors.ts';
import { accessOf, demand, isAllowed } from './access.ts';
import type { HubCore } from './hub-core.ts';
import type { LiveTopic, Start } from './live-topic.ts';
import { PatternSubscription } from './pattern-subscriptions.ts';
import type { Session } from './session.ts';
import { type SubscribeOptions, Subscription } from './subscription.ts';
import type { Match } from './uri-match.ts';

/** What the rules said to a subscription. */
interface Right {
  /** At this count of rechecks. */
  readonly asked: number;
  /** It may be told of what was published before it came. */
  readonly mayReadAll: boolean;
}

export class Subscriptions {
  readonly #session: Session;
  readonly #hub: HubCore;
  readonly #all = new Set<Subscription>();
  readonly #patterns = new Set<PatternSubscription>();
  /** Those that are under way, and those that are not by patterns. */
  #own = 0;
  /** The same for those by patterns. */
  #byPattern = 0;
  #backlogBytes = 0;
  /** So often the rules were asked again: what one answered before that counts no more for those on their way. */
  #rechecks = 0;

  constructor(session: Session, hub: HubCore) {
    this.#session = session;
    this.#hub = hub;
  }

  /** What waits behind the session's window, by `size`. */
  get backlogBytes(): number {
    return this.#backlogBytes;
  }

  async subscribe(name: string, options: SubscribeOptions): Promise<Subscription> {
    this.#mustHaveRoom();
    this.#own++;
    try {
      const right = await this.#right(name, options);
      await this.#hub.ready();
      return await this.#hub.topics.use(name, (topic) => this.#join(topic, options, right));
    } catch (error) {
      this.#own--;
      throw error;
    }
  }

  subscribePattern(uri: string, match: Match, options: Pick<SubscribeOptions, 'tag'>): PatternSubscription {
    this.#mustHaveRoom();
    const { topics } = this.#hub;
    const pattern = new PatternSubscription(this.#session, uri, match, options, topics.patterns);
    this.#patterns.add(pattern);
    topics.patterns.add(pattern);
    for (const topic of topics.live) if (pattern.matches(topic.name)) void this.joinByPattern(pattern, topic);
    return pattern;
  }

  /** A topic that a subscription to many waits for is live: joins it from here on, if its rule allows that. */
  async joinByPattern(pattern: PatternSubscription, topic: LiveTopic): Promise<void> {
    // It may have ended at the topic before, of many.
    if (pattern.isEnded || pattern.has(topic)) return;
    if (this.#byPattern >= this.#hub.limits.maxPatternTopics) return this.#tooManyTopics(pattern);
    this.#byPattern++;
    pattern.joining(topic);
    topic.hold();
    // Where it stands now, before the publication that made it live, if one did.
    const { top } = topic;
    let joined = false;
    try {
      let asked: number;
      do {
        asked = this.#rechecks;
        await demand(topic.policy.allow.subscribe, accessOf(this.#session, topic.name, topic.params), 'subscribe to');
      } while (asked !== this.#rechecks);
      if (pattern.isEnded || this.#session.ended) return;
      joined = true;
      const start: Start = { recovered: 'fresh', top, publications: [], through: top, replay: 0 };
      this.#begin(new Subscription(this.#session, topic, start, this.#optionsBy(pattern), pattern), start);
    } catch (error) {
      if (!(error instanceof HubError)) this.#session.report(error, 'subscribe');
    } finally {
      if (!joined) {
        this.#byPattern--;
        pattern.left(topic);
      }
      topic.release();
      this.#hub.topics.left(topic);
    }
  }

  /** Asks all rules again: ends what they do not allow any more, and joins by patterns what they allow now. */
  async recheck(): Promise<void> {
    this.#rechecks++;
    for (const subscription of [...this.#all]) {
      const { policy, name, params } = subscription.topic;
      try {
        await demand(policy.allow.subscribe, accessOf(this.#session, name, params), 'subscribe to');
      } catch (error) {
        if (!(error instanceof HubError)) this.#session.report(error, 'recheck');
        subscription.end('denied');
      }
    }
    for (const pattern of [...this.#patterns]) {
      for (const topic of this.#hub.topics.live) {
        if (!pattern.isEnded && pattern.matches(topic.name)) await this.joinByPattern(pattern, topic);
      }
    }
  }

  /** Ends all of it. */
  end(): void {
    for (const pattern of [...this.#patterns]) pattern.end();
    for (const subscription of [...this.#all]) subscription.end();
  }

  /** Bytes that wait behind the window; false when that is too much. */
  changeBacklog(bytes: number): boolean {
    this.#backlogBytes += bytes;
    return this.#backlogBytes <= this.#hub.limits.maxBacklogBytes;
  }

  /** A subscription has ended. */
  forget(subscription: Subscription): void {
    if (!this.#all.delete(subscription)) return;
    const { byPattern, topic } = subscription;
    if (byPattern === undefined) {
      this.#own--;
      topic.presence?.leave(this.#session);
    } else {
      this.#byPattern--;
      byPattern.left(topic);
    }
    this.#hub.topics.left(topic);
  }

  forgetPattern(pattern: PatternSubscription): void {
    this.#patterns.delete(pattern);
  }

  /** @throws HubError `denied` */
  async #right(name: string, options: SubscribeOptions): Promise<Right> {
    const asked = this.#rechecks;
    return { asked, mayReadAll: await this.#demand(name, options) };
  }

  /** @throws HubError `denied`. Resolves with whether it may be told of what was published before it came */
  async #demand(name: string, { replay, position, last = 0 }: SubscribeOptions): Promise<boolean> {
    const { value: policy, params } = this.#hub.topics.find(name);
    const access = accessOf(this.#session, name, params);
    await demand(policy.allow.subscribe, access, 'subscribe to');
    if (last > 0) await demand(policy.allow.history, access, 'read the history of');
    return (
      last > 0 || (replay === 'recover' && position?.offset === 0 && (await isAllowed(policy.allow.history, access)))
    );
  }

  async #join(topic: LiveTopic, options: SubscribeOptions, right: Right): Promise<Subscription> {
    for (;;) {
      if (right.asked !== this.#rechecks) right = await this.#right(topic.name, options);
      this.#session.mustBeOpen();
      const start = topic.upToNow(await topic.start(options, right.mayReadAll));
      this.#session.mustBeOpen();
      if (start === undefined) {
        // What came between can't be told, because the tail was let go or the log is another one.
        await topic.repair();
      } else if (right.asked === this.#rechecks) {
        const subscription = new Subscription(this.#session, topic, start, options);
        this.#begin(subscription, start);
        return subscription;
      }
    }
  }

  #begin(subscription: Subscription, start: Start): void {
    const { topic, byPattern } = subscription;
    this.#all.add(subscription);
    topic.join(subscription);
    if (byPattern === undefined) topic.presence?.enter(this.#session);
    else byPattern.joined(subscription);
    subscription.begin(start);
  }

  #optionsBy(pattern: PatternSubscription): SubscribeOptions {
    return {
      ...pattern.options,
      // Positions mean nothing to a subscription to many: it goes on from where the log is now.
      ended: ({ topic }, reason) => {
        if (reason === 'reset' && !pattern.isEnded) void this.joinByPattern(pattern, topic);
      },
    };
  }

  /** It would miss what is published there, and has no way to know: so its peer has to come again. */
  #tooManyTopics(pattern: PatternSubscription): void {
    this.#session.report(new HubError('too-many', `Too many topics match ${pattern.uri}`), 'subscribe');
    this.#session.end('unavailable');
  }

  #mustHaveRoom(): void {
    this.#session.mustBeOpen();
    if (this.#own + this.#patterns.size >= this.#hub.limits.maxSubscriptions) {
      throw new HubError('too-many', 'Too many subscriptions in one session');
    }
  }
}
