/** A peer that vanished without a word is noticed within one heartbeat interval, and costs two Pings. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { HeartbeatError } from '../../src/socket/socket-core.ts';
import { hex } from '../support/bytes.ts';
import { roles } from '../support/expect-connection.ts';
import { turn, until } from '../support/pipe.ts';
import { Talk } from '../support/socket-peer.ts';

const heartbeat = { interval: 1000 };

for (const role of roles) {
  describe(`a ${role}'s heartbeat`, () => {
    /** Half an interval passes, and its Ping arrives. */
    const beat = async (talk: Talk): Promise<void> => {
      talk.clock.advance(500);
      await turn();
    };
    const pings = (talk: Talk): Uint8Array[] =>
      talk.frames.filter(({ opcode }) => opcode === 9).map(({ payload }) => payload);

    test('sends a Ping twice in an interval, each with another payload', async () => {
      const talk = new Talk(role, { heartbeat });
      await beat(talk);
      await talk.receive(talk.peer.pong(hex`01`));
      await beat(talk);
      assert.deepEqual(talk.said, ['ping 00000001', 'ping 00000002']);
    });

    test('measures the round trip', async () => {
      const talk = new Talk(role, { heartbeat });
      await beat(talk);
      talk.clock.advance(23);
      await talk.receive(talk.peer.pong(pings(talk)[0]));
      assert.equal(talk.socket.latency, 23);
    });

    test('cuts a peer of which nothing was heard: 1006, with the reason for us', async () => {
      const talk = new Talk(role, { heartbeat });
      await beat(talk);
      assert.equal(talk.socket.state, 'open');
      await beat(talk);
      await until(() => talk.closed !== undefined);
      assert.deepEqual([talk.closed!.code, talk.closed!.clean, talk.closed!.sent], [1006, false, undefined]);
      assert.ok(talk.closed!.error instanceof HeartbeatError);
      assert.deepEqual([pings(talk).length, talk.clock.pending, talk.errors.length], [1, 0, 0]);
    });

    test('notices within one interval, whenever the peer went silent', async () => {
      for (const lastWord of [0, 1, 250, 499]) {
        const talk = new Talk(role, { heartbeat });
        await beat(talk);
        talk.clock.advance(lastWord);
        await talk.receive(talk.peer.pong(pings(talk)[0]));
        const silentSince = talk.clock.now();
        while (talk.closed === undefined) {
          talk.clock.advance(1);
          await turn();
          assert.ok(talk.clock.now() - silentSince <= 1000, 'it takes longer than an interval');
        }
      }
    });

    test('takes anything for a sign of life: a message, half a frame, a Ping', async () => {
      const talk = new Talk(role, { heartbeat });
      const message = talk.peer.text('slowly');
      for (const bytes of [message.subarray(0, 3), message.subarray(3), talk.peer.ping(), talk.peer.pong()]) {
        await beat(talk);
        await talk.receive(bytes);
      }
      await beat(talk);
      assert.equal(talk.socket.state, 'open');
    });

    test('can be switched off', async () => {
      const talk = new Talk(role, { heartbeat: null });
      assert.equal(talk.clock.pending, 0);
      await beat(talk);
      assert.deepEqual(talk.said, []);
    });

    test('is silent while the connection closes', async () => {
      const talk = new Talk(role, { heartbeat });
      talk.socket.close();
      await beat(talk);
      await beat(talk);
      assert.deepEqual([talk.said, talk.pipe.stream.destroyed], [['close'], false]);
    });

    test('does not pile up Pings for a peer that speaks and does not read', async () => {
      const talk = new Talk(role, { heartbeat, limits: { maxOutboxFrames: 10 } });
      talk.pipe.stall();
      for (let i = 0; i < 100 && talk.socket.state === 'open'; i++) {
        await beat(talk);
        await talk.receive(talk.peer.pong());
      }
      assert.ok(talk.socket.bufferedAmount < 200, `${talk.socket.bufferedAmount}`);
    });
  });
}

test('one timer beats for all sockets with the same interval, and is gone with the last', async () => {
  const first = new Talk('server', { heartbeat });
  const more = Array.from({ length: 9 }, () => new Talk('server', { heartbeat, clock: first.clock }));
  assert.equal(first.clock.pending, 1);
  for (const talk of [first, ...more]) talk.socket.terminate();
  await turn();
  await turn();
  assert.equal(first.clock.pending, 0);
});
