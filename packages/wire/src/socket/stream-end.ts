/**
 * How a socket's stream is ended, RFC 6455 §7.1.1: what was put out leaves first, then our side is closed, then the peer has
 * a limited time to close its own. "the server MUST close the connection immediately" comes to pass in `now()`.
 */
import type { Duplex } from 'node:stream';
import type { Clock } from './clock.ts';
import type { Outbox } from './outbox.ts';

/** A peer that broke the protocol gets this long (ms) to take our Close frame, and no longer. */
const lingerAfterFailure = 2000;

export class StreamEnd {
  readonly #stream: Duplex;
  readonly #outbox: Outbox;
  readonly #clock: Clock;
  #timer: unknown;
  #ending = false;

  constructor(stream: Duplex, outbox: Outbox, clock: Clock) {
    this.#stream = stream;
    this.#outbox = outbox;
    this.#clock = clock;
  }

  /** Cuts the stream when it has not ended in `ms`; the first call counts. */
  within(ms: number): void {
    this.#timer ??= this.#clock.setTimeout(() => this.#stream.destroy(), ms);
  }

  /** Ends our side as soon as everything that was put out has left. */
  now(): void {
    this.#ending = true;
    this.#outbox.tellFlushed();
    this.#outbox.flush();
    this.flushed();
  }

  afterFailure(closeTimeout: number): void {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    this.within(Math.min(closeTimeout, lingerAfterFailure));
    this.now();
  }

  /** The outbox may have become empty. */
  flushed(): void {
    if (this.#ending && this.#outbox.idle && !this.#stream.writableEnded) this.#stream.end();
  }

  /** The stream is closed. */
  ended(): void {
    this.#clock.clearTimeout(this.#timer);
  }
}
