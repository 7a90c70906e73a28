import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ReceiveQueueError } from '../../src/client/reconnecting.ts';
import type { Message } from '../../src/socket/inbox.ts';
import { ended, scene, settled } from './fake-opener.ts';

const refused = new Error('ECONNREFUSED');

describe('connecting', () => {
  test('an attempt that fails is followed by others, later and later', async () => {
    const { attempts, clock, socket, told } = scene();
    await attempts[0]!.refuse(refused);
    assert.equal(socket.state, 'waiting');
    clock.advance(499);
    assert.equal(attempts.length, 1);
    clock.advance(1);
    assert.equal(attempts.length, 2);
    await attempts[1]!.refuse(refused);
    assert.deepEqual(told, ['waiting 500 for 1 after 1006', 'waiting 1000 for 2 after 1006']);
    assert.equal(socket.attempts, 2);
  });

  test('opened() resolves with the first connection, and rejects with the error that made another attempt useless', async () => {
    const good = scene();
    const opened = good.socket.opened();
    await good.open();
    assert.equal(await opened, good.socket);
    const bad = scene();
    const error = new SyntaxError('no URL');
    const failed = assert.rejects(bad.socket.opened(), error);
    await bad.attempts[0]!.refuse(error);
    await failed;
    await assert.rejects(bad.socket.opened(), error);
    assert.equal((await bad.socket.closed).error, error);
  });

  test('an attempt that takes too long is aborted, and what it still opens is terminated', async () => {
    const { attempts, clock, socket } = scene({ reconnect: { openTimeout: 3000 } });
    clock.advance(3000);
    assert.equal(attempts[0]!.signal.aborted, true);
    assert.equal(attempts[0]!.signal.reason.name, 'TimeoutError');
    assert.equal(socket.state, 'waiting');
    const late = await attempts[0]!.open();
    assert.equal(late.terminated, true);
    assert.equal(socket.state, 'waiting');
  });

  test('an opener that throws at once fails like any other', async () => {
    const { ReconnectingSocket } = await import('../../src/client/reconnecting.ts');
    const socket = new ReconnectingSocket(
      {
        open() {
          throw new Error('at once');
        },
      },
      { reconnect: null },
    );
    assert.equal((await socket.closed).error?.message, 'at once');
  });

  test('gives up after maxAttempts in a row', async () => {
    const { attempts, clock, socket } = scene({ reconnect: { maxAttempts: 2 } });
    for (const delay of [500, 1000]) {
      await attempts.at(-1)!.refuse(refused);
      clock.advance(delay);
    }
    await attempts.at(-1)!.refuse(refused);
    assert.equal(attempts.length, 3);
    assert.equal(socket.state, 'closed');
    assert.equal((await socket.closed).error, refused);
  });
});

