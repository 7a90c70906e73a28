/**
 * Renews a session before it expires: `tidewire.session.renew` with a fresh token, when 80 % of its life is over. When that
 * fails for now it is tried again, each time after a fifth of what is left. When it is refused, nothing is tried: the hub
 * ends the session, and the next one begins with a fresh token anyway.
 */
import { HubError } from '../contract/errors.ts';
import type { Link } from './link.ts';
import { timeIn } from './shapes.ts';
import { renewAt, type TokenKeeper } from './token-keeper.ts';
import type { WampConnection } from './wamp-connection.ts';
import type { Payload } from './wamp-lists.ts';

/** Never more often than this, ms. */
const soonest = 1_000;
/** Longer timers fire at once. */
const longest = 0x7fff_ffff;

export class Renewal {
  readonly #link: Link;
  readonly #session: WampConnection;
  readonly #keeper: TokenKeeper;
  /** ms since 1970, the hub's clock. */
  #expires = 0;
  #timer: unknown;
  #stopped = false;

  constructor(link: Link, session: WampConnection, keeper: TokenKeeper) {
    this.#link = link;
    this.#session = session;
    this.#keeper = keeper;
    this.#extended(timeIn(session.welcome, '_tidewire_expires'));
  }

  stop(): void {
    this.#stopped = true;
    this.#link.clock.clearTimeout(this.#timer);
  }

  #extended(expires: number | undefined): void {
    const left = expires && expires - this.#link.now();
    this.#keeper.goodFor(left);
    if (left === undefined || !this.#keeper.canRefresh) return;
    this.#expires = expires!;
    this.#wait(left * renewAt);
  }

  /** Renews after so many ms. */
  #wait(delay: number): void {
    if (this.#stopped) return;
    const now = Math.min(Math.max(delay, soonest), longest);
    const renew = () => (delay > longest ? this.#wait(delay - longest) : this.#renew());
    this.#timer = this.#link.clock.setTimeout(renew, now);
  }

  async #renew(): Promise<void> {
    try {
      const token = await this.#keeper.fresh();
      if (this.#stopped) return;
      const { kwargs = {} } = await new Promise<Payload>((done, failed) =>
        this.#session.call('tidewire.session.renew', { kwargs: { token } }, {}, { done, failed }),
      );
      if (!this.#stopped) this.#extended(timeIn(kwargs, 'expires'));
    } catch (error) {
      if (this.#stopped) return;
      this.#link.report(error);
      if (error instanceof HubError && !error.temporary) this.#keeper.forget();
      else this.#wait((this.#expires - this.#link.now()) * (1 - renewAt));
    }
  }
}
