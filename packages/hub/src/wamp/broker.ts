/**
 * The broker's part of one session: SUBSCRIBE, UNSUBSCRIBE, PUBLISH and EVENT (Basic Profile, "Publish and Subscribe"), with of the
 * Advanced Profile pattern-based subscription, black- and whitelisting, publisher exclusion and identification, and
 * subscription revocation.
 *
 * Rule of this file: a session has one subscription per topic and way of matching, whether by SUBSCRIBE or by
 * `tidewire.topic.join`, so that an EVENT comes once for each subscription id.
 */
import type { PreparedMessage } from 'tidewire';
import { HubError } from '../contract/errors.ts';
import type { Audience, Publication } from '../contract/publication.ts';
import type { Appended } from '../engine/engine.ts';
import type { PatternSubscription } from '../hub/pattern-subscriptions.ts';
import type { SubscriptionEnd } from '../hub/peer.ts';
import type { Run } from '../hub/run.ts';
import type { SubscribeOptions, Subscription } from '../hub/subscription.ts';
import { errorUris } from './error-uris.ts';
import { skippedDetails } from './event-frames.ts';
import type { MessageOf } from './messages.ts';
import type { OpenSession } from './open-session.ts';
import type { OptionsOf } from './options.ts';
import { errorUriOf, WampError } from './outcome.ts';
import { ownBytes, payloadOf } from './payloads.ts';
import { type SharedSubscription, subscriptionKey } from './subscription-ids.ts';

/** What `tidewire.topic.join` hears of its subscription. */
export interface JoinListener {
  joined(id: number, subscription: Subscription): void;
  caughtUp(id: number, subscription: Subscription): void;
  /** It ended before it had caught up, or after. `reason`: the hub ended it. */
  left(reason?: SubscriptionEnd): void;
}

/** One subscription of the session's. It is the tag of the hub's own. */
class Membership {
  readonly shared: SharedSubscription;
  readonly listener: JoinListener | undefined;
  held: Subscription | PatternSubscription | undefined;
  /** What is delivered now was published before it came. */
  isReplaying: boolean;

  constructor(shared: SharedSubscription, listener?: JoinListener) {
    this.shared = shared;
    this.listener = listener;
    this.isReplaying = shared.match === 'exact';
  }
}

const acknowledging = 'tidewire.session.acknowledge';

export class Broker {
  readonly #open: OpenSession;
  readonly #byKey = new Map<string, Membership>();
  readonly #byId = new Map<number, Membership>();
  /** SUBSCRIBEs that wait for the same subscription, by its key. */
  #pending: Map<string, number[]> | undefined;
  #waiting = 0;

  constructor(open: OpenSession) {
    this.#open = open;
  }

