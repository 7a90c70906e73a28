import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Window } from '../../src/hub/window.ts';
import { seeded } from '../support/seeded.ts';

const limits = { messages: 4, bytes: 100, latest: 2 };

describe('a window', () => {
  it('takes so many publications, and as many again as have arrived', () => {
    const window = new Window(limits);
    for (let i = 0; i < 4; i++) {
      assert.equal(window.hasRoom(false), true);
      window.add(1, false);
    }
    assert.equal(window.hasRoom(false), false);
    assert.equal(window.acknowledge(1), true);
    assert.equal(window.hasRoom(false), true);
    window.add(1, false);
    assert.equal(window.hasRoom(false), false);
    assert.equal(window.sent, 5);
  });

  it('takes so many bytes; the last one may be over', () => {
    const window = new Window(limits);
    window.add(99, false);
    assert.equal(window.hasRoom(false), true);
    window.add(1_000_000, false);
    assert.equal(window.hasRoom(false), false);
    window.acknowledge(1);
    assert.equal(window.hasRoom(false), false);
    window.acknowledge(2);
    assert.equal(window.hasRoom(false), true);
  });

  it('always takes one when nothing is under way', () => {
    const window = new Window({ messages: 1, bytes: 1, latest: 1 });
    assert.equal(window.hasRoom(true), true);
    window.add(2 ** 40, true);
    assert.equal(window.hasRoom(true), false);
    window.acknowledge(1);
    assert.equal(window.hasRoom(true), true);
  });

  it('takes fewer of latest topics, and still others', () => {
    const window = new Window(limits);
    window.add(1, true);
    window.add(1, false);
    window.add(1, true);
    assert.equal(window.hasRoom(true), false);
    assert.equal(window.hasRoom(false), true);
    window.acknowledge(1);
    assert.equal(window.hasRoom(true), true);
    window.add(1, true);
    window.acknowledge(2);
    assert.equal(window.hasRoom(true), false);
  });

  it('is half full by whichever is', () => {
    for (const [bytes, latest, count] of [
      [1, false, 2],
      [50, false, 1],
      [1, true, 1],
    ] as const) {
      const window = new Window(limits);
      assert.equal(window.isHalfFull, false);
      for (let i = 0; i < count; i++) window.add(bytes, latest);
      assert.equal(window.isHalfFull, true);
    }
  });

  it('refuses an acknowledgement of what was never sent, and ignores an old one', () => {
    const window = new Window(limits);
    window.add(1, false);
    assert.equal(window.acknowledge(2), false);
    assert.equal(window.acknowledge(1), true);
    assert.equal(window.acknowledge(0), true);
    assert.equal(window.acknowledge(1), true);
    assert.equal(window.hasRoom(false), true);
  });

  it('grows with what is under way, and keeps the order of sizes', () => {
    const window = new Window({ messages: 1000, bytes: 1_000_000, latest: 1000 });
    for (let i = 0; i < 10; i++) window.add(1, false);
    window.acknowledge(7);
    const sizes = Array.from({ length: 200 }, (_, i) => i + 1);
    for (const size of sizes) window.add(size, size % 2 === 0);
    window.acknowledge(10);
    let bytes = sizes.reduce((sum, size) => sum + size);
    for (const size of sizes) {
      assert.equal(window.roomFor(1, false), 1_000_000 - bytes);
      window.acknowledge(10 + size);
      bytes -= size;
    }
    assert.equal(window.roomFor(1000, true), 1_000_000);
  });

  it('takes runs among single ones, and acknowledgements in the middle of a run', () => {
    const window = new Window({ messages: 1000, bytes: 10_000, latest: 1000 });
    const random = seeded(7);
    const sizes: number[] = [];
    let acknowledged = 0;
    for (let i = 0; i < 2000; i++) {
      const run = Array.from({ length: 1 + Math.floor(random() * 9) }, () => Math.floor(random() * 50));
      if (random() < 0.5) window.addRun(run);
      else for (const size of run) window.add(size, true);
      sizes.push(...run);
      acknowledged = Math.min(sizes.length, acknowledged + Math.floor(random() * 10));
      window.acknowledge(acknowledged);
      const bytes = sizes.slice(acknowledged).reduce((sum, size) => sum + size, 0);
      assert.equal(window.roomFor(1, false), Math.max(0, 10_000 - bytes));
    }
    window.acknowledge(window.sent);
    assert.deepEqual([window.sent, window.roomFor(1000, true)], [sizes.length, 10_000]);
  });

  it('says how many bytes several may take together', () => {
    const window = new Window(limits);
    assert.deepEqual([window.roomFor(4, false), window.roomFor(5, false), window.roomFor(3, true)], [100, 0, 0]);
    window.add(30, true);
    assert.deepEqual([window.roomFor(3, false), window.roomFor(4, false)], [70, 0]);
    assert.deepEqual([window.roomFor(1, true), window.roomFor(2, true)], [70, 0]);
    window.add(200, false);
    assert.equal(window.roomFor(1, false), 0);
  });

  it('counts right over many rounds of its ring', () => {
    const window = new Window(limits);
    let acknowledged = 0;
    for (let i = 0; i < 1000; i++) {
      if (!window.hasRoom(i % 3 === 0)) window.acknowledge((acknowledged = window.sent - (i % 2)));
      window.add(10 + (i % 7), i % 3 === 0);
    }
    window.acknowledge(window.sent);
    assert.ok(acknowledged > 0);
    for (let i = 0; i < 3; i++) window.add(33, false);
    assert.equal(window.hasRoom(false), true);
    window.add(1, false);
    assert.equal(window.hasRoom(false), false);
  });
});
