import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Sequence } from '../../src/socket/sequence.ts';
import { turn } from '../support/pipe.ts';

function held(): { sequence: Sequence; ran: string[]; finish: () => Promise<void> } {
  const sequence = new Sequence();
  const work = Promise.withResolvers<void>();
  const ran: string[] = [];
  sequence.hold(100, work.promise, () => ran.push(`held, with ${sequence.bytes} left`));
  return {
    sequence,
    ran,
    finish: () => {
      work.resolve();
      return turn();
    },
  };
}

describe('a sequence', () => {
  test('runs at once what is added while nothing is under way', () => {
    const sequence = new Sequence();
    let ran = false;
    sequence.add(5, () => {
      ran = true;
    });
    assert.deepEqual([ran, sequence.held, sequence.bytes, sequence.length], [true, false, 0, 0]);
  });

  test('keeps the order of what is added behind something under way, and counts it', async () => {
    const { sequence, ran, finish } = held();
    sequence.add(1, () => ran.push('first'));
    sequence.add(2, () => ran.push('second'));
    assert.deepEqual(ran, []);
    assert.deepEqual([sequence.held, sequence.bytes, sequence.length], [true, 103, 2]);
    await finish();
    assert.deepEqual(ran, ['held, with 3 left', 'first', 'second']);
    assert.deepEqual([sequence.held, sequence.bytes, sequence.length], [false, 0, 0]);
  });

  test('a step can hold back those after it', async () => {
    const { sequence, ran, finish } = held();
    const more = Promise.withResolvers<void>();
    sequence.add(1, () => sequence.hold(7, more.promise, () => {}));
    sequence.add(2, () => ran.push('last'));
    await finish();
    assert.deepEqual([ran.length, sequence.held, sequence.bytes], [1, true, 9]);
    more.resolve();
    await turn();
    assert.deepEqual(ran.slice(1), ['last']);
  });

  test('what a step adds comes after what waits', async () => {
    const { sequence, ran, finish } = held();
    const more = Promise.withResolvers<void>();
    sequence.add(1, () => {
      sequence.hold(1, more.promise, () => {});
      sequence.add(1, () => ran.push('third'));
    });
    sequence.add(1, () => ran.push('second'));
    await finish();
    more.resolve();
    await turn();
    assert.deepEqual(ran.slice(1), ['second', 'third']);
  });

  test('what is added from within a step comes after what waits, too', async () => {
    const { sequence, ran, finish } = held();
    sequence.add(1, () => {
      ran.push('first');
      sequence.add(1, () => ran.push('third'));
    });
    sequence.add(1, () => ran.push('second'));
    await finish();
    assert.deepEqual(ran.slice(1), ['first', 'second', 'third']);
    assert.equal(sequence.bytes, 0);
  });

  test('goes on where it stopped when a step holds back the rest, and forgets only those', async () => {
    const { sequence, ran, finish } = held();
    const more = Promise.withResolvers<void>();
    sequence.add(1, () => sequence.hold(10, more.promise, () => {}));
    sequence.add(2, () => ran.push('never'));
    sequence.add(4, () => ran.push('never'));
    await finish();
    assert.deepEqual([sequence.bytes, sequence.length], [16, 2]);
    sequence.clear();
    assert.deepEqual([sequence.bytes, sequence.length], [10, 0]);
    sequence.add(1, () => ran.push('last'));
    more.resolve();
    await turn();
    assert.deepEqual([ran.slice(1), sequence.bytes, sequence.held], [['last'], 0, false]);
  });

  test('forgets what waits, and not what is under way', async () => {
    const { sequence, ran, finish } = held();
    sequence.add(9, () => ran.push('never'));
    sequence.clear();
    assert.deepEqual([sequence.held, sequence.bytes, sequence.length], [true, 100, 0]);
    await finish();
    assert.deepEqual([ran.length, sequence.bytes], [1, 0]);
  });
});