  async subscribe({ request, options, topic }: MessageOf<'SUBSCRIBE'>): Promise<void> {
    const { match = 'exact', get_retained = false } = options;
    const objection = this.#open.objectionTo(topic, match);
    if (objection !== undefined) return this.#open.refuse('SUBSCRIBE', request, objection);
    const key = subscriptionKey(topic, match);
    const known = this.#byKey.get(key);
    // "Broker should answer with SUBSCRIBED message, containing the existing Subscription|id."
    if (known !== undefined) return this.#subscribed([request], known);
    if (this.#waiting >= this.#open.realm.core.limits.maxSubscriptions) {
      return this.#open.refuse('SUBSCRIBE', request, new HubError('too-many', 'Too many subscriptions at once'));
    }
    this.#waiting++;
    this.#pending ??= new Map();
    const others = this.#pending.get(key);
    if (others !== undefined) return void others.push(request);
    const requests = [request];
    this.#pending.set(key, requests);
    try {
      if (match === 'exact') await this.#subscribeOne(topic, requests, get_retained);
      else this.#subscribeMany(topic, match, requests);
    } catch (error) {
      for (const each of requests) this.#open.refuse('SUBSCRIBE', each, error);
    } finally {
      this.#pending.delete(key);
      this.#waiting -= requests.length;
      if (this.#waiting === 0) this.#pending = undefined;
    }
  }

  unsubscribe({ request, subscription: id }: MessageOf<'UNSUBSCRIBE'>): void {
    const membership = this.#byId.get(id);
    if (membership === undefined) {
      return this.#open.refuse('UNSUBSCRIBE', request, new HubError('no-such-subscription'));
    }
    this.#end(membership);
    this.#open.send({ type: 'UNSUBSCRIBED', request });
  }

  publish(message: MessageOf<'PUBLISH'>): void {
    const { request, options, topic } = message;
    if (topic === acknowledging && this.#open.acknowledges) return this.#acknowledge(message);
    // "By default, publications are unacknowledged, and the Broker will not respond, whether … successful indeed or not."
    const refuse = (error: unknown): void => {
      if (options.acknowledge) this.#open.refuse('PUBLISH', request, error);
      else if (!(error instanceof HubError)) this.#open.realm.core.report(error, 'publish');
    };
    const objection = this.#open.objectionTo(topic);
    if (objection !== undefined) return refuse(objection);
    const { session, outlet } = this.#open;
    const { serializer } = outlet;
    try {
      const audience = this.#audience(options);
      const payload = payloadOf(message);
      const disclose = options.disclose_me === true && this.#mayDisclose(topic);
      const published = ({ position }: Appended): void => {
        if (options.acknowledge) this.#open.send({ type: 'PUBLISHED', request, publication: position.id });
      };
      const own = serializer.binary ? ownBytes(payload) : payload;
      const appended = session.publishSoon(topic, own, { audience, disclose });
      if (appended instanceof Promise) appended.then(published, refuse);
      else published(appended);
    } catch (error) {
      refuse(error);
    }
  }

  /** Subscribes for `tidewire.topic.join`. A second time takes the place of the first. */
  async join(
    topic: string,
    wanted: Pick<SubscribeOptions, 'position' | 'last'>,
    listener: JoinListener,
  ): Promise<void> {
    const { subscriptions } = this.#open.realm;
    const membership = new Membership(subscriptions.acquire(topic, 'exact'), listener);
    const joined = (subscription: Subscription): void => {
      this.#enter(membership, subscription);
      listener.joined(membership.shared.id, subscription);
    };
    try {
      await this.#subscribeAs(membership, { ...wanted, replay: 'recover', joined });
    } catch (error) {
      subscriptions.release(membership.shared);
      throw error;
    }
  }

  /** Ends what `join` began for this listener, if it stands. */
  leave(id: number, listener: JoinListener): void {
    const membership = this.#byId.get(id);
    if (membership?.listener === listener) this.#end(membership);
  }

  /** Sends a publication; returns its size in bytes. `run`: it comes as it was published, as a part of this. */
  deliver(subscription: Subscription, publication: Publication, dropped: number, skipped: number, run?: Run): number {
    const { shared, isReplaying, listener } = subscription.tag as Membership;
    const { outlet } = this.#open;
    const retained = isReplaying && listener === undefined;
    let frame: PreparedMessage;
    if (run !== undefined) frame = shared.frames.ofRun(run, publication, outlet.serializer, skipped);
    else if (dropped > 0 || skipped > 0 || retained) {
      const own = { ...(dropped > 0 && { _tidewire_dropped: dropped }), ...(retained && { retained }) };
      frame = shared.frames.apart(publication, outlet.serializer, {
        ...own,
        ...(skipped > 0 && skippedDetails(skipped)),
      });
    } else frame = shared.frames.late(publication, outlet.serializer);
    outlet.sendFrame(frame);
    return frame.size;
  }

  /** Sends a run as everybody gets it, if that is no more than `most` bytes; returns the size of each. */
  deliverRun(subscription: Subscription, run: Run, most: number): readonly number[] | undefined {
    const { shared, isReplaying } = subscription.tag as Membership;
    if (isReplaying) return undefined;
    const { outlet } = this.#open;
    const { frame, sizes } = shared.frames.run(run, outlet.serializer);
    if (frame.size > most) return undefined;
    outlet.sendFrame(frame);
    return sizes;
  }

  /** The session has ended its subscriptions: their ids are free. */
  close(): void {
    for (const { shared, listener } of this.#byId.values()) {
      this.#open.realm.subscriptions.release(shared);
      listener?.left();
    }
    this.#byId.clear();
    this.#byKey.clear();
  }

  async #subscribeOne(topic: string, requests: readonly number[], retained: boolean): Promise<void> {
    const { subscriptions } = this.#open.realm;
    const membership = new Membership(subscriptions.acquire(topic, 'exact'));
    const joined = (subscription: Subscription): void => {
      // A join that was on its way at the same time has come first, and may have more to say.
      const known = this.#byId.get(membership.shared.id);
      if (known === undefined) this.#enter(membership, subscription);
      else {
        subscription.end();
        subscriptions.release(membership.shared);
      }
      this.#subscribed(requests, known ?? membership);
    };
    try {
      await this.#subscribeAs(membership, { replay: retained ? 'retained' : 'nothing', joined });
    } catch (error) {
      subscriptions.release(membership.shared);
      throw error;
    }
  }

  #subscribeMany(uri: string, match: 'prefix' | 'wildcard', requests: readonly number[]): void {
    const { session, realm } = this.#open;
    const membership = new Membership(realm.subscriptions.acquire(uri, match));
    try {
      this.#enter(membership, session.subscribePattern(uri, match, { tag: membership }));
    } catch (error) {
      realm.subscriptions.release(membership.shared);
      throw error;
    }
    this.#subscribed(requests, membership);
  }

