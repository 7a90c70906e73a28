import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Inbox, type InboxLimits } from '../../src/socket/inbox.ts';
import { turn } from '../support/pipe.ts';

interface Watched {
  readonly inbox: Inbox;
  /** What the inbox said, and what a test's handlers said, in order. */
  readonly log: string[];
  readonly errors: unknown[];
}

function watched(limits: Partial<InboxLimits> = {}): Watched {
  const log: string[] = [];
  const errors: unknown[] = [];
  const inbox = new Inbox(
    { maxQueuedMessages: 100, maxQueuedBytes: 1000, ...limits },
    {
      room: () => log.push('room'),
      handlerFailed: (error) => {
        log.push('failed');
        errors.push(error);
      },
    },
  );
  return { inbox, log, errors };
}

/** Says what it handles, and takes until `finish` for each. */
function slowly(log: string[]): { handle: (message: unknown) => Promise<void>; finish: () => Promise<void> } {
  let pending: (() => void) | undefined;
  return {
    handle: (message) => {
      log.push(`begins ${message}`);
      return new Promise((resolve) => {
        pending = () => {
          log.push(`ends ${message}`);
          resolve();
        };
      });
    },
    finish: () => {
      pending!();
      return turn();
    },
  };
}

describe('handlers', () => {
  test('first, each message, and last, in this order', () => {
    const { inbox, log } = watched();
    inbox.put('early', 5);
    inbox.handle(
      () => log.push('first'),
      (message) => log.push(`message ${message}`),
      () => log.push('last'),
    );
    inbox.put('late', 4);
    inbox.end();
    assert.deepEqual(log, ['first', 'message early', 'message late', 'last']);
  });

  test('are called on whoever hears of the inbox, so that one function can serve all', () => {
    const called: unknown[] = [];
    const events = { room: () => {}, handlerFailed: () => {} };
    const inbox = new Inbox({ maxQueuedMessages: 1, maxQueuedBytes: 1 }, events);
    function step(this: unknown): void {
      called.push(this);
    }
    inbox.handle(step, step, step);
    inbox.put('message', 7);
    inbox.end();
    assert.deepEqual(
      called.map((one) => one === events),
      [true, true, true],
    );
  });

  test('one at a time: a promise that they return is waited for', async () => {
    const { inbox, log } = watched();
    const { handle, finish } = slowly(log);
    inbox.handle(undefined, handle, () => log.push('last'));
    inbox.put('a', 1);
    inbox.put('b', 1);
    inbox.end();
    await turn();
    assert.deepEqual(log, ['begins a']);
    await finish();
    assert.deepEqual(log, ['begins a', 'ends a', 'begins b']);
    await finish();
    assert.deepEqual(log, ['begins a', 'ends a', 'begins b', 'ends b', 'last']);
  });

  test('messages wait for a first step that takes its time', async () => {
    const { inbox, log } = watched();
    const { handle, finish } = slowly(log);
    inbox.put('early', 5);
    inbox.handle(
      () => handle('first'),
      (message) => log.push(`message ${message}`),
      undefined,
    );
    inbox.put('late', 4);
    await turn();
    assert.deepEqual(log, ['begins first']);
    await finish();
    assert.deepEqual(log, ['begins first', 'ends first', 'message early', 'message late']);
  });

  test('a handler that ends in turn is followed by the next in the same turn, without growing the stack', () => {
    const { inbox, log } = watched({ maxQueuedMessages: 1e6, maxQueuedBytes: 1e9 });
    for (let i = 0; i < 20_000; i++) inbox.put(`${i}`, 1);
    let count = 0;
    inbox.handle(undefined, () => ++count, undefined);
    assert.equal(count, 20_000);
    assert.deepEqual(log, []);
  });

  test('anything with a then is waited for', async () => {
    const { inbox, log } = watched();
    const withThen = (then: unknown): object =>
      Object.assign(Object.create(null), Object.fromEntries([['then', then]]));
    const thenable = withThen((done: () => void) => setImmediate(done));
    inbox.handle(
      undefined,
      (message) => {
        log.push(`${message}`);
        return message === 'a' ? thenable : withThen(5);
      },
      undefined,
    );
    for (const message of 'abc') inbox.put(message, 1);
    assert.deepEqual(log, ['a']);
    await turn();
    await turn();
    assert.deepEqual(log, ['a', 'b', 'c']);
  });

  test('without a message handler, what nobody reads is ignored', () => {
    const { inbox, log } = watched({ maxQueuedMessages: 2 });
    inbox.put('early', 5);
    inbox.handle(
      () => log.push('first'),
      undefined,
      () => log.push('last'),
    );
    for (let i = 0; i < 10; i++) inbox.put('more', 4);
    assert.equal(inbox.full, false);
    inbox.end();
    assert.deepEqual(log, ['first', 'last']);
  });

  test('without a message handler, the first step may attach a reader', async () => {
    const { inbox } = watched();
    inbox.put('early', 5);
    const read: unknown[] = [];
    inbox.handle(
      async () => {
        for (let next = await inbox.next(); !next.done; next = await inbox.next()) read.push(next.value);
        read.push('end');
      },
      undefined,
      () => read.push('last'),
    );
    inbox.put('late', 4);
    await turn();
    inbox.end();
    await turn();
    assert.deepEqual(read, ['early', 'late', 'end', 'last']);
  });

  // It waited for the reader to take everything, and then nobody called it.
  test('last does not wait for a reader that first has left behind', async () => {
    const { inbox, log } = watched();
    for (const message of 'abc') inbox.put(message, 1);
    inbox.handle(
      () => void inbox.next(),
      undefined,
      () => log.push('last'),
    );
    inbox.end();
    assert.deepEqual(log, ['last']);
    assert.equal((await inbox.next()).value, 'b');
  });

  test('what comes after the end is not taken', () => {
    const { inbox, log } = watched();
    inbox.handle(undefined, (message) => log.push(`${message}`), undefined);
    inbox.end();
    inbox.put('late', 4);
    assert.deepEqual(log, []);
  });
});

