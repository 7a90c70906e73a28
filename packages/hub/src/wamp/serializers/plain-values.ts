/**
 * What our own side serializes, looked at before an encoder gets it.
 *
 * Most messages are plain: null, booleans, numbers, well-formed strings, lists and dictionaries of them, which every encoder
 * writes alike. The rest (bytes, bigints, `undefined`, objects with `toJSON`, halves of surrogate pairs, doubles from 2^53 on,
 * instances of classes) is made plain in a copy, so that a value reads the same whatever serializer its readers chose.
 */

import { isDict } from '../options.ts';

/** Deeper values are refused: no peer could read them, and a circle has no end. */
export const maxOutgoingDepth = 100;

/** How a format wants what is not plain JSON. */
export type WriteLeaf = (leaf: number | bigint | Uint8Array) => unknown;

const maxWide = 2n ** 64n - 1n;
const minWide = -(2n ** 63n);

/** Whether every encoder writes `value` alike as it is. */
export function isPlain(value: unknown, depth = 0): boolean {
  switch (typeof value) {
    case 'string':
      return value.isWellFormed();
    case 'number':
      // From 2^53 on, encoders part ways on whether an integral double is an integer.
      return !(Math.abs(value) >= 2 ** 53 && Math.abs(value) < 1e21);
    case 'boolean':
      return true;
    case 'object':
      break;
    default:
      return false;
  }
  if (value === null) return true;
  if (depth >= maxOutgoingDepth) return false;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) if (!isPlain(value[i], depth + 1)) return false;
    return true;
  }
  if (!isDict(value) || 'toJSON' in value) return false;
  for (const key of Object.keys(value)) {
    if (!isPlain(value[key], depth + 1) || !key.isWellFormed() || key === '__proto__') return false;
  }
  return true;
}

/**
 * A copy in which `leaf` wrote every number, bigint and Uint8Array, and all else is plain.
 * @throws TypeError on functions, symbols and values nested too deep; RangeError on a bigint beyond 64 bits.
 */
export function toPlain(value: unknown, leaf: WriteLeaf, depth = 0): unknown {
  switch (typeof value) {
    case 'string':
      // Half a surrogate pair has no UTF-8; all serializers write U+FFFD, as TextEncoder does.
      return value.toWellFormed();
    case 'number':
      return leaf(value);
    case 'bigint':
      if (value > maxWide || value < minWide) throw new RangeError('A bigint in a WAMP message must fit in 64 bits');
      return leaf(value);
    case 'boolean':
      return value;
    case 'undefined':
      return null;
    case 'object':
      return value === null ? null : objectToPlain(value, leaf, depth);
    default:
      throw new TypeError(`A ${typeof value} can't stand in a WAMP message`);
  }
}

function objectToPlain(value: object, leaf: WriteLeaf, depth: number): unknown {
  if (depth >= maxOutgoingDepth) {
    throw new TypeError(`A WAMP message can't be nested more than ${maxOutgoingDepth} deep, or in a circle`);
  }
  if (Array.isArray(value)) return Array.from(value, (item) => toPlain(item, leaf, depth + 1));
  if (ArrayBuffer.isView(value)) return leaf(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
  const { toJSON } = value as { toJSON?: unknown };
  if (typeof toJSON === 'function') return toPlain(toJSON.call(value, ''), leaf, depth + 1);
  const copy: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    // A key "__proto__" would set the copy's prototype; peers refuse it as we do.
    if (item !== undefined && key !== '__proto__') copy[key.toWellFormed()] = toPlain(item, leaf, depth + 1);
  }
  return copy;
}
