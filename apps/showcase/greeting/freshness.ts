/**
 * Measures a feed: how old what it shows is, and what it costs. Ages are sampled at each frame the browser paints, since
 * that is when somebody looks; costs are counted as they come. Both are kept for a window of some seconds.
 */

/** What crossed the line. */
export interface Cost {
  readonly requests: number;
  readonly updates: number;
  readonly bytes: number;
}

export interface Rates {
  /** Each of them per second. */
  readonly requests: number;
  readonly updates: number;
  readonly bytes: number;
}

/** Ages and costs of the last seconds. Every `at` is a moment in ms by one clock. */
export class Freshness {
  readonly #window: number;
  readonly #began: number;
  #ages: { at: number; age: number }[] = [];
  #costs: (Cost & { at: number })[] = [];

  /** `window` in ms. */
  constructor(began: number, window = 5000) {
    this.#began = began;
    this.#window = window;
  }

  sample(at: number, age: number): void {
    this.#ages.push({ at, age });
  }

  spend(at: number, cost: Cost): void {
    this.#costs.push({ at, ...cost });
  }

  /** Forgets what is older than the window. */
  trim(at: number): void {
    const recent = ({ at: then }: { at: number }): boolean => at - then <= this.#window;
    this.#ages = this.#ages.filter(recent);
    this.#costs = this.#costs.filter(recent);
  }

  /** Ages in ms; nothing while nothing was shown. */
  ages(): { mean: number; oldest: number } | undefined {
    if (this.#ages.length === 0) return undefined;
    const total = this.#ages.reduce((sum, { age }) => sum + age, 0);
    return { mean: total / this.#ages.length, oldest: Math.max(...this.#ages.map(({ age }) => age)) };
  }

  rates(at: number): Rates {
    // In the first moments the window is as long as we have been watching, so that rates don't seem to grow.
    const seconds = Math.max(Math.min(at - this.#began, this.#window), 1000) / 1000;
    const total = { requests: 0, updates: 0, bytes: 0 };
    for (const { requests, updates, bytes } of this.#costs) {
      total.requests += requests;
      total.updates += updates;
      total.bytes += bytes;
    }
    return { requests: total.requests / seconds, updates: total.updates / seconds, bytes: total.bytes / seconds };
  }
}
