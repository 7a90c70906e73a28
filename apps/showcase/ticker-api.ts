/**
 * The ticker over HTTP, in the three ways that there are without WebSocket:
 *
 *   GET /api/ticker                 polling: what is current, at once
 *   GET /api/ticker/wait?after=N    long polling: the first update that is not N, or 204 after 25 seconds without one
 *   GET /api/ticker/events          server-sent events (HTML §9.2): each update as it comes
 *
 * Waiters and streams are bounded in number, and a stream in the bytes that wait for its reader. Each ends with its response.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { methodIs, pathOf, refuse, sendJson } from './answers.ts';
import type { Ticker } from './ticker.ts';

export interface TickerApiOptions {
  /** Long polls at once. @default 256 */
  readonly maxWaiters?: number;
  /** Event streams at once. @default 256 */
  readonly maxStreams?: number;
  /** Bytes that may wait for the reader of a stream, who is cut off beyond it and may come back. @default 256 KiB */
  readonly maxStreamBytes?: number;
  /** ms until a long poll is answered without an update. @default 25_000 */
  readonly waitTimeout?: number;
}

/** Answers for the ticker. */
export class TickerApi {
  readonly #ticker: Ticker;
  readonly #options: Required<TickerApiOptions>;
  /** What ends each of them. */
  readonly #waiters: Set<() => void> = new Set();
  readonly #streams: Set<() => void> = new Set();
  #stopped = false;

  constructor(ticker: Ticker, options: TickerApiOptions = {}) {
    this.#ticker = ticker;
    this.#options = { maxWaiters: 256, maxStreams: 256, maxStreamBytes: 1 << 18, waitTimeout: 25_000, ...options };
  }

  get waiters(): number {
    return this.#waiters.size;
  }

  get streams(): number {
    return this.#streams.size;
  }

  /** @returns whether the request was one for the ticker */
  answer(request: IncomingMessage, response: ServerResponse): boolean {
    const path = pathOf(request);
    if (path !== '/api/ticker' && path !== '/api/ticker/wait' && path !== '/api/ticker/events') return false;
    if (!methodIs('GET', request, response)) return true;
    if (path === '/api/ticker') sendJson(response, this.#ticker.poll());
    else if (path === '/api/ticker/wait') this.#wait(request, response);
    else this.#stream(request, response);
    return true;
  }

  /** Ends every waiter and stream, and takes no more. */
  stop(): void {
    this.#stopped = true;
    for (const end of [...this.#waiters, ...this.#streams]) end();
  }

  #wait(request: IncomingMessage, response: ServerResponse): void {
    const after = new URL(request.url ?? '', 'http://localhost').searchParams.get('after');
    if (after === null || !/^\d{1,15}$/.test(after))
      return refuse(response, 400, 'The number of an update is missing: ?after=N');
    const current = this.#ticker.poll();
    // Not "greater": a server that was started again counts from the beginning.
    if (current.sequence !== Number(after)) return sendJson(response, current);
    if (this.#isFull(this.#waiters, this.#options.maxWaiters)) return refuseBusy(response);
    const finish = (answer: () => void): void => {
      clearTimeout(timer);
      unwatch();
      this.#waiters.delete(giveUp);
      answer();
    };
    const giveUp = (): void => finish(() => response.writeHead(204, { 'cache-control': 'no-store' }).end());
    const timer = setTimeout(giveUp, this.#options.waitTimeout);
    const unwatch = this.#ticker.watch(() => finish(() => sendJson(response, this.#ticker.poll())));
    this.#waiters.add(giveUp);
    response.once('close', () => finish(() => {}));
  }

  #stream(request: IncomingMessage, response: ServerResponse): void {
    if (this.#isFull(this.#streams, this.#options.maxStreams)) return refuseBusy(response);
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    if (request.method === 'HEAD') {
      response.end();
      return;
    }
    const send = ({ sequence }: { sequence: number }, text: string): void => {
      if (response.writableLength > this.#options.maxStreamBytes) response.destroy();
      else response.write(`id: ${sequence}\ndata: ${text}\n\n`);
    };
    const end = (): void => void response.end();
    response.write('retry: 1000\n\n');
    const { now: _, ...current } = this.#ticker.poll();
    send(current, JSON.stringify(current));
    const unwatch = this.#ticker.watch(send);
    this.#streams.add(end);
    response.once('close', () => {
      unwatch();
      this.#streams.delete(end);
    });
  }

  #isFull(all: ReadonlySet<unknown>, most: number): boolean {
    return this.#stopped || all.size >= most;
  }
}

function refuseBusy(response: ServerResponse): void {
  response.setHeader('retry-after', '2');
  refuse(response, 503, 'As many wait here as may; come back in a moment.');
}
