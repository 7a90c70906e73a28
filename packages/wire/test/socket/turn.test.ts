import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { atEndOfTurn, flushAtEndOfTurn, streamEnded } from '../../src/socket/turn.ts';
import { turn } from '../support/pipe.ts';

describe('the end of a turn', () => {
  test('comes after its callbacks, and flushes in the order in which it was asked for', async () => {
    const flushed: string[] = [];
    for (const name of ['a', 'b']) flushAtEndOfTurn({ flush: () => flushed.push(name) });
    await Promise.resolve();
    assert.deepEqual(flushed, []);
    await turn();
    assert.deepEqual(flushed, ['a', 'b']);
  });

  test('hears those who gathered before it flushes, and flushes what they have put out', async () => {
    const order: string[] = [];
    const outbox = (name: string) => ({ flush: () => order.push(name) });
    flushAtEndOfTurn(outbox('early'));
    for (const name of ['first', 'second']) {
      atEndOfTurn(() => {
        order.push(name);
        flushAtEndOfTurn(outbox(`of ${name}`));
        if (name === 'first') atEndOfTurn(() => order.push('a turn later'));
      });
    }
    await turn();
    assert.deepEqual(order, ['first', 'second', 'early', 'of first', 'of second']);
    await turn();
    assert.equal(order.at(-1), 'a turn later');
  });

  test('what is asked for while flushing waits for the next one', async () => {
    let flushes = 0;
    const again = { flush: () => ++flushes < 3 && flushAtEndOfTurn(again) };
    flushAtEndOfTurn(again);
    await turn();
    assert.equal(flushes, 1);
    await turn();
    await turn();
    await turn();
    assert.equal(flushes, 3);
  });

  test('is not waited for while streams end by the thousand', async () => {
    const order: string[] = [];
    atEndOfTurn(() => {
      order.push('gathered');
      flushAtEndOfTurn({ flush: () => order.push('flushed') });
    });
    for (let i = 0; i < 64; i++) streamEnded();
    assert.deepEqual(order, ['gathered', 'flushed']);
    for (let i = 0; i < 64; i++) streamEnded();
    await turn();
    assert.deepEqual(order, ['gathered', 'flushed']);
  });

  test('comes for the others too, one turn later, when one of them throws', async (t) => {
    const flushed: string[] = [];
    const thrown = new Promise<unknown>((resolve) => {
      const listeners = process.rawListeners('uncaughtException');
      process.removeAllListeners('uncaughtException');
      t.after(() => {
        for (const listener of listeners) process.on('uncaughtException', listener as () => void);
      });
      process.once('uncaughtException', resolve);
    });
    const error = new Error('a stream of the user’s own');
    flushAtEndOfTurn({
      flush: () => {
        throw error;
      },
    });
    flushAtEndOfTurn({ flush: () => flushed.push('other') });
    assert.equal(await thrown, error);
    await turn();
    await turn();
    assert.deepEqual(flushed, ['other']);
  });
});
