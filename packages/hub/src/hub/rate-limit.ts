/** Token buckets: so many at once, and as many again over time. */

/** At most `count` in each `per` ms on average, and `count` at once. */
export interface Rate {
  readonly count: number;
  /** ms. */
  readonly per: number;
}

export class Bucket {
  readonly #rate: Rate;
  #left: number;
  #at: number;

  constructor(rate: Rate, now: number) {
    this.#rate = rate;
    this.#left = rate.count;
    this.#at = now;
  }

  /** Takes one; false when there is none. */
  take(now: number): boolean {
    this.#fill(now);
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }

  isFull(now: number): boolean {
    this.#fill(now);
    return this.#left >= this.#rate.count;
  }

  #fill(now: number): void {
    const { count, per } = this.#rate;
    this.#left = Math.min(count, this.#left + ((now - this.#at) * count) / per);
    this.#at = now;
  }
}

/** One bucket for each rate that somebody is held to. */
export class Buckets {
  #buckets: Map<Rate, Bucket> | undefined;

  take(rate: Rate | undefined, now: number): boolean {
    if (rate === undefined) return true;
    this.#buckets ??= new Map();
    let bucket = this.#buckets.get(rate);
    if (bucket === undefined) this.#buckets.set(rate, (bucket = new Bucket(rate, now)));
    return bucket.take(now);
  }

  /** Nothing is held against anybody any more: it can be forgotten. */
  areFull(now: number): boolean {
    for (const bucket of this.#buckets?.values() ?? []) if (!bucket.isFull(now)) return false;
    return true;
  }
}
