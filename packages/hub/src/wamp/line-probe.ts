/**
 * How far a plain client's line is, by Ping and Pong: a Pong says that everything before its Ping has arrived (RFC 6455
 * §5.5.3). It measures the line, not the application behind it.
 */
import type { Clock } from 'tidewire';

/** A Pong that did not come for so long, while others did, was left out: ms. */
const patience = 5_000;

export class LineProbe {
  readonly #clock: Clock;
  readonly #ping: (payload: Uint8Array) => void;
  #serial = 0;
  #payload: Uint8Array | undefined;
  #total = 0;
  #askedAt = 0;

  constructor(clock: Clock, ping: (payload: Uint8Array) => void) {
    this.#clock = clock;
    this.#ping = ping;
  }

  /** Asks for a Pong behind the `total`th publication. */
  ask(total: number): void {
    // Eight bytes, so that the heartbeat's Pongs, of four, are told apart.
    const payload = new Uint8Array(8);
    new DataView(payload.buffer).setFloat64(0, ++this.#serial);
    this.#payload = payload;
    this.#total = total;
    this.#askedAt = this.#clock.now();
    this.#ping(payload);
  }

  /** The total that a Pong answers for; undefined when it is another one's. */
  answered(payload: Uint8Array): number | undefined {
    const asked = this.#payload;
    if (asked === undefined) return undefined;
    if (payload.length === asked.length && asked.every((byte, i) => byte === payload[i])) {
      this.#payload = undefined;
      return this.#total;
    }
    // RFC 6455 §5.5.3: a peer "MAY elect to send a Pong frame for only the most recently processed Ping frame", the heartbeat's.
    const now = this.#clock.now();
    if (now - this.#askedAt >= patience) {
      this.#askedAt = now;
      this.#ping(asked);
    }
    return undefined;
  }
}
