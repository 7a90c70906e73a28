/**
 * The simulated exchange: 500 prices, 3,000 moves a second while somebody looks, and nothing at all when nobody does. Every
 * few seconds it keeps a bar of all prices, from which the next process goes on and the page draws what was.
 */
import type { Hub } from '@tidewire/hub';
import { type Clock, systemClock } from 'tidewire';
import { Market, seededRandom } from '../market.ts';
import { type Bar, maxBars, type PriceHistory, type Quote, type StocksContract } from './contract.ts';
import { companies } from './symbols.ts';

export interface ExchangeOptions {
  /** Takes what goes wrong with a publication. */
  onError(error: unknown): void;
  /** Trading is halted while this is true: no price moves. @default never */
  halted?(): boolean;
  /** @default systemClock */
  readonly clock?: Clock;
  /** ms since 1970. @default Date.now */
  readonly date?: () => number;
}

/** 150 moves every 50 ms. */
const tickInterval = 50;
const movesPerTick = 150;
export const movesPerSecond: number = (movesPerTick * 1_000) / tickInterval;
const barInterval = 5_000;
/** The past that the very first start makes up, so that no chart is empty: bars, and moves of each price between two. */
const madeUpBars = 60;
const madeUpMoves = 30;
/** How long it goes on without a reader, ms: who asks to subscribe is one a moment later. */
const patience = 2_000;
const afterTrouble = 1_000;

export class Exchange {
  readonly #hub: Hub<StocksContract>;
  readonly #options: Required<ExchangeOptions>;
  readonly #market: Market;
  readonly #random: () => number = seededRandom(2);
  readonly #updates = new Map<string, number>();
  readonly #bars: Bar[] = [];
  #timer: unknown;
  #isRunning = false;
  #awakeUntil = 0;
  /** When the next tick should be, by the clock. */
  #due = 0;
  #nextBar = 0;

  constructor(hub: Hub<StocksContract>, options: ExchangeOptions) {
    this.#hub = hub;
    this.#options = { halted: () => false, clock: systemClock, date: Date.now, ...options };
    this.#market = new Market(1, firstPrices());
  }

  /** Goes on from the last bars. To be called once, before anybody looks. */
  async restore(): Promise<void> {
    for (const { data } of await this.#hub.latest('stocks.bars', {}, maxBars)) this.#bars.push(data);
    if (this.#bars.length === 0) await this.#makePast();
    this.#bars.at(-1)?.prices.forEach((price, index) => {
      const company = companies[index];
      if (company) this.#market.restore(company.symbol, price);
    });
  }

  /** Whether prices move. */
  get isOpen(): boolean {
    return this.#isRunning;
  }

  get readers(): number {
    return this.#hub.presence('stocks.quotes', {}).count;
  }

  /** Somebody is about to look. */
  wake(): void {
    this.#awakeUntil = this.#options.clock.now() + patience;
    if (this.#isRunning) return;
    this.#isRunning = true;
    void this.#tick();
  }

  stop(): void {
    this.#isRunning = false;
    this.#options.clock.clearTimeout(this.#timer);
  }

  /** All prices now. */
  prices(): Quote[] {
    return companies.map(({ symbol }) => this.#quote(symbol));
  }

  history(symbol: string): PriceHistory {
    const index = companies.findIndex((company) => company.symbol === symbol);
    const known = this.#bars.filter(({ prices }) => prices[index] !== undefined);
    return { times: known.map(({ at }) => at), prices: known.map(({ prices }) => prices[index]!) };
  }

  async #tick(): Promise<void> {
    const { clock, halted, onError } = this.#options;
    const now = clock.now();
    if (this.readers === 0 && now > this.#awakeUntil) return this.stop();
    // A timer that is a little late does not slow the market; one that is very late is no reason to hurry.
    const began = now - this.#due < tickInterval ? this.#due : now;
    this.#due = began + tickInterval;
    let wait = tickInterval;
    try {
      // The next tick waits for this one: a log that is slow makes a slow market, not a long queue.
      if (!halted()) await this.#move();
      wait = Math.max(1, this.#due - clock.now());
    } catch (error) {
      if (this.#isRunning) onError(error);
      wait = afterTrouble;
    }
    if (this.#isRunning) this.#timer = clock.setTimeout(() => void this.#tick(), wait);
  }

  async #move(): Promise<void> {
    await Promise.all(this.#some().map((symbol) => this.#publish(symbol)));
    const now = this.#options.date();
    if (now < this.#nextBar) return;
    this.#nextBar = now + barInterval;
    await this.#keepBar(now);
  }

  async #makePast(): Promise<void> {
    const now = this.#options.date();
    const kept: Promise<void>[] = [];
    for (let bar = madeUpBars; bar > 0; bar--) {
      for (let move = 0; move < madeUpMoves; move++) this.#market.step();
      kept.push(this.#keepBar(now - bar * barInterval));
    }
    await Promise.all(kept);
  }

  async #keepBar(at: number): Promise<void> {
    const bar = { at, prices: companies.map(({ symbol }) => this.#market.quote(symbol).price) };
    this.#bars.push(bar);
    if (this.#bars.length > maxBars) this.#bars.shift();
    await this.#hub.publish('stocks.bars', {}, bar);
  }

  async #publish(symbol: string): Promise<void> {
    this.#updates.set(symbol, this.#updateOf(symbol) + 1);
    this.#market.move(symbol);
    await this.#hub.publish('stocks.quotes', {}, this.#quote(symbol));
  }

  #quote(symbol: string): Quote {
    return { ...this.#market.quote(symbol), update: this.#updateOf(symbol) };
  }

  #updateOf(symbol: string): number {
    return this.#updates.get(symbol) ?? 0;
  }

  #some(): string[] {
    const pick = (): string => companies[Math.floor(this.#random() * companies.length)]!.symbol;
    return Array.from({ length: movesPerTick }, pick);
  }
}

/** From 4 to about 400, the same in every process. */
function firstPrices(): Record<string, number> {
  const random = seededRandom(500);
  return Object.fromEntries(companies.map(({ symbol }) => [symbol, 4 * Math.exp(random() * 4.6)]));
}
