/**
 * What a peer that means no good can say: every message of it is answered as the specifications and our documents have it, by a
 * server in a process of its own that goes on serving a witness, throws nothing, and holds no more than its budget.
 */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { type MessageType, messageTypes } from '../../src/wamp/messages.ts';
import { optionKinds } from '../../src/wamp/options.ts';
import { seeded } from '../support/seeded.ts';
import { bombs, deepest, soapBombs, soapMessage } from './hostile-input.ts';
import { HostilePeer, Scene, subprotocols, within } from './hostile-peer.ts';

let scene: Scene;
before(async () => {
  scene = await Scene.begin();
});
after(() => scene.end());
afterEach(() => scene.unharmed());

/** Does something with every one of many, some at a time. */
async function each<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  const rest = all.values();
  const worker = async (): Promise<void> => {
    for (const one of rest) await work(one);
  };
  await Promise.all(Array.from({ length: 16 }, worker));
}

const fromClients: readonly MessageType[] = [
  ...(['HELLO', 'ABORT', 'AUTHENTICATE', 'GOODBYE', 'ERROR', 'PUBLISH', 'SUBSCRIBE', 'UNSUBSCRIBE'] as const),
  ...(['CALL', 'CANCEL', 'REGISTER', 'UNREGISTER', 'YIELD'] as const),
];
const right = { id: 1, uri: 'a.b', string: 'x', dict: {}, options: {}, 'request-type': 68 } as const;
const wrong: Readonly<Record<string, readonly unknown[]>> = {
  id: [0, -1, 1.5, '1', null, true, [], {}, 2n ** 53n + 2n],
  uri: [1, null, false, [], {}],
  string: [1, null, []],
  dict: [1, null, 'x', []],
  options: [1, null, 'x', [], true],
  'request-type': [1, 8, '48', null],
};
const wrongOptions: Readonly<Record<string, unknown>> = {
  ...{ bool: 1, id: 0, integer: -1, string: 1, dict: [], ids: [1, 0], strings: ['x', 1], dicts: [{}, 1] },
  ...{ roles: { caller: 1 }, match: 'other', invoke: 1, mode: {} },
};

function valid(type: MessageType): unknown[] {
  const { code, elements } = messageTypes[type];
  return [code, ...Object.values(elements).map((kind) => right[kind as keyof typeof right])];
}

/** Every message of a client with one thing wrong in it. */
function* wrongMessages(): Generator<unknown> {
  yield* [{}, 'x', 1, null, true, [], [0], [7], [-1], [1.5], [null], ['1'], [[]], [{}], [2 ** 40], [337, 1]];
  for (const type of fromClients) {
    const list = valid(type);
    yield* [list.slice(0, -1), [...list, [], {}, 1], [list]];
    for (const [i, kind] of Object.values(messageTypes[type].elements).entries()) {
      for (const value of wrong[kind]!) yield list.with(i + 1, value);
      const kinds: Readonly<Record<string, string>> = kind === 'options' ? (optionKinds as any)[type] : undefined;
      for (const [key, of] of Object.entries(kinds ?? {})) yield list.with(i + 1, { [key]: wrongOptions[of] });
    }
    if (!('payload' in messageTypes[type])) continue;
    for (const value of [1, 'x', {}, null]) yield [...list, value];
    for (const value of [1, 'x', [], null]) yield [...list, [], value];
  }
}

