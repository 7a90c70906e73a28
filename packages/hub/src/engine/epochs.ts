/**
 * Names for the lives of logs: `<run>.<generation>`. The run is random, one per start of an engine; the generation goes up
 * before a log is forgotten. So the next life of a forgotten topic never has its old name, and nothing has to be remembered of
 * it; topics without a log share the current name, and the first publication keeps it.
 *
 * The generation may lie in memory that two threads share.
 */
import { randomBytes } from 'node:crypto';

export class Epochs {
  readonly run: string;
  /** One cell: the generation. */
  readonly cell: Int32Array;
  #generation = -1;
  #current = '';

  constructor(run: string = randomBytes(9).toString('base64url'), cell: Int32Array = new Int32Array(1)) {
    this.run = run;
    this.cell = cell;
  }

  /** What a log that is made now is called. One string for all of a generation. */
  get current(): string {
    const generation = Atomics.load(this.cell, 0);
    if (generation !== this.#generation) {
      this.#generation = generation;
      this.#current = `${this.run}.${generation}`;
    }
    return this.#current;
  }

  /** To be called before a log is forgotten. */
  renew(): void {
    Atomics.add(this.cell, 0, 1);
  }
}
