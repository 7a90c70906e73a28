/**
 * A `for await` over what comes by and by: whoever makes the items keeps them, and is asked for the next one when the
 * application wants it. One at a time, in order, whatever an item waits for.
 */

export class Feed<T> implements AsyncIterableIterator<T, undefined> {
  readonly #take: () => T | Promise<T> | undefined;
  readonly #leave: () => void;
  #turn: Promise<unknown> = Promise.resolve();
  #wake: (() => void) | undefined;
  #ended: { error: Error | undefined } | undefined;

  /**
   * @param take the next item, called when the application is done with the one before; undefined: there is none yet
   * @param leave the application has enough
   */
  constructor(take: () => T | Promise<T> | undefined, leave: () => void) {
    this.#take = take;
    this.#leave = leave;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    const turn = this.#turn.then(() => this.#next());
    this.#turn = turn.catch(() => {});
    return turn;
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    this.#leave();
    this.end();
    return { done: true, value: undefined };
  }

  /** There may be an item. */
  wake(): void {
    this.#wake?.();
  }

  /** When all items are taken it is over; with an error it throws, once. */
  end(error?: Error): void {
    this.#ended ??= { error };
    this.wake();
  }

  async #next(): Promise<IteratorResult<T, undefined>> {
    for (;;) {
      const item = this.#take();
      if (item !== undefined) return { done: false, value: await item };
      if (this.#ended !== undefined) {
        const { error } = this.#ended;
        this.#ended = { error: undefined };
        if (error !== undefined) throw error;
        return { done: true, value: undefined };
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
