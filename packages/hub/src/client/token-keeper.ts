/**
 * The token that sessions begin with: asked for when there is none, kept while it is good, asked for anew when it was
 * refused or nears its end.
 */
import type { Clock } from './client-options.ts';

export type TokenSource = string | (() => string | Promise<string>) | undefined;

/** A token is renewed when this part of its life is over. */
export const renewAt = 0.8;

export class TokenKeeper {
  readonly #source: TokenSource;
  readonly #clock: Clock;
  #kept: string | undefined;
  #staleAt = Number.POSITIVE_INFINITY;

  constructor(source: TokenSource, clock: Clock) {
    this.#source = source;
    this.#clock = clock;
  }

  /** Whether asking again may bring another one. */
  get canRefresh(): boolean {
    return typeof this.#source === 'function';
  }

  /** The token to begin a session with; undefined: without one. */
  current(): Promise<string | undefined> | string | undefined {
    if (this.#kept !== undefined && this.#clock.now() < this.#staleAt) return this.#kept;
    return this.fresh();
  }

  async fresh(): Promise<string | undefined> {
    const source = this.#source;
    if (typeof source !== 'function') return source;
    const token = await source();
    if (typeof token !== 'string') throw new TypeError('The function for the token gave none');
    this.#staleAt = Number.POSITIVE_INFINITY;
    this.#kept = token;
    return token;
  }

  /** The token in use is good for so many ms; undefined: for ever. */
  goodFor(ms: number | undefined): void {
    this.#staleAt = ms === undefined ? Number.POSITIVE_INFINITY : this.#clock.now() + ms * renewAt;
  }

  /** The hub does not take it (any more). */
  forget(): void {
    this.#kept = undefined;
  }
}
