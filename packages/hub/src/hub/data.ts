/**
 * What may travel as data: JSON, with Uint8Array and BigInt anywhere in it. It is looked through once, when it comes in, so
 * that an engine or a serializer never meets a function, a cycle or a tower of a million arrays.
 */
import { HubError } from '../contract/errors.ts';

/** How deep objects and arrays may stand in each other. */
export const maxDepth = 64;
/** How many values may stand in one. */
export const maxItems = 100_000;

/**
 * About how many bytes a value takes as text: it is what bounds in bytes count. `undefined` in an object counts as absent.
 * @throws HubError `invalid` on what can't travel, `too-large` when more than `most` bytes
 */
export function sizeOf(data: unknown, most: number): number {
  const measure = new Measure(most);
  measure.add(data, 0);
  return measure.bytes;
}

class Measure {
  bytes = 0;
  #items = 0;
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  add(value: unknown, depth: number): void {
    if (++this.#items > maxItems) throw new HubError('too-large', `More than ${maxItems} values in one`);
    switch (typeof value) {
      case 'string':
        return this.#count(value.length + 2);
      case 'number':
        if (!Number.isFinite(value)) throw new HubError('invalid', `${value} is no number that can be sent`);
        return this.#count(Number.isInteger(value) && value < 1e6 && value > -1e5 ? 4 : 10);
      case 'bigint':
        if (value < -(2n ** 63n) || value >= 2n ** 64n)
          throw new HubError('invalid', `${value} needs more than 64 bits`);
        return this.#count(20);
      case 'boolean':
        return this.#count(5);
      case 'object':
        if (value === null) return this.#count(4);
        return this.#addObject(value, depth);
      default:
        throw new HubError('invalid', `${typeof value} can't be sent`);
    }
  }

  #addObject(value: object, depth: number): void {
    if (value instanceof Uint8Array) return this.#count(value.length + 2);
    if (depth >= maxDepth) throw new HubError('invalid', `Deeper than ${maxDepth}`);
    this.#count(2);
    if (Array.isArray(value)) {
      for (const item of value) this.add(item, depth + 1);
      return;
    }
    const prototype = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) {
      throw new HubError('invalid', `${value.constructor?.name ?? 'This object'} can't be sent: only plain objects`);
    }
    for (const key of Object.keys(value)) {
      const item = (value as Record<string, unknown>)[key];
      if (item === undefined) continue;
      this.#count(key.length + 4);
      this.add(item, depth + 1);
    }
  }

  #count(bytes: number): void {
    this.bytes += bytes;
    if (this.bytes > this.#most) throw new HubError('too-large', `The data takes more than ${this.#most} bytes`);
  }
}
