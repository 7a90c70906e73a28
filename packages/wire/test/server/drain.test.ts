/** Closing many sockets without sending all their clients back in the same moment. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { checkDrain, closeInBatches, type DrainOptions } from '../../src/server/drain.ts';
import { handshake, MemoryServer, settle, type Visitor } from '../support/memory-server.ts';

async function crowd(count: number): Promise<{ memory: MemoryServer; visitors: Visitor[] }> {
  const memory = new MemoryServer({ routes: { '/': {} } });
  const visitors: Visitor[] = [];
  for (let i = 0; i < count; i++) visitors.push(await memory.visit(handshake('/')));
  return { memory, visitors };
}

/** The codes with which each visitor was asked to leave. */
const asked = (visitors: readonly Visitor[]) => visitors.map(({ heard }) => heard[0]);

describe('closing in batches', () => {
  test('closes all at once without a drain, and resolves when the last is gone', async () => {
    const { memory, visitors } = await crowd(3);
    let done = false;
    const closing = closeInBatches(memory.server.sockets, 1012, undefined, memory.clock).then(() => (done = true));
    await settle();
    assert.deepEqual(asked(visitors), [1012, 1012, 1012]);
    await visitors[0]!.leave(1012);
    await visitors[1]!.leave(1012);
    assert.equal(done, false);
    await visitors[2]!.leave(1012);
    await closing;
  });

  test('closes so many at a time, one interval apart', async () => {
    const { memory, visitors } = await crowd(5);
    void closeInBatches(memory.server.sockets, 1001, { batch: 2, interval: 100 }, memory.clock);
    await settle();
    assert.deepEqual(asked(visitors), [1001, 1001, undefined, undefined, undefined]);
    memory.clock.advance(99);
    await settle();
    assert.equal(asked(visitors)[2], undefined);
    memory.clock.advance(1);
    await settle();
    assert.deepEqual(asked(visitors), [1001, 1001, 1001, 1001, undefined]);
    memory.clock.advance(100);
    await settle();
    assert.deepEqual(asked(visitors), Array(5).fill(1001));
  });

  test('does not wait for those of a batch before the next is closed', async () => {
    const { memory, visitors } = await crowd(2);
    void closeInBatches(memory.server.sockets, 1001, { batch: 1, interval: 10 }, memory.clock);
    await settle();
    memory.clock.advance(10);
    await settle();
    assert.deepEqual(asked(visitors), [1001, 1001]);
  });

  test('passes over those that left by themselves', async () => {
    const { memory, visitors } = await crowd(4);
    void closeInBatches(memory.server.sockets, 1001, { batch: 1, interval: 100 }, memory.clock);
    await settle();
    await visitors[1]!.leave();
    memory.clock.advance(100);
    await settle();
    assert.equal(asked(visitors)[2], 1001);
    assert.equal(asked(visitors)[3], undefined);
  });

  test('asks nobody twice, and those who are closing already are waited for', async () => {
    const { memory, visitors } = await crowd(2);
    memory.sockets[0]!.close(4000);
    let done = false;
    void closeInBatches(memory.server.sockets, 1001, { batch: 1, interval: 1 }, memory.clock).then(() => (done = true));
    await settle();
    memory.clock.advance(1);
    await settle();
    assert.deepEqual(
      visitors.map(({ heard }) => heard),
      [[4000], [1001]],
    );
    await visitors[1]!.leave(1001);
    assert.equal(done, false);
    await visitors[0]!.leave(4000);
    assert.equal(done, true);
  });

  test('is done at once when nobody is there', async () => {
    const { memory } = await crowd(0);
    await closeInBatches(memory.server.sockets, 1001, { batch: 1, interval: 1000 }, memory.clock);
    assert.equal(memory.clock.pending, 0);
  });
});

test('a drain that would never end is refused', () => {
  const wrong = [
    { batch: 0, interval: 1 },
    { batch: -1, interval: 1 },
    { batch: Number.NaN, interval: 1 },
  ];
  wrong.push({ batch: 1, interval: -1 }, { batch: 1, interval: Number.NaN }, { batch: 1 } as DrainOptions);
  for (const drain of wrong) assert.throws(() => checkDrain(drain), RangeError);
  checkDrain(undefined);
  checkDrain({ batch: 1, interval: 0 });
});
