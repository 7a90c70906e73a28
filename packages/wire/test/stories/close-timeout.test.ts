/** A peer that leaves a closing handshake unfinished is cut: the time runs from our `close()`, or from its own Close. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { roles } from '../support/expect-connection.ts';
import { turn, until } from '../support/pipe.ts';
import { closing, Talk } from '../support/socket-peer.ts';

const options = { closeTimeout: 3000, heartbeat: null };

for (const role of roles) {
  describe(`a ${role} with a close timeout`, () => {
    /** It is cut when the timeout is over, and not before. */
    const expectCut = async (talk: Talk, ms = 3000): Promise<void> => {
      talk.clock.advance(ms - 1);
      await turn();
      assert.deepEqual([talk.pipe.stream.destroyed, talk.closed], [false, undefined]);
      talk.clock.advance(1);
      await until(() => talk.closed !== undefined);
      assert.equal(talk.clock.pending, 0);
    };

    test('cuts a peer that does not answer our Close: 1006', async () => {
      const talk = new Talk(role, options);
      talk.socket.close(1000);
      await turn();
      await expectCut(talk);
      assert.deepEqual(
        [talk.said, talk.closed!.code, talk.closed!.sent!.code, talk.closed!.clean],
        [[closing(1000)], 1006, 1000, false],
      );
    });

    test('cuts a peer that answers and does not end the stream: that is still a clean close', async () => {
      const talk = new Talk(role, options);
      talk.socket.close(1000);
      await talk.receive(talk.peer.close(1000));
      await expectCut(talk);
      assert.deepEqual([talk.closed!.code, talk.closed!.clean], [1000, true]);
    });

    test('cuts a peer that closes and does not end the stream', async () => {
      const talk = new Talk(role, options);
      await talk.receive(talk.peer.close(1000));
      await expectCut(talk);
      assert.deepEqual([talk.closed!.code, talk.closed!.clean], [1000, true]);
    });

    test('cuts a peer that does not read our Close', async () => {
      const talk = new Talk(role, options);
      talk.pipe.stall();
      talk.socket.send('never read');
      talk.socket.close(1000);
      await turn();
      await expectCut(talk);
      assert.deepEqual([talk.closed!.code, talk.closed!.clean], [1006, false]);
    });

    test('starts the clock once, however often close is called and whatever comes', async () => {
      const talk = new Talk(role, options);
      talk.socket.close(1000);
      talk.clock.advance(1000);
      talk.socket.close(1000);
      await talk.receive(talk.peer.close(1000));
      await expectCut(talk, 2000);
    });

    test('gives a peer that broke the protocol two seconds, and no more', async () => {
      const talk = new Talk(role, { ...options, closeTimeout: 60_000 });
      await talk.receive(talk.peer.frame({ opcode: 3 }));
      await expectCut(talk, 2000);
      assert.equal(talk.closed!.code, 1006);
    });

    test('leaves no timer behind when all goes well', async () => {
      const talk = new Talk(role, options);
      talk.socket.close(1000);
      assert.equal(talk.clock.pending, 1);
      await talk.finish(1000);
      assert.equal(talk.clock.pending, 0);
    });
  });
}
