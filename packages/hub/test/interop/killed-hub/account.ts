/** What one subscriber says of its topic: how it joined, and what it was told, in order. To be held against the log. */
import assert from 'node:assert/strict';
import type { Position, Publication } from '../../../src/index.ts';

interface Told {
  readonly offset: number;
  readonly id: number;
  readonly text: string;
}

export class Account {
  readonly topic: string;
  readonly #who: string;
  readonly #joins: (boolean | 'fresh')[] = [];
  readonly #told: Told[] = [];
  readonly #faults: string[] = [];
  /** How much of it is of the log's former life. */
  #former = { joins: 0, told: 0 };

  constructor(who: string, topic: string) {
    this.#who = who;
    this.topic = topic;
  }

  get timesJoined(): number {
    return this.#joins.length;
  }

  joined(recovered: boolean | 'fresh'): void {
    this.#joins.push(recovered);
  }

  heard({ offset, id }: Position, text: string): void {
    this.#told.push({ offset, id, text });
  }

  /** Something that must not happen at all. */
  fault(what: string): void {
    this.#faults.push(what);
  }

  hasHeard({ id }: Position): boolean {
    return this.#told.findLast((told) => told.id === id) !== undefined;
  }

  /** The log is another one from now on. */
  putBack(): void {
    this.#former = { joins: this.#joins.length, told: this.#told.length };
  }

  /** It was told the whole log, each publication once and in order, and never that something was lost. */
  checkWhole(log: readonly Publication[]): void {
    const [first, ...again] = this.#joins;
    assert.equal(first, 'fresh', this.#name);
    assert.deepEqual([...new Set(again)], [true], `${this.#name}, when it joined again`);
    this.#check(this.#told, log);
  }

  /** It was told, once, that something was lost, and then whatever was published. */
  checkPutBack(log: readonly Publication[]): void {
    assert.deepEqual(this.#joins.slice(this.#former.joins), [false], this.#name);
    const told = this.#told.slice(this.#former.told);
    assert.ok(told.length > 0, this.#name);
    this.#check(told, log.slice(-told.length));
  }

  get #name(): string {
    return `${this.#who} on ${this.topic}`;
  }

  #check(told: readonly Told[], log: readonly Publication[]): void {
    assert.deepEqual(this.#faults, [], this.#name);
    // One by one, as what is said of two long lists is longer.
    for (const [i, { offset, id, data }] of log.entries()) {
      const expected = { offset, id, text: (data as { text: string }).text };
      assert.deepEqual(told[i], expected, `${this.#name}, ${i} of ${log.length}`);
    }
    assert.equal(told.length, log.length, `${this.#name}: more than there is`);
  }
}
