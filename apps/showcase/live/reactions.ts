/**
 * Reactions become counts: whatever comes within a tenth of a second is published as one list of totals. Totals rather than
 * differences, so that a reader that skips some, as `latest` lets it, has lost nothing.
 */
import { reactionKinds } from './contract.ts';

/** ms. */
const gatherFor = 100;

export interface ReactionsOptions {
  /** Publishes the totals. What it rejects with is its own business. */
  publish(totals: number[]): Promise<unknown>;
  /** @default setTimeout */
  readonly later?: (run: () => void, ms: number) => unknown;
}

export class Reactions {
  readonly #options: Required<ReactionsOptions>;
  #totals: number[];
  #published: string;
  #scheduled = false;
  #stopped = false;

  /** @param totals what was published last */
  constructor(totals: readonly number[] | undefined, options: ReactionsOptions) {
    this.#options = { later: setTimeout, ...options };
    this.#totals = reactionKinds.map((_, i) => totals?.[i] ?? 0);
    this.#published = String(this.#totals);
  }

  get total(): number {
    return this.#totals.reduce((sum, count) => sum + count, 0);
  }

  /** Counts, by kind. */
  add(counts: readonly number[]): void {
    this.#totals = this.#totals.map((total, i) => total + (counts[i] ?? 0));
    if (this.#scheduled || this.#stopped) return;
    this.#scheduled = true;
    this.#options.later(() => {
      this.#scheduled = false;
      if (!this.#stopped) void this.flush();
    }, gatherFor);
  }

  /** Publishes what has been counted and not told. */
  async flush(): Promise<void> {
    const text = String(this.#totals);
    if (text === this.#published) return;
    this.#published = text;
    await this.#options.publish(this.#totals);
  }

  /** Publishes what is left, and nothing any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.flush();
  }
}
