/**
 * `/ticker`: the server speaks first. The prices of a simulated market, pushed ten times a second by one group send; a
 * client need never send a byte. Over HTTP the same updates go out by ticker-api.ts.
 *
 * The market moves only while somebody looks: while a socket or a watcher listens, or within ten seconds of a poll.
 */
import type { Group, Route } from 'tidewire';
import { Market, type Quote } from './market.ts';

/** One state of the market, as every listener gets it. */
export interface TickerUpdate {
  /** The prices are made up. */
  readonly simulated: true;
  /** Counts the updates. */
  readonly sequence: number;
  /** The server's clock when the prices were made, in ms since 1970. */
  readonly time: number;
  readonly quotes: readonly Quote[];
}

/** Hears each update as it is sent, with the same as JSON. */
export type Watcher = (update: TickerUpdate, text: string) => void;

/** The answer to a poll: what is current, and what the server's clock says now, so that clocks can be compared. */
export interface TickerAnswer extends TickerUpdate {
  readonly now: number;
}

/** What the ticker needs of the group of its listeners. */
export type Audience = Pick<Group, 'name' | 'size' | 'send'>;

const tickInterval = 100;
const pollerPatience = 10_000;

/** The market, its clock and its ways out. */
export class Ticker {
  readonly route: Route;
  readonly #audience: () => Audience;
  readonly #sent: (messages: number) => void;
  readonly #market: Market;
  readonly #watchers: Set<Watcher> = new Set();
  #update: TickerUpdate = { simulated: true, sequence: 0, time: 0, quotes: [] };
  #text = '';
  #timer: NodeJS.Timeout | undefined;
  #awakeUntil = 0;

  /** `audience` is the group of all who listen; `sent` hears how many messages went out. */
  constructor({ audience, sent, seed = 1 }: { audience(): Audience; sent?(messages: number): void; seed?: number }) {
    this.#audience = audience;
    this.#sent = sent ?? (() => {});
    this.#market = new Market(seed);
    this.route = {
      // Nobody has anything to say here. Who does not read for a minute or so is closed with 1013, and may come back.
      limits: { maxMessageBytes: 1024, maxFragments: 16, maxOutboxBytes: 1 << 18 },
      open: (socket) => {
        this.#wake();
        socket.send(this.#text);
        socket.join(this.#audience().name);
      },
    };
  }

  /** What is current; keeps the market awake for a while. */
  poll(): TickerAnswer {
    this.#awakeUntil = Date.now() + pollerPatience;
    this.#wake();
    return { ...this.#update, now: Date.now() };
  }

  /** Calls `watcher` at each update from now on. @returns what ends it */
  watch(watcher: Watcher): () => void {
    this.#wake();
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Who comes to a market at rest sees it move at once, rather than prices of last week. */
  #wake(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setInterval(() => this.#tick(), tickInterval);
    this.#step();
  }

  #tick(): void {
    const audience = this.#audience();
    const watched = audience.size + this.#watchers.size > 0;
    if (!watched && Date.now() > this.#awakeUntil) return this.stop();
    this.#step();
    audience.send(this.#text);
    this.#sent(audience.size + this.#watchers.size);
    for (const watcher of this.#watchers) watcher(this.#update, this.#text);
  }

  #step(): void {
    this.#market.step();
    const sequence = this.#update.sequence + 1;
    this.#update = { simulated: true, sequence, time: Date.now(), quotes: this.#market.quotes() };
    this.#text = JSON.stringify(this.#update);
  }
}
