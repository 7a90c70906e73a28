import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { settle, type Visitor } from '../../../wire/test/support/memory-server.ts';
import { hubServer } from '../support/hub-server.ts';
import { message, read } from '../support/soap-example.ts';

const namespace = 'urn:example:chat';
let requests = 0;

/** Sends a request in a text frame; returns its MessageID. */
async function ask(visitor: Visitor, operation: string, fields = ''): Promise<string> {
  const id = `urn:uuid:${++requests}`;
  const body = `<${operation} xmlns="${namespace}">${fields}</${operation}>`;
  await visitor.send(visitor.frame.text(message({ action: `${namespace}:${operation}`, id, body })));
  await settle();
  return id;
}

const last = (visitor: Visitor): ReturnType<typeof read> => read(String(visitor.heard.at(-1)));

describe('a SOAP socket on the hub', () => {
  test('calls: an operation is a call, and its output the result', async () => {
    const { visit } = hubServer();
    const ann = await visit('soap');
    const id = await ask(ann, 'Add', '<a>2</a><b>40</b>');
    const { relatesTo, content } = last(ann);
    assert.equal(relatesTo, id);
    assert.equal(content?.name, 'AddResponse');
    assert.match(String(ann.heard.at(-1)), />42</);
  });

  test('publishes: an operation is a publication, answered when the engine has it', async () => {
    const { visit } = hubServer();
    const [ann, plain] = [await visit('soap'), await visit()];
    await ask(ann, 'Say', '<text>hello</text>');
    assert.deepEqual(plain.heard, ['hello']);
    assert.ok(ann.heard.some((text) => /SayResponse/.test(String(text)) && />1</.test(String(text))));
  });

  test('publishes one-way, without an answer', async () => {
    const { visit } = hubServer();
    const [ann, plain] = [await visit('soap'), await visit()];
    await ask(ann, 'Shout', '<text>hello</text>');
    assert.deepEqual(plain.heard, ['hello']);
    assert.equal(ann.heard.length, 1, 'its own words come back as a notification, and nothing else');
  });

  test('is notified of a topic, in the kind of frame that it speaks', async () => {
    const { visit, say } = hubServer();
    const [fresh, texting] = [await visit('soap'), await visit('soap')];
    await ask(texting, 'Add', '<a>1</a><b>1</b>');
    await say('hello');
    // Binary is what WCF speaks, so it is what a peer gets that has not spoken yet.
    assert.equal(fresh.frames.at(-1)!.opcode, 2);
    assert.equal(texting.frames.at(-1)!.opcode, 1);
    for (const visitor of [fresh, texting]) assert.equal(last(visitor).content?.name, 'Said');
  });

  test('is told of the newest before it came, and not of what has no words for it', async () => {
    const { visit, say } = hubServer({ last: 3 });
    for (const text of ['one', 'two', 'aside', 'three']) await say(text);
    const ann = await visit('soap');
    assert.deepEqual(
      ann.heard.map((text) => /<[^>]*text[^>]*>([^<]*)</.exec(String(text))?.[1]),
      ['two', 'three'],
    );
  });

  test('gets a refusal of the hub as a fault whose subcode is the hub’s code', async () => {
    const { visit } = hubServer();
    const ann = await visit('soap');
    await ask(ann, 'Say', '<text>no</text>');
    assert.match(last(ann).codes.join(' '), /:Sender \S*:?denied$/);
    assert.equal(last(ann).reason, 'Not that word');
    await ask(ann, 'Secret');
    assert.match(last(ann).codes.join(' '), /denied$/);
  });

  test('learns nothing of what a handler throws without meaning to', async () => {
    const { visit } = hubServer();
    const ann = await visit('soap');
    await ask(ann, 'Fail');
    assert.match(last(ann).codes[0]!, /Receiver$/);
    assert.doesNotMatch(String(ann.heard.at(-1)), /secret/);
  });

  test('is refused with 400 when it announces an encoding that is not spoken', async () => {
    const { visit } = hubServer();
    const ann = await visit('soap', { 'soap-content-type': 'application/soap+msbin1' });
    assert.equal(ann.status, 400);
    assert.deepEqual(ann.header('soap-content-type'), ['application/soap+xml; charset=utf-8']);
  });

  test('leaves nothing behind when it goes', async () => {
    const { visit, hub } = hubServer();
    const ann = await visit('soap');
    assert.equal(hub.status.sessions, 1);
    await ann.leave();
    await settle();
    assert.equal(hub.status.sessions, 0);
  });
});
