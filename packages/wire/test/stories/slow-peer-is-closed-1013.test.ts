/** A peer that does not read costs no more than the outbox's bound: then it is closed with 1013, "try again later". */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PreparedMessage } from '../../src/socket/prepared-message.ts';
import { SlowPeerError } from '../../src/socket/socket-core.ts';
import { octets } from '../support/bytes.ts';
import { roles } from '../support/expect-connection.ts';
import { feed } from '../support/payloads.ts';
import { turn, until } from '../support/pipe.ts';
import { agreement, closing, Talk, type TalkOptions } from '../support/socket-peer.ts';

/** A socket whose peer has accepted one write and does not read it. */
async function stalled(role: 'client' | 'server', options: TalkOptions = {}): Promise<Talk> {
  const talk = new Talk(role, options);
  talk.pipe.stall();
  talk.socket.send('first');
  await turn();
  return talk;
}

for (const role of roles) {
  describe(`a ${role} whose peer does not read`, () => {
    for (const [what, limits, size] of [
      ['bytes', { maxOutboxBytes: 10_000 }, 1000],
      ['frames', { maxOutboxFrames: 10 }, 1],
    ] as const) {
      test(`has so many ${what} waiting, and no more`, async () => {
        const talk = await stalled(role, { limits });
        let sent = 0;
        while (talk.socket.state === 'open' && sent < 100) {
          talk.socket.send(octets(size));
          sent++;
        }
        // One more than fits is what shows that no more fits.
        assert.ok(sent === 10 || sent === 11, `${sent}`);
        assert.equal(talk.socket.state, 'closing-by-us');
        assert.ok(talk.socket.bufferedAmount < 100, `${talk.socket.bufferedAmount} bytes still wait`);
      });
    }

    test('is closed with 1013 behind what it had accepted; whole frames are dropped, and it is told so', async () => {
      const talk = await stalled(role, { limits: { maxOutboxFrames: 5 } });
      for (let i = 0; i < 9; i++) talk.socket.send(`never ${i}`);
      talk.pipe.resume();
      await turn();
      assert.deepEqual(talk.said, ['text first', closing(1013)]);
      talk.pipe.end();
      await until(() => talk.closed !== undefined);
      assert.ok(talk.closed!.error instanceof SlowPeerError);
      assert.deepEqual([talk.closed!.code, talk.closed!.sent!.code, talk.closed!.clean], [1006, 1013, false]);
      assert.deepEqual(talk.errors, []);
    });

    test('is cut when it does not read the Close either', async () => {
      const talk = await stalled(role, { limits: { maxOutboxFrames: 5 }, heartbeat: null });
      for (let i = 0; i < 9; i++) talk.socket.send(`never ${i}`);
      talk.clock.advance(1999);
      await turn();
      assert.equal(talk.pipe.stream.destroyed, false);
      talk.clock.advance(1);
      await until(() => talk.closed !== undefined);
      assert.deepEqual([talk.closed!.code, talk.said], [1006, []]);
    });

    test('is listened to again, so that its end is noticed, though nobody takes its messages', async () => {
      const talk = await stalled(role, { limits: { maxOutboxFrames: 5, maxQueuedMessages: 1 } });
      await talk.receive(talk.peer.text('nobody reads this'), talk.peer.text('nor this'));
      assert.equal(talk.pipe.stream.isPaused(), true);
      for (let i = 0; i < 9; i++) talk.socket.send(`never ${i}`);
      talk.pipe.resume();
      talk.pipe.end();
      await until(() => talk.closed !== undefined);
      assert.equal(talk.closed!.sent!.code, 1013);
    });

    test('is not closed for one message larger than the bound', async () => {
      const talk = new Talk(role, { limits: { maxOutboxBytes: 1000 } });
      assert.equal(talk.socket.send(octets(50_000)), true);
      await turn();
      assert.equal(talk.frames[0]!.payload.length, 50_000);
    });
  });
}

test('messages made for many count like others', async () => {
  const talk = await stalled('server', { limits: { maxOutboxFrames: 5 } });
  const message = new PreparedMessage('to all');
  const sent = Array.from({ length: 9 }, () => talk.socket.sendPrepared(message));
  assert.deepEqual([sent.indexOf(false), talk.socket.state], [5, 'closing-by-us']);
});

test('what waits behind a message that is being compressed counts as well, in bytes and in number', async () => {
  for (const limits of [{ maxOutboxBytes: 100_000 }, { maxOutboxFrames: 5 }]) {
    const talk = new Talk('server', { deflate: agreement, compression: true, limits });
    talk.socket.send(feed(80_000));
    let sent = 0;
    while (talk.socket.send(octets(4000), { compress: false }) && sent < 100) sent++;
    assert.ok(sent === 5 || sent === 4, `${sent}`);
    assert.ok(talk.socket.bufferedAmount <= 80_004, 'what waited is let go at once');
    await turn();
    assert.equal(talk.said.at(-1), closing(1013));
    await until(() => talk.socket.bufferedAmount === 0);
    assert.deepEqual(talk.said, [closing(1013)]);
  }
});

test('one slow peer does not hold up another', async () => {
  const slow = await stalled('server');
  const quick = new Talk('server');
  const message = new PreparedMessage('to all');
  for (const { socket } of [slow, quick]) socket.sendPrepared(message);
  await turn();
  assert.deepEqual([slow.said, quick.said], [[], ['text to all']]);
});
