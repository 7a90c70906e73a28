/**
 * `/ticker`: the server speaks first. The prices of a simulated market, pushed ten times a second by one group send; a
 * client need never send a byte. `GET /api/ticker` answers with the same data, for those who poll.
 *
 * The market moves only while somebody looks: while a socket listens, or within ten seconds of a poll.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
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

/** The answer to a poll: what is current, and what the server's clock says now, so that clocks can be compared. */
export interface TickerAnswer extends TickerUpdate {
  readonly now: number;
}

/** What the ticker needs of the group of its listeners. */
export type Audience = Pick<Group, 'name' | 'size' | 'send'>;

const tickInterval = 100;
const pollerPatience = 10_000;

/** The market, its clock and its two ways out. */
export class Ticker {
  readonly route: Route;
  readonly #audience: () => Audience;
  readonly #market: Market;
  #update: TickerUpdate = { simulated: true, sequence: 0, time: 0, quotes: [] };
  #text = '';
  #timer: NodeJS.Timeout | undefined;
  #awakeUntil = 0;

  /** `audience` is the group of all who listen. */
  constructor({ audience, seed = 1 }: { audience(): Audience; seed?: number }) {
    this.#audience = audience;
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

  /** Answers the polls. @returns whether the request was one */
  answer(request: IncomingMessage, response: ServerResponse): boolean {
    if (request.url?.split('?', 1)[0] !== '/api/ticker') return false;
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD' }).end();
      return true;
    }
    const body = JSON.stringify(this.poll());
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    response.end(body);
    return true;
  }

  /** What is current; keeps the market awake for a while. */
  poll(): TickerAnswer {
    this.#awakeUntil = Date.now() + pollerPatience;
    this.#wake();
    return { ...this.#update, now: Date.now() };
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
    if (audience.size === 0 && Date.now() > this.#awakeUntil) return this.stop();
    this.#step();
    audience.send(this.#text);
  }

  #step(): void {
    this.#market.step();
    const sequence = this.#update.sequence + 1;
    this.#update = { simulated: true, sequence, time: Date.now(), quotes: this.#market.quotes() };
    this.#text = JSON.stringify(this.#update);
  }
}
