/**
 * One peer's conversation with the hub: who it is, and everything that it may ask for. Adapters call these methods; each
 * asks for the right to before anything happens, and rejects with a HubError where it is refused.
 *
 * Rule of this file: it owns what ends with the session, and bounds it.
 */
import type { Appended, LogRead } from '../engine/engine.ts';
import { accessOf, demand } from './access.ts';
import { isFor } from './audience.ts';
import { Call, type CallOptions } from './call.ts';
import { Deliveries } from './deliveries.ts';
import { HubError } from './errors.ts';
import type { HubCore } from './hub-core.ts';
import type { LiveTopic } from './live-topic.ts';
import { PatternSubscription } from './pattern-subscriptions.ts';
import type { EndReason, Peer } from './peer.ts';
import type { PresenceChange, PresenceWatcher } from './presence.ts';
import type { Principal } from './principals.ts';
import type { Invoke, Procedure, Registration } from './procedures.ts';
import type { Audience, Payload, Position } from './publication.ts';
import { Publishing } from './publishing.ts';
import { type SubscribeOptions, Subscription } from './subscription.ts';
import type { Match } from './uri-match.ts';
import type { Admission, Credentials, User } from './user.ts';

export interface SessionInit {
  readonly id: number;
  readonly hub: HubCore;
  readonly peer: Peer;
  readonly principal: Principal;
  readonly user: User | undefined;
  readonly expires: number | undefined;
}

export interface PublishOptions {
  /** Makes it happen once: within the topic's window, the same key of the same user gets the first one's position. */
  readonly once?: string;
  readonly audience?: Audience;
}

export interface HistoryRequest {
  /** What came after this position; otherwise the newest `last`. */
  readonly after?: Position;
  readonly last?: number;
  /** @default 100, at most 1_000 */
  readonly limit?: number;
}

const longestTimer = 2 ** 31 - 1;

export class Session {
  /** Random, from 1 to 2^53: a WAMP session id. */
  readonly id: number;
  readonly peer: Peer;
  readonly deliveries: Deliveries;
  readonly #hub: HubCore;
  readonly #principal: Principal;
  readonly #publishing: Publishing;
  readonly #subscriptions = new Set<Subscription>();
  readonly #patterns = new Set<PatternSubscription>();
  readonly #watchers = new Set<PresenceWatcher>();
  readonly #calls = new Set<Call>();
  readonly #registrations = new Set<number>();
  readonly #endListeners = new Set<() => void>();
  #user: User | undefined;
  #expires: number | undefined;
  #expiry: unknown;
  #backlogBytes = 0;
  #joinedByPattern = 0;
  #ended = false;

  /** Made by the hub. */
  constructor(init: SessionInit) {
    const { hub, peer } = init;
    this.id = init.id;
    this.peer = peer;
    this.#hub = hub;
    this.#principal = init.principal;
    this.#user = init.user;
    this.deliveries = new Deliveries(hub.window, peer.probe && ((total) => peer.probe!(total)));
    this.#publishing = new Publishing(this, hub, init.principal.buckets);
    this.#principal.sessions.add(this);
    this.#expireAt(init.expires);
  }

  /** Who it is; `undefined` when nobody is signed in. */
  get user(): User | undefined {
    return this.#user;
  }

