/**
 * Names for the lives of logs: `<run>.<generation>`. The run is random, one for each start of an engine that keeps nothing, one for
 * each store of an engine that does; the generation goes up before a log is forgotten. So the next life of a forgotten topic never has its old name, and nothing has to be remembered of
 * it; topics without a log share the current name, and the first publication keeps it.
 *
 * The generation may lie in memory that two threads share.
 */
import { randomBytes } from 'node:crypto';

export class Epochs {
  /** One cell: the generation. */
  readonly cell: Int32Array;
  #run: string;
  #generation = -1;
  #current = '';

  constructor(run: string = randomBytes(9).toString('base64url'), cell: Int32Array = new Int32Array(1)) {
    this.#run = run;
    this.cell = cell;
  }

  /** What a log that is made now is called. One string for all of a generation. */
  get current(): string {
    const { generation } = this;
    if (generation !== this.#generation) {
      this.#generation = generation;
      this.#current = `${this.#run}.${generation}`;
    }
    return this.#current;
  }

  get generation(): number {
    return Atomics.load(this.cell, 0);
  }

  /** Goes on with the name of a store that was opened. Its logs have been named by it before. */
  continue(run: string): void {
    this.#run = run;
    this.#generation = -1;
  }

  /** To be called before a log is forgotten. */
  renew(): void {
    Atomics.add(this.cell, 0, 1);
  }
}
