/** Nothing is lost between the opening handshake and whoever comes to read: messages wait, bounded, for one consumer. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Message } from '../../src/socket/inbox.ts';
import type { Socket } from '../../src/socket/socket.ts';
import { concat } from '../support/bytes.ts';
import { roles } from '../support/expect-connection.ts';
import { turn, until } from '../support/pipe.ts';
import { listening, Talk } from '../support/socket-peer.ts';

async function readAll(socket: Socket<undefined>): Promise<Message[]> {
  const messages: Message[] = [];
  for await (const message of socket) messages.push(message);
  return messages;
}

for (const role of roles) {
  describe(`a ${role} whose consumer comes late`, () => {
    test('hands all that came to handlers, after open', async () => {
      const talk = new Talk(role);
      await talk.receive(talk.peer.text('one'), talk.peer.text('two'));
      const log: unknown[] = [];
      talk.socket.consume({ open: () => void log.push('open'), message: (_socket, data) => void log.push(data) });
      await talk.receive(talk.peer.text('three'));
      assert.deepEqual(log, ['open', 'one', 'two', 'three']);
    });

    test('hands all that came to for await, even when the connection has ended since', async () => {
      const talk = new Talk(role);
      await talk.receive(talk.peer.text('one'), talk.peer.text('two'));
      await talk.finish(1000);
      assert.deepEqual(await readAll(talk.socket), ['one', 'two']);
      assert.deepEqual(await readAll(talk.socket), []);
    });

    test('hands all that came to handlers, even when the connection has ended since, and close comes last', async () => {
      const talk = new Talk(role);
      await talk.receive(talk.peer.text('one'));
      await talk.finish(1000);
      const log: unknown[] = [];
      listening(talk, {
        message: (_socket, data) => void log.push(data),
        close: (_socket, { code }) => void log.push(code),
      });
      assert.deepEqual(log, ['one', 1000]);
    });
  });

  describe(`for await over a ${role}'s socket`, () => {
    test('goes on until the connection ends', async () => {
      const talk = new Talk(role);
      const reading = readAll(talk.socket);
      await talk.receive(talk.peer.text('one'));
      await talk.receive(talk.peer.text('two'));
      await talk.finish(1000);
      assert.deepEqual(await reading, ['one', 'two']);
    });

    test('can be left and taken up again, and the connection stays open', async () => {
      const talk = new Talk(role);
      await talk.receive(talk.peer.text('one'), talk.peer.text('two'), talk.peer.text('three'));
      for await (const message of talk.socket) {
        assert.equal(message, 'one');
        break;
      }
      assert.equal(talk.socket.state, 'open');
      await talk.finish();
      assert.deepEqual(await readAll(talk.socket), ['two', 'three']);
    });

    test('by two readers at once gives each message to one of them', async () => {
      const talk = new Talk(role);
      const [one, two] = [readAll(talk.socket), readAll(talk.socket)];
      for (const text of ['a', 'b', 'c', 'd']) await talk.receive(talk.peer.text(text));
      await talk.finish();
      assert.deepEqual([...(await one), ...(await two)].sort(), ['a', 'b', 'c', 'd']);
    });

    test('inside of open is what a route without a message handler is for', async () => {
      const talk = new Talk(role);
      const log: unknown[] = [];
      talk.socket.consume({
        async open(socket) {
          for await (const message of socket) {
            log.push(message);
            socket.send(`re: ${message}`);
          }
          log.push('end');
        },
        close: () => void log.push('close'),
      });
      await talk.receive(talk.peer.text('one'));
      await talk.receive(talk.peer.text('two'));
      await talk.finish();
      await turn();
      assert.deepEqual(
        [log, talk.said.slice(0, 2)],
        [
          ['one', 'two', 'end', 'close'],
          ['text re: one', 'text re: two'],
        ],
      );
    });
  });

  describe(`a ${role}'s socket has one consumer`, () => {
    test('handlers twice, handlers over a loop, or a loop over a message handler are refused', async () => {
      const handled = new Talk(role);
      handled.socket.consume({ message: () => {} });
      assert.throws(() => handled.socket.consume({}), /consumer already/);
      await assert.rejects(readAll(handled.socket), /has handlers/);
      const looped = new Talk(role);
      const reading = readAll(looped.socket);
      assert.throws(() => looped.socket.consume({}), /consumer already/);
      await looped.finish();
      await reading;
    });
  });

  test(`a ${role} that only pushes ignores what comes, and never stops reading`, async () => {
    const talk = new Talk(role, { limits: { maxQueuedMessages: 2 } });
    talk.socket.consume({ open: (socket) => void socket.send('welcome') });
    for (let i = 0; i < 10; i++) await talk.receive(talk.peer.text('ignored'), talk.peer.ping());
    assert.deepEqual([talk.said.length, talk.pipe.stream.isPaused()], [11, false]);
    assert.equal((await talk.finish(1000)).code, 1000);
  });
}

describe('what waits for a slow consumer is bounded', () => {
  for (const [what, limits, size] of [
    ['number', { maxQueuedMessages: 4 }, 1],
    ['bytes', { maxQueuedBytes: 4000 }, 1000],
  ] as const) {
    test(`in ${what}: reading stops, goes on at half of it, and nothing is lost`, async () => {
      const talk = new Talk('server', { limits });
      await turn();
      const text = (i: number): string => `${i}`.padEnd(size);
      // All in one chunk: what stands behind the bound stays unparsed.
      talk.pipe.send(concat(...[0, 1, 2, 3, 4, 5].map((i) => talk.peer.text(text(i)))));
      talk.pipe.send(talk.peer.ping(), talk.peer.text(text(6)));
      await turn();
      assert.deepEqual([talk.pipe.stream.isPaused(), talk.said], [true, []]);

      const messages = talk.socket[Symbol.asyncIterator]();
      assert.equal((await messages.next()).value, text(0));
      assert.equal(talk.pipe.stream.isPaused(), true, 'reading does not stop and go with each message');
      assert.equal((await messages.next()).value, text(1));
      assert.equal(talk.pipe.stream.isPaused(), true, 'what stood behind the bound has filled it again');
      await turn();
      for (let i = 2; i < 7; i++) assert.equal((await messages.next()).value, text(i));
      await turn();
      assert.deepEqual([talk.pipe.stream.isPaused(), talk.said], [false, ['pong']]);
    });
  }

  test('by a handler that takes its time as well', async () => {
    const talk = new Talk('server', { limits: { maxQueuedMessages: 2 } });
    const done: (() => void)[] = [];
    const handled: Message[] = [];
    talk.socket.consume({
      message: (_socket, data) => {
        handled.push(data);
        return new Promise<void>((resolve) => done.push(resolve));
      },
    });
    await turn();
    talk.pipe.send(...['a', 'b', 'c', 'd', 'e'].map((text) => talk.peer.text(text)));
    await turn();
    assert.deepEqual([handled, talk.pipe.stream.isPaused()], [['a'], true]);
    while (handled.length < 5) {
      done.shift()!();
      await turn();
      await turn();
    }
    done.shift()!();
    await until(() => !talk.pipe.stream.isPaused());
    assert.deepEqual(handled, ['a', 'b', 'c', 'd', 'e']);
  });
});
