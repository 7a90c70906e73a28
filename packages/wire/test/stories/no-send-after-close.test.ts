/** RFC 6455 §5.5.1: "The application MUST NOT send any more data frames after sending a Close frame." */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { roles } from '../support/expect-connection.ts';
import { turn } from '../support/pipe.ts';
import type { Talk } from '../support/socket-peer.ts';
import { agreement, Talk as Conversation, closing, listening } from '../support/socket-peer.ts';

function trySending(talk: Talk): boolean[] {
  talk.socket.ping();
  return [
    talk.socket.send('text'),
    talk.socket.send(new Uint8Array(70_000)),
    talk.socket.send('x', { compress: true }),
  ];
}

for (const role of roles) {
  for (const deflate of [undefined, agreement]) {
    describe(`a ${role} ${deflate ? 'with' : 'without'} compression sends nothing`, () => {
      const open = (): Talk => new Conversation(role, { ...(deflate && { deflate, compression: true }) });

      test('after its own Close, and does not throw', async () => {
        const talk = open();
        talk.socket.send('before');
        talk.socket.close(1000);
        assert.deepEqual(trySending(talk), [false, false, false]);
        assert.equal(await talk.socket.writable(), false);
        await turn();
        assert.deepEqual(talk.said, ['text before', closing(1000)]);
        await talk.receive(talk.peer.ping());
        assert.deepEqual(trySending(talk), [false, false, false]);
      });

      test("after the peer's Close", async () => {
        const talk = open();
        await talk.receive(talk.peer.close(1000));
        assert.deepEqual(trySending(talk), [false, false, false]);
        await turn();
        assert.deepEqual(talk.said, [closing(1000)]);
      });

      test('after a violation', async () => {
        const talk = open();
        await talk.receive(talk.peer.frame({ opcode: 3 }));
        assert.deepEqual(trySending(talk), [false, false, false]);
        await turn();
        assert.deepEqual(talk.said, [closing(1002)]);
      });

      test('once the connection is gone', async () => {
        const talk = open();
        talk.socket.terminate();
        await turn();
        await turn();
        assert.deepEqual(trySending(talk), [false, false, false]);
        assert.equal(await talk.socket.writable(), false);
        assert.deepEqual([talk.said, talk.socket.bufferedAmount], [[], 0]);
      });

      test('that a handler still wants to say while the connection closes', async () => {
        const talk = open();
        const sent: boolean[] = [];
        listening(talk, {
          message: (socket) => void sent.push(socket.send('reply')),
          close: (socket) => void sent.push(socket.send('late')),
        });
        talk.socket.close(1000);
        await talk.receive(talk.peer.text('on its way'));
        await talk.finish(1000);
        await turn();
        assert.deepEqual([sent, talk.said], [[false, false], [closing(1000)]]);
      });
    });
  }
}
