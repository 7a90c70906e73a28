/**
 * Made-up companies whose prices walk at random. The walk is seeded: the same seed gives the same prices for ever, so a test
 * can say what comes. Nothing here knows of time or of sockets.
 */

/** What one share costs now. */
export interface Quote {
  readonly symbol: string;
  readonly price: number;
  /** Per cent, since the walk began. */
  readonly change: number;
}

const eightCompanies: Readonly<Record<string, number>> = {
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
  readonly #firstPrices: ReadonlyMap<string, number>;
  readonly #prices: Map<string, number>;

  /** `firstPrices` by symbol. */
  constructor(seed = 1, firstPrices: Readonly<Record<string, number>> = eightCompanies) {
    this.#random = seededRandom(seed);
    this.#firstPrices = new Map(Object.entries(firstPrices));
    this.#prices = new Map(this.#firstPrices);
  }

  /** Moves every price. */
  step(): void {
    for (const symbol of this.#prices.keys()) this.move(symbol);
  }

  /** Moves a price by up to 0.15 per cent, and a little towards where it began, so that no walk ends at nothing. */
  move(symbol: string): Quote {
    const [price, first] = this.#of(symbol);
    const drawn = (this.#random() - 0.5) * 0.003;
    const pulled = (Math.log(first) - Math.log(price)) * 0.001;
    this.#prices.set(symbol, price * Math.exp(drawn + pulled));
    return this.quote(symbol);
  }

  /** Goes on from a price that an earlier walk had come to. */
  restore(symbol: string, price: number): void {
    this.#of(symbol);
    if (Number.isFinite(price) && price > 0) this.#prices.set(symbol, price);
  }

  quote(symbol: string): Quote {
    const [price, first] = this.#of(symbol);
    return { symbol, price: toCents(price), change: toCents((price / first - 1) * 100) };
  }

  quotes(): Quote[] {
    return Array.from(this.#prices.keys(), (symbol) => this.quote(symbol));
  }

  /** @throws RangeError on a symbol that the market has not */
  #of(symbol: string): readonly [price: number, first: number] {
    const price = this.#prices.get(symbol);
    const first = this.#firstPrices.get(symbol);
    if (price === undefined || first === undefined) throw new RangeError(`There is no ${symbol} here`);
    return [price, first];
  }
}

function toCents(value: number): number {
  // `+ 0` makes the zero of a tiny loss the ordinary one: -0 would be printed with its sign.
  return Math.round(value * 100) / 100 + 0;
}

/** mulberry32, a generator of 32 bits by Tommy Ettinger: enough for prices, nothing for secrets. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
