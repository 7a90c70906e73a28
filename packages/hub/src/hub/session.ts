/**
 * One peer's conversation with the hub: who it is, and everything that it may ask for. Adapters call these methods; each
 * asks for the right to before anything happens, and rejects with a HubError where it is refused.
 *
 * Rule of this file: it owns what ends with the session, and bounds it.
 */

import { HubError } from '../contract/errors.ts';
import type { Audience, Payload, Position, Publication } from '../contract/publication.ts';
import type { Appended, LogRead, Soon } from '../engine/engine.ts';
import { accessOf, demand } from './access.ts';
import { isFor } from './audience.ts';
import type { Call, CallOptions } from './call.ts';
import { Calls } from './calls.ts';
import { Deliveries } from './deliveries.ts';
import type { HubCore } from './hub-core.ts';
import { longestTimer } from './limits.ts';
import type { PatternSubscription } from './pattern-subscriptions.ts';
import type { EndReason, Peer } from './peer.ts';
import type { PresenceChange } from './presence.ts';
import type { Principal } from './principals.ts';
import type { Invoke, Procedure, Registration } from './procedures.ts';
import { Publishing } from './publishing.ts';
import type { Run } from './run.ts';
import type { SubscribeOptions, Subscription } from './subscription.ts';
import { Subscriptions } from './subscriptions.ts';
import type { Match } from './uri-match.ts';
import type { Admission, Authenticator, Credentials, User } from './user.ts';
import { type Denied, type Told, Watchers } from './watchers.ts';

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
  /** Tells the subscribers who publishes, whatever the topic's policy says. @default false */
  readonly disclose?: boolean;
}

export interface HistoryRequest {
  /** What came after this position; otherwise the newest `last`. */
  readonly after?: Position;
  readonly last?: number;
  /** @default 100, at most 1_000 */
  readonly limit?: number;
}

/** The most that one request for history reads. */
const mostHistory = 1_000;
const mostHistoryBytes = 4 << 20;

export class Session {
  /** Random, from 1 to 2^53: a WAMP session id. */
  readonly id: number;
  readonly peer: Peer;
  readonly deliveries: Deliveries;
  readonly subscriptions: Subscriptions;
  readonly #hub: HubCore;
  readonly #principal: Principal;
  readonly #publishing: Publishing;
  /** Made when they are first asked for: most sessions only subscribe, or publish. */
  #calls: Calls | undefined;
  #watchers: Watchers | undefined;
  #user: User | undefined;
  #expires: number | undefined;
  #expiry: unknown;
  /** Requests that wait for their answers. */
  #asking = 0;
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
    this.subscriptions = new Subscriptions(this, hub);
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
  subscribe(name: string, options: SubscribeOptions = {}): Promise<Subscription> {
    return this.subscriptions.subscribe(name, options);
  }

  /**
   * Subscribes to every topic that matches and that this session may subscribe to, now and later.
   * @throws HubError `too-many`, `unavailable`
   */
  subscribePattern(uri: string, match: Match, options: Pick<SubscribeOptions, 'tag'>): PatternSubscription {
    return this.subscriptions.subscribePattern(uri, match, options);
  }

  /** Publishes. In the order of the calls, whatever each has to wait for. Resolves when the engine has it. */
  async publish(name: string, payload: Payload, options: PublishOptions = {}): Promise<Appended> {
    return await this.#publishing.publish(name, payload, options);
  }

  /** As `publish`; it answers, or throws, at once where there is nothing to wait for. */
  publishSoon(name: string, payload: Payload, options: PublishOptions): Soon<Appended> {
    return this.#publishing.publish(name, payload, options);
  }

  /** Calls a procedure. @throws HubError `too-many` when too many calls wait, `unavailable` when the session has ended */
  call(name: string, payload: Payload, options: CallOptions = {}): Call {
    this.mustBeOpen();
    return this.calls.call(name, payload, options);
  }

  /** Registers a procedure under a name, or under all names that match. */
  register(uri: string, match: Match, invoke: Invoke, procedure: Procedure): Promise<Registration> {
    return this.calls.register(uri, match, invoke, procedure);
  }

  /** @throws HubError `no-such-registration` */
  unregister(id: number): void {
    this.calls.unregister(id);
  }

