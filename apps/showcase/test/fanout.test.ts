/** `/fanout`: each message to all sockets of the route. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NativeClient } from './support/native-client.ts';
import { startedShowcase } from './support/running.ts';

describe('the fan-out', () => {
  it('gives text as text and binary as binary to all, the sender included, in one order', async (t) => {
    const { port } = await startedShowcase(t);
    const all = await Promise.all(Array.from({ length: 8 }, () => NativeClient.open(`ws://127.0.0.1:${port}/fanout`)));
    const [sender] = all;
    assert.ok(sender);
    for (let number = 0; number < 20; number++) sender.send(`text ${number}`);
    sender.send(Uint8Array.of(0, 255));
    for (const client of all) {
      for (let number = 0; number < 20; number++) assert.equal(await client.next(), `text ${number}`);
      assert.deepEqual(await client.next(), Uint8Array.of(0, 255).buffer);
    }
    await Promise.all(all.map((client) => client.close()));
  });

  it('keeps to its own route', async (t) => {
    const { port } = await startedShowcase(t);
    const chat = await NativeClient.open(`ws://127.0.0.1:${port}/chatService`);
    const fanout = await NativeClient.open(`ws://127.0.0.1:${port}/fanout`);
    fanout.send('for the fan-out');
    assert.equal(await fanout.next(), 'for the fan-out');
    chat.send('for the chat');
    assert.match(String(await chat.next()), /for the chat$/);
    await Promise.all([chat.close(), fanout.close()]);
  });
});
