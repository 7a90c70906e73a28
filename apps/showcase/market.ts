/**
 * Eight made-up companies whose prices walk at random. The walk is seeded: the same seed gives the same prices for ever,
 * so a test can say what comes. Nothing here knows of time or of sockets.
 */

/** What one share costs now. */
export interface Quote {
  readonly symbol: string;
  readonly price: number;
  /** Per cent, since the walk began. */
  readonly change: number;
}

const firstPrices: Readonly<Record<string, number>> = {
  BRINE: 48.2,
  DRIFT: 112.75,
  EBB: 9.64,
  FJORD: 231.4,
  KELP: 27.05,
  REEF: 74.9,
  SHOAL: 156.3,
  TIDE: 402.1,
};

/** A random walk of prices. */
export class Market {
  readonly #random: () => number;
  readonly #prices: Map<string, number> = new Map(Object.entries(firstPrices));

  constructor(seed = 1) {
    this.#random = seededRandom(seed);
  }

  /** Moves every price by up to 0.15 per cent, and a little towards where it began, so that no walk ends at nothing. */
  step(): void {
    for (const [symbol, price] of this.#prices) {
      const drawn = (this.#random() - 0.5) * 0.003;
      const pulled = (Math.log(firstPrices[symbol] ?? price) - Math.log(price)) * 0.001;
      this.#prices.set(symbol, price * Math.exp(drawn + pulled));
    }
  }

  quotes(): Quote[] {
    return [...this.#prices].map(([symbol, price]) => {
      const change = (price / (firstPrices[symbol] ?? price) - 1) * 100;
      return { symbol, price: toCents(price), change: toCents(change) };
    });
  }
}

function toCents(value: number): number {
  // `+ 0` makes the zero of a tiny loss the ordinary one: -0 would be printed with its sign.
  return Math.round(value * 100) / 100 + 0;
}

/** mulberry32, a generator of 32 bits by Tommy Ettinger: enough for prices, nothing for secrets. */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
