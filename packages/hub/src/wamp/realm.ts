/** A realm: a hub under the name by which WAMP clients ask for it, and what its sessions share. Options are judged once, here. */
import type { HubCore } from '../hub/hub-core.ts';
import { positive } from '../hub/policy.ts';
import type { SecretLookup, TicketCheck } from './authentication.ts';
import type { Serializer } from './serializers/serializer.ts';
import { resolveLimits as resolveSerializerLimits, type SerializerLimits } from './serializers/serializer.ts';
import { wampSerializers } from './serializers/subprotocols.ts';
import { type SubscriptionIds, subscriptionIdsOf } from './subscription-ids.ts';

/** What a WAMP peer can grow beside what the hub bounds, and how far. */
export interface WampLimits extends SerializerLimits {
  /** Invocations of one callee that are not answered; beyond it calls fail. @default 1_000 */
  readonly maxInvocations?: number;
  /** Entries of all black- and whitelists of one PUBLISH. @default 1_000 */
  readonly maxListed?: number;
}

export interface WampOptions {
  /** The realm's name. @default 'realm1', which clients ask for by default */
  readonly realm?: string;
  /** URIs have lower-case letters, digits and `_` only, as WAMP recommends. @default false */
  readonly strictUris?: boolean;
  /** Callers and publishers may have themselves disclosed, whatever the topic's policy says. @default false */
  readonly allowDisclosure?: boolean;
  /** Says whose ticket that is. @default the hub's `authenticate`, with the ticket as the token */
  readonly ticket?: TicketCheck;
  /** Finds the secret of a user. @default WAMP-CRA is not spoken */
  readonly wampcra?: SecretLookup;
  /** How long (ms) a client has from the transport's opening, or from the end of its last session, to WELCOME. @default 10_000 */
  readonly handshakeTimeout?: number;
  /** What one message, one callee and one PUBLISH of a peer may be, beside the hub's own limits. */
  readonly wampLimits?: WampLimits;
}

export class WampRealm {
  readonly name: string;
  readonly core: HubCore;
  readonly strictUris: boolean;
  readonly allowDisclosure: boolean;
  readonly ticket: TicketCheck | undefined;
  readonly wampcra: SecretLookup | undefined;
  readonly handshakeTimeout: number;
  readonly maxInvocations: number;
  readonly maxListed: number;
  readonly subscriptions: SubscriptionIds;
  readonly #serializers: ReadonlyMap<string, Serializer>;

  /** @throws RangeError, TypeError on options that make no sense */
  constructor(core: HubCore, options: WampOptions = {}) {
    const { realm = 'realm1', wampLimits = {} } = options;
    const { maxInvocations, maxListed, ...serializerLimits } = wampLimits;
    if (typeof realm !== 'string' || realm === '')
      throw new TypeError(`${JSON.stringify(realm)} is no name of a realm`);
    this.name = realm;
    this.core = core;
    this.strictUris = options.strictUris ?? false;
    this.allowDisclosure = options.allowDisclosure ?? false;
    this.ticket = options.ticket;
    this.wampcra = options.wampcra;
    if (this.ticket !== undefined || this.wampcra !== undefined) core.signsIn();
    this.handshakeTimeout = positive('handshakeTimeout', options.handshakeTimeout, 10_000);
    this.maxInvocations = positive('maxInvocations', maxInvocations, 1_000);
    this.maxListed = positive('maxListed', maxListed, 1_000);
    this.subscriptions = subscriptionIdsOf(core);
    this.#serializers = wampSerializers(resolveSerializerLimits(serializerLimits));
  }

  /** The serializer of a WebSocket subprotocol. @throws TypeError when it is not one of WAMP's */
  serializer(subprotocol: string): Serializer {
    const serializer = this.#serializers.get(subprotocol);
    if (serializer === undefined) throw new TypeError(`${subprotocol} is no subprotocol of WAMP`);
    return serializer;
  }
}