describe('hostile peers that speak WAMP', { timeout: 120_000 }, () => {
  for (const subprotocol of subprotocols) {
    test(`${subprotocol}: send wrong types in every element of every message: ABORT and 1002`, async () => {
      await each([...wrongMessages()], async (message) => {
        const peer = await HostilePeer.connect(scene.server, subprotocol);
        peer.say(1, 'realm1', { roles: { caller: {} } });
        peer.value(message);
        await peer.expectViolation().catch((error: Error) => {
          throw new Error(
            `${error.message}: ${JSON.stringify(message, (_, value) => (typeof value === 'bigint' ? String(value) : value))}`,
          );
        });
      });
    });

    test(`${subprotocol}: say what is not theirs to say, or not now: ABORT and 1002`, async () => {
      const types = Object.keys(messageTypes) as MessageType[];
      const unasked = types.filter(
        (type) => !fromClients.includes(type) || type === 'AUTHENTICATE' || type === 'HELLO',
      );
      const early = types.filter((type) => type !== 'HELLO' && type !== 'ABORT');
      const hello = [1, 'realm1', { roles: { caller: {} } }];
      const goodbye = [6, {}, 'wamp.close.close_realm'];
      const sayings = [
        ...unasked.map((type) => [hello, type === 'HELLO' ? hello : valid(type)]),
        ...early.flatMap((type) => [[valid(type)], [hello, goodbye, valid(type)]]),
        [hello, [70, 1, {}]],
        [hello, [8, 68, 1, {}, 'a.b']],
        [hello, [8, 48, 1, {}, 'a.b']],
        [hello, [48, 2, {}, 'a.b']],
        [hello, [32, 2 ** 53, {}, 'a.b']],
        [hello, [16, 1, {}, 'a.b'], [16, 1, {}, 'a.b']],
        [[1, 'realm1', {}]],
      ];
      await each(sayings, async (messages) => {
        const peer = await HostilePeer.connect(scene.server, subprotocol);
        for (const message of messages) peer.say(...message);
        await peer.expectViolation();
      });
    });

    test(`${subprotocol}: send bombs, and data that is none: ABORT and 1002`, async () => {
      await each(bombs(subprotocol), async ({ what, data }) => {
        const peer = await HostilePeer.join(scene.server, subprotocol);
        peer.raw(data);
        await peer.expectViolation().catch((error: Error) => {
          throw new Error(`${what}: ${error.message}`);
        });
      });
    });

    test(`${subprotocol}: send frames of the other kind, frames that are too large, and random ones`, async () => {
      const other = await HostilePeer.join(scene.server, subprotocol);
      other.raw(typeof deepest(subprotocol) === 'string' ? Buffer.from('[]') : '[]');
      await other.expectViolation(1003);
      const large = await HostilePeer.join(scene.server, subprotocol);
      large.raw(Buffer.alloc((1 << 20) + 1));
      assert.equal((await within('the end', large.closed)).code, 1009);
      const random = seeded(subprotocols.indexOf(subprotocol) + 1);
      await each(Array.from({ length: 150 }), async () => {
        const peer = await HostilePeer.join(scene.server, subprotocol);
        const bytes = Buffer.from(Array.from({ length: 1 + random() * 60 }, () => random() * 256));
        const text = typeof deepest(subprotocol) === 'string';
        peer.raw(text ? bytes.toString('latin1') : bytes);
        await peer.expectViolation();
      });
    });

    test(`${subprotocol}: use names of what every object has, which are names like others`, async () => {
      const names = ['constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf', '__defineGetter__'];
      const evil = Object.fromEntries(names.map((name) => [name, { prototype: { polluted: true }, polluted: true }]));
      const peer = await HostilePeer.join(scene.server, subprotocol, { ...evil, authextra: evil, roles: evil });
      for (const name of names) {
        peer.say(32, peer.nextRequest, evil, name);
        assert.equal((await peer.next())[0], 33);
        peer.say(16, peer.nextRequest, { exclude_me: false, ...evil }, name, [evil], evil);
        const [type, , , , args, kwargs] = await peer.next();
        assert.deepEqual([type, args, kwargs], [36, [evil], evil]);
        peer.say(64, peer.nextRequest, evil, name);
        assert.equal((await peer.next())[0], 65);
        peer.say(48, peer.nextRequest, evil, `tidewire.topic.${name}`, [], evil);
        assert.equal((await peer.next())[4], 'wamp.error.no_such_procedure');
      }
      await peer.close();
    });

    test(`${subprotocol}: ask for what is not there, in URIs and ids of every size: ERROR`, async () => {
      const peer = await HostilePeer.join(scene.server, subprotocol);
      const request = async (code: number, ...rest: unknown[]): Promise<unknown> => {
        const id = peer.nextRequest;
        peer.say(code, id, ...rest);
        const answer = await peer.next();
        assert.deepEqual(answer.slice(0, 3), [8, code, id]);
        return answer[4];
      };
      for (const uri of ['', 'a b', 'a..b', '#', 'x'.repeat(1_025), 'x'.repeat(1_000_000), '\u2028', 'a.']) {
        assert.equal(await request(32, {}, uri), 'wamp.error.invalid_uri');
        assert.equal(await request(64, {}, uri), 'wamp.error.invalid_uri');
        assert.equal(await request(48, {}, uri), 'wamp.error.invalid_uri');
        assert.equal(await request(16, { acknowledge: true }, uri), 'wamp.error.invalid_uri');
      }
      for (const uri of ['wamp.session.count', 'tidewire.topic.join']) {
        assert.equal(await request(64, {}, uri), 'wamp.error.not_authorized');
        assert.equal(await request(16, { acknowledge: true }, uri), 'wamp.error.not_authorized');
      }
      for (const id of [1, 2 ** 31, 2 ** 53]) {
        assert.equal(await request(34, id), 'wamp.error.no_such_subscription');
        assert.equal(await request(66, id), 'wamp.error.no_such_registration');
        peer.say(49, id, { mode: 'kill' });
      }
      const many = Array.from({ length: 30_000 }, (_, i) => i + 1);
      for (const list of ['exclude', 'eligible']) {
        const error = await request(16, { acknowledge: true, [list]: many }, 'a.b');
        assert.equal(error, 'wamp.error.payload_size_exceeded');
      }
      assert.equal(
        await request(16, { acknowledge: true }, 'watched.a', ['x'.repeat(70_000)]),
        'wamp.error.payload_size_exceeded',
      );
      await peer.settled();
      await peer.close();
    });

    test(`${subprotocol}: pass the hub's own calls what makes no sense: ERROR`, async () => {
      const peer = await HostilePeer.join(scene.server, subprotocol);
      const values = [null, -1, 1.5, 2 ** 53, 'x', '', true, [], {}, { epoch: 1, offset: 1, id: 1 }, new Uint8Array(9)];
      const calls = ['join', 'publish', 'history', 'presence', 'watch_presence'].map((call) => `topic.${call}`);
      const answers = new Set<string>();
      for (const call of [...calls, 'session.renew']) {
        for (const key of ['topic', 'position', 'after', 'last', 'key', 'exclude_me', 'token']) {
          for (const value of values) {
            const kwargs = { topic: 'a.b c', after: 0, last: 1, data: 1, [key]: value };
            peer.say(48, peer.nextRequest, { receive_progress: true }, `tidewire.${call}`, [], kwargs);
          }
          for (const answer of Object.keys(await peer.settled())) answers.add(answer);
        }
      }
      const refusals = ['invalid_argument', 'invalid_uri', 'not_authorized'].map((uri) => `wamp.error.${uri}`);
      assert.deepEqual(answers, new Set([...refusals, '36', '50']));
      await peer.close();
    });
  }

  test('acknowledge what was never sent: ABORT and 1002', async () => {
    for (const total of [1, -1, 1.5, 2 ** 53, 'x', null, undefined]) {
      const peer = await HostilePeer.join(scene.server, 'wamp.2.json', { _tidewire_acknowledges: true });
      peer.say(16, peer.nextRequest, {}, 'tidewire.session.acknowledge', total === undefined ? [] : [total]);
      await peer.expectViolation();
    }
  });
});

