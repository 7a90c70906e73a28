/**
 * The newest publications of a live topic, as they were delivered, frames and all. Recovery reads here first, so that a
 * thousand clients that come back at once do not reach the engine. One budget holds for all tails of a hub.
 */
import type { Position, Publication } from '../contract/publication.ts';

/** What all tails together may hold; those that were silent longest give up first. */
export class TailBudget {
  readonly #most: number;
  /** In the order of their last publication. */
  readonly #tails = new Set<HotTail>();
  /** The last of them. */
  #newest: HotTail | undefined;
  #bytes = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get bytes(): number {
    return this.#bytes;
  }

  changed(tail: HotTail, bytes: number): void {
    this.#bytes += bytes;
    if (tail.length === 0) this.#forget(tail);
    else if (tail !== this.#newest) {
      this.#tails.delete(tail);
      this.#tails.add(tail);
      this.#newest = tail;
    }
    if (this.#bytes > this.#most) this.#makeRoom(tail);
  }

  #forget(tail: HotTail): void {
    this.#tails.delete(tail);
    if (tail === this.#newest) this.#newest = undefined;
  }

  /** An eighth more than is needed: the way to the oldest tail leads past all places that were left, and is not gone each time. */
  #makeRoom(newest: HotTail): void {
    const enough = this.#most - this.#most / 8;
    for (const oldest of this.#tails) {
      if (this.#bytes <= enough) return;
      if (oldest !== newest) oldest.clear();
    }
  }
}

/** What a publication costs: the data and a frame of it, and the objects around them. */
function costOf({ size }: Publication): number {
  return 2 * size + 256;
}

export class HotTail {
  readonly #budget: TailBudget;
  readonly #count: number;
  readonly #most: number;
  #publications: Publication[] = [];
  /** Where the first one of them follows. */
  #before: Position | undefined;
  #bytes = 0;

  /** @param most bounds; in number it may be over by as much again */
  constructor(budget: TailBudget, most: { readonly count: number; readonly bytes: number }) {
    this.#budget = budget;
    this.#count = most.count;
    this.#most = most.bytes;
  }

  get length(): number {
    return this.#publications.length;
  }

  /** Adds what follows `previous` in the log. What does not follow the last one begins a new tail. */
  push(publication: Publication, previous: Position): void {
    const before = this.#bytes;
    if (this.#publications.at(-1) !== previous) this.#empty();
    if (this.#publications.length === 0) this.#before = previous;
    this.#publications.push(publication);
    this.#bytes += costOf(publication);
    // Let go in strides: moving the rest of an array up costs as much as the rest is long.
    if (this.#publications.length > this.#count * 2 || this.#bytes > this.#most) this.#trim();
    this.#budget.changed(this, this.#bytes - before);
  }

  /** Everything after a position, at most `limit`; `undefined` when that can't be told from here. */
  after(position: Position, limit: number): readonly Publication[] | undefined {
    const next = this.#placeAfter(position);
    return next === undefined ? undefined : this.#publications.slice(next, next + limit);
  }

  /** Whether this very publication is here, or is what all here follows. */
  has(position: Position): boolean {
    return this.#placeAfter(position) !== undefined;
  }

  clear(): void {
    const before = this.#bytes;
    this.#empty();
    this.#budget.changed(this, -before);
  }

  #placeAfter({ epoch, offset, id }: Position): number | undefined {
    const before = this.#before;
    if (before === undefined || before.epoch !== epoch) return undefined;
    const next = offset - before.offset;
    const there = next === 0 ? before : this.#publications[next - 1];
    return there === undefined || there.id !== id ? undefined : next;
  }

  #empty(): void {
    this.#publications = [];
    this.#before = undefined;
    this.#bytes = 0;
  }

  /** Keeps half of the bytes at most, so that it is not soon done again; none, when the newest alone is too large. */
  #trim(): void {
    const all = this.#publications;
    let bytes = 0;
    let first = all.length;
    while (first > 0 && all.length - first < this.#count) {
      const cost = costOf(all[first - 1]!);
      if (bytes + cost > this.#most / 2 && (first < all.length || cost > this.#most)) break;
      bytes += cost;
      first--;
    }
    this.#before = all[first - 1] ?? this.#before;
    this.#publications = all.slice(first);
    this.#bytes = bytes;
  }
}
