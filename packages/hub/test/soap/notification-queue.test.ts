/** Notifications on their way to a `for await`. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { NotificationQueue } from '../../src/soap/notification-queue.ts';

const queueOf = (max = 10) => {
  const left = { times: 0 };
  return { queue: new NotificationQueue<number>(max, () => left.times++), left };
};

describe('a queue of notifications', () => {
  test('gives what came before it was asked and what comes after, in order', async () => {
    const { queue } = queueOf();
    queue.push(0);
    queue.push(1);
    assert.deepEqual(await queue.next(), { done: false, value: 0 });
    assert.deepEqual(await queue.next(), { done: false, value: 1 });
    const later = [queue.next(), queue.next()];
    queue.push(2);
    queue.push(3);
    assert.deepEqual(
      (await Promise.all(later)).map(({ value }) => value),
      [2, 3],
    );
  });

  test('ends in good order, after what waits', async () => {
    const { queue, left } = queueOf();
    queue.push(1);
    queue.end(undefined);
    queue.push(2);
    queue.end(new Error('late'));
    const seen: number[] = [];
    for await (const each of queue) seen.push(each);
    assert.deepEqual([seen, left.times], [[1], 1]);
  });

  test('throws its error once, to who waits or to who comes next', async () => {
    const { queue } = queueOf();
    const waiting = [queue.next(), queue.next()];
    queue.end(new Error('gone'));
    await assert.rejects(waiting[0]!, /gone/);
    assert.deepEqual(await waiting[1], { done: true, value: undefined });
    const other = queueOf().queue;
    other.push(1);
    other.end(new Error('gone'));
    assert.equal((await other.next()).value, 1);
    await assert.rejects(other.next(), /gone/);
    assert.equal((await other.next()).done, true);
  });

  test('that is full gives what it has, and then says so', async () => {
    const { queue, left } = queueOf(2);
    for (const each of [1, 2, 3, 4]) queue.push(each);
    assert.equal(left.times, 1);
    const seen: number[] = [];
    await assert.rejects(async () => {
      for await (const each of queue) seen.push(each);
    }, /More notifications/);
    assert.deepEqual(seen, [1, 2]);
  });

  test('that is left in the middle keeps nothing', async () => {
    const { queue, left } = queueOf();
    queue.push(1);
    queue.push(2);
    for await (const _ of queue) break;
    assert.equal(left.times, 1);
    assert.equal((await queue.next()).done, true);
  });
});
