/**
 * How a socket's stream is ended, RFC 6455 §7.1.1: what was put out leaves first, then our side is closed, then the peer has
 * a limited time to close its own. "the server MUST close the connection immediately" comes to pass in `atOnce()`.
 */
import { Socket as TcpSocket } from 'node:net';
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
  #atOnce = false;

  constructor(stream: Duplex, outbox: Outbox, clock: Clock) {
    this.#stream = stream;
    this.#outbox = outbox;
    this.#clock = clock;
  }

  /** Cuts the stream when it has not ended in `ms`; the first call counts. */
  within(ms: number): void {
    if (!this.#stream.destroyed) this.#timer ??= this.#clock.setTimeout(() => this.#stream.destroy(), ms);
  }

  /** Ends our side as soon as everything that was put out has left. */
  now(): void {
    this.#ending = true;
    this.#outbox.tellFlushed();
    this.#outbox.flush();
    this.flushed();
  }

  /**
   * As `now`, for a server whose peer has sent its Close frame, behind which nothing may come: plain TCP is closed without
   * waiting for the peer's side. The kernel, which has taken all by then, still delivers it, and a FIN behind it. It would
   * answer what still came with a reset, so this is not for a peer that owes us a Pong.
   */
  atOnce(): void {
    // Others have more to say at their end: TLS its close_notify.
    this.#atOnce = this.#stream.constructor === TcpSocket;
    this.now();
  }

  afterFailure(closeTimeout: number): void {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    this.within(Math.min(closeTimeout, lingerAfterFailure));
    this.now();
  }

  /** The outbox may have become empty. */
  flushed(): void {
    if (!this.#ending || !this.#outbox.idle || this.#stream.writableEnded) return;
    if (this.#atOnce && this.#stream.writableLength === 0) this.#stream.destroy();
    else this.#stream.end();
  }

  /** The stream is closed. */
  ended(): void {
    this.#clock.clearTimeout(this.#timer);
  }
}