describe('a handler that fails', () => {
  for (const [how, fail] of [
    [
      'throws',
      (error: Error) => {
        throw error;
      },
    ],
    ['rejects', (error: Error) => Promise.reject(error)],
  ] as const) {
    test(`that ${how} is reported, nothing more is handled, and last is still called`, async () => {
      const { inbox, log, errors } = watched();
      const broken = new Error('broken');
      inbox.handle(
        undefined,
        (message) => {
          log.push(`message ${message}`);
          return fail(broken);
        },
        () => log.push('last'),
      );
      for (const message of 'abc') inbox.put(message, 1);
      await turn();
      inbox.put('d', 1);
      inbox.end();
      assert.deepEqual(log, ['message a', 'failed', 'last']);
      assert.deepEqual(errors, [broken]);
    });

    test(`in the first step, by which it ${how}, leaves no message handled`, async () => {
      const { inbox, log } = watched();
      inbox.put('early', 5);
      inbox.handle(
        () => fail(new Error('broken')),
        (message) => log.push(`message ${message}`),
        () => log.push('last'),
      );
      await turn();
      inbox.put('late', 4);
      inbox.end();
      assert.deepEqual(log, ['failed', 'last']);
    });

    test(`in the last step, by which it ${how}, is reported`, async () => {
      const { inbox, log } = watched();
      inbox.handle(undefined, undefined, () => fail(new Error('broken')));
      inbox.end();
      await turn();
      assert.deepEqual(log, ['failed']);
    });
  }
});

