/** While it is us who don't read, the peer's answers lie unheard in the kernel: that is no reason to cut it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { roles } from '../support/expect-connection.ts';
import { turn, until } from '../support/pipe.ts';
import { Talk } from '../support/socket-peer.ts';

for (const role of roles) {
  test(`a ${role} with a slow handler keeps its peer, and pings it again afterwards`, async () => {
    const talk = new Talk(role, { heartbeat: { interval: 1000 }, limits: { maxQueuedMessages: 1 } });
    const done: (() => void)[] = [];
    talk.socket.consume({ message: () => new Promise<void>((resolve) => done.push(resolve)) });
    await talk.receive(talk.peer.text('one'), talk.peer.text('two'));
    assert.equal(talk.pipe.stream.isPaused(), true);
    talk.clock.advance(10_000);
    await turn();
    assert.deepEqual([talk.socket.state, talk.said], ['open', []]);

    done.shift()!();
    await until(() => !talk.pipe.stream.isPaused());
    // It gets a whole interval from here on.
    talk.clock.advance(500);
    await turn();
    assert.deepEqual([talk.socket.state, talk.said], ['open', ['ping 00000001']]);
    await talk.receive(talk.peer.pong());
    talk.clock.advance(500);
    await turn();
    assert.equal(talk.socket.state, 'open');
    talk.clock.advance(500);
    await until(() => talk.closed !== undefined);
    assert.equal(talk.closed!.error!.name, 'HeartbeatError');
  });
}
