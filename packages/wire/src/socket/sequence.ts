/**
 * Keeps what is sent in order while some of it takes its time: a message that is being compressed on another thread holds
 * back what was sent after it, and nothing else does.
 */
import { Fifo } from './fifo.ts';

interface Step {
  readonly run: () => void;
  readonly bytes: number;
}

export class Sequence {
  readonly #waiting = new Fifo<Step>();
  #held = false;
  #bytes = 0;

  /** True while something is under way, so that what follows has to queue. */
  get held(): boolean {
    return this.#held || this.length > 0;
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
    if (!this.held) {
      run();
      return;
    }
    this.#waiting.push({ run, bytes });
    this.#bytes += bytes;
  }

  /**
   * Makes all that is added wait until `work` is done, and `finish` has put out what came of it. `bytes` is what it stands
   * for until then; it must not reject.
   */
  hold<T>(bytes: number, work: PromiseLike<T>, finish: (made: T) => void): void {
    this.#held = true;
    this.#bytes += bytes;
    work.then((made) => {
      // Before `finish`, which may be what makes room again.
      this.#bytes -= bytes;
      finish(made);
      this.#held = false;
      this.#goOn();
    });
  }

  /** Forgets what waits. */
  clear(): void {
    for (const step of this.#waiting) this.#bytes -= step.bytes;
    this.#waiting.clear();
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
