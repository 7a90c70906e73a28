/** (being written) The outbox. */
import type { Position } from '../hub/publication.ts';

export interface PublishOptions {
  /** Makes it happen once per topic and user. @default a random one */
  readonly key?: string;
  /** Gives it up; when it was on its way already, it may still happen. Rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface Published {
  readonly position: Position;
  /** The key had been used before; `position` is the first one's. */
  readonly duplicate: boolean;
}

/** A publication that waits for its acknowledgement. */
export interface PendingPublication {
  readonly topic: string;
  readonly key: string;
  readonly data: unknown;
}

/** Where an outbox survives the end of the page. See `outboxStorage` for a ready one. */
export interface OutboxStorage {
  /** What was saved last; anything that is none is ignored. */
  load(): unknown;
  /** Called with the whole outbox after every change, in the same turn. */
  save(pending: readonly PendingPublication[]): void;
}

export interface OutboxOptions extends Partial<OutboxStorage> {
  /** Publications that may wait. @default 1_000 */
  readonly maxMessages?: number;
  /** Bytes of them, serialized. @default 1 MiB */
  readonly maxBytes?: number;
}
