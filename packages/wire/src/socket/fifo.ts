/** First in, first out, at the same cost however many wait: an array's `shift` moves all the others each time. */
export class Fifo<T> {
  #items: T[] = [];
  #first = 0;

  get length(): number {
    return this.#items.length - this.#first;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): T | undefined {
    if (this.#first === this.#items.length) return undefined;
    const item = this.#items[this.#first]!;
    // What has been taken must not be kept alive by its place.
    this.#items[this.#first++] = undefined as T;
    if (this.#first === this.#items.length) this.clear();
    else if (this.#first >= 1024 && this.#first * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#first);
      this.#first = 0;
    }
    return item;
  }

  clear(): void {
    this.#items = [];
    this.#first = 0;
  }

  *[Symbol.iterator](): Generator<T, void, undefined> {
    for (let i = this.#first; i < this.#items.length; i++) yield this.#items[i]!;
  }
}
