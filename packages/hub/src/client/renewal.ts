/**
 * Renews a session before it expires: `tidewire.session.renew` with a fresh token, when 80 % of its life is over. When that
 * fails for now it is tried again, each time after a fifth of what is left. When it is refused, nothing is tried: the hub
 * ends the session, and the next one begins with a fresh token anyway.
 */
import { HubError } from '../hub/errors.ts';
import type { Clock } from './client-options.ts';
import { timeIn } from './shapes.ts';
import { renewAt, type TokenKeeper } from './token-keeper.ts';
import type { WampConnection } from './wamp-connection.ts';
import type { Payload } from './wamp-lists.ts';

/** Never more often than this, ms. */
const soonest = 1_000;
/** Longer timers fire at once. */
const longest = 0x7fff_ffff;

export class Renewal {
  readonly #session: WampConnection;
  readonly #keeper: TokenKeeper;
  readonly #clock: Clock;
  readonly #onError: (error: unknown) => void;
  /** The hub's clock less ours. */
  readonly #offset: number;
  #expires = 0;
  #timer: unknown;
  #stopped = false;

  /** @param offset the hub's clock less `clock` */
  constructor(
    session: WampConnection,
    keeper: TokenKeeper,
    clock: Clock,
    offset: number,
    onError: (error: unknown) => void,
  ) {
    this.#session = session;
    this.#keeper = keeper;
    this.#clock = clock;
    this.#offset = offset;
    this.#onError = onError;
    this.#extended(timeIn(session.welcome, '_tidewire_expires'));
  }

  stop(): void {
    this.#stopped = true;
    this.#clock.clearTimeout(this.#timer);
  }

  /** @param expires ms since 1970 by the hub's clock */
  #extended(expires: number | undefined): void {
    const left = expires === undefined ? undefined : expires - this.#offset - this.#clock.now();
    this.#keeper.goodFor(left);
    if (left === undefined || !this.#keeper.canRefresh) return;
    this.#expires = this.#clock.now() + left;
    this.#wait(this.#clock.now() + left * renewAt);
  }

  #wait(until: number): void {
    if (this.#stopped) return;
    const delay = Math.max(soonest, until - this.#clock.now());
    this.#timer = this.#clock.setTimeout(
      () => (delay > longest ? this.#wait(until) : this.#renew()),
      Math.min(delay, longest),
    );
  }

  async #renew(): Promise<void> {
    try {
      const token = await this.#keeper.fresh();
      if (this.#stopped) return;
      const { kwargs = {} } = await this.#ask({ kwargs: { token } });
      if (!this.#stopped) this.#extended(timeIn(kwargs, 'expires'));
    } catch (error) {
      if (this.#stopped) return;
      this.#onError(error);
      if (error instanceof HubError && !error.temporary) this.#keeper.forget();
      else this.#wait(this.#clock.now() + (this.#expires - this.#clock.now()) * (1 - renewAt));
    }
  }

  #ask(payload: Payload): Promise<Payload> {
    return new Promise((done, failed) => this.#session.call('tidewire.session.renew', payload, {}, { done, failed }));
  }
}
