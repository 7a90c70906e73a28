import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Position, Publication } from '../../src/contract/publication.ts';
import { publicationOf } from '../../src/engine/engine.ts';
import { HotTail, TailBudget } from '../../src/hub/hot-tail.ts';
import { draft } from '../suites/engine-fixture.ts';

/** What one of size 10 costs. */
const cost = 276;

class Log {
  readonly tail: HotTail;
  top: Position = { epoch: 'e', offset: 0, id: 0 };

  constructor(budget: TailBudget, most: { count: number; bytes: number }) {
    this.tail = new HotTail(budget, most);
  }

  publish(count = 1, size = 10): Publication {
    for (let i = 0; i < count; i++) {
      const next = publicationOf(draft(this.top.offset + 1, { size }), 'a', 'e', this.top.offset + 1);
      this.tail.push(next, this.top);
      this.top = next;
    }
    return this.top as Publication;
  }

  after(position: Position, limit = 1000): unknown {
    return this.tail.after(position, limit)?.map(({ data }) => data);
  }
}

const roomy = { count: 100, bytes: 1 << 20 };

describe('a hot tail', () => {
  it('has what follows a position, of those that it has and the one before them', () => {
    const log = new Log(new TailBudget(1e9), roomy);
    const zero = log.top;
    const [one, two, three] = [log.publish(), log.publish(), log.publish()];
    assert.deepEqual(log.after(zero), [1, 2, 3]);
    assert.deepEqual(log.after(one), [2, 3]);
    assert.deepEqual(log.after(zero, 2), [1, 2]);
    assert.deepEqual(log.after(three), []);
    assert.equal(log.tail.has(two), true);
  });

  it('tells nothing of a position that it does not know by its id', () => {
    const log = new Log(new TailBudget(1e9), roomy);
    const one = log.publish(3);
    for (const wrong of [
      { id: one.id + 9 },
      { epoch: 'other' },
      { offset: 4 },
      { offset: -1 },
      { offset: 0.5 },
      { offset: Number.NaN },
    ]) {
      assert.equal(log.after({ epoch: one.epoch, offset: one.offset, id: one.id, ...wrong }), undefined);
    }
  });

  it('begins anew with what does not follow', () => {
    const log = new Log(new TailBudget(1e9), roomy);
    const one = log.publish();
    log.top = { epoch: 'e', offset: 7, id: 77 };
    log.publish();
    assert.equal(log.after(one), undefined);
    assert.deepEqual(log.after({ epoch: 'e', offset: 7, id: 77 }), [8]);
  });

  it('is bounded in number, by at most as much again', () => {
    const log = new Log(new TailBudget(1e9), { count: 10, bytes: 1e9 });
    for (let i = 0; i < 100; i++) {
      const one = log.publish();
      assert.ok(log.tail.length <= 20);
      assert.deepEqual(log.after(one), []);
    }
    assert.ok(log.tail.length >= 10);
  });

  it('is bounded in bytes, and keeps the place of the newest when that alone is too large', () => {
    const budget = new TailBudget(1e9);
    const log = new Log(budget, { count: 1000, bytes: 10 * cost });
    for (let i = 0; i < 100; i++) {
      log.publish();
      assert.ok(budget.bytes <= 10 * cost);
    }
    assert.ok(log.tail.length >= 5);
    const large = log.publish(1, 100_000);
    assert.equal(log.tail.length, 0);
    assert.equal(budget.bytes, 0);
    assert.deepEqual(log.after(large), []);
    log.publish();
    assert.deepEqual(log.after(large), [102]);
  });

  it('gives its bytes back when it is cleared', () => {
    const budget = new TailBudget(1e9);
    const log = new Log(budget, roomy);
    log.publish(5);
    assert.equal(budget.bytes, 5 * cost);
    log.tail.clear();
    assert.equal(budget.bytes, 0);
    assert.equal(log.tail.length, 0);
  });

  it('shares a budget with others: those that were silent longest give up first', () => {
    const budget = new TailBudget(16 * cost);
    const logs = Array.from({ length: 8 }, () => new Log(budget, roomy));
    for (const log of logs) log.publish(2);
    logs[0]!.publish();
    assert.ok(budget.bytes <= 16 * cost);
    assert.ok(logs[0]!.tail.length > 0);
    assert.equal(logs[1]!.tail.length, 0);
    assert.ok(logs[7]!.tail.length > 0);
  });

  it('keeps to the budget whoever publishes, and counts every byte once', () => {
    const budget = new TailBudget(100 * cost);
    const logs = Array.from({ length: 50 }, () => new Log(budget, { count: 4, bytes: 8 * cost }));
    for (let i = 0; i < 5000; i++) {
      logs[(i * 7919) % 50]!.publish(1, 10);
      assert.ok(budget.bytes <= 100 * cost);
    }
    for (const log of logs) log.tail.clear();
    assert.equal(budget.bytes, 0);
  });
});
