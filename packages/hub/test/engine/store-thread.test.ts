import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HubError } from '../../src/contract/errors.ts';
import type { Answer, StoreInit } from '../../src/engine/sqlite-protocol.ts';
import { StoreThread } from '../../src/engine/store-thread.ts';

/** A worker that opens at once, and then does `onBatch` with each list of operations; `n` counts batches. */
function script(onBatch: string): URL {
  const source = `
    import { parentPort as port } from 'node:worker_threads';
    let n = 0;
    const answer = (answers) => port.postMessage({ type: 'answers', answers, forgotten: [] });
    const fail = (fatal) => port.postMessage({ type: 'failed', reason: 'disk on fire', fatal });
    port.on('message', (message) => {
      if (message === 'close') return port.close();
      n++;
      const { operations } = message;
      ${onBatch}
    });
    port.postMessage({ type: 'opened', topics: [] });`;
  return new URL(`data:text/javascript,${encodeURIComponent(source)}`);
}

interface Watched {
  readonly thread: StoreThread;
  readonly failures: string[];
  ask(topic: string): Promise<Answer>;
}

async function open(onBatch: string, maxWaiting = 100): Promise<Watched> {
  const failures: string[] = [];
  const listener = { forgotten: () => {}, failed: (error: Error) => failures.push(error.message) };
  const thread = new StoreThread(script(onBatch), {} as StoreInit, { maxWaiting, maxWaitingBytes: 1e9 }, listener);
  await thread.opened;
  const ask = (topic: string): Promise<Answer> =>
    thread.perform({ does: 'tops', topics: [topic] }, 1, (answer) => answer);
  return { thread, failures, ask };
}

/** What became of each: the answer, or the code and the cause of the error. */
async function outcomes(asked: Promise<Answer>[]): Promise<unknown[]> {
  const settled = await Promise.allSettled(asked);
  return settled.map((one) => {
    if (one.status === 'fulfilled') return one.value;
    assert.ok(one.reason instanceof HubError);
    return `${one.reason.code}: ${(one.reason.cause as Error).message}`;
  });
}

const tellBatch = 'answer(operations.map(({ topics }) => topics[0] + n));';

describe('the thread of a store', () => {
  it('gets all that waited while it was busy as the next batch', async () => {
    const { thread, ask } = await open(tellBatch);
    const first = ask('a');
    await Promise.resolve();
    const rest = ['b', 'c', 'd'].map(ask);
    assert.deepEqual(await outcomes([first, ...rest]), ['a1', 'b2', 'c2', 'd2']);
    await thread.stop();
  });

  it('gets at most a thousand at a time, in order', async () => {
    const { thread, ask } = await open(tellBatch, 5000);
    const order: number[] = [];
    const asked = Array.from({ length: 2500 }, (_, i) => ask('').finally(() => order.push(i)));
    const batches = await outcomes(asked);
    assert.deepEqual([batches.indexOf('2'), batches.indexOf('3')], [1000, 2000]);
    assert.deepEqual(
      order,
      order.toSorted((a, b) => a - b),
    );
    await thread.stop();
  });

  it('that crashes fails all that waits, what comes later too, and is told once', async () => {
    const { thread, failures, ask } = await open("throw new Error('out of memory');");
    const first = ask('a');
    await Promise.resolve();
    const crashed = 'unavailable: out of memory';
    assert.deepEqual(await outcomes([first, ask('b'), ask('c')]), [crashed, crashed, crashed]);
    assert.deepEqual(await outcomes([ask('d')]), [crashed]);
    await thread.stop();
    assert.deepEqual(failures, ['out of memory']);
  });

  it('that ends without a word is noticed', async () => {
    const { thread, failures, ask } = await open('process.exit(1);');
    assert.deepEqual(await outcomes([ask('a')]), ["unavailable: The store's thread has ended"]);
    await thread.stop();
    assert.deepEqual(failures, ["The store's thread has ended"]);
  });

  it('that could not keep a batch fails that one alone', async () => {
    const { thread, failures, ask } = await open(`n === 1 ? fail(false) : ${tellBatch}`);
    assert.deepEqual(
      await outcomes([ask('a'), ask('b')]),
      Array(2).fill('unavailable: The store failed: disk on fire'),
    );
    assert.deepEqual(await outcomes([ask('c')]), ['c2']);
    assert.deepEqual(failures, ['The store failed: disk on fire']);
    await thread.stop();
  });

  it('whose disk fails is used no more', async () => {
    const { thread, failures, ask } = await open('fail(true); port.close();');
    const first = ask('a');
    await Promise.resolve();
    const failed = 'unavailable: The store failed: disk on fire';
    assert.deepEqual(await outcomes([first, ask('b')]), [failed, failed]);
    await thread.stop();
    assert.deepEqual(await outcomes([ask('c')]), [failed]);
    assert.deepEqual(failures, ['The store failed: disk on fire']);
  });

  it('that dies while it stops fails what was not done', async () => {
    const { thread, failures, ask } = await open('process.exit(1);');
    const lost = ask('a');
    await Promise.all([thread.stop(), assert.rejects(lost, HubError)]);
    assert.deepEqual(failures, ["The store's thread has ended"]);
  });

  it('stops once, however often it is told', async () => {
    const { thread, failures } = await open(tellBatch);
    await Promise.all([thread.stop(), thread.stop()]);
    await thread.stop();
    assert.deepEqual(failures, []);
  });
});
