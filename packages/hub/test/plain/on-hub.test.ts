import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { concat, hex } from '../../../wire/test/support/bytes.ts';
import { settle } from '../../../wire/test/support/memory-server.ts';
import { hubServer } from '../support/hub-server.ts';

describe('a plain socket on the hub', () => {
  test('publishes each of its messages, and hears everybody’s, its own too', async () => {
    const { visit, say } = hubServer();
    const [ann, bob] = [await visit(), await visit()];
    await ann.send(ann.frame.text('one'), ann.frame.text('two'));
    await settle();
    await say('three');
    assert.deepEqual(ann.heard, ['one', 'two', 'three']);
    assert.deepEqual(bob.heard, ['one', 'two', 'three']);
  });

  test('is told of the newest before it came, when the definition says so', async () => {
    const { visit, say } = hubServer({ last: 2 });
    for (const text of ['one', 'two', 'three']) await say(text);
    assert.deepEqual((await visit()).heard, ['two', 'three']);
  });

  test('is not told what has no words for it', async () => {
    const { visit, say } = hubServer();
    const ann = await visit();
    for (const text of ['one', 'aside', 'two']) await say(text);
    assert.deepEqual(ann.heard, ['one', 'two']);
  });

  test('is told when the hub refuses a message, and stays', async () => {
    const { visit } = hubServer();
    const ann = await visit();
    await ann.send(ann.frame.text('no'), ann.frame.text('x'.repeat(1000)), ann.frame.text('yes'));
    await settle();
    assert.deepEqual(ann.heard, ['(denied: Not that word)', '(too-large: The data takes more than 1000 bytes)', 'yes']);
  });

  test('is closed with 1003 for a message that can’t be read', async () => {
    const { visit } = hubServer();
    const ann = await visit();
    await ann.send(ann.frame.binary(Uint8Array.of(1)));
    assert.deepEqual(ann.heard, [1003]);
  });

  test('that does not read is asked by Ping, and closed with 4008 when more waits than may', async () => {
    const { visit, say } = hubServer({ window: { messages: 4 } });
    const ann = await visit();
    // Four under way and two that wait are what there may be; the window is asked about at half of it.
    for (let count = 1; count <= 6; count++) await say(`${count}`);
    const pings = ann.frames.filter(({ opcode }) => opcode === 9);
    assert.equal(pings.length, 1);
    assert.deepEqual(ann.frames.filter(({ opcode }) => opcode === 1).length, 4);
    await ann.send(ann.frame.pong(pings[0]!.payload));
    assert.deepEqual(ann.frames.filter(({ opcode }) => opcode === 1).length, 6);
    for (let count = 7; count <= 9; count++) await say(`${count}`);
    assert.equal(ann.heard.at(-1), 4008);
  });

  test('leaves nothing behind when it goes', async () => {
    const { visit, hub } = hubServer();
    const ann = await visit();
    assert.equal(hub.status.sessions, 1);
    await ann.leave();
    await settle();
    assert.equal(hub.status.sessions, 0);
  });

  test('can’t acknowledge what was never sent: a Pong that nobody asked for changes nothing', async () => {
    const { visit, say } = hubServer();
    const ann = await visit();
    await ann.send(ann.frame.pong(hex`40 59 00 00 00 00 00 00`), ann.frame.pong(concat()));
    await say('still here');
    assert.deepEqual(ann.heard, ['still here']);
  });
});
