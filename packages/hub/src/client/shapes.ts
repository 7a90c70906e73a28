/**
 * What the hub's calls carry, taken out of dictionaries that came from the peer. Whatever is not as the protocol says
 * throws `Malformed`, which ends the session as a protocol violation.
 */
import type { Position, Publisher } from '../contract/publication.ts';
import { isId } from '../wamp/ids.ts';
import { type Dict, isDict, isString, Malformed, type Payload } from './wamp-lists.ts';

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
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** A number of things that may be left out. */
export function countIn(dict: Dict, key: string): number {
  return dict[key] === undefined ? 0 : entryIn(dict, key, isCount);
}

/** What stands under a key, which must be of a kind. */
export function entryIn<T>(dict: Dict, key: string, is: (value: unknown) => value is T): T {
  const value = dict[key];
  if (is(value)) return value;
  throw new Malformed(`${key} is of the wrong kind`);
}

/** A time, ms since 1970; absent or something else: undefined. */
export function timeIn(dict: Dict, key: string): number | undefined {
  const value = dict[key];
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

export function isPosition(value: unknown): value is Position {
  if (!isDict(value)) return false;
  const { epoch, offset, id } = value;
  return isString(epoch) && isCount(offset) && (isId(id) || (offset === 0 && id === 0));
}

/** Somebody's session, as `{ session, user?, role?, name? }`. */
export function toPublisher(value: unknown): (Publisher & { readonly name?: string }) | undefined {
  if (!isDict(value) || !isId(value['session'])) return undefined;
  const { session, user, role, name } = value;
  return {
    session,
    ...(isString(user) && { user }),
    ...(isString(role) && { role }),
    ...(isString(name) && { name }),
  };
}
