/** Handlers: open first, then each message when the one before is done, close last, and what becomes of their errors. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { roles } from '../support/expect-connection.ts';
import { turn, until } from '../support/pipe.ts';
import { closing, Talk } from '../support/socket-peer.ts';

for (const role of roles) {
  describe(`the handlers of a ${role}`, () => {
    test('run in order, one at a time, though each takes its time', async () => {
      const talk = new Talk(role);
      const log: string[] = [];
      const slowly = async (name: string): Promise<void> => {
        log.push(`${name} begins`);
        for (let i = 0; i < 3; i++) await turn();
        log.push(`${name} ends`);
      };
      talk.socket.consume({
        open: () => slowly('open'),
        message: (_socket, data) => slowly(String(data)),
        close: (_socket, { code }) => slowly(`close ${code}`),
      });
      await talk.receive(talk.peer.text('one'), talk.peer.text('two'));
      await talk.finish(1000);
      await until(() => log.length === 8);
      const names = ['open', 'one', 'two', 'close 1000'];
      assert.deepEqual(
        log,
        names.flatMap((name) => [`${name} begins`, `${name} ends`]),
      );
    });

    test('are called as methods, with the socket', async () => {
      const talk = new Talk(role);
      const handlers = {
        seen: [] as unknown[],
        open(socket: unknown) {
          this.seen.push(['open', socket]);
        },
        message(socket: unknown, data: unknown) {
          this.seen.push(['message', socket, data]);
        },
        close(socket: unknown, closed: unknown) {
          this.seen.push(['close', socket, closed]);
        },
      };
      talk.socket.consume(handlers);
      await talk.receive(talk.peer.text('hi'));
      const closed = await talk.finish();
      const { socket } = talk;
      assert.deepEqual(handlers.seen, [
        ['open', socket],
        ['message', socket, 'hi'],
        ['close', socket, closed],
      ]);
      assert.equal(handlers.seen.length, 3);
    });

    test('may reply, each to its message, in order, though they wait in between', async () => {
      const talk = new Talk(role);
      talk.socket.consume({
        async message(socket, data) {
          if (data === 'slow') for (let i = 0; i < 5; i++) await turn();
          socket.send(`re: ${data}`);
        },
      });
      await talk.receive(talk.peer.text('slow'), talk.peer.text('quick'));
      await until(() => talk.said.length === 2);
      assert.deepEqual(talk.said, ['text re: slow', 'text re: quick']);
    });
  });

  describe(`a handler of a ${role} that fails`, () => {
    for (const [how, fail] of [
      [
        'throws',
        () => {
          throw new Error('secret');
        },
      ],
      ['rejects', () => Promise.reject(new Error('secret'))],
    ] as const) {
      test(`and ${how}: 1011 without a word of why, the error to onError, and no more messages`, async () => {
        const talk = new Talk(role);
        const log: string[] = [];
        talk.socket.consume({
          message: (_socket, data) => {
            log.push(String(data));
            return fail();
          },
          close: (_socket, { code, error }) => void log.push(`close ${code} ${error?.message}`),
        });
        await talk.receive(talk.peer.text('one'), talk.peer.text('two'));
        await turn();
        assert.deepEqual(talk.said, [closing(1011)]);
        assert.deepEqual(
          talk.errors.map(({ error, stage }) => [(error as Error).message, stage]),
          [['secret', 'handler']],
        );
        talk.pipe.end();
        await until(() => talk.closed !== undefined);
        assert.deepEqual(log, ['one', 'close 1006 secret']);
        assert.equal(talk.closed!.clean, false);
      });

      test(`in open, and ${how}: 1011, and no message is handled`, async () => {
        const talk = new Talk(role);
        const log: unknown[] = [];
        talk.socket.consume({ open: fail, message: (_socket, data) => void log.push(data) });
        await talk.receive(talk.peer.text('one'));
        assert.deepEqual([talk.said, log], [[closing(1011)], []]);
      });

      test(`in close, and ${how}: the error goes to onError`, async () => {
        const talk = new Talk(role);
        talk.socket.consume({ close: fail });
        await talk.finish(1000);
        await turn();
        assert.deepEqual([talk.errors.length, talk.closed!.clean], [1, true]);
      });
    }

    test('with something that is no Error: still 1011', async () => {
      const talk = new Talk(role);
      talk.socket.consume({ message: () => Promise.reject('just words') });
      await talk.receive(talk.peer.text('one'));
      talk.pipe.end();
      await until(() => talk.closed !== undefined);
      assert.deepEqual(
        [talk.said, talk.errors[0]!.error, talk.closed!.error!.message],
        [[closing(1011)], 'just words', 'just words'],
      );
    });
  });
}
