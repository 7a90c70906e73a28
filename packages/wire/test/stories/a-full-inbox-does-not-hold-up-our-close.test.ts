/** Reading stops while too many messages wait; but the peer's Close frame stands behind them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { roles } from '../support/expect-connection.ts';
import { until } from '../support/pipe.ts';
import { Talk } from '../support/socket-peer.ts';

const limits = { maxQueuedMessages: 2 };

for (const role of roles) {
  test(`a ${role} that closes while its handler is stuck still sees the peer's Close`, async () => {
    const talk = new Talk(role, { limits });
    const handled: unknown[] = [];
    const done: (() => void)[] = [];
    talk.socket.consume({
      message: (_, data) => {
        handled.push(data);
        return new Promise<void>((resolve) => done.push(resolve));
      },
    });
    await talk.receive(...['a', 'b', 'c'].map((text) => talk.peer.text(text)));
    assert.equal(talk.pipe.stream.isPaused(), true);

    talk.socket.close(1000);
    assert.equal(talk.pipe.stream.isPaused(), false);
    // One more still finds its place, at twice the bound they don't.
    await talk.receive(...['d', 'e', 'f', 'g'].map((text) => talk.peer.text(text)));
    await talk.receive(talk.peer.close(1000));
    talk.pipe.end();
    await until(() => talk.closed !== undefined);
    assert.deepEqual([talk.closed!.code, talk.closed!.clean], [1000, true]);

    for (let i = 0; i < 10; i++) {
      done.shift()?.();
      await Promise.resolve();
      await Promise.resolve();
    }
    await until(() => handled.length >= 5);
    assert.deepEqual(handled, ['a', 'b', 'c', 'd', 'e']);
  });
}
