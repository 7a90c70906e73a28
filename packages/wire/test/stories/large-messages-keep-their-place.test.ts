/**
 * What zlib's threads are busy with stays in its place: nothing overtakes a large message, in either direction, while
 * control frames, which may stand between two messages (RFC 6455 §5.4), go on.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import zlib from 'node:zlib';
import type { Message } from '../../src/socket/inbox.ts';
import { concat, hex, utf8 } from '../support/bytes.ts';
import { roles } from '../support/expect-connection.ts';
import { feed, noise } from '../support/payloads.ts';
import { turn, until } from '../support/pipe.ts';
import { agreement, closing, listening, Talk } from '../support/socket-peer.ts';
import { ZlibInflater } from '../support/zlib-peer.ts';

const options = { deflate: agreement, compression: { threshold: 100 }, limits: { maxMessageBytes: 8 << 20 } };

const sizes = (messages: readonly Message[]): number[] => messages.map(({ length }) => length);

for (const role of roles) {
  describe(`a ${role} that sends`, () => {
    test('a large message, then a small one and a Close: in this order, and the Close counts at once', async () => {
      const talk = new Talk(role, options);
      talk.socket.send(feed(100_000));
      talk.socket.send('small');
      talk.socket.close(1000, 'done');
      assert.deepEqual(
        [talk.socket.state, talk.socket.send('late'), talk.pipe.writes.length],
        ['closing-by-us', false, 0],
      );
      await until(() => talk.frames.length === 3);
      const [large, ...rest] = talk.frames;
      assert.equal(
        (await new ZlibInflater({ windowBits: 11, takeover: true }).inflate(large!.payload)).length,
        100_000,
      );
      assert.deepEqual([rest.length, talk.said.slice(1)], [2, ['text small', closing(1000, 'done')]]);
      assert.equal((await talk.finish(1000)).clean, true);
    });

    test('a Pong while a message is being compressed', async () => {
      const talk = new Talk(role, options);
      await turn();
      talk.socket.send(noise(100_000));
      talk.pipe.send(talk.peer.ping(utf8('Hi')));
      await until(() => talk.frames.length === 2);
      assert.equal(talk.said[0], 'pong 4869');
    });

    test('a Ping of its user behind a message that is being compressed: its Pong says that all before it has come', async () => {
      const talk = new Talk(role, options);
      await turn();
      talk.socket.send(noise(100_000));
      talk.socket.ping();
      await until(() => talk.frames.length === 2);
      assert.equal(talk.said[1], 'ping');
    });

    test('nothing more when the peer closes meanwhile', async () => {
      const talk = new Talk(role, options);
      await turn();
      talk.socket.send(noise(100_000));
      talk.socket.send('small');
      talk.pipe.send(talk.peer.close(1000));
      await turn();
      talk.pipe.end();
      await until(() => talk.closed !== undefined && talk.socket.bufferedAmount === 0);
      assert.deepEqual(talk.said, [closing(1000)]);
    });

    test('nothing more when it is cut meanwhile', async () => {
      const talk = new Talk(role, options);
      talk.socket.send(feed(100_000));
      talk.socket.send('small');
      talk.socket.terminate();
      await until(() => talk.socket.bufferedAmount === 0);
      assert.deepEqual(talk.said, []);
    });
  });

  describe(`a ${role} that receives`, () => {
    const large = concat(zlib.deflateRawSync(noise(90_000)), hex`00`);
    const wide = concat(zlib.deflateRawSync(new Uint8Array(2 << 20)), hex`00`);

    for (const [what, payload, length] of [
      ['large', large, 90_000],
      ['widely inflated', wide, 2 << 20],
    ] as const) {
      test(`a ${what} message, then small ones and a Close: in this order, in one chunk or in many`, async () => {
        for (const split of [true, false]) {
          const talk = new Talk(role, {
            ...options,
            deflate: { ...agreement, clientNoContextTakeover: true, serverNoContextTakeover: true },
          });
          const messages = listening(talk);
          const { peer } = talk;
          const pieces = [
            peer.binary(payload, { rsv: 4 }),
            peer.text(hex`f2 48 cd c9 c9 07 00`, { rsv: 4 }),
            peer.text('plain'),
            peer.ping(),
            peer.close(1000),
          ];
          await talk.receive(...(split ? pieces : [concat(...pieces)]));
          await until(() => talk.said.length === 2);
          assert.deepEqual(
            [sizes(messages), messages.slice(1)],
            [
              [length, 5, 5],
              ['Hello', 'plain'],
            ],
          );
          assert.deepEqual(talk.said, ['pong', closing(1000)]);
        }
      });
    }

    test('two large ones, one after the other, the second referring to the first', async () => {
      const talk = new Talk(role, options);
      const messages = listening(talk);
      const flush = { windowBits: 11, finishFlush: zlib.constants.Z_SYNC_FLUSH };
      const first = noise(90_000);
      const second = concat(first.subarray(-2048), noise(80_000));
      const deflated = [
        zlib.deflateRawSync(first, flush),
        zlib.deflateRawSync(second, { ...flush, dictionary: first.subarray(-2048) }),
      ].map((whole) => whole.subarray(0, -4));
      await talk.receive(concat(...deflated.map((payload) => talk.peer.binary(payload, { rsv: 4 }))));
      await until(() => messages.length === 2);
      assert.equal(Buffer.compare(messages[0] as Uint8Array, first), 0);
      assert.equal(Buffer.compare(messages[1] as Uint8Array, second), 0);
    });

    test('nothing more when it is cut while it inflates', async () => {
      const talk = new Talk(role, options);
      const messages = listening(talk);
      await talk.receive(concat(talk.peer.binary(wide, { rsv: 4 }), talk.peer.text('later')));
      talk.socket.terminate();
      await until(() => talk.closed !== undefined);
      for (let i = 0; i < 20; i++) await turn();
      assert.deepEqual(messages, []);
    });

    test('a large corrupt one: 1007, and what came behind it is not heard', async () => {
      const talk = new Talk(role, options);
      const messages = listening(talk);
      const corrupt = concat(large.subarray(0, -1), hex`06`);
      await talk.receive(concat(talk.peer.binary(corrupt, { rsv: 4 }), talk.peer.text('later')));
      await until(() => talk.pipe.ended);
      assert.deepEqual([talk.said, messages], [[closing(1007)], []]);
    });
  });
}
