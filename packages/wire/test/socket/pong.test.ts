import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { toHex, utf8 } from '../support/bytes.ts';
import { roles } from '../support/expect-connection.ts';
import { Talk } from '../support/socket-peer.ts';

for (const role of roles) {
  const open = (): Talk => new Talk(role);

  describe(`a ${role}'s handler is told of a Pong`, () => {
    test('at once, though a message before it is still being handled', async () => {
      const talk = open();
      const heard: string[] = [];
      talk.socket.consume({
        message: (_socket, data) => {
          heard.push(String(data));
          return new Promise(() => {});
        },
        pong: (_socket, payload) => heard.push(`pong ${toHex(payload)}`),
      });
      await talk.receive(talk.peer.text('slow'), talk.peer.text('waits'), talk.peer.pong(utf8('Hi')));
      assert.deepEqual(heard, ['slow', 'pong 4869']);
    });

    test('and what it throws ends the connection by 1011', async () => {
      const talk = open();
      talk.socket.consume({
        pong: () => {
          throw new Error('broken');
        },
      });
      await talk.receive(talk.peer.pong(utf8('Hi')));
      assert.deepEqual(talk.said, ['close 03f3']);
      assert.deepEqual(
        talk.errors.map(({ stage }) => stage),
        ['handler'],
      );
    });
  });
}