  async #subscribeAs(membership: Membership, options: SubscribeOptions): Promise<void> {
    const { shared, listener } = membership;
    await this.#open.session.subscribe(shared.uri, {
      ...options,
      tag: membership,
      caughtUp: (subscription) => {
        membership.isReplaying = false;
        listener?.caughtUp(shared.id, subscription);
      },
      ended: (_, reason) => this.#endedByHub(membership, reason),
    });
  }

  #enter(membership: Membership, held: Subscription | PatternSubscription): void {
    const { shared } = membership;
    const former = this.#byId.get(shared.id);
    membership.held = held;
    if (former !== undefined) this.#end(former);
    this.#byId.set(shared.id, membership);
    this.#byKey.set(shared.key, membership);
  }

  #subscribed(requests: readonly number[], { shared }: Membership): void {
    for (const request of requests) this.#open.send({ type: 'SUBSCRIBED', request, subscription: shared.id });
  }

  #end(membership: Membership): void {
    membership.held?.end();
    this.#forget(membership);
  }

  #forget({ shared, listener }: Membership, reason?: SubscriptionEnd): void {
    this.#byId.delete(shared.id);
    this.#byKey.delete(shared.key);
    this.#open.realm.subscriptions.release(shared);
    listener?.left(reason);
  }

  #endedByHub(membership: Membership, reason: SubscriptionEnd): void {
    const { shared, listener } = membership;
    if (this.#byId.get(shared.id) !== membership) return;
    // A plain subscriber knows of no positions: it goes on from where the log is now, as it would have come at this moment.
    if (reason === 'reset' && listener === undefined) return this.#goOn(membership);
    this.#forget(membership, reason);
    if (listener !== undefined || this.#open.can('subscriber', 'subscription_revocation')) {
      const details = { subscription: shared.id, reason: errorUriOf(reason) };
      this.#open.send({ type: 'UNSUBSCRIBED', request: 0, details });
    } else if (reason !== 'denied') {
      // "In this case, the Broker MUST NOT send an UNSUBSCRIBED message": but the subscriber must not wait in vain either.
      this.#open.session.end('unavailable');
    }
  }

  #goOn(membership: Membership): void {
    const joined = (subscription: Subscription): void => {
      // It may have been left meanwhile.
      if (this.#byId.get(membership.shared.id) === membership) membership.held = subscription;
      else subscription.end();
    };
    this.#subscribeAs(membership, { joined }).catch(() => {
      if (!this.#open.isClosed) this.#endedByHub(membership, 'unavailable');
    });
  }

  /** Advanced Profile, "Publisher Exclusion" and "Subscriber Black- and Whitelisting". */
  #audience(options: OptionsOf<'PUBLISH'>): Audience | undefined {
    const { exclude_me = true, exclude = [], exclude_authid, exclude_authrole } = options;
    const { eligible, eligible_authid, eligible_authrole } = options;
    // Most say nothing, or only whether they want it themselves.
    if (Object.keys(options).length === (options.exclude_me === undefined ? 0 : 1)) {
      return exclude_me ? { except: { sessions: [this.#open.session.id] } } : undefined;
    }
    const lists = [exclude, exclude_authid, exclude_authrole, eligible, eligible_authid, eligible_authrole];
    const listed = lists.reduce((sum, list) => sum + (list?.length ?? 0), 0);
    const longest = [exclude_authid, exclude_authrole, eligible_authid, eligible_authrole];
    if (listed > this.#open.realm.maxListed || longest.some((list) => list?.some(({ length }) => length > 256))) {
      throw new HubError('too-large', `A publication names at most ${this.#open.realm.maxListed} receivers`);
    }
    const sessions = exclude_me ? [this.#open.session.id, ...exclude] : exclude;
    const except = { ...(sessions.length > 0 && { sessions }), ...listsOf(exclude_authid, exclude_authrole) };
    const only = { ...(eligible && { sessions: eligible }), ...listsOf(eligible_authid, eligible_authrole) };
    const audience = {
      ...(Object.keys(except).length > 0 && { except }),
      ...(Object.keys(only).length > 0 && { only }),
    };
    return Object.keys(audience).length > 0 ? audience : undefined;
  }

  /** Whether the realm's word is needed for a disclosure. @throws HubError when it is, and the realm says no */
  #mayDisclose(topic: string): boolean {
    const { core, allowDisclosure } = this.#open.realm;
    if (core.topics.find(topic).value.disclose) return false;
    if (allowDisclosure) return true;
    throw new WampError(errorUris.discloseMeDisallowed, 'Publishers are not disclosed here');
  }

  /** So many EVENTs have been taken: the peer's count of this session, whatever the subscriptions. */
  #acknowledge({ args = [] }: MessageOf<'PUBLISH'>): void {
    const [total] = args;
    if (!Number.isSafeInteger(total) || (total as number) < 0) {
      return this.#open.violated(`${acknowledging} takes the number of EVENTs`);
    }
    if (!this.#open.session.acknowledge(total as number)) {
      this.#open.violated(`${acknowledging} counts more EVENTs than were sent`);
    }
  }
}

function listsOf(users: readonly string[] | undefined, roles: readonly string[] | undefined) {
  return { ...(users && { users }), ...(roles && { roles }) };
}
