/**
 * The lists and dictionaries that are open while a scan walks over binary data, without recursion: how deep, how many values
 * each still lacks, whether the next value is a key.
 *
 * Methods that cross a bound return the sentence that says so.
 */
import { type Bounds, faults } from './serializer.ts';

/** More than any message holds, and even, so that keys and values keep their places. */
const endless = 2 ** 52;

interface Container {
  /** Keys and values that are still to come. */
  left: number;
  dictionary: boolean;
  /** It ends with a mark of its own (CBOR's indefinite length). */
  marked: boolean;
}

export class Nesting {
  readonly #bounds: Bounds;
  /** Reused: the first `#depth` are open. */
  readonly #containers: Container[] = [];
  #depth = 0;
  #items = 1;

  constructor(bounds: Bounds) {
    this.#bounds = bounds;
  }

  get #top(): Container | undefined {
    return this.#depth === 0 ? undefined : this.#containers[this.#depth - 1];
  }

  /** Whether the value that comes next is a key. */
  get atKey(): boolean {
    const top = this.#top;
    return top?.dictionary === true && top.left % 2 === 0;
  }

  /** Counts values that no declared length counted: of containers that end with a mark, chunks of strings. */
  count(items: number): string | undefined {
    this.#items += items;
    return this.#items > this.#bounds.maxItems ? faults.items(this.#bounds) : undefined;
  }

  /** Before each value: counts it if its container did not declare how many come. */
  next(): string | undefined {
    const top = this.#top;
    return top?.marked && !(top.dictionary && top.left % 2 === 1) ? this.count(1) : undefined;
  }

  /** After each whole value or key: true when that completes the message's own value. */
  took(): boolean {
    for (let top = this.#top; top !== undefined; top = this.#top) {
      if (--top.left > 0) return false;
      this.#depth--;
    }
    return true;
  }

  /** Opens a container of so many items or entries; undefined means that it ends with a mark. */
  open(count: number | undefined, dictionary: boolean): string | undefined {
    if (this.#depth >= this.#bounds.maxDepth) return faults.depth(this.#bounds);
    const container = (this.#containers[this.#depth] ??= { left: 0, dictionary, marked: false });
    container.left = count === undefined ? endless : dictionary ? count * 2 : count;
    container.dictionary = dictionary;
    container.marked = count === undefined;
    this.#depth++;
    return this.count(count ?? 0);
  }

  /** Closes the innermost container, which is empty or ends with a mark; false when it can't end here. */
  close(): boolean {
    const top = this.#top;
    if (top === undefined || this.atKey === !top.dictionary) return false;
    if (!top.marked && top.left > 0) return false;
    this.#depth--;
    return true;
  }
}
