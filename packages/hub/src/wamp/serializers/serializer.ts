/**
 * What a serializer of WAMP messages is: lists of values to the data of one WebSocket message and back, Basic Profile
 * "Serializers".
 *
 * Values are those of JSON, `Uint8Array`, and `bigint` for integers beyond ±2^53 (up to 64 bits). Decoders for bytes from
 * strangers are not safe as libraries make them, so here a scan bounds depth and number *before* anything is decoded.
 *
 * Rule of this room: `parse` never throws and allocates no more than a small multiple of the bytes that came; `serialize`
 * throws only on values of our own caller that have no place in the format. What one serializer's `parse` returned, every
 * serializer can write.
 */
import { Violation } from '../violation.ts';

export type SerializerName = 'json' | 'msgpack' | 'cbor';

/** Bounds on one message that arrives; its bytes are bounded by the socket's `maxMessageSize`. */
export interface SerializerLimits {
  /**
   * Lists and dictionaries within each other, the message's own list included. Stops stack overflow in whatever walks it.
   * @default 32
   */
  readonly maxDepth?: number;
  /**
   * Values in all: list items, dictionary entries, chunks of indefinite-length strings. Stops a small message that
   * becomes a large heap.
   * @default 65536
   */
  readonly maxItems?: number;
}

export interface Serializer {
  readonly name: SerializerName;
  /** Whether its messages are binary frames; JSON's are text frames, and no serializer reads the other kind. */
  readonly binary: boolean;
  /**
   * Writes one message. `undefined` is left out of dictionaries and becomes null in lists.
   * @throws TypeError on functions and symbols, and on values nested over 100 deep (a circle is);
   * @throws RangeError on a bigint beyond 64 bits.
   */
  serialize(list: readonly unknown[]): string | Uint8Array<ArrayBuffer>;
  /** Reads one message: a list, or what is wrong with the data. Binary values share the memory of `data` only where they are most of it. */
  parse(data: string | Uint8Array): readonly unknown[] | Violation;
}

/** The limits with their defaults. */
export interface Bounds {
  readonly maxDepth: number;
  readonly maxItems: number;
}

/** @throws RangeError unless both are whole numbers above zero. */
export function resolveLimits(limits: SerializerLimits = {}): Bounds {
  const { maxDepth = 32, maxItems = 65_536 } = limits;
  for (const [name, value] of Object.entries({ maxDepth, maxItems })) {
    if (!Number.isSafeInteger(value) || value < 1) throw new RangeError(`${name} must be a whole number above zero`);
  }
  return { maxDepth, maxItems };
}

/** The sentences that all serializers share. */
export const faults = {
  depth: (bounds: Bounds): string => `lists and dictionaries are nested more than ${bounds.maxDepth} deep`,
  items: (bounds: Bounds): string => `the message has more than ${bounds.maxItems} values`,
  proto: 'the dictionary key "__proto__" is not accepted',
  wide: 'an integer needs more than 64 bits',
  utf8: 'a string is not valid UTF-8',
  truncated: 'the data ends within a value',
  trailing: 'data follows the message',
  key: 'the keys of a dictionary must be strings',
  list: 'a message must be a list',
  textOnly: 'this subprotocol has text frames only',
  binaryOnly: 'this subprotocol has binary frames only',
} as const;

/** The message's list, or why it is none. */
export function asList(value: unknown): readonly unknown[] | Violation {
  return Array.isArray(value) ? value : new Violation(faults.list);
}