  /** When it ends unless it is renewed, ms since 1970. */
  get expires(): number | undefined {
    return this.#expires;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Subscribes to one topic. `options.joined` is called before the first delivery, and before this resolves. */
  async subscribe(name: string, options: SubscribeOptions = {}): Promise<Subscription> {
    if (this.#subscriptions.size - this.#joinedByPattern >= this.#hub.limits.maxSubscriptions) {
      throw new HubError('too-many', 'Too many subscriptions in one session');
    }
    const { value: policy, params } = this.#hub.topics.find(name);
    const access = accessOf(this, name, params);
    await demand(policy.allow.subscribe, access, 'subscribe to');
    if ((options.last ?? 0) > 0) await demand(policy.allow.history, access, 'read the history of');
    await this.#hub.ready();
    const topic = await this.#hub.topics.open(name);
    const start = await topic.start(options);
    this.#mustBeOpen();
    const subscription = new Subscription(this, topic, start, options);
    this.#subscriptions.add(subscription);
    topic.join(subscription);
    topic.presence?.enter(this);
    subscription.begin(start);
    return subscription;
  }

  /** Subscribes to every topic that matches and that this session may subscribe to, now and later. */
  subscribePattern(uri: string, match: Match, options: Pick<SubscribeOptions, 'tag'>): PatternSubscription {
    this.#mustBeOpen();
    if (this.#patterns.size + this.#subscriptions.size - this.#joinedByPattern >= this.#hub.limits.maxSubscriptions) {
      throw new HubError('too-many', 'Too many subscriptions in one session');
    }
    const { topics } = this.#hub;
    const subscription = new PatternSubscription(this, uri, match, options, topics.patterns);
    this.#patterns.add(subscription);
    topics.patterns.add(subscription);
    for (const topic of topics.live) if (subscription.matches(topic.name)) void this.joinByPattern(subscription, topic);
    return subscription;
  }

  /** A topic that a subscription to many waits for is live: joins it from here on, if its rule allows that. */
  async joinByPattern(pattern: PatternSubscription, topic: LiveTopic): Promise<void> {
    if (this.#joinedByPattern >= this.#hub.limits.maxPatternTopics) return;
    this.#joinedByPattern++;
    // Where it stands now, before the publication that made it live, if one did.
    const { top } = topic;
    try {
      await demand(topic.policy.allow.subscribe, accessOf(this, topic.name, topic.params), 'subscribe to');
      if (pattern.isEnded || this.#ended) throw new HubError('unavailable');
    } catch (error) {
      this.#joinedByPattern--;
      if (!(error instanceof HubError)) this.report(error, 'subscribe');
      return;
    }
    const start = { recovered: 'fresh', top, publications: [], through: top, replay: 0 } as const;
    const options = { ...pattern.options, ended: () => this.#hub.topics.left(topic) };
    const subscription = new Subscription(this, topic, start, options);
    subscription.byPattern = pattern;
    this.#subscriptions.add(subscription);
    topic.join(subscription);
    subscription.begin(start);
  }

  /** Publishes. In the order of the calls, whatever each has to wait for. Resolves when the engine has it. */
  publish(name: string, payload: Payload, options: PublishOptions = {}): Promise<Appended> {
    return this.#publishing.publish(name, payload, options);
  }

  /** Calls a procedure. @throws HubError `too-many` when too many calls wait */
  call(name: string, payload: Payload, options: CallOptions = {}): Call {
    this.#mustBeOpen();
    const { procedures, limits, clock, callTimeout } = this.#hub;
    if (this.#calls.size >= limits.maxCalls) throw new HubError('too-many', 'Too many calls wait for their results');
    const timeout = options.timeout ? Math.min(options.timeout, callTimeout ?? longestTimer) : callTimeout;
    const procedure: Procedure = async (input, context) => {
      const rule = procedures.rule(name, 'call');
      if (rule === undefined && procedures.match(name) === undefined) throw new HubError('no-such-procedure');
      await demand(rule, accessOf(this, name, {}), 'call');
      const found = procedures.find(name);
      if (found === undefined) throw new HubError('no-such-procedure');
      if (typeof found === 'function') return await found(input, context);
      const { callee } = found;
      return await callee.session.whileHere(callee.procedure(input, context));
    };
    this.#hub.figures.calls++;
    const call = new Call({ name, caller: this, payload, options, procedure, clock, timeout });
    this.#calls.add(call);
    const forget = (): boolean => this.#calls.delete(call);
    call.result.then(forget, forget);
    return call;
  }

  /** Registers a procedure under a name, or under all names that match. */
  async register(uri: string, match: Match, invoke: Invoke, procedure: Procedure): Promise<Registration> {
    const { procedures, limits, newId } = this.#hub;
    if (this.#registrations.size >= limits.maxRegistrations) throw new HubError('too-many', 'Too many registrations');
    await demand(procedures.rule(uri, 'register'), accessOf(this, uri, {}), 'register');
    this.#mustBeOpen();
    const registration = procedures.register({ session: this, procedure }, uri, match, invoke, newId);
    this.#registrations.add(registration.id);
    return registration;
  }

  /** @throws HubError `no-such-registration` */
  unregister(id: number): void {
    this.#hub.procedures.unregister(this, id);
    this.#registrations.delete(id);
  }

  /** Reads a topic's history. `held`: the log has everything after `after`. */
  async history(name: string, request: HistoryRequest): Promise<LogRead> {
    const { value: policy, params } = this.#hub.topics.find(name);
    await demand(policy.allow.history, accessOf(this, name, params), 'read the history of');
    await this.#hub.ready();
    const limit = Math.min(request.limit ?? request.last ?? 100, 1_000);
    const read =
      request.after === undefined
        ? { ...(await this.#hub.engine.readLatest(name, Math.min(request.last ?? limit, limit))), held: true }
        : await this.#hub.engine.readAfter(name, request.after, limit, 4 << 20);
    const mine = read.publications.filter((publication) => isFor(publication.audience, this));
    return { ...read, publications: mine };
  }

  /** Who is on a topic now. */
  async presence(name: string): Promise<PresenceChange> {
    const topic = await this.#presenceOf(name);
    return topic.presence!.now();
  }

  /** Tells who is on a topic, and then who comes and goes, until it is ended. */
  async watchPresence(name: string, told: (change: PresenceChange) => number): Promise<{ end(): void }> {
    if (this.#watchers.size >= this.#hub.limits.maxWatchers) throw new HubError('too-many', 'Too many watchers');
    const topic = await this.#presenceOf(name);
    this.#mustBeOpen();
    const watcher = topic.presence!.watch(this.deliveries, told);
    this.#watchers.add(watcher);
    return {
      end: () => {
        this.#watchers.delete(watcher);
        watcher.end();
        this.#hub.topics.left(topic);
      },
    };
  }

  /** Goes on with new credentials of the same user. Resolves with the new expiry. */
  async renew(credentials: Credentials): Promise<number | undefined> {
    const admission: Admission | undefined = await this.#hub.admit(credentials);
    this.#mustBeOpen();
    if (admission === undefined || admission.user.id !== this.#user?.id) {
      throw new HubError('denied', 'These credentials are not of the one whose session this is');
    }
    this.#user = admission.user;
    this.#expireAt(admission.expires);
    return admission.expires;
  }

  /** The peer has every publication up to the `total`th of this session. False: so many were never sent. */
  acknowledge(total: number): boolean {
    return this.deliveries.acknowledge(total);
  }

  /** Asks the rules of all subscriptions again, and ends those that they do not allow any more. */
  async recheck(): Promise<void> {
    for (const subscription of [...this.#subscriptions]) {
      const { policy, name, params } = subscription.topic;
      try {
        await demand(policy.allow.subscribe, accessOf(this, name, params), 'subscribe to');
      } catch (error) {
        if (!(error instanceof HubError)) this.report(error, 'recheck');
        subscription.end('denied');
      }
    }
  }

  /** Ends the session, for a reason that its peer is told. */
  end(reason: EndReason): void {
    if (this.#ended) return;
    this.close();
    this.peer.ended(reason);
  }

  /** The peer is gone: nothing of the session is left when this returns. */
  close(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#hub.clock.clearTimeout(this.#expiry);
    this.deliveries.stop();
    for (const subscription of [...this.#subscriptions]) subscription.end();
    for (const pattern of [...this.#patterns]) pattern.end();
    for (const watcher of this.#watchers) watcher.end();
    this.#watchers.clear();
    for (const id of this.#registrations) this.#hub.procedures.unregister(this, id);
    this.#registrations.clear();
    for (const call of [...this.#calls]) call.cancel('killnowait');
    this.#principal.sessions.delete(this);
    this.#hub.forget(this);
    for (const listener of [...this.#endListeners]) listener();
  }

  /** Settles as `result` does, unless this session ends before: then it is `unavailable`. */
  whileHere<T>(result: Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const gone = (): void => reject(new HubError('unavailable', 'The callee has gone'));
    if (this.#ended) gone();
    this.#endListeners.add(gone);
    const settled = (): boolean => this.#endListeners.delete(gone);
    result.then(resolve, reject).finally(settled);
    return promise;
  }

  // What its own parts tell

  /** Bytes that wait behind the window; false when that is too much. */
  changeBacklog(bytes: number): boolean {
    this.#backlogBytes += bytes;
    return this.#backlogBytes <= this.#hub.limits.maxBacklogBytes;
  }

  /** A subscription has ended. */
  forget(subscription: Subscription): void {
    if (!this.#subscriptions.delete(subscription)) return;
    const { byPattern, topic } = subscription;
    if (byPattern === undefined) topic.presence?.leave(this);
    else {
      this.#joinedByPattern--;
      byPattern.left(subscription);
    }
    this.#hub.topics.left(topic);
  }

  forgetPattern(pattern: PatternSubscription): void {
    this.#patterns.delete(pattern);
  }

  delivered(): void {
    this.#hub.figures.deliveries++;
  }

  report(error: unknown, stage: string): void {
    this.#hub.report(error, stage);
  }

  async #presenceOf(name: string): Promise<LiveTopic> {
    const { value: policy, params } = this.#hub.topics.find(name);
    await demand(policy.allow.presence, accessOf(this, name, params), 'see who is on');
    if (policy.presence === undefined) throw new HubError('denied', `${name} tells nobody who is there`);
    await this.#hub.ready();
    return await this.#hub.topics.open(name);
  }

  #mustBeOpen(): void {
    if (this.#ended) throw new HubError('unavailable', 'The session has ended');
  }

  #expireAt(expires: number | undefined): void {
    const { clock } = this.#hub;
    clock.clearTimeout(this.#expiry);
    this.#expires = expires;
    if (expires === undefined) return;
    const left = expires - this.#hub.date();
    const again = (): void => (left > longestTimer ? this.#expireAt(expires) : this.end('expired'));
    this.#expiry = clock.setTimeout(again, Math.max(0, Math.min(left, longestTimer)));
  }
}
