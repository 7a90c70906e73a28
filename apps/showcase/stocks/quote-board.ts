/** The newest quote of each symbol that the page has read, and what it was spared. */
import type { Quote } from './contract.ts';

export interface Row {
  readonly quote: Quote;
  /** Against the one before. */
  readonly moved: 'up' | 'down' | undefined;
  /** When it was read, by the page's clock, ms; and the one before it. */
  readonly at: number;
  readonly before: number | undefined;
}

export class QuoteBoard {
  readonly #rows = new Map<string, Row>();
  #read = 0;
  #skipped = 0;

  /** Quotes that were read live. */
  get read(): number {
    return this.#read;
  }

  /** Moves that were never read, since a newer one had taken their place. */
  get skipped(): number {
    return this.#skipped;
  }

  row(symbol: string): Row | undefined {
    return this.#rows.get(symbol);
  }

  /** `live`: it was not told as a newcomer's first value. */
  take(quote: Quote, at: number, live: boolean): void {
    const { symbol, price, update } = quote;
    const before = this.#rows.get(symbol);
    const moved =
      before === undefined || before.quote.price === price ? before?.moved : direction(before.quote.price, price);
    this.#rows.set(symbol, { quote, moved, at, before: before?.at });
    if (!live) return;
    this.#read++;
    // A server that was started again counts from the beginning.
    if (before !== undefined && update > before.quote.update) this.#skipped += update - before.quote.update - 1;
  }
}

function direction(before: number, now: number): 'up' | 'down' {
  return now > before ? 'up' : 'down';
}
