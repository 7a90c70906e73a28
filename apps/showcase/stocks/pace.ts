/**
 * Makes the page a slow reader: between two messages it waits, so that no more than so many a second are taken, and so
 * acknowledged. The connection itself is as fast as ever.
 */
export class Pace {
  #perSecond: number | undefined;
  #due = 0;
  #go: (() => void) | undefined;

  /** Undefined while nothing is held back. */
  get perSecond(): number | undefined {
    return this.#perSecond;
  }

  set perSecond(perSecond: number | undefined) {
    this.#perSecond = perSecond;
    this.#due = performance.now();
    this.#go?.();
  }

  /** To be waited for after each message; nothing at full speed. */
  turn(): Promise<void> | undefined {
    if (this.#perSecond === undefined) return undefined;
    const now = performance.now();
    // A pause does not become a burst.
    this.#due = Math.max(this.#due, now - 1000 / this.#perSecond) + 1000 / this.#perSecond;
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#go?.(), this.#due - now);
      this.#go = () => {
        clearTimeout(timer);
        this.#go = undefined;
        resolve();
      };
    });
  }
}
