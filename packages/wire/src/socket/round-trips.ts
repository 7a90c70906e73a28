/** Measures how long a Ping of ours takes to come back: the newest one, told apart from others by its payload. */
import type { Clock } from './clock.ts';

export class RoundTrips {
  readonly #clock: Clock;
  #count = 0;
  #sentAt: number | undefined;
  #latest: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The newest round trip in ms. */
  get latest(): number | undefined {
    return this.#latest;
  }

  /** A Ping is about to be sent; returns its payload. */
  pingSent(): Uint8Array {
    this.#count = (this.#count + 1) >>> 0;
    this.#sentAt = this.#clock.now();
    return payloadOf(this.#count);
  }

  /** A Pong came. RFC 6455 §5.5.3: it carries the payload of the Ping that it answers, or nobody asked for it. */
  pongReceived(payload: Uint8Array): void {
    if (this.#sentAt === undefined || payload.length !== 4) return;
    if (payloadOf(this.#count).some((octet, i) => octet !== payload[i])) return;
    this.#latest = this.#clock.now() - this.#sentAt;
    this.#sentAt = undefined;
  }
}

function payloadOf(count: number): Uint8Array {
  return Uint8Array.of(count >>> 24, count >>> 16, count >>> 8, count);
}
