/** A peer that sends Pings and does not read our Pongs grows nothing (ws 8.23, CVE-2026-11586). */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { concat, utf8 } from '../support/bytes.ts';
import { roles } from '../support/expect-connection.ts';
import { turn } from '../support/pipe.ts';
import { listening, Talk } from '../support/socket-peer.ts';

for (const role of roles) {
  describe(`a ${role} under a flood of Pings`, () => {
    test('has no more than the bound of Pongs waiting', async () => {
      const talk = new Talk(role);
      talk.pipe.stall();
      talk.socket.send('first');
      await turn();
      const before = talk.socket.bufferedAmount;
      const ping = talk.peer.ping(new Uint8Array(125));
      for (let i = 0; i < 100; i++) await talk.receive(concat(...Array.from({ length: 50 }, () => ping)));
      assert.ok(talk.socket.bufferedAmount - before <= 16 * 131, `${talk.socket.bufferedAmount - before} bytes wait`);
      assert.equal(talk.socket.state, 'open');
    });

    test('answers the newest one when the peer reads on', async () => {
      const talk = new Talk(role, { limits: { maxPendingPongs: 2 } });
      talk.pipe.stall();
      for (let i = 0; i < 10; i++) await talk.receive(talk.peer.ping(utf8(`${i}`)));
      talk.pipe.resume();
      await turn();
      await turn();
      const pongs = talk.frames
        .filter(({ opcode }) => opcode === 10)
        .map(({ payload }) => Buffer.from(payload).toString());
      assert.deepEqual(pongs, ['0', '1', '9']);
      await talk.receive(talk.peer.ping(utf8('later')));
      assert.equal(talk.said.at(-1), `pong ${Buffer.from('later').toString('hex')}`);
    });

    test("whose peer does read answers each read's first ones and its last, and messages in between are heard", async () => {
      const talk = new Talk(role);
      const messages = listening(talk);
      const { peer } = talk;
      const pings = Array.from({ length: 40 }, (_, i) => peer.ping(Uint8Array.of(i)));
      for (let round = 0; round < 3; round++) await talk.receive(concat(...pings, peer.text('between'), ...pings));
      assert.equal(messages.length, 3);
      assert.equal(talk.frames.length, 3 * 17);
      assert.deepEqual(talk.frames.at(-1)!.payload, Uint8Array.of(39));
    });
  });
}
