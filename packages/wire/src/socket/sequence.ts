/**
 * Keeps what is sent in order while some of it takes its time: a message that is being compressed on another thread holds
 * back what was sent after it, and nothing else does.
 */

interface Step {
  readonly run: () => void;
  readonly bytes: number;
}

export class Sequence {
  #waiting: Step[] = [];
  #held = false;
  #bytes = 0;

  /** True while something is under way, so that what follows has to queue. */
  get held(): boolean {
    return this.#held;
  }

  /** Bytes and number of what waits. */
  get bytes(): number {
    return this.#bytes;
  }

  get length(): number {
    return this.#waiting.length;
  }

  /** Runs `step` in its turn: at once, when nothing is under way. `bytes` is what it stands for while it waits. */
  add(bytes: number, run: () => void): void {
    if (!this.#held) {
      run();
      return;
    }
    this.#waiting.push({ run, bytes });
    this.#bytes += bytes;
  }

  /** Makes all that is added wait until `work` is done. `bytes` is what it stands for; it must not reject. */
  hold(bytes: number, work: PromiseLike<unknown>): void {
    this.#held = true;
    this.#bytes += bytes;
    work.then(() => {
      this.#held = false;
      this.#bytes -= bytes;
      this.#goOn();
    });
  }

  /** Forgets what waits. */
  clear(): void {
    for (const step of this.#waiting) this.#bytes -= step.bytes;
    this.#waiting = [];
  }

  #goOn(): void {
    while (!this.#held) {
      const step = this.#waiting.shift();
      if (step === undefined) return;
      this.#bytes -= step.bytes;
      step.run();
    }
  }
}
