/**
 * The newest publications of a live topic, as they were delivered, frames and all. Recovery reads here first, so that a
 * thousand clients that come back at once do not reach the engine. One budget holds for all tails of a hub.
 */
import type { Position, Publication } from './publication.ts';

/** What all tails together may hold; those that were silent longest give up first. */
export class TailBudget {
  readonly #most: number;
  /** In the order of their last publication. */
  readonly #tails = new Set<HotTail>();
  #bytes = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get bytes(): number {
    return this.#bytes;
  }

  changed(tail: HotTail, bytes: number): void {
    this.#bytes += bytes;
    this.#tails.delete(tail);
    if (tail.length > 0) this.#tails.add(tail);
    for (const oldest of this.#tails) {
      if (this.#bytes <= this.#most) break;
      if (oldest !== tail) oldest.clear();
    }
  }
}

/** What a publication costs beside its data: the object, a frame or two. */
const overhead = 256;

export class HotTail {
  readonly #budget: TailBudget;
  readonly #count: number;
  readonly #most: number;
  #publications: Publication[] = [];
  /** Where the first one of them follows. */
  #before: Position | undefined;
  #bytes = 0;

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
    this.#bytes += publication.size + overhead;
    // Let go in strides: moving the rest of an array up costs as much as the rest is long.
    if (this.#publications.length > this.#count * 2 || this.#bytes > this.#most) this.#trim();
    this.#budget.changed(this, this.#bytes - before);
  }

  /** Everything after a position, at most `limit`; `undefined` when that can't be told from here. */
  after({ epoch, offset, id }: Position, limit: number): readonly Publication[] | undefined {
    const before = this.#before;
    if (before === undefined || before.epoch !== epoch) return undefined;
    const next = offset - before.offset;
    const there = next === 0 ? before : this.#publications[next - 1];
    if (there === undefined || there.id !== id) return undefined;
    return this.#publications.slice(next, next + limit);
  }

  clear(): void {
    const before = this.#bytes;
    this.#empty();
    this.#budget.changed(this, -before);
  }

  #empty(): void {
    this.#publications = [];
    this.#before = undefined;
    this.#bytes = 0;
  }

  #trim(): void {
    let keep = Math.min(this.#count, this.#publications.length);
    const bytesOf = (publications: readonly Publication[]): number =>
      publications.reduce((sum, { size }) => sum + size + overhead, 0);
    while (keep > 1 && bytesOf(this.#publications.slice(-keep)) > this.#most / 2) keep = Math.ceil(keep / 2);
    this.#before = this.#publications[this.#publications.length - keep - 1] ?? this.#before;
    this.#publications = this.#publications.slice(-keep);
    this.#bytes = bytesOf(this.#publications);
  }
}
