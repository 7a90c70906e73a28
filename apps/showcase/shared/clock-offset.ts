/**
 * How far the server's clock is from ours, as NTP estimates it: an answer that says `now` was written about half way
 * between question and answer, and the quickest answer knows best. On one machine this is zero, give or take a
 * millisecond; across a network it keeps an age from being nonsense.
 */

/** An estimate that gets better with each answer. */
export class ClockOffset {
  #offset = 0;
  #roundTrip = Number.POSITIVE_INFINITY;

  /** `asked` and `answered` by our clock, `now` by the server's, all in ms. */
  learn(asked: number, answered: number, now: number): void {
    // Clocks drift: an old best answer slowly loses against newer ones.
    this.#roundTrip *= 1.02;
    const roundTrip = answered - asked;
    if (roundTrip > this.#roundTrip) return;
    this.#roundTrip = roundTrip;
    this.#offset = now - (asked + answered) / 2;
  }

  /** The server's clock at a moment of ours. */
  toServer(ours: number): number {
    return ours + this.#offset;
  }
}
