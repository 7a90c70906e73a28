/** Notifications on their way to a `for await`: bounded, and never one of them left out silently. */

/** More notifications came than may wait for their reader. */
export class NotificationQueueError extends Error {
  override readonly name = 'NotificationQueueError';
}

export class NotificationQueue<T> implements AsyncIterableIterator<T, undefined> {
  readonly #max: number;
  readonly #left: () => void;
  #waiting: T[] = [];
  #readers: { resolve(result: IteratorResult<T, undefined>): void; reject(error: unknown): void }[] = [];
  #over = false;
  #error: Error | undefined;

  /** @param left is called once nothing more is wanted. */
  constructor(max: number, left: () => void) {
    this.#max = max;
    this.#left = left;
  }

  push(value: T): void {
    if (this.#over) return;
    const reader = this.#readers.shift();
    if (reader !== undefined) reader.resolve({ done: false, value });
    else if (this.#waiting.length < this.#max) this.#waiting.push(value);
    else this.end(new NotificationQueueError('More notifications came than may wait for their reader'));
  }

  /** What waits is still read; then the error is thrown, if there is one. */
  end(error: Error | undefined): void {
    if (this.#over) return;
    this.#over = true;
    this.#left();
    for (const { resolve, reject } of this.#readers.splice(0)) {
      if (error === undefined) resolve({ done: true, value: undefined });
      else reject(error);
      error = undefined;
    }
    this.#error = error;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    const value = this.#waiting.shift();
    if (value !== undefined) return Promise.resolve({ done: false, value });
    if (!this.#over) return new Promise((resolve, reject) => this.#readers.push({ resolve, reject }));
    const error = this.#error;
    this.#error = undefined;
    return error === undefined ? Promise.resolve({ done: true, value: undefined }) : Promise.reject(error);
  }

  /** `break` in the loop. */
  return(): Promise<IteratorResult<T, undefined>> {
    this.#waiting = [];
    this.end(undefined);
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
