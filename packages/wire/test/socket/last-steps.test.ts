import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { endSoon } from '../../src/socket/last-steps.ts';
import { turn } from '../support/pipe.ts';

/** The next turn's own steps come before whoever waits for it here. */
async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await turn();
}

function ending(log: number[], count: number): void {
  for (let i = 0; i < count; i++) endSoon({ end: () => log.push(i) });
}

describe('the last steps of sockets', () => {
  test('of a few come in the turn in which they ended, behind what is under way', async () => {
    const log: number[] = [];
    ending(log, 64);
    assert.equal(log.length, 0);
    await Promise.resolve();
    assert.equal(log.length, 64);
    await turns(3);
  });

  test('of thousands are spread over turns, in the order in which they ended', async () => {
    const log: number[] = [];
    ending(log, 1000);
    await Promise.resolve();
    assert.equal(log.length, 64);
    await turn();
    assert.equal(log.length, 128);
    endSoon({ end: () => log.push(1000) });
    await turns(20);
    assert.deepEqual(
      log,
      Array.from({ length: 1001 }, (_, i) => i),
    );
  });

  test('go on for the others when one throws', async (t) => {
    const listeners = process.rawListeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    t.after(() => {
      for (const listener of listeners) process.on('uncaughtException', listener as () => void);
    });
    const thrown = new Promise<unknown>((resolve) => process.once('uncaughtException', resolve));
    const log: number[] = [];
    ending(log, 64);
    const error = new Error('a mistake of ours');
    endSoon({
      end: () => {
        throw error;
      },
    });
    endSoon({ end: () => log.push(64) });
    assert.equal(await thrown, error);
    await turns(3);
    assert.equal(log.at(-1), 64);
  });
});
