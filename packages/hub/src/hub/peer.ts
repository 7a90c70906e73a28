/**
 * What an adapter is to the hub: the mouth of one session. An adapter turns these calls into its protocol's messages, and its
 * peer's messages into calls of the session; the hub knows no more of it.
 */
import type { Publication } from '../contract/publication.ts';
import type { Run } from './run.ts';
import type { Subscription } from './subscription.ts';

/** Why the hub ended a session. */
export type EndReason = 'expired' | 'revoked' | 'slow-reader' | 'shutdown' | 'unavailable';

/** How a WebSocket is closed for each reason. Clients come back after 4001, 4008, 1001 and 1013, and not after 3003. */
export const endCodes: Readonly<Record<EndReason, number>> = {
  expired: 4001,
  revoked: 3003,
  'slow-reader': 4008,
  shutdown: 1001,
  unavailable: 1013,
};

/** Why a subscription ended, other than by its subscriber. `reset`: the log is not what it was; joining again tells what is left. */
export type SubscriptionEnd = 'reset' | 'denied' | 'unavailable';

export interface Peer {
  /** What it speaks, such as `wamp.2.json`; `''` without a subprotocol. */
  readonly protocol?: string;
  /**
   * Sends a publication, at once and in order; returns its size in bytes as sent. `dropped` is how many before it a reader with
   * `drop-oldest` did not get; `skipped` is how many since the last that was delivered were not for this reader, which is not
   * counted with `latest`. `run`: the run that it is a part of, when it comes as it was published. It must not throw because of the peer.
   */
  deliver(subscription: Subscription, publication: Publication, dropped: number, skipped: number, run?: Run): number;
  /**
   * Sends a whole run as `deliver` would send each, if that takes no more than `most` bytes; returns the size of each, which all receivers
   * may share. `undefined`: nothing was sent, and they are to be delivered one by one. Absent: always one by one.
   */
  deliverRun?(subscription: Subscription, run: Run, most: number): readonly number[] | undefined;
  /**
   * Asks the line for a sign of life behind everything that was sent: then `session.acknowledge(total)`. Absent when the
   * peer acknowledges by itself.
   */
  probe?(total: number): void;
  /** The hub has ended the session. Nothing is delivered any more; what is left is to say so and to close. */
  ended(reason: EndReason): void;
}
