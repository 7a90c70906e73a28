/**
 * Values by the URIs that stand for them, found by a name that those match, without a look at every URI: what peers can
 * register and subscribe to by the thousand must not make each call and each new topic slower.
 *
 * A prefix is found by its length: the name is cut at each length that a prefix has. A wildcard is found by its shape, which
 * of its parts are empty: `a..c` and `b..d` have one, and in a name it leaves one URI to look for.
 */
import { type Match, moreSpecific } from './uri-match.ts';

/** Things that are there as often as they were added, in order. */
class SortedBag<T> {
  readonly items: T[] = [];
  readonly #counts = new Map<T, number>();
  readonly #compare: (a: T, b: T) => number;

  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare;
  }

  add(item: T): void {
    const count = this.#counts.get(item) ?? 0;
    this.#counts.set(item, count + 1);
    if (count === 0) this.items.splice(this.#placeOf(item), 0, item);
  }

  delete(item: T): void {
    const count = this.#counts.get(item)!;
    if (count > 1) return void this.#counts.set(item, count - 1);
    this.#counts.delete(item);
    this.items.splice(this.#placeOf(item), 1);
  }

  /** Where it is, or should be. */
  #placeOf(item: T): number {
    let low = 0;
    let high = this.items.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = this.items[middle]!;
      if (other !== item && this.#compare(other, item) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

export class PatternIndex<T> {
  readonly #values: Readonly<Record<Match, Map<string, T>>> = {
    exact: new Map(),
    prefix: new Map(),
    wildcard: new Map(),
  };
  /** Of the prefixes, the longest first. */
  readonly #lengths = new SortedBag<number>((a, b) => b - a);
  /** Of the wildcards, by the number of their parts, the most specific first. */
  readonly #shapes = new Map<number, SortedBag<string>>();

  get size(): number {
    return this.#values.exact.size + this.#values.prefix.size + this.#values.wildcard.size;
  }

  get(uri: string, match: Match): T | undefined {
    return this.#values[match].get(uri);
  }

  set(uri: string, match: Match, value: T): void {
    const values = this.#values[match];
    if (!values.has(uri)) {
      if (match === 'prefix') this.#lengths.add(uri.length);
      else if (match === 'wildcard') this.#shapesOf(uri).add(shapeOf(uri));
    }
    values.set(uri, value);
  }

  delete(uri: string, match: Match): void {
    if (!this.#values[match].delete(uri)) return;
    if (match === 'prefix') this.#lengths.delete(uri.length);
    else if (match === 'wildcard') this.#shapesOf(uri).delete(shapeOf(uri));
  }

  /** What matches a name: exactly, then by prefixes, the longest first, then by wildcards, the most specific first. */
  matching(name: string): T[] {
    const { exact, prefix, wildcard } = this.#values;
    const uris: (readonly [Map<string, T>, string])[] = [[exact, name]];
    for (const length of this.#lengths.items) {
      if (length <= name.length) uris.push([prefix, name.slice(0, length)]);
    }
    if (wildcard.size > 0) {
      const parts = name.split('.');
      for (const shape of this.#shapes.get(parts.length)?.items ?? []) uris.push([wildcard, inShape(shape, parts)]);
    }
    return uris.flatMap(([values, uri]) => values.get(uri) ?? []);
  }

  #shapesOf(uri: string): SortedBag<string> {
    const parts = uri.split('.').length;
    let shapes = this.#shapes.get(parts);
    if (shapes === undefined) this.#shapes.set(parts, (shapes = new SortedBag(moreSpecific)));
    return shapes;
  }
}

/** A wildcard with all of its literal parts alike. */
function shapeOf(wildcard: string): string {
  return wildcard.replace(/[^.]+/g, 'x');
}

/** The wildcard of a shape that matches a name with these parts. */
function inShape(shape: string, parts: readonly string[]): string {
  return shape
    .split('.')
    .map((part, i) => (part === '' ? '' : parts[i]))
    .join('.');
}
