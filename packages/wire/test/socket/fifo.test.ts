import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Fifo } from '../../src/socket/fifo.ts';

describe('first in, first out', () => {
  it('is the order, whatever is put in between', () => {
    const fifo = new Fifo<number>();
    const out: (number | undefined)[] = [];
    fifo.push(1);
    fifo.push(2);
    out.push(fifo.shift());
    fifo.push(3);
    assert.deepEqual([...fifo], [2, 3]);
    assert.equal(fifo.length, 2);
    out.push(fifo.shift(), fifo.shift(), fifo.shift());
    assert.deepEqual(out, [1, 2, 3, undefined]);
    assert.equal(fifo.length, 0);
  });

  it('holds for thousands that come and go, while some always wait', () => {
    const fifo = new Fifo<number>();
    let next = 0;
    for (let i = 0; i < 10_000; i++) {
      fifo.push(i);
      if (i % 3 !== 0) assert.equal(fifo.shift(), next++);
    }
    assert.equal(fifo.length, 10_000 - next);
    while (fifo.length > 0) assert.equal(fifo.shift(), next++);
    assert.equal(next, 10_000);
  });

  it('is empty when it was cleared', () => {
    const fifo = new Fifo<string>();
    fifo.push('a');
    fifo.clear();
    assert.equal(fifo.shift(), undefined);
    assert.deepEqual([...fifo], []);
  });
});
