/** (being written) History. */
import type { Position, Publisher } from '../hub/publication.ts';

export interface HistoryOptions {
  /** So many of the newest. */
  readonly last?: number;
  /** What came after this position. */
  readonly after?: Position;
  /** At most so many. @default the hub's */
  readonly limit?: number;
}

export interface HistoryEntry<D> {
  readonly position: Position;
  readonly time: number;
  readonly data: D;
  readonly publisher?: Publisher;
}

export interface History<D = any> {
  readonly publications: readonly HistoryEntry<D>[];
  /** The topic's newest. */
  readonly position: Position;
  /** False: `after` is not in the log any more, so something between may be lost. */
  readonly held: boolean;
}
