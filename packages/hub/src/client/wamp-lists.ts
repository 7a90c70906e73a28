/**
 * WAMP messages as a client meets them: lists, taken apart with the checks that the client relies on. The whole table, with
 * every option of every message, is the router's (wamp/messages.ts), and weighs more than a page should carry.
 *
 * Rule of this file: whatever is not as WAMP says throws `Malformed`, which ends the session as a protocol violation.
 */
import { isId } from '../wamp/ids.ts';

/** A message: its code, and what belongs to it. */
export type List = readonly unknown[];

/** WAMP's `dict`. */
export interface Dict {
  readonly [key: string]: unknown;
}

/** What a publication, call, result or error carries. */
export interface Payload {
  readonly args?: List | undefined;
  readonly kwargs?: Dict | undefined;
}

/** The peer broke the protocol. Never leaves the client's rooms. */
export class Malformed extends Error {}

export function isDict(value: unknown): value is Dict {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isString(value: unknown): value is string {
  return typeof value === 'string';
}

/** The element at an index, which must be of a kind. */
export function elementAt<T>(list: List, index: number, is: (value: unknown) => value is T): T {
  const element = list[index];
  if (is(element)) return element;
  throw new Malformed(`Element ${index} of message ${list[0]} is of the wrong kind`);
}

export const idAt = (list: List, index: number): number => elementAt(list, index, isId);
export const dictAt = (list: List, index: number): Dict => elementAt(list, index, isDict);

/** Arguments at an index and ArgumentsKw behind it, each of which may be missing at the end. */
export function payloadAt(list: List, index: number): Payload {
  const args = list[index] === undefined ? undefined : elementAt(list, index, Array.isArray);
  return list[index + 1] === undefined ? { args } : { args, kwargs: dictAt(list, index + 1) };
}

/** A message with its payload; an empty one is left out. */
export function withPayload(list: List, { args = [], kwargs }: Payload): List {
  if (kwargs !== undefined) return [...list, args, kwargs];
  return args.length === 0 ? list : [...list, args];
}
