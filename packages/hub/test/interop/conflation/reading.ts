/** What one reader has read: how old each value was by the server's clock, and in which order the keys came. */

export class Reading {
  readonly keys: string[] = [];
  /** What was announced as lost. */
  gaps = 0;
  readonly #ages: number[] = [];

  get count(): number {
    return this.#ages.length;
  }

  /** @param age ms */
  add(age: number, key = ''): void {
    this.#ages.push(age);
    this.keys.push(key);
  }

  /** The age that so large a part of the values was below, ms. */
  age(part: number): number {
    const sorted = this.#ages.toSorted((a, b) => a - b);
    return Math.max(0, sorted[Math.ceil(sorted.length * part) - 1] ?? Number.NaN);
  }

  /** What was added since a former count. */
  since(count: number): Reading {
    const rest = new Reading();
    for (let i = count; i < this.count; i++) rest.add(this.#ages[i]!, this.keys[i]);
    return rest;
  }

  toString(): string {
    const [p50, p99, most] = [0.5, 0.99, 1].map((part) => this.age(part).toFixed(0));
    return `${this.count} values, age p50 ${p50} ms, p99 ${p99} ms, most ${most} ms`;
  }
}