describe('reconnecting', () => {
  test('a connection that broke is replaced', async () => {
    const { attempts, clock, open, socket, told } = scene();
    const first = await open();
    assert.equal(socket.state, 'open');
    first.listener!.closed(ended(1006));
    assert.equal(socket.state, 'waiting');
    clock.advance(500);
    await open();
    assert.equal(attempts.length, 2);
    assert.deepEqual(told, ['open', 'waiting 500 for 1 after 1006', 'open']);
  });

  test('only a connection that lasted makes the next delay a short one again', async () => {
    const { clock, open, told } = scene({ reconnect: { stableAfter: 5000 } });
    for (const lasted of [0, 4999, 5000]) {
      const connection = await open();
      clock.advance(lasted);
      connection.listener!.closed(ended(1006));
      clock.advance(10_000);
    }
    const delays = told.filter((line) => line.startsWith('waiting')).map((line) => line.split(' ')[1]);
    assert.deepEqual(delays, ['500', '1000', '500']);
  });

  test('a close that ends the conversation ends the socket', async () => {
    const { clock, open, socket, told } = scene();
    (await open()).listener!.closed(ended(1000, 'bye'));
    assert.deepEqual(await socket.closed, ended(1000, 'bye'));
    assert.deepEqual(told, ['open', 'close 1000']);
    assert.equal(clock.pending, 0);
  });

  test('shouldReconnect decides when it is given', async () => {
    const stay = scene({ reconnect: { shouldReconnect: ({ code }) => code === 1000 } });
    (await stay.open()).listener!.closed(ended(1000));
    assert.equal(stay.socket.state, 'waiting');
    const thrown = new Error('in shouldReconnect');
    const broken = scene({
      reconnect: {
        shouldReconnect() {
          throw thrown;
        },
      },
    });
    (await broken.open()).listener!.closed(ended(1006));
    assert.equal((await broken.socket.closed).error, thrown);
    assert.deepEqual(broken.errors, [thrown]);
  });

  test('a server that restarts is not met at once: the delay is spread', async () => {
    const { open, told } = scene({ reconnect: { jitter: 'full', initial: 100 } });
    (await open()).listener!.closed(ended(1012));
    assert.equal(told.at(-1), 'waiting 2500 for 1 after 1012');
  });

  test('reconnect() ends the delay, and replaces an open connection', async () => {
    const { attempts, open, socket } = scene();
    await attempts[0]!.refuse(refused);
    socket.reconnect();
    assert.equal(attempts.length, 2);
    socket.reconnect();
    assert.equal(attempts.length, 2, 'an attempt under way is left alone');
    const old = await open();
    socket.reconnect();
    assert.deepEqual(old.closes, [[1000, undefined]]);
    old.listener!.closed(ended(1000));
    assert.equal(socket.state, 'connecting');
    await open();
    assert.equal(socket.state, 'open');
  });

  test('without reconnecting, the end of the connection is the end', async () => {
    const { open, socket } = scene({ reconnect: null });
    const connection = await open();
    connection.listener!.closed(ended(1006));
    assert.equal((await socket.closed).code, 1006);
  });
});

describe('sending', () => {
  test('what is sent without a connection goes out on the next, behind what the open handler sends', async () => {
    const { open, socket } = scene({ open: (socket) => void socket.send('hello') });
    assert.equal(socket.send('kept 1'), true);
    assert.equal(socket.send('kept 2'), true);
    assert.equal(socket.bufferedAmount, 12);
    assert.deepEqual((await open()).sent, ['hello', 'kept 1', 'kept 2']);
    assert.equal(socket.bufferedAmount, 0);
  });

  test('what would not fit is refused', () => {
    const { socket } = scene({ reconnect: { maxOfflineBytes: 4, maxOfflineMessages: 2 } });
    assert.deepEqual(
      [socket.send('abcde'), socket.send('a'), socket.send('b'), socket.send('')],
      [false, true, true, false],
    );
  });

  test('a connection with too much before it takes no more', async () => {
    const { open, socket } = scene({ maxBufferedBytes: 10 });
    const connection = await open();
    connection.bufferedAmount = 8;
    assert.deepEqual([socket.send('abc'), socket.send('ab')], [false, true]);
    assert.deepEqual(connection.sent, ['ab']);
  });

  test('what a closing connection does not take is kept for the next one', async () => {
    const { clock, open, socket } = scene();
    const first = await open();
    first.refuses = true;
    assert.equal(socket.send('a'), true);
    first.listener!.closed(ended(1001));
    clock.advance(10_000);
    assert.deepEqual((await open()).sent, ['a']);
  });

  test('once closed, or closing, nothing is taken', async () => {
    const { open, socket } = scene();
    const connection = await open();
    socket.close();
    assert.equal(socket.send('a'), false);
    connection.listener!.closed(ended(1005));
    assert.equal(socket.send('a'), false);
    assert.deepEqual(connection.sent, []);
  });

  test('what is no message is refused by an exception', () => {
    assert.throws(() => scene().socket.send(1 as unknown as string), TypeError);
  });
});

