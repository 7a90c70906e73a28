/** Schemas that contracts have in common: people, and texts that end somewhere. */
import * as v from 'valibot';
import type { User } from './identity.ts';

/** A schema whose values are the same on both sides. */
export type Schema<T> = v.GenericSchema<T, T>;

/** Somebody, as the server stamps it on what they write. */
export const personSchema: Schema<User> = v.object({ id: id(), name: v.pipe(v.string(), v.maxLength(64)) });

/** An id that a server or a page has made, and that can stand in a topic's name. */
export function id(): Schema<string> {
  return v.pipe(v.string(), v.regex(/^[\w~-]{1,64}$/));
}

/** A text with something in it, of at most so many UTF-16 units. */
export function text(most: number): Schema<string> {
  return v.pipe(v.string(), v.maxLength(most), v.regex(/\S/));
}

/** A place in a topic. */
export function offset(): Schema<number> {
  return v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER));
}

/** For calls that take, or give, nothing; and topics on which nothing is said, but people are. */
export const nothing: Schema<null> = v.null();
