/**
 * One open WAMP session: it hands each message to the broker's or the dealer's room, keeps the requests in sequence, and is the
 * mouth that the hub speaks through.
 */

import { HubError } from '../contract/errors.ts';
import type { Publication } from '../contract/publication.ts';
import type { EndReason, Peer } from '../hub/peer.ts';
import type { Run } from '../hub/run.ts';
import type { Session } from '../hub/session.ts';
import type { Subscription } from '../hub/subscription.ts';
import type { Admission, Authenticator } from '../hub/user.ts';
import { Broker } from './broker.ts';
import { Dealer } from './dealer.ts';
import { errorUris } from './error-uris.ts';
import { nextRequestId } from './ids.ts';
import { LineProbe } from './line-probe.ts';
import { type Message, messageTypes, type RequestType } from './messages.ts';
import { hasFeature, type OptionsOf } from './options.ts';
import { errorParts, WampError } from './outcome.ts';
import type { WampOutlet } from './outlet.ts';
import type { WampRealm } from './realm.ts';
import { isReservedUri, isUri, type MatchPolicy } from './uri.ts';

/** The features of clients that change what is done for them. */
const features = [
  ['subscriber', 'subscription_revocation'],
  ['callee', 'progressive_call_results'],
  ['callee', 'call_canceling'],
] as const;
type Feature = (typeof features)[number];

/** How whoever opened it hears of its end. */
export interface OpenSessionEvents {
  ended(reason: EndReason): void;
  /** The peer broke the protocol; a sentence without a full stop. */
  violated(reason: string): void;
}

export interface OpenSessionInit {
  readonly admission: Admission | undefined;
  /** Who is asked about the token of a renewal: whoever let it in. Absent: it can't be renewed. */
  readonly renewal: Authenticator | undefined;
  readonly id: number;
  readonly events: OpenSessionEvents;
}

export class OpenSession implements Peer {
  readonly realm: WampRealm;
  readonly outlet: WampOutlet;
  readonly session: Session;
  /** Undefined for peers that say by themselves how far they are. */
  readonly probe: ((total: number) => void) | undefined;
  /** The peer sends `tidewire.session.acknowledge`. */
  readonly acknowledges: boolean;
  readonly renewal: Authenticator | undefined;
  /** Of what the peer announced, what is asked for here. All of its HELLO is not kept: it may be a megabyte of anything. */
  readonly #features: readonly Feature[];
  readonly #events: OpenSessionEvents;
  readonly #broker: Broker;
  /** Made with the first call or registration: many sessions never see one. */
  #madeDealer: Dealer | undefined;
  #line: LineProbe | undefined;
  /** The newest request id of the peer's. */
  #request = 0;
  #closed = false;

  /** @throws HubError `unavailable` when the hub is closed */
  constructor(realm: WampRealm, outlet: WampOutlet, hello: OptionsOf<'HELLO'>, init: OpenSessionInit) {
    this.realm = realm;
    this.outlet = outlet;
    this.acknowledges = hello['_tidewire_acknowledges'] === true;
    this.#features = announcedBy(hello);
    this.renewal = init.renewal;
    this.#events = init.events;
    this.probe = this.acknowledges ? undefined : (total) => this.#ask(total);
    this.session = realm.core.open(this, init.admission, init.id);
    this.#broker = new Broker(this);
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  get protocol(): string {
    return this.outlet.protocol;
  }

  /** Whether the client announced a feature of a role. */
  can(...feature: Feature): boolean {
    return this.#features.some(([role, name]) => role === feature[0] && name === feature[1]);
  }

  receive(message: Message): void {
    switch (message.type) {
      case 'PUBLISH':
        if (this.#isNext(message.request)) this.#broker.publish(message);
        return;
      case 'SUBSCRIBE':
        if (this.#isNext(message.request)) void this.#broker.subscribe(message);
        return;
      case 'UNSUBSCRIBE':
        if (this.#isNext(message.request)) this.#broker.unsubscribe(message);
        return;
      case 'CALL':
        if (this.#isNext(message.request)) this.#dealer.call(message);
        return;
      case 'CANCEL':
        return this.#dealer.cancel(message);
      case 'REGISTER':
        if (this.#isNext(message.request)) void this.#dealer.register(message);
        return;
      case 'UNREGISTER':
        if (this.#isNext(message.request)) this.#dealer.unregister(message);
        return;
      case 'YIELD':
        return this.#dealer.yield(message);
      case 'ERROR':
        return this.#dealer.error(message);
    }
  }

  /** Sends, unless the session is over. @throws as the outlet does */
  send(message: Message): void {
    if (!this.#closed) this.outlet.send(message);
  }

  /** Answers a request with ERROR. What is not a HubError goes to `onError`, under the name of the request. */
  refuse(type: RequestType, request: number, error: unknown): void {
    if (!(error instanceof HubError)) this.realm.core.report(error, type.toLowerCase());
    this.send({ type: 'ERROR', requestType: messageTypes[type].code, request, details: {}, ...errorParts(error) });
  }

  violated(reason: string): void {
    this.#events.violated(reason);
  }

  /** Why this name can't be a topic or procedure of the peer's; undefined when it can. */
  objectionTo(uri: string, match: MatchPolicy = 'exact'): HubError | undefined {
    if (!isUri(uri, { match, strict: this.realm.strictUris })) {
      return new WampError(errorUris.invalidUri, 'This is no URI');
    }
    if (isReservedUri(uri) || uri === 'tidewire' || uri.startsWith('tidewire.')) {
      return new HubError('denied', 'Names that begin with "wamp." and "tidewire." are reserved');
    }
    return undefined;
  }

  deliver(subscription: Subscription, publication: Publication, dropped: number, skipped: number, run?: Run): number {
    return this.#broker.deliver(subscription, publication, dropped, skipped, run);
  }

  deliverRun(subscription: Subscription, run: Run, most: number): readonly number[] | undefined {
    return this.#broker.deliverRun(subscription, run, most);
  }

  ended(reason: EndReason): void {
    this.#events.ended(reason);
  }

  pong(payload: Uint8Array): void {
    const total = this.#line?.answered(payload);
    if (total !== undefined) this.session.acknowledge(total);
  }

  /** Nothing of it is left when this returns. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.session.close();
    this.#broker.close();
    this.#madeDealer?.close();
  }

  #ask(total: number): void {
    this.#line ??= new LineProbe(this.realm.core.clock, (payload) => this.outlet.ping(payload));
    this.#line.ask(total);
  }

  get #dealer(): Dealer {
    return (this.#madeDealer ??= new Dealer(this, this.#broker));
  }

  /** Basic Profile, "Protocol Errors": "Receiving message with non-sequential session scope request ID". */
  #isNext(request: number): boolean {
    const next = nextRequestId(this.#request);
    if (request !== next) {
      this.violated(`The request id must be ${next}, one more than the one before`);
      return false;
    }
    this.#request = next;
    return true;
  }
}

/** Apart from the constructor, whose closures would keep what one among them uses. */
function announcedBy(hello: OptionsOf<'HELLO'>): readonly Feature[] {
  return features.filter(([role, feature]) => hasFeature(hello, role, feature));
}
