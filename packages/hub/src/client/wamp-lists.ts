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
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}

/** The id at an index. `or0`: 0 where the router was not asked. */
export function idAt(list: List, index: number, or0 = false): number {
  const id = list[index];
  if (isId(id) || (or0 && id === 0)) return id as number;
  throw wrong(list, index, 'an id');
}

export function stringAt(list: List, index: number): string {
  const text = list[index];
  if (typeof text === 'string') return text;
  throw wrong(list, index, 'a string');
}

export function dictAt(list: List, index: number): Dict {
  const dict = list[index];
  if (isDict(dict)) return dict;
  throw wrong(list, index, 'a dictionary');
}

/** Arguments at an index and ArgumentsKw behind it, each of which may be missing at the end. */
export function payloadAt(list: List, index: number): Payload {
  const [args, kwargs] = [list[index], list[index + 1]];
  if (args !== undefined && !Array.isArray(args)) throw wrong(list, index, 'a list');
  return kwargs === undefined ? { args } : { args, kwargs: dictAt(list, index + 1) };
}

/** A message with its payload; an empty one is left out. */
export function withPayload(list: List, { args = [], kwargs }: Payload): List {
  if (kwargs !== undefined) return [...list, args, kwargs];
  return args.length === 0 ? list : [...list, args];
}

function wrong([code]: List, index: number, must: string): Malformed {
  return new Malformed(`Element ${index} of message ${code} must be ${must}`);
}
