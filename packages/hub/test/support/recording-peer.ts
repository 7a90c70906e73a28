/** The end of a session that remembers what it was told, in the order in which it was. */

import type { Publication } from '../../src/contract/publication.ts';
import type { EndReason, Peer } from '../../src/hub/peer.ts';
import type { Subscription } from '../../src/hub/subscription.ts';

export interface Delivered {
  readonly subscription: Subscription;
  readonly publication: Publication;
  readonly dropped: number;
  readonly skipped: number;
}

export class RecordingPeer implements Peer {
  readonly delivered: Delivered[] = [];
  readonly endings: EndReason[] = [];
  readonly probes: number[] = [];
  /** Absent for a peer that acknowledges by itself. */
  probe?: (total: number) => void;
  /** What happens in the middle of a delivery. */
  during: ((delivered: Delivered) => void) | undefined;

  /** @param probed the peer is asked for signs of life, and answers none by itself */
  constructor(probed = false) {
    if (probed) this.probe = (total) => this.probes.push(total);
  }

  /** What was delivered, as its data alone. */
  get data(): unknown[] {
    return this.delivered.map(({ publication }) => publication.data);
  }

  /** What was delivered since the last time, as its data alone. */
  taken(): unknown[] {
    return this.delivered.splice(0).map(({ publication }) => publication.data);
  }

  deliver(subscription: Subscription, publication: Publication, dropped: number, skipped: number): number {
    const delivered = { subscription, publication, dropped, skipped };
    this.delivered.push(delivered);
    this.during?.(delivered);
    return publication.size;
  }

  ended(reason: EndReason): void {
    this.endings.push(reason);
  }
}