  /** Reads a topic's history. `held`: the log has everything after `after`. */
  history(name: string, request: HistoryRequest): Promise<LogRead> {
    return this.#ask(async () => {
      const { value: policy, params } = this.#hub.topics.find(name);
      await demand(policy.allow.history, accessOf(this, name, params), 'read the history of');
      await this.#hub.ready();
      const { engine } = this.#hub;
      const { after, last } = request;
      const limit = Math.max(0, Math.min(request.limit ?? last ?? 100, last ?? mostHistory, mostHistory));
      const read: LogRead =
        after === undefined
          ? { ...(await engine.readLatest(name, limit)), held: true }
          : await engine.readAfter(name, after, limit, mostHistoryBytes);
      this.mustBeOpen();
      return { ...read, publications: read.publications.filter(({ audience }) => isFor(audience, this)) };
    });
  }

  /** Who is on a topic now. */
  presence(name: string): Promise<PresenceChange> {
    return this.#ask(async () => {
      await this.#watching.demand(name);
      return await this.#hub.topics.use(name, (topic) => {
        this.mustBeOpen();
        return topic.presence!.now();
      });
    });
  }

  /** Tells who is on a topic, before it resolves, and then who comes and goes, until it is ended. */
  watchPresence(name: string, told: Told, denied?: Denied): Promise<{ end(): void }> {
    return this.#ask(() => this.#watching.watch(name, told, denied));
  }

  /**
   * Goes on with new credentials of the same user, which whoever let it in is asked about; by default the hub's authenticator.
   * Resolves with the new expiry.
   */
  renew(credentials: Credentials, authenticator?: Authenticator): Promise<number | undefined> {
    return this.#ask(async () => {
      const admission = await this.#admission(credentials, authenticator);
      this.mustBeOpen();
      if (admission === undefined || admission.user.id !== this.#user?.id) {
        throw new HubError('denied', 'These credentials are not of the one whose session this is');
      }
      this.#user = admission.user;
      this.#expireAt(admission.expires);
      return admission.expires;
    });
  }

  /** The peer has every publication up to the `total`th of this session. False: so many were never sent. */
  acknowledge(total: number): boolean {
    return this.deliveries.acknowledge(total);
  }

  /** Asks the rules of all subscriptions and watchers again, and ends those that they do not allow any more. */
  async recheck(): Promise<void> {
    await Promise.all([this.subscriptions.recheck(), this.#watchers?.recheck()]);
  }

  /** Ends the session, for a reason that its peer is told. */
  end(reason: EndReason): void {
    if (this.#ended) return;
    this.close();
    try {
      this.peer.ended(reason);
    } catch (error) {
      this.report(error, 'end');
    }
  }

  /** The peer is gone: nothing of the session is left when this returns. */
  close(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#hub.clock.clearTimeout(this.#expiry);
    this.deliveries.stop();
    this.subscriptions.end();
    this.#watchers?.end();
    this.#calls?.end();
    this.#principal.sessions.delete(this);
    this.#hub.forget(this);
  }

  // What its own parts ask for

  get calls(): Calls {
    return (this.#calls ??= new Calls(this, this.#hub));
  }

  /** @throws HubError `unavailable` when it has ended */
  mustBeOpen(): void {
    if (this.#ended) throw new HubError('unavailable', 'The session has ended');
  }

  /** Hands a publication to the peer. An adapter that throws has lost its place in what it sends: that ends the session. */
  deliver(subscription: Subscription, publication: Publication, dropped: number, skipped: number, run?: Run): void {
    try {
      const bytes = this.peer.deliver(subscription, publication, dropped, skipped, run);
      this.deliveries.sent(bytes, subscription.latest);
      this.#hub.figures.deliveries++;
    } catch (error) {
      this.report(error, 'deliver');
      this.end('unavailable');
    }
  }

  /** As `deliver`, a run at once. False: it has to be delivered one by one. */
  deliverRun(subscription: Subscription, run: Run): boolean {
    const { peer, deliveries } = this;
    if (peer.deliverRun === undefined) return false;
    const room = deliveries.roomFor(run.publications.length, subscription.latest);
    if (room === 0) return false;
    try {
      const sizes = peer.deliverRun(subscription, run, room);
      if (sizes === undefined) return false;
      deliveries.sentRun(sizes, subscription.latest);
      this.#hub.figures.deliveries += sizes.length;
    } catch (error) {
      this.report(error, 'deliver');
      this.end('unavailable');
    }
    return true;
  }

  report(error: unknown, stage: string): void {
    this.#hub.report(error, stage);
  }

  get #watching(): Watchers {
    return (this.#watchers ??= new Watchers(this, this.#hub));
  }

  /** A request of the peer's that is answered later. */
  async #ask<T>(work: () => Promise<T>): Promise<T> {
    this.mustBeOpen();
    if (this.#asking >= this.#hub.limits.maxCalls) {
      throw new HubError('too-many', 'Too many requests wait for their answers');
    }
    this.#asking++;
    try {
      return await work();
    } finally {
      this.#asking--;
    }
  }

  /** What the user's own functions throw is no verdict on the credentials, unless it is a HubError. */
  async #admission(
    shown: Credentials,
    authenticator: Authenticator = (credentials) => this.#hub.admit(credentials),
  ): Promise<Admission | undefined> {
    try {
      return await authenticator(shown);
    } catch (error) {
      if (error instanceof HubError) throw error;
      this.report(error, 'authenticate');
      throw new HubError('unavailable', 'Nobody can be authenticated at the moment');
    }
  }

  #expireAt(expires: number | undefined): void {
    const { clock, date } = this.#hub;
    clock.clearTimeout(this.#expiry);
    this.#expires = expires;
    if (expires === undefined) return;
    const left = expires - date();
    if (left <= 0 && this.#expiry !== undefined) return this.end('expired');
    // A timer can't run for long enough, and may be early by a little.
    const again = (): void => this.#expireAt(expires);
    this.#expiry = clock.setTimeout(again, Math.max(0, Math.min(left, longestTimer)));
  }
}
