/**
 * What travels through topics. A publication is one entry of a topic's log; once made it does not change, and the same
 * object goes to every subscriber, so that what is worked out for one (a frame, say) serves all.
 */

/**
 * A place in a topic. `offset` counts the topic's publications from 1, within an `epoch` that names this life of the log;
 * `id` is the random id of the publication there. A log that was put back to an older copy has other ids behind that copy's
 * end: so a position is only good where the log holds that id at that offset. Offset 0, with id 0, is before the first.
 */
export interface Position {
  readonly epoch: string;
  readonly offset: number;
  /** From 1 to 2^53. */
  readonly id: number;
}

/** Who published, as far as it is told. */
export interface Publisher {
  /** The session's id. */
  readonly session: number;
  /** The user's id; absent when nobody was signed in. */
  readonly user?: string;
  readonly role?: string;
}

/** Who gets a publication, of those who are subscribed: everyone, less `except`, and of those only who is in `only`. */
export interface Audience {
  readonly except?: Receivers;
  /** A receiver must be in every list that is there. */
  readonly only?: Receivers;
}

export interface Receivers {
  /** Ids of sessions. */
  readonly sessions?: readonly number[];
  /** Ids of users. */
  readonly users?: readonly string[];
  readonly roles?: readonly string[];
}

/** A value as an adapter laid it out. */
export interface Payload {
  /** JSON, and Uint8Array and BigInt anywhere in it. */
  readonly data: unknown;
  /** An adapter's word for a layout of `data` that is not the plain value, such as WAMP's positional and named arguments. */
  readonly form?: string;
}

/** A publication before the log has it. */
export interface Draft extends Payload {
  readonly id: number;
  /** The hub's clock when it was accepted, ms since 1970. */
  readonly time: number;
  /** Bytes that count for bounds: about what `data` takes as text. */
  readonly size: number;
  /** What `latest` and `retain` tell values apart by; `''` when the topic has one value. */
  readonly key: string;
  readonly publisher?: Publisher;
  readonly audience?: Audience;
}

export interface Publication extends Draft {
  readonly topic: string;
  readonly epoch: string;
  readonly offset: number;
}

/** A position as one value, of a publication or of anything that has its three parts. */
export function positionOf({ epoch, offset, id }: Position): Position {
  return { epoch, offset, id };
}
