/** `/chatService`: whatever a client speaks, WAMP, SOAP, plain text or the page's own SDK, it is in one chat. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { connectHub } from '@tidewire/hub/client';
import { connectSoap } from '@tidewire/hub/soap';
import { contract } from '../chat-room/contract.ts';
import { chatService } from '../chat-room/soap.ts';
import { atEnd } from './support/at-end.ts';
import { NativeClient } from './support/native-client.ts';
import { openingHandshake, RawClient } from './support/raw-client.ts';
import { type StartedShowcase, startedShowcase } from './support/running.ts';

const urlOf = ({ port }: StartedShowcase): string => `ws://127.0.0.1:${port}/chatService`;

describe('the subprotocol of the chat', { timeout: 30_000 }, () => {
  for (const [offered, chosen] of [
    ['soap, wamp', 'wamp'],
    ['wamp, soap', 'wamp'],
    ['soap, wamp.2.msgpack, wamp', 'wamp.2.msgpack'],
    ['soap', 'soap'],
    ['SOAP', 'SOAP'],
    ['mqtt, soap', 'soap'],
  ] as const) {
    it(`is ${chosen} of "${offered}"`, async (t) => {
      const head = await headFor(await startedShowcase(t), [`Sec-WebSocket-Protocol: ${offered}`]);
      assert.match(head, /^HTTP\/1\.1 101 /);
      assert.equal(/^Sec-WebSocket-Protocol: (.*)\r$/m.exec(head)?.[1], chosen);
    });
  }

  for (const offered of [undefined, 'mqtt']) {
    it(`is none where ${offered ?? 'nothing'} is offered`, async (t) => {
      const fields = offered === undefined ? [] : [`Sec-WebSocket-Protocol: ${offered}`];
      const head = await headFor(await startedShowcase(t), fields);
      assert.match(head, /^HTTP\/1\.1 101 /);
      assert.doesNotMatch(head, /^Sec-WebSocket-Protocol:/im);
    });
  }

  it('is refused with the content type that is spoken, to SOAP in another one', async (t) => {
    const fields = ['Sec-WebSocket-Protocol: soap', 'soap-content-type: application/soap+msbinsession1'];
    const head = await headFor(await startedShowcase(t), fields);
    assert.match(head, /^HTTP\/1\.1 400 /);
    assert.match(head, /^soap-content-type: application\/soap\+xml; charset=utf-8\r$/im);
  });
});

describe('the chat', { timeout: 30_000 }, () => {
  it('is one for a WAMP client, a SOAP client, a plain socket and the SDK', async (t) => {
    const showcase = await startedShowcase(t);
    const plain = await NativeClient.open(urlOf(showcase));
    const wamp = await WampClient.open(urlOf(showcase));
    const soap = await connectSoap(urlOf(showcase), chatService);
    const notifications = soap.notifications();
    const sdk = connectHub(contract, urlOf(showcase));
    const lines = sdk.topic('chat.lobby').subscribe()[Symbol.asyncIterator]();
    const heardBySdk = async (): Promise<unknown> => {
      for (;;) {
        const { value } = await lines.next();
        if (value?.type === 'publication') return value.data;
      }
    };
    atEnd(t, async () => {
      sdk.close();
      await Promise.all([plain.close(), wamp.close(), soap.close()]);
    });
    assert.equal((await lines.next()).value?.type, 'joined');

    plain.send('by plain text');
    wamp.publish('by WAMP');
    const { offset } = await soap.call('Say', { text: 'by SOAP' });
    await sdk.topic('chat.lobby').publish({ text: 'by the SDK' });
    assert.ok(offset >= 1 && offset <= 3);

    const said = ['by SOAP', 'by WAMP', 'by plain text', 'by the SDK'];
    const plainly: string[] = [];
    const bySoap: string[] = [];
    const byWamp: string[] = [];
    const bySdk: string[] = [];
    for (const _ of said) {
      plainly.push(String(await plain.next()).replace(/^guest \w+: /, ''));
      bySoap.push((await notifications.next()).value!.value.text);
      bySdk.push(((await heardBySdk()) as { text: string }).text);
    }
    // Of its own publications a WAMP client is not told unless it asks for that.
    for (let count = 1; count < said.length; count++) byWamp.push(await wamp.heard());
    assert.deepEqual(plainly.toSorted(), said);
    assert.deepEqual(bySoap, plainly);
    assert.deepEqual(bySdk, plainly);
    assert.deepEqual(
      byWamp,
      plainly.filter((text) => text !== 'by WAMP'),
    );
  });

  it('gives each line to everyone there, the sender included, in one order', async (t) => {
    const showcase = await startedShowcase(t);
    const [ann, bob] = await Promise.all([open(showcase), open(showcase)]);
    const lines = ['hello, Bob', 'Grüße, 你好, 🌊', '<b>not markup</b>'];
    for (const line of lines) ann.send(line);
    for (const line of lines) {
      const heard = String(await ann.next());
      assert.match(heard, /^guest \w{1,4}: /);
      assert.ok(heard.endsWith(`: ${line}`));
      assert.equal(await bob.next(), heard);
    }
    await Promise.all([ann.close(), bob.close()]);
  });

  it('shows the newest lines to a plain socket that comes later', async (t) => {
    const showcase = await startedShowcase(t);
    const ann = await open(showcase);
    ann.send('who was first?');
    const heard = await ann.next();
    const late = await open(showcase);
    assert.equal(await late.next(), heard);
    await Promise.all([ann.close(), late.close()]);
  });

  it('says who speaks by the signed token, whatever a client claims', async (t) => {
    const showcase = await startedShowcase(t);
    const response = await fetch(new URL('api/name', showcase.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'Ann' }),
    });
    const { token, user } = (await response.json()) as { token: string; user: { id: string; name: string } };
    const listener = await open(showcase);
    const ann = connectHub(contract, urlOf(showcase), { token });
    const guest = connectHub(contract, urlOf(showcase));
    await guest.topic('chat.lobby').publish({ text: 'I am Ann', from: user });
    await ann.topic('chat.lobby').publish({ text: 'I am Ann' });
    assert.match(String(await listener.next()), /^guest \w+: I am Ann$/);
    assert.equal(await listener.next(), 'Ann: I am Ann');
    ann.close();
    guest.close();
    await listener.close();
  });

  it('tells the sender alone of a line that is too long, and goes on', async (t) => {
    const showcase = await startedShowcase(t);
    const [loud, other] = await Promise.all([open(showcase), open(showcase)]);
    loud.send('x'.repeat(1001));
    assert.match(String(await loud.next()), /^\(not said: /);
    loud.send('shorter');
    assert.match(String(await loud.next()), /: shorter$/);
    assert.match(String(await other.next()), /: shorter$/);
    await Promise.all([loud.close(), other.close()]);
  });

  it('closes with 1009 on a message of more than 16 KiB, and with 1003 on a binary one', async (t) => {
    const showcase = await startedShowcase(t);
    const [large, binary] = await Promise.all([open(showcase), open(showcase)]);
    large.send('x'.repeat(16 * 1024 + 1));
    assert.equal((await large.closed).code, 1009);
    binary.send(Uint8Array.of(1, 2, 3));
    assert.equal((await binary.closed).code, 1003);
  });

  it('lets nobody flood it: twenty lines at once, and two a second after that', async (t) => {
    const showcase = await startedShowcase(t);
    const loud = await open(showcase);
    const began = performance.now();
    for (let count = 0; count < 60; count++) loud.send(`line ${count}`);
    const heard: string[] = [];
    for (let count = 0; count < 60; count++) heard.push(String(await loud.next()));
    const said = heard.filter((line) => !line.startsWith('(not said:')).length;
    const seconds = (performance.now() - began) / 1000;
    assert.ok(said >= 20 && said <= 21 + 2 * seconds, `${said} lines were said in ${seconds} s`);
    await loud.close();
  });

  it('goes on when somebody leaves without a word', async (t) => {
    const showcase = await startedShowcase(t);
    const [gone, other] = await Promise.all([RawClient.open(showcase.port, '/chatService'), open(showcase)]);
    gone.destroy();
    other.send('anybody?');
    assert.match(String(await other.next()), /: anybody\?$/);
    await other.close();
  });
});

function open(showcase: StartedShowcase): Promise<NativeClient> {
  return NativeClient.open(urlOf(showcase));
}

async function headFor({ port }: StartedShowcase, fields: readonly string[]): Promise<string> {
  using client = await RawClient.connect(port);
  client.write(openingHandshake('/chatService', [`Host: 127.0.0.1:${port}`, ...fields]));
  return await client.head();
}

/** WAMP written by hand over another's WebSocket: nothing of ours is in it. */
class WampClient {
  readonly #socket: NativeClient;
  #requests = 1;

  private constructor(socket: NativeClient) {
    this.#socket = socket;
  }

  /** Subscribed to the chat, as an anonymous client of the subprotocol `wamp`. */
  static async open(url: string): Promise<WampClient> {
    const client = new WampClient(await NativeClient.open(url, ['soap', 'wamp']));
    assert.equal(client.#socket.socket.protocol, 'wamp');
    client.#send([1, 'realm1', { roles: { publisher: {}, subscriber: {} } }]);
    assert.equal((await client.#next())[0], 2);
    client.#send([32, client.#requests++, {}, 'chat.lobby']);
    assert.equal((await client.#next())[0], 33);
    return client;
  }

  publish(text: string): void {
    this.#send([16, this.#requests++, {}, 'chat.lobby', [text]]);
  }

  async heard(): Promise<string> {
    const [type, , , , args] = await this.#next();
    assert.equal(type, 36);
    return args[0].text;
  }

  close(): Promise<void> {
    return this.#socket.close();
  }

  #send(message: unknown): void {
    this.#socket.send(JSON.stringify(message));
  }

  async #next(): Promise<any[]> {
    return JSON.parse(String(await this.#socket.next()));
  }
}