describe('hostile peers that speak SOAP', { timeout: 60_000 }, () => {
  const answered = async (peer: HostilePeer): Promise<string> => String(await peer.nextRaw());

  test('send bombs, and what is no XML: a fault, and the code of why', async () => {
    for (const binary of [false, true]) {
      await each(soapBombs, async ({ what, data, code }) => {
        const peer = await HostilePeer.connect(scene.server, 'soap');
        peer.socket.send(data, { binary });
        assert.equal((await within('the end', peer.closed)).code, code, what);
        if (code !== 1009 && !(code === 1007 && peer.inbox.length === 0)) {
          assert.match(String(peer.inbox[0]), /:Fault>.*:Sender</s, what);
        }
      });
    }
  });

  test('send envelopes with something wrong in them: a fault each, and the conversation goes on', async () => {
    const peer = await HostilePeer.connect(scene.server, 'soap');
    const faulty: readonly (readonly [string, RegExp])[] = [
      [soapMessage('add', '<a>x</a><b>1</b>'), /not of type int/],
      [soapMessage('add', '<a>1</a><a>1</a><b>1</b>'), /there 2 times/],
      [soapMessage('add', `<a>${'9'.repeat(100_000)}</a><b>1</b>`), /not of type int/],
      [soapMessage('add', '<a>1</a>'), /b is missing/],
      [soapMessage('add', '<a><b/></a><b>1</b>'), /not of type int/],
      [soapMessage('x'.repeat(500_000), ''), /ActionNotSupported/],
      [soapMessage('constructor', ''), /ActionNotSupported/],
      [
        soapMessage('add', '<a>1</a><b>1</b>', { header: '<x:y xmlns:x="urn:x" s:mustUnderstand="1"/>' }),
        /MustUnderstand/,
      ],
      [soapMessage('add', '<a>1</a><b>1</b>', { header: '<a:Action>two</a:Action>' }), /InvalidCardinality/],
      [
        soapMessage('add', '<a>1</a><b>1</b>', {
          header: '<a:ReplyTo><a:Address>http://127.0.0.1:1/</a:Address></a:ReplyTo>',
        }),
        /OnlyAnonymousAddressSupported/,
      ],
      [soapMessage('add', '<a>1</a><b>1</b>', { id: null }), /MessageAddressingHeaderRequired/],
      [soapMessage('say', `<text>${'x'.repeat(2_000)}</text>`), /too-large/],
      ['<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body/></Envelope>', /VersionMismatch/],
      ['<x/>', /VersionMismatch/],
    ];
    for (const [message, fault] of faulty) {
      peer.raw(message);
      assert.match(await answered(peer), fault);
    }
    peer.raw(soapMessage('add', '<a>1</a><b>2</b><__proto__>3</__proto__><constructor>4</constructor>'));
    assert.match(await answered(peer), /:sum>3</);
    await peer.close();
  });
});

describe('hostile peers that speak no protocol', { timeout: 60_000 }, () => {
  test('send what is refused: they are told, or closed with 1003, 1007 or 1009', async () => {
    const peer = await HostilePeer.connect(scene.server);
    peer.raw('x'.repeat(2_000));
    assert.equal(await peer.nextRaw(), '(too-large)');
    peer.raw('');
    assert.equal(await peer.nextRaw(), '');
    peer.socket.send(Buffer.from([0xff]), { binary: false });
    assert.equal((await within('the end', peer.closed)).code, 1007);
    for (const [data, code] of [
      [Buffer.alloc(3), 1003],
      [Buffer.alloc((1 << 20) + 1), 1009],
    ] as const) {
      const other = await HostilePeer.connect(scene.server);
      other.raw(data);
      assert.equal((await within('the end', other.closed)).code, code);
    }
  });

  test('offer subprotocols that nobody speaks, or thousands: the handshake is answered', async () => {
    for (const offered of [['wamp.1'], ['constructor', '__proto__'], Array.from({ length: 500 }, (_, i) => `x${i}`)]) {
      const peer = new HostilePeer(scene.server, offered);
      await within('the end', peer.closed);
    }
  });
});
