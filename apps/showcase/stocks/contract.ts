/**
 * What the stock ticker says. All quotes are one topic with the symbol as key: a reader that keeps up gets every move, a
 * slower one each symbol's newest price in its turn. Who comes asks for all prices once, by a call: so the topic retains
 * nothing, and 3,000 moves a second, worthless a moment later, never touch the disk.
 */
import { defineContract } from '@tidewire/hub/contract';
import * as v from 'valibot';
import { nothing, offset, type Schema } from '../shared/person.ts';
import { companies } from './symbols.ts';

/** What one share costs now. */
export interface Quote {
  readonly symbol: string;
  readonly price: number;
  /** Per cent, since the walk of prices began. */
  readonly change: number;
  /** Counts this symbol's moves since the server was started: who got 3 and then 7 was spared three. */
  readonly update: number;
}

/** All prices at a moment, ms since 1970, in the order of `companies`. */
export interface Bar {
  readonly at: number;
  readonly prices: number[];
}

/** Prices of one symbol, oldest first. */
export interface PriceHistory {
  /** ms since 1970. */
  readonly times: number[];
  readonly prices: number[];
}

export interface StocksContract {
  readonly topics: {
    /** The server alone writes it. */
    readonly 'stocks.quotes': Schema<Quote>;
    /** The server's own: from these it goes on after a restart, and draws what was. */
    readonly 'stocks.bars': Schema<Bar>;
  };
  readonly calls: {
    /** All prices as they are now. */
    readonly 'stocks.prices': { readonly input: Schema<null>; readonly output: Schema<Quote[]> };
    readonly 'stocks.history': { readonly input: Schema<string>; readonly output: Schema<PriceHistory> };
    /** The server's clock, ms since 1970. */
    readonly 'stocks.clock': { readonly input: Schema<null>; readonly output: Schema<number> };
  };
}

/** Bars that are kept: a quarter of an hour of them, while somebody looks. */
export const maxBars = 180;

const price = v.pipe(v.number(), v.minValue(0), v.maxValue(1e9));
const prices = (most: number) => v.pipe(v.array(price), v.maxLength(most));
const symbol = v.pipe(v.string(), v.regex(/^[A-Z]{4}$/));

const quote = v.object({ symbol, price, change: v.pipe(v.number(), v.finite()), update: offset() });

export const stocksContract: StocksContract = defineContract({
  topics: {
    'stocks.quotes': quote,
    'stocks.bars': v.object({ at: offset(), prices: prices(companies.length) }),
  },
  calls: {
    'stocks.prices': { input: nothing, output: v.pipe(v.array(quote), v.maxLength(companies.length)) },
    'stocks.history': {
      input: symbol,
      output: v.object({ times: v.pipe(v.array(offset()), v.maxLength(maxBars)), prices: prices(maxBars) }),
    },
    'stocks.clock': { input: nothing, output: offset() },
  },
});
