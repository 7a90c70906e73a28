/** How old values were when they were read: the last seconds of them, and their percentiles. */

/** Ages in ms. */
export interface AgePercentiles {
  readonly p50: number;
  readonly p99: number;
}

const maxSamples = 4096;

export class Ages {
  readonly #window: number;
  #samples: { readonly at: number; readonly age: number }[] = [];

  /** `window` in ms. */
  constructor(window = 5000) {
    this.#window = window;
  }

  /** Both in ms. A clock that is a little off must not make an age of less than nothing. */
  add(at: number, age: number): void {
    this.#samples.push({ at, age: Math.max(0, age) });
    if (this.#samples.length >= maxSamples * 2) this.#samples = this.#samples.slice(-maxSamples);
  }

  /** Undefined while there is none. */
  percentiles(now: number): AgePercentiles | undefined {
    this.#samples = this.#samples.filter(({ at }) => now - at <= this.#window);
    if (this.#samples.length === 0) return undefined;
    const sorted = this.#samples.map(({ age }) => age).sort((a, b) => a - b);
    const at = (part: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]!;
    return { p50: at(0.5), p99: at(0.99) };
  }
}
