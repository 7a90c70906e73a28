/** (being written) Items of a subscription. */
import type { HubError } from '../hub/errors.ts';
import type { Position, Publisher } from '../hub/publication.ts';

export interface SubscribeOptions {
  /** So many of the newest publications are replayed to a newcomer, and to one whose position was lost. @default 0 */
  readonly last?: number;
  /** Where an earlier life of the page had got to (an item's `position`): what came after it follows. @default none */
  readonly position?: Position;
  /** Ends the subscription: the iterator is done. */
  readonly signal?: AbortSignal;
}

/** What a subscription tells, in order. */
export type TopicItem<D = any> = JoinedItem | PublicationItem<D> | CaughtUpItem | GapItem;

/** The topic was joined: at first, after every reconnect, and to repair a gap. What was missed follows. */
export interface JoinedItem {
  readonly type: 'joined';
  /**
   * `true`: everything that was missed follows. `false`: something is lost for good. `'fresh'`: there was no position to go
   * on from, or the topic keeps only the latest values, which follow.
   */
  readonly recovered: boolean | 'fresh';
  /** How many publications follow before `caught-up`. */
  readonly missed: number;
}

export interface PublicationItem<D = any> {
  readonly type: 'publication';
  readonly data: D;
  /** It was published before the topic was joined. */
  readonly replayed: boolean;
  readonly position: Position;
  /** ms since 1970, the hub's clock. */
  readonly time: number;
  /** Who published it, where the topic discloses it. */
  readonly publisher?: Publisher;
}

/** What was missed has been told; what follows is live. */
export interface CaughtUpItem {
  readonly type: 'caught-up';
  /** How many publications were replayed, those that had been delivered before not counted. */
  readonly replayed: number;
}

/** Something will not be delivered: this reader was too slow for it, or it is against the contract. */
export interface GapItem {
  readonly type: 'gap';
  readonly reason: 'dropped' | 'invalid';
  readonly missed: number;
  /** What was wrong with the data, for `invalid`. */
  readonly error?: HubError;
}