describe('receiving', () => {
  test('for await gives the messages of all connections, and ends with the socket', async () => {
    const { clock, open, socket } = scene();
    const seen: Message[] = [];
    const reading = (async () => {
      for await (const data of socket) seen.push(data);
    })();
    const first = await open();
    first.listener!.message('a');
    first.listener!.closed(ended(1006));
    first.listener!.message('from the dead');
    clock.advance(500);
    const second = await open();
    second.listener!.message('b');
    second.listener!.closed(ended(1000));
    await reading;
    assert.deepEqual(seen, ['a', 'b']);
  });

  test('a message handler is called one at a time, and before the close handler', async () => {
    const told: string[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    const { open, socket } = scene({
      message: (_, data) => {
        told.push(`${data}`);
        return data === 'a' ? promise : undefined;
      },
      close: () => void told.push('close'),
    });
    const { listener } = await open();
    listener!.message('a');
    listener!.message('b');
    listener!.closed(ended(1000));
    await socket.closed;
    assert.deepEqual(told, ['a']);
    resolve();
    await settled();
    assert.deepEqual(told, ['a', 'b', 'close']);
  });

  test('a consumer that is behind pauses a connection that can be paused', async () => {
    const { open, socket } = scene({ maxQueuedMessages: 2 });
    const { listener } = await open();
    assert.equal(listener!.message('a'), undefined);
    const pause = listener!.message('b');
    assert.ok(pause instanceof Promise);
    let resumed = false;
    pause.then(() => {
      resumed = true;
    });
    await settled();
    assert.equal(resumed, false);
    const messages = socket[Symbol.asyncIterator]();
    await messages.next();
    await messages.next();
    await settled();
    assert.equal(resumed, true);
  });

  test('where nothing can be paused, too many messages close the socket; for await delivers them and then throws', async () => {
    const { open, socket } = scene({ canPause: false, maxQueuedMessages: 2 });
    const connection = await open();
    for (const text of ['a', 'b', 'c']) connection.listener?.message(text);
    assert.deepEqual(connection.closes, [[4013, undefined]]);
    const seen: Message[] = [];
    await assert.rejects(async () => {
      for await (const data of socket) seen.push(data);
    }, ReceiveQueueError);
    assert.deepEqual(seen, ['a', 'b']);
  });

  test('messages are bounded in bytes as well', async () => {
    const { open, socket } = scene({ canPause: false, maxQueuedBytes: 4 });
    const connection = await open();
    connection.listener!.message('abcd');
    assert.equal(socket.state, 'open');
    connection.listener!.message('');
    assert.ok((await socket.closed).error instanceof ReceiveQueueError);
  });
});

describe('closing', () => {
  test('close() runs the closing handshake and resolves closed with it', async () => {
    const { clock, open, socket } = scene();
    const connection = await open();
    socket.close(4001, 'enough');
    assert.equal(socket.state, 'closing');
    assert.deepEqual(connection.closes, [[4001, 'enough']]);
    socket.close();
    assert.equal(connection.closes.length, 1);
    connection.listener!.closed(ended(4001, 'enough'));
    assert.equal(socket.state, 'closed');
    assert.equal((await socket.closed).code, 4001);
    assert.equal(clock.pending, 0);
  });

  test('a peer that does not answer the close is dropped', async () => {
    const { clock, open, socket } = scene({ closeTimeout: 700 });
    const connection = await open();
    socket.close();
    clock.advance(700);
    assert.equal(connection.terminated, true);
    assert.equal((await socket.closed).code, 1006);
  });

  test('close() while waiting or connecting ends it at once and leaves nothing behind', async () => {
    const waiting = scene();
    await waiting.attempts[0]!.refuse(refused);
    waiting.socket.close(1000, 'bye');
    assert.deepEqual([(await waiting.socket.closed).code, (await waiting.socket.closed).reason], [1000, 'bye']);
    const connecting = scene();
    const opened = assert.rejects(connecting.socket.opened());
    connecting.socket.close();
    await opened;
    assert.equal(connecting.attempts[0]!.signal.aborted, true);
    for (const { clock, page } of [waiting, connecting]) assert.deepEqual([clock.pending, page.changes.size], [0, 0]);
  });

  test('codes and reasons that a browser could not send are refused', () => {
    const { socket } = scene();
    for (const code of [999, 1001, 1006, 2999, 5000, 3000.5])
      assert.throws(() => socket.close(code), RangeError, `${code}`);
    assert.throws(() => socket.close(1000, '€'.repeat(42)), RangeError);
    assert.throws(() => socket.close(undefined, 'why'), RangeError);
    assert.equal(socket.state, 'connecting');
  });

  test('the signal ends it at any time, with its reason', async () => {
    for (const when of ['before', 'connecting', 'open', 'waiting'] as const) {
      const controller = new AbortController();
      const reason = new Error(`aborted while ${when}`);
      if (when === 'before') controller.abort(reason);
      const { attempts, clock, open, socket } = scene({ signal: controller.signal });
      const connection = when === 'open' ? await open() : undefined;
      if (when === 'waiting') await attempts[0]!.refuse(refused);
      controller.abort(reason);
      clock.advance(0);
      assert.equal((await socket.closed).error, reason, when);
      assert.equal(connection?.terminated ?? true, true);
      assert.equal(clock.pending, 0, when);
    }
  });
});

describe('handlers that fail', () => {
  test('whichever throws or rejects closes the socket for good, and is told to onError', async () => {
    const error = new Error('in a handler');
    const fail = () => {
      throw error;
    };
    const reject = () => Promise.reject(error);
    for (const handler of [
      { open: fail },
      { open: reject },
      { message: fail },
      { message: reject },
      { waiting: fail },
    ]) {
      const { attempts, clock, errors, open, socket } = scene(handler);
      if ('waiting' in handler) await attempts[0]!.refuse(refused);
      else {
        const connection = await open();
        connection.listener!.message('a');
        await settled();
        assert.deepEqual(connection.closes, [[4011, undefined]]);
      }
      assert.equal((await socket.closed).error, error);
      assert.deepEqual(errors, [error]);
      assert.equal(clock.pending, 0);
    }
  });

  test('a close handler that throws is told to onError', async () => {
    const error = new Error('in close');
    const { errors, socket } = scene({
      close() {
        throw error;
      },
    });
    socket.close();
    await socket.closed;
    assert.deepEqual(errors, [error]);
  });
});

describe('the page and the watchdog', () => {
  test('silence drops the connection by force and brings another', async () => {
    const watchdog = { interval: 1000, timeout: 300, probe: () => 'probe' };
    const { clock, open, told, attempts } = scene({ watchdog });
    const connection = await open();
    clock.advance(1000);
    assert.deepEqual(connection.sent, ['probe']);
    clock.advance(300);
    assert.equal(connection.terminated, true);
    assert.equal(told.at(-1), 'waiting 500 for 1 after 1006');
    clock.advance(500);
    assert.equal(attempts.length, 2);
  });

  test('a probe that throws closes the socket', async () => {
    const error = new Error('in probe');
    const probe = () => {
      throw error;
    };
    const { clock, open, socket } = scene({ watchdog: { interval: 1000, probe } });
    await open();
    clock.advance(1000);
    assert.equal((await socket.closed).error, error);
  });

  test('coming online, or into view, ends the wait', async () => {
    for (const back of [{ online: true }, { visible: true }]) {
      const { attempts, page } = scene();
      page.set({ online: false, visible: false });
      await attempts[0]!.refuse(refused);
      page.set('online' in back ? back : { online: true, visible: false });
      if ('visible' in back) page.set(back);
      assert.equal(attempts.length, 2);
    }
  });

  test('a pause that the server asked for is not cut short by the page', async () => {
    const { attempts, open, page, clock } = scene();
    (await open()).listener!.closed(ended(1013));
    page.set({ online: false });
    page.set({ online: true });
    assert.equal(attempts.length, 1);
    clock.advance(5999);
    assert.equal(attempts.length, 1);
    clock.advance(1);
    assert.equal(attempts.length, 2);
  });

  test('offline, attempts are as rare as they get', async () => {
    const { attempts, page, told, clock } = scene();
    page.set({ online: false });
    await attempts[0]!.refuse(refused);
    assert.deepEqual(told, ['waiting 30000 for 1 after 1006']);
    clock.advance(30_000);
    assert.equal(attempts.length, 2);
  });

  test('back online, an open connection is probed, or replaced where nothing can probe it', async () => {
    const probed = scene({ canPause: false, watchdog: { interval: 60_000, timeout: 300, probe: () => 'probe' } });
    const connection = await probed.open();
    probed.page.set({ online: false });
    probed.page.set({ online: true });
    assert.deepEqual(connection.sent, ['probe']);
    assert.equal(probed.socket.state, 'open');
    const blind = scene({ canPause: false });
    const unknown = await blind.open();
    blind.page.set({ online: false });
    blind.page.set({ online: true });
    assert.equal(unknown.terminated, true);
    assert.equal(blind.attempts.length, 2, 'at once');
    const pinging = scene({ canPause: true });
    const heartbeat = await pinging.open();
    pinging.page.set({ online: false });
    pinging.page.set({ online: true });
    assert.equal(heartbeat.terminated, false);
  });
});
