/** What the page measures: how long an input takes until a state knows of it, and what comes in a second. */

/** Things and their sizes over the last two seconds. */
export class RateMeter {
  readonly #span = 2000;
  #entries: { readonly at: number; readonly size: number }[] = [];

  add(now: number, size = 0): void {
    this.#entries.push({ at: now, size });
  }

  /** How many, and how much, in a second. */
  read(now: number): { readonly count: number; readonly size: number } {
    this.#entries = this.#entries.filter(({ at }) => now - at < this.#span);
    const seconds = this.#span / 1000;
    return {
      count: this.#entries.length / seconds,
      size: this.#entries.reduce((sum, { size }) => sum + size, 0) / seconds,
    };
  }
}

/** From the sending of an input to the arrival of a state that knows of it: the line both ways, and the wait for the tick. */
export class LagMeter {
  readonly #sent = new Map<number, number>();
  #lag: number | undefined;
  #latest: number | undefined;

  /** Evened out over the last dozen, ms; undefined before the first. */
  get lag(): number | undefined {
    return this.#lag;
  }

  /** Of the newest input that came back, ms. */
  get latest(): number | undefined {
    return this.#latest;
  }

  sent(number: number, now: number): void {
    this.#sent.set(number, now);
    if (this.#sent.size > 256) for (const oldest of this.#sent.keys()) return void this.#sent.delete(oldest);
  }

  /** A state came, and this is the newest input that it knows of. */
  seen(number: number, now: number): void {
    const at = this.#sent.get(number);
    if (at === undefined) return;
    this.#sent.delete(number);
    this.#latest = now - at;
    this.#lag = this.#lag === undefined ? this.#latest : this.#lag + (this.#latest - this.#lag) / 12;
  }

  forget(): void {
    this.#sent.clear();
    this.#lag = undefined;
    this.#latest = undefined;
  }
}
