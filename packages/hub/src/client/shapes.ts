/**
 * What the hub's calls carry, taken out of dictionaries that came from the peer. Whatever is not as the protocol says
 * throws `Malformed`, which ends the session as a protocol violation.
 */
import type { Position, Publisher } from '../hub/publication.ts';
import { isId } from '../wamp/ids.ts';
import { type Dict, isDict, Malformed, type Payload } from './wamp-lists.ts';

/** The value of a payload: `Arguments = [x]` is `x`; what a plain WAMP peer laid out otherwise is told as it is. */
export function valueIn({ args = [], kwargs }: Payload): unknown {
  if (kwargs === undefined && args.length < 2) return args[0];
  return { args, kwargs: kwargs ?? {} };
}

/** The payload of a value. */
export function payloadOf(value: unknown): Payload {
  return value === undefined ? {} : { args: [value] };
}

/** A number of things, from 0. */
export function countIn(dict: Dict, key: string): number {
  const value = dict[key];
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw new Malformed(`${key} must be an integer that is not negative`);
}

export function idIn(dict: Dict, key: string): number {
  const value = dict[key];
  if (isId(value)) return value;
  throw new Malformed(`${key} must be an id`);
}

/** A time, ms since 1970; absent or something else: undefined. */
export function timeIn(dict: Dict, key: string): number | undefined {
  const value = dict[key];
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

export function positionIn(dict: Dict, key: string): Position {
  const position = toPosition(dict[key]);
  if (position !== undefined) return position;
  throw new Malformed(`${key} must be a position`);
}

/** A position, or undefined when it is none. */
export function toPosition(value: unknown): Position | undefined {
  if (!isDict(value)) return undefined;
  const { epoch, offset, id } = value;
  if (typeof epoch !== 'string' || !Number.isSafeInteger(offset) || (offset as number) < 0) return undefined;
  if (!isId(id) && !(offset === 0 && id === 0)) return undefined;
  return { epoch, offset: offset as number, id };
}

/** Somebody's session, as `{ session, user?, role? }`. */
export function toPublisher(value: unknown): Publisher | undefined {
  if (!isDict(value) || !isId(value['session'])) return undefined;
  const { session, user, role } = value;
  return {
    session,
    ...(typeof user === 'string' ? { user } : undefined),
    ...(typeof role === 'string' ? { role } : undefined),
  };
}
