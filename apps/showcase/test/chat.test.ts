/** `/chatService`: what one sends, everyone there gets. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NativeClient } from './support/native-client.ts';
import { clientFrame, openingHandshake, RawClient } from './support/raw-client.ts';
import { startedShowcase } from './support/running.ts';

describe('the chat', () => {
  it('gives each line to everyone there, the sender included, byte for byte', async (t) => {
    const { port } = await startedShowcase(t);
    const [ann, bob] = await Promise.all([open(port), open(port)]);
    const lines = ['Ann: hello, Bob', '  spaces stay \t', 'Grüße, 你好, 🌊', '', '<b>not markup</b>'];
    for (const line of lines) ann.send(line);
    for (const line of lines) {
      assert.equal(await ann.next(), line);
      assert.equal(await bob.next(), line);
    }
    bob.send('Bob: hello, Ann');
    assert.equal(await ann.next(), 'Bob: hello, Ann');
    assert.equal(await bob.next(), 'Bob: hello, Ann');
    await Promise.all([ann.close(), bob.close()]);
  });

  it('chooses none of the subprotocols it is offered, since it speaks none of them', async (t) => {
    const { port } = await startedShowcase(t);
    using client = await RawClient.connect(port);
    client.write(openingHandshake('/chatService', [`Host: 127.0.0.1:${port}`, 'Sec-WebSocket-Protocol: soap, wamp']));
    const head = await client.head();
    assert.match(head, /^HTTP\/1\.1 101 /);
    assert.doesNotMatch(head, /^Sec-WebSocket-Protocol:/im);
    client.write(clientFrame(0x1, 'plain text'));
    assert.equal((await client.frame()).payload.toString(), 'plain text');
  });

  it('closes with 1009 on a line of more than 4 KiB, and goes on for the others', async (t) => {
    const { port } = await startedShowcase(t);
    const [loud, other] = await Promise.all([open(port), open(port)]);
    loud.send('x'.repeat(4096));
    assert.equal(await other.next(), 'x'.repeat(4096));
    loud.send('x'.repeat(4097));
    assert.equal((await loud.closed).code, 1009);
    other.send('still here');
    assert.equal(await other.next(), 'still here');
    await other.close();
  });

  it('closes with 1003 on a binary message, and tells nobody of it', async (t) => {
    const { port } = await startedShowcase(t);
    const [binary, other] = await Promise.all([open(port), open(port)]);
    binary.send(Uint8Array.of(1, 2, 3));
    assert.deepEqual(await binary.closed, { code: 1003, reason: 'this chat is for text' });
    other.send('next');
    assert.equal(await other.next(), 'next');
    await other.close();
  });

  it('goes on when somebody leaves without a word', async (t) => {
    const { port } = await startedShowcase(t);
    const [gone, other] = await Promise.all([RawClient.open(port, '/chatService'), open(port)]);
    gone.destroy();
    other.send('anybody?');
    assert.equal(await other.next(), 'anybody?');
    await other.close();
  });
});

async function open(port: number): Promise<NativeClient> {
  return await NativeClient.open(`ws://127.0.0.1:${port}/chatService`);
}
