import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { OfflineQueue, sizeOf } from '../../src/client/offline-queue.ts';
import type { Sendable } from '../../src/client/opener.ts';

describe('OfflineQueue', () => {
  test('hands on what it kept in order', () => {
    const queue = new OfflineQueue({ maxOfflineBytes: 100, maxOfflineMessages: 10 });
    const sent: Sendable[] = [];
    for (const text of ['a', 'b', 'c']) assert.equal(queue.keep(text), true);
    queue.flush((data) => sent.push(data) > 0);
    assert.deepEqual(sent, ['a', 'b', 'c']);
    assert.equal(queue.length, 0);
    assert.equal(queue.bytes, 0);
  });

  test('what is refused in between stays, with all behind it', () => {
    const queue = new OfflineQueue({ maxOfflineBytes: 100, maxOfflineMessages: 10 });
    for (const text of ['a', 'bb', 'ccc']) queue.keep(text);
    queue.flush((data) => data === 'a');
    assert.deepEqual([queue.length, queue.bytes], [2, 5]);
  });

  test('is bounded in bytes and in number', () => {
    const bytes = new OfflineQueue({ maxOfflineBytes: 4, maxOfflineMessages: 10 });
    assert.deepEqual([bytes.keep('€'), bytes.keep('ab'), bytes.keep('a')], [true, false, true]);
    const number = new OfflineQueue({ maxOfflineBytes: 100, maxOfflineMessages: 2 });
    assert.deepEqual([number.keep(''), number.keep(''), number.keep('')], [true, true, false]);
    assert.equal(new OfflineQueue({ maxOfflineBytes: 0, maxOfflineMessages: 0 }).keep(''), false);
  });

  test('keeps a copy, of the bytes that a view shows and no others', () => {
    const queue = new OfflineQueue({ maxOfflineBytes: 100, maxOfflineMessages: 10 });
    const bytes = Uint8Array.of(1, 2, 3, 4);
    queue.keep(bytes.subarray(1, 3));
    queue.keep(bytes.buffer);
    bytes.fill(9);
    const sent: Sendable[] = [];
    queue.flush((data) => sent.push(data) > 0);
    assert.deepEqual(sent, [Uint8Array.of(2, 3), Uint8Array.of(1, 2, 3, 4)]);
  });

  test('refuses what is no message', () => {
    for (const data of [1, null, undefined, {}]) assert.throws(() => sizeOf(data as unknown as string), TypeError);
  });
});
