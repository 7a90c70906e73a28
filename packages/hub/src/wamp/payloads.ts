/**
 * `Arguments` and `ArgumentsKw` as the hub's data, and back.
 *
 * The hub knows one value per publication, call or result. `Arguments = [x]` alone is the value `x`; any other layout is kept
 * whole, under a form of its own, so that it reaches WAMP peers as it came.
 */
import type { Payload } from '../contract/publication.ts';
import type { Payload as Arguments } from './messages.ts';
import { type Dict, isDict } from './options.ts';

/** The hub's word for `data` that is `{ args, kwargs }`. */
export const argumentsForm = 'arguments';

export function payloadOf({ args = [], kwargs }: Arguments): Payload {
  if (args.length === 1 && (kwargs === undefined || Object.keys(kwargs).length === 0)) return { data: args[0] };
  return { data: { args, kwargs: kwargs ?? {} }, form: argumentsForm };
}

/** The payload of a call or of its result: without any arguments it is no value, rather than two empty lists. */
export function callPayloadOf(message: Arguments): Payload {
  const { args = [], kwargs = {} } = message;
  return args.length === 0 && Object.keys(kwargs).length === 0 ? { data: undefined } : payloadOf(message);
}

/**
 * The payload with bytes of its own. What a binary serialization was read from is one buffer, of which bytes in it are views:
 * a publication that is kept must not keep the rest of its message, which nobody counts. Changes what it is given.
 */
export function ownBytes<T>(value: T): T {
  if (value instanceof Uint8Array) return (value.length < value.buffer.byteLength ? value.slice() : value) as T;
  if (Array.isArray(value)) for (const [i, item] of value.entries()) value[i] = ownBytes(item);
  else if (isDict(value))
    for (const key of Object.keys(value)) (value as Record<string, unknown>)[key] = ownBytes(value[key]);
  return value;
}

export function argumentsOf({ data, form }: Payload): Arguments {
  if (form !== argumentsForm || !isDict(data)) return data === undefined ? {} : { args: [data] };
  return { args: data['args'] as readonly unknown[], kwargs: data['kwargs'] as Dict };
}