describe('readers', () => {
  test('what came before them is kept', async () => {
    const { inbox } = watched();
    inbox.put('a', 1);
    inbox.put('b', 1);
    assert.deepEqual(await inbox.next(), { done: false, value: 'a' });
    assert.deepEqual(await inbox.next(), { done: false, value: 'b' });
  });

  test('two of them get different messages, in the order in which they asked, and both the end', async () => {
    const { inbox } = watched();
    const waiting = [inbox.next(), inbox.next(), inbox.next(), inbox.next()];
    inbox.put('a', 1);
    inbox.put('b', 1);
    inbox.end();
    assert.deepEqual(await Promise.all(waiting), [
      { done: false, value: 'a' },
      { done: false, value: 'b' },
      { done: true, value: undefined },
      { done: true, value: undefined },
    ]);
  });

  test('what waits is delivered after the end, then the end, again and again', async () => {
    const { inbox } = watched();
    inbox.put('a', 1);
    inbox.end();
    assert.equal((await inbox.next()).value, 'a');
    assert.equal((await inbox.next()).done, true);
    assert.equal((await inbox.next()).done, true);
  });
});

describe('one consumer', () => {
  const consumer = /consumer already|has handlers/;

  test('handlers after handlers, or after a reader, are refused', () => {
    const one = watched().inbox;
    one.handle(undefined, undefined, undefined);
    assert.throws(() => one.handle(undefined, undefined, undefined), consumer);
    const two = watched().inbox;
    two.next();
    assert.throws(() => two.handle(undefined, () => {}, undefined), consumer);
  });

  test('a reader beside a message handler is refused', () => {
    const { inbox } = watched();
    inbox.handle(undefined, () => {}, undefined);
    assert.throws(() => inbox.next(), consumer);
  });
});

describe('bounds', () => {
  test('it is full by number, and says once that there is room at half of it', async () => {
    const { inbox, log } = watched({ maxQueuedMessages: 4 });
    for (const message of 'abc') inbox.put(message, 1);
    assert.equal(inbox.full, false);
    inbox.put('d', 1);
    assert.equal(inbox.full, true);
    await inbox.next();
    assert.deepEqual([inbox.full, log.length], [false, 0]);
    await inbox.next();
    await inbox.next();
    await inbox.next();
    assert.deepEqual(log, ['room']);
  });

  test('it is full by bytes as well', async () => {
    const { inbox, log } = watched({ maxQueuedBytes: 10 });
    inbox.put('a', 4);
    inbox.put('b', 6);
    assert.equal(inbox.full, true);
    await inbox.next();
    assert.deepEqual(log, []);
    await inbox.next();
    assert.deepEqual(log, ['room']);
  });

  test('one message may be larger than the bound', async () => {
    const { inbox, log } = watched({ maxQueuedBytes: 10 });
    inbox.put('a', 1000);
    assert.equal(inbox.full, true);
    await inbox.next();
    assert.deepEqual([inbox.full, log], [false, ['room']]);
  });

  test('a bound of one message works', async () => {
    const { inbox, log } = watched({ maxQueuedMessages: 1 });
    inbox.put('a', 1);
    assert.equal(inbox.full, true);
    await inbox.next();
    assert.deepEqual(log, ['room']);
  });

  test('without having been full, it says nothing', async () => {
    const { inbox, log } = watched();
    inbox.put('a', 1);
    await inbox.next();
    assert.deepEqual(log, []);
  });

  test('handlers make room, and a message that comes with the room stays behind those that wait', async () => {
    const { inbox, log } = watched({ maxQueuedMessages: 2 });
    const { handle, finish } = slowly(log);
    inbox.handle(undefined, handle, undefined);
    for (const message of 'abc') inbox.put(message, 1);
    assert.equal(inbox.full, true);
    await finish();
    assert.deepEqual(log, ['begins a', 'ends a', 'begins b', 'room']);
    inbox.put('d', 1);
    await finish();
    await finish();
    assert.deepEqual(
      log.filter((line) => line.startsWith('begins')),
      ['begins a', 'begins b', 'begins c', 'begins d'],
    );
  });
});
