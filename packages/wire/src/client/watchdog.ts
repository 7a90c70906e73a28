/**
 * Notices a connection that is dead though nobody said so (half-open): a browser's WebSocket can't send Pings, and the
 * browser itself may need a quarter of an hour to find out.
 *
 * Any message is a proof of life. After `interval` of silence a probe goes out; another `timeout` of silence, and the
 * connection is given up. Without a probe the server is expected to speak by itself, at least once per interval.
 *
 * What it can't do: with neither a probe nor a server that speaks, silence means nothing, so there is no watchdog to set up
 * then, and a connection is only replaced when the machine comes back online (reconnecting.ts).
 *
 *    ┌────────┐  silent for `interval`   ┌─────────┐  silent for `timeout`
 *    │ silent │─────────────────────────▶│ probing │──────────────────────▶ dead
 *    └────────┘◀─────────────────────────└─────────┘
 *         ▲           anything comes          ▲
 *         └── time unseen does not count ─────┘── woke up, or came back online: `check()`
 */
import type { Clock } from '../socket/clock.ts';
import type { Sendable } from './opener.ts';
import type { Page } from './page.ts';

export interface WatchdogOptions {
  /** How long the server may be silent, ms. */
  readonly interval: number;
  /** How long it has to say anything once it was probed, ms. @default 10_000 */
  readonly timeout?: number;
  /** Makes a message that the server answers with any message. Without it the server must speak by itself in every interval. */
  readonly probe?: () => Sendable;
}

export interface WatchdogEvents {
  /** The option's probe is to be sent. */
  probe(): void;
  /** The connection is to be given up. */
  dead(): void;
}

/** A timer that is late by more than this (ms) was throttled, or the machine slept: what passed meanwhile is not silence. */
const latest = 2_000;

export class Watchdog {
  readonly #options: Required<Omit<WatchdogOptions, 'probe'>> & Pick<WatchdogOptions, 'probe'>;
  readonly #clock: Clock;
  readonly #page: Page;
  readonly #events: WatchdogEvents;
  #phase: 'stopped' | 'silent' | 'probing' = 'stopped';
  /** When the present phase is over, unless something is heard. */
  #due = 0;
  #timer: unknown;
  /** A timer is set; what is heard does not touch it but moves `#due`. */
  #timerAt = 0;

  /** @throws RangeError on times that are none */
  constructor(options: WatchdogOptions, clock: Clock, page: Page, events: WatchdogEvents) {
    const { interval, timeout = 10_000, probe } = options;
    if (!(interval > 0 && interval < 2 ** 31))
      throw new RangeError(`watchdog.interval must be positive, not ${interval}`);
    if (!(timeout > 0 && timeout < 2 ** 31)) throw new RangeError(`watchdog.timeout must be positive, not ${timeout}`);
    this.#options = { interval, timeout, probe };
    this.#clock = clock;
    this.#page = page;
    this.#events = events;
  }

  /** A connection was opened. */
  start(): void {
    this.#enter('silent', this.#options.interval);
  }

  /** Something came from the server. */
  heard(): void {
    if (this.#phase === 'stopped') return;
    this.#phase = 'silent';
    this.#due = this.#clock.now() + this.#options.interval;
    // Called for every message, so the timer is left alone unless it would fire too late.
    if (this.#timer !== undefined && this.#timerAt > this.#due) this.#wait();
  }

  /** There is a reason for doubt: the machine is back online, or the page is seen again. */
  check(): void {
    if (this.#phase === 'stopped') return;
    const { probe, timeout, interval } = this.#options;
    // A server that is not asked has no reason to speak sooner than usual.
    this.#enter('probing', probe === undefined ? interval : timeout);
    if (probe !== undefined) this.#events.probe();
  }

  /** The page was hidden or shown. */
  visibilityChanged(): void {
    if (this.#phase === 'stopped') return;
    if (!this.#page.visible) this.#clearTimer();
    else if (this.#timer === undefined) this.check();
  }

  stop(): void {
    this.#phase = 'stopped';
    this.#clearTimer();
  }

  #enter(phase: 'silent' | 'probing', ms: number): void {
    this.#phase = phase;
    this.#due = this.#clock.now() + ms;
    this.#wait();
  }

  #wait(): void {
    this.#clearTimer();
    if (!this.#page.visible) return;
    this.#timerAt = this.#due;
    this.#timer = this.#clock.setTimeout(() => this.#timedOut(), Math.max(0, this.#due - this.#clock.now()));
  }

  #clearTimer(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #timedOut(): void {
    this.#timer = undefined;
    const now = this.#clock.now();
    if (now < this.#due) return this.#wait();
    const overslept = now - this.#timerAt > latest;
    if (this.#phase === 'probing' && !overslept) {
      this.stop();
      this.#events.dead();
      return;
    }
    if (this.#options.probe !== undefined || overslept) return this.check();
    // The server had its interval to speak in, and gets no second one.
    this.stop();
    this.#events.dead();
  }
}
