/** Thirty times a second, for as long as there is something to do: a timer that makes up for being late, within reason. */
import { ticksPerSecond } from './motion.ts';

const interval = 1000 / ticksPerSecond;
/** What is behind for longer is given up, ms. */
const patience = 250;

export class Loop {
  readonly #step: () => boolean;
  #timer: NodeJS.Timeout | undefined;
  #due = 0;

  /** @param step says whether it is to be called again */
  constructor(step: () => boolean) {
    this.#step = step;
  }

  get isRunning(): boolean {
    return this.#timer !== undefined;
  }

  /** Begins, unless it runs already. */
  start(): void {
    if (this.isRunning) return;
    this.#due = performance.now();
    this.#later();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #later(): void {
    const now = performance.now();
    this.#due += interval;
    if (now - this.#due > patience) this.#due = now;
    this.#timer = setTimeout(() => this.#run(), Math.max(0, this.#due - now));
  }

  #run(): void {
    this.#timer = undefined;
    if (this.#step()) this.#later();
  }
}
