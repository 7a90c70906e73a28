/** Backpressure as a sender sees it: `send` says false over the high-water mark, `writable` says when to go on. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { octets } from '../support/bytes.ts';
import { roles } from '../support/expect-connection.ts';
import { feed, noise } from '../support/payloads.ts';
import { turn, until } from '../support/pipe.ts';
import { agreement, Talk } from '../support/socket-peer.ts';

/** A promise's outcome so far. */
function watch<T>(promise: Promise<T>): { value: T | undefined } {
  const watched: { value: T | undefined } = { value: undefined };
  promise.then((value) => {
    watched.value = value;
  });
  return watched;
}

for (const role of roles) {
  describe(`a ${role} that sends more than its peer reads`, () => {
    const open = async (): Promise<Talk> => {
      const talk = new Talk(role, { highWaterMark: 1000 });
      talk.pipe.stall();
      assert.equal(talk.socket.send(octets(900)), true);
      await turn();
      assert.equal(talk.socket.send(octets(900)), false);
      return talk;
    };

    test('is told to wait, and when to go on', async () => {
      const talk = await open();
      const going = watch(talk.socket.writable());
      const also = watch(talk.socket.writable());
      await turn();
      assert.equal(going.value, undefined);
      talk.pipe.resume();
      await turn();
      assert.deepEqual([going.value, also.value, talk.socket.bufferedAmount], [true, true, 0]);
      assert.equal(talk.socket.send('on'), true);
    });

    test('does not wait when there is room', async () => {
      assert.equal(await new Talk(role).socket.writable(), true);
    });

    test('stops waiting when the connection closes, by whatever way', async () => {
      for (const close of [
        (talk: Talk) => talk.socket.close(),
        (talk: Talk) => talk.socket.terminate(),
        (talk: Talk) => talk.pipe.send(talk.peer.close(1000)),
        (talk: Talk) => talk.pipe.send(talk.peer.frame({ opcode: 3 })),
        (talk: Talk) => talk.pipe.cut(new Error('reset')),
      ]) {
        const talk = await open();
        const waiting = talk.socket.writable();
        close(talk);
        assert.equal(await waiting, false);
      }
    });

    test('stops waiting when its signal says so', async () => {
      const talk = await open();
      const controller = new AbortController();
      const waiting = talk.socket.writable({ signal: controller.signal });
      controller.abort(new Error('enough'));
      await assert.rejects(waiting, { message: 'enough' });
      await assert.rejects(talk.socket.writable({ signal: AbortSignal.abort(new Error('before')) }), {
        message: 'before',
      });
    });

    test('never has more waiting than the mark and one message, when it asks each time', async () => {
      const talk = new Talk(role, { highWaterMark: 1000 });
      talk.pipe.stall();
      let sent = 0;
      const sending = (async () => {
        for (; sent < 50; sent++) if (!talk.socket.send(octets(300))) await talk.socket.writable();
      })();
      let most = 0;
      for (let i = 0; i < 1000 && sent < 50; i++) {
        await turn();
        most = Math.max(most, talk.socket.bufferedAmount);
        talk.pipe.resume();
        talk.pipe.stall();
      }
      talk.pipe.resume();
      await sending;
      await turn();
      assert.ok(most > 900 && most < 1400, `${most}`);
      assert.equal(talk.frames.length, 50);
    });
  });
}

describe('a message that is being compressed', () => {
  test('counts until it has left', async () => {
    const talk = new Talk('server', { deflate: agreement, compression: true });
    talk.socket.send(feed(100_000));
    assert.equal(talk.socket.bufferedAmount, 100_000);
    await until(() => talk.pipe.writes.length > 0);
    await turn();
    assert.equal(talk.socket.bufferedAmount, 0);
  });

  // What was compressed to 64 KiB or more left at once, while it still counted as being compressed, and nothing said
  // afterwards that there was room.
  for (const [what, message] of [
    ['small', new Uint8Array(300_000)],
    ['large', Buffer.concat([noise(150_000), new Uint8Array(150_000)])],
    ['as large as before', noise(300_000)],
  ] as const) {
    test(`and becomes ${what} lets a sender that waits go on`, async () => {
      const talk = new Talk('server', { deflate: agreement, compression: true });
      assert.equal(talk.socket.send(message), false);
      const going = watch(talk.socket.writable());
      await until(() => talk.socket.bufferedAmount === 0);
      await turn();
      await turn();
      assert.equal(going.value, true);
    });
  }
});
