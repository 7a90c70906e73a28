/**
 * How long to wait before the next attempt: exponential backoff with jitter, pure arithmetic, no timers.
 *
 * Without jitter, all clients of a server that restarted would come back in the same instant, and again at each step.
 */

export interface BackoffOptions {
  /** The ceiling of the first delay, ms. @default 500 */
  readonly initial?: number;
  /** What the ceiling is multiplied by after each attempt. @default 2 */
  readonly factor?: number;
  /** The highest ceiling, ms. @default 30_000 */
  readonly max?: number;
  /**
   * `full`: anything from 0 to the ceiling, which spreads clients best. `equal`: from half of the ceiling to the ceiling.
   * `none`: the ceiling itself.
   * @default 'full'
   */
  readonly jitter?: 'full' | 'equal' | 'none';
}

/** What a server asked for. */
export interface DelayHint {
  /** Not before this many ms. */
  readonly atLeast?: number;
  /** Come at a random moment within this many ms, even when the ceiling is still lower. */
  readonly spread?: number;
}

export class Backoff {
  readonly #initial: number;
  readonly #factor: number;
  readonly #max: number;
  readonly #jitter: 'full' | 'equal' | 'none';
  readonly #random: () => number;
  #attempts = 0;

  /**
   * @param random from 0 to below 1
   * @throws RangeError on an option that is not a delay
   */
  constructor(options: BackoffOptions = {}, random: () => number = Math.random) {
    const { initial = 500, factor = 2, max = 30_000, jitter = 'full' } = options;
    if (!(initial >= 0 && initial <= max && max <= longestTimer)) {
      throw new RangeError(`backoff: 0 <= initial <= max <= ${longestTimer} must hold, not ${initial} and ${max}`);
    }
    if (!(factor >= 1)) throw new RangeError(`backoff: factor must be at least 1, not ${factor}`);
    if (jitter !== 'full' && jitter !== 'equal' && jitter !== 'none') {
      throw new RangeError(`backoff: there is no jitter ${JSON.stringify(jitter)}`);
    }
    this.#initial = initial;
    this.#factor = factor;
    this.#max = max;
    this.#jitter = jitter;
    this.#random = random;
  }

  /** Delays given out since the last `reset()`. */
  get attempts(): number {
    return this.#attempts;
  }

  /** The highest ceiling, ms. */
  get max(): number {
    return this.#max;
  }

  /** The delay before the next attempt, ms. */
  next(hint: DelayHint = {}): number {
    const ceiling = Math.min(this.#max, this.#initial * this.#factor ** this.#attempts);
    this.#attempts++;
    const delay = this.#draw(Math.max(ceiling, hint.spread ?? 0), hint.spread !== undefined);
    // What a server asked for is the earliest moment: the jitter comes on top, or all would come at that moment.
    return Math.min(longestTimer, Math.round((hint.atLeast ?? 0) + delay));
  }

  /** The connection was good: the next failure starts from `initial` again. */
  reset(): void {
    this.#attempts = 0;
  }

  #draw(ceiling: number, spread: boolean): number {
    if (this.#jitter === 'none' && !spread) return ceiling;
    if (this.#jitter === 'equal' && !spread) return (ceiling / 2) * (1 + this.#random());
    return ceiling * this.#random();
  }
}

/** A timer of 2^31 ms or more fires at once. */
const longestTimer = 0x7fff_ffff;
