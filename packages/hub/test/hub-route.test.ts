/** A hub behind a path: what is spoken with whom, and how a hub is put into a server's table as it is. No ports: the streams are in memory. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { handshake, MemoryServer, settle, type Visitor } from '../../wire/test/support/memory-server.ts';
import { anything, defineContract } from '../src/contract/contract.ts';
import { type CreateHubOptions, createHub } from '../src/create-hub.ts';
import { everyone } from '../src/hub/access.ts';
import type { Admission } from '../src/hub/user.ts';
import { type HubRouteOptions, hubRoute, type SpokenHere } from '../src/hub-route.ts';
import { openRouter } from '../src/open-router.ts';

const contract = defineContract({ topics: { 'chat.{room}': anything } });

/** Speaks by repeating what it hears, after its own name. */
function echo(name: string, admissions: (Admission | undefined)[] = []): SpokenHere {
  return {
    open(socket, admission) {
      admissions.push(admission);
      return { message: (data) => socket.send(`${name}: ${data}`), closed: () => {} };
    },
  };
}

async function visit(options: HubRouteOptions, offered?: string, more: Record<string, string> = {}): Promise<Visitor> {
  const hub = createHub(contract, { authenticate: authenticator, anonymous: true });
  const memory = new MemoryServer({ routes: { '/': hubRoute(hub, options) } });
  return await memory.visit(handshake('/', { ...(offered && { 'Sec-WebSocket-Protocol': offered }), ...more }));
}

const authenticator = ({ request }: { request?: { raw: { headers: { cookie?: string } } } }): Admission | undefined => {
  const cookie = request?.raw.headers.cookie;
  if (cookie === 'broken') throw new Error('the store of cookies is down');
  return cookie === undefined ? undefined : { user: { id: cookie } };
};

describe('the subprotocol', () => {
  const both = { soap: echo('soap'), plain: echo('plain') };
  const choices: readonly (readonly [string | undefined, HubRouteOptions, string | number])[] = [
    ['wamp.2.json', {}, 'wamp.2.json'],
    ['wamp', {}, 'wamp'],
    ['wamp.2.cbor, wamp.2.msgpack, wamp.2.json', {}, 'wamp.2.cbor'],
    ['chat, wamp.2.msgpack', {}, 'wamp.2.msgpack'],
    ['soap, wamp', both, 'wamp'],
    ['soap', both, 'soap'],
    ['SOAP', both, 'SOAP'],
    ['soap', {}, 426],
    ['soap', { plain: echo('plain') }, ''],
    ['chat', both, ''],
    ['chat', {}, 426],
    [undefined, both, ''],
    [undefined, {}, 426],
  ];
  for (const [offered, options, expected] of choices) {
    const here = Object.keys(options).join(' and ') || 'nothing else';
    test(`of ${offered ?? 'nothing'}, where ${here} is spoken: ${expected === '' ? 'none' : expected}`, async () => {
      const visitor = await visit(options, offered);
      if (expected === 426) {
        assert.equal(visitor.status, 426);
        assert.match(visitor.header('Sec-WebSocket-Protocol').join(), /wamp\.2\.json/);
        assert.equal(/soap/.test(visitor.header('Sec-WebSocket-Protocol').join()), 'soap' in options);
        assert.match(visitor.body, /^Offer one of/);
      } else {
        assert.equal(visitor.status, 101);
        assert.deepEqual(visitor.header('Sec-WebSocket-Protocol'), expected === '' ? [] : [expected]);
      }
    });
  }

  test('what is spoken gets the socket’s messages', async () => {
    const soap = await visit(both, 'soap');
    await soap.send(soap.frame.text('hello'));
    const plain = await visit(both);
    await plain.send(plain.frame.text('hello'));
    assert.deepEqual([soap.heard, plain.heard], [['soap: hello'], ['plain: hello']]);
  });

  test('what is spoken may refuse a handshake', async () => {
    const soap = { ...echo('soap'), accept: () => new Response('no', { status: 400 }) };
    assert.equal((await visit({ soap }, 'soap')).status, 400);
    assert.equal((await visit({ soap }, 'soap, wamp')).status, 101);
  });
});

describe('who comes with the handshake', () => {
  test('a handshake with a cookie is shown to the authenticator', async () => {
    const admissions: (Admission | undefined)[] = [];
    const plain = echo('plain', admissions);
    await visit({ plain }, undefined, { Cookie: 'ann' });
    await visit({ plain });
    assert.deepEqual(admissions, [{ user: { id: 'ann' } }, undefined]);
  });

  test('WAMP clients that name no method of authentication are who the handshake says', async () => {
    const visitor = await visit({}, 'wamp.2.json', { Cookie: 'ann' });
    await visitor.send(visitor.frame.text('[1,"realm1",{"roles":{"caller":{}}}]'));
    const [welcome] = visitor.heard.map((text) => JSON.parse(String(text)));
    assert.deepEqual([welcome[2].authid, welcome[2].authmethod], ['ann', 'transport']);
  });

  test('an authenticator that fails lets nobody in as somebody', async () => {
    const admissions: (Admission | undefined)[] = [];
    const errors: unknown[] = [];
    const hub = createHub(contract, {
      authenticate: authenticator,
      anonymous: true,
      onError: (error) => errors.push(error),
    });
    const memory = new MemoryServer({ routes: { '/': hubRoute(hub, { plain: echo('plain', admissions) }) } });
    await memory.visit(handshake('/', { Cookie: 'broken' }));
    assert.deepEqual([admissions, errors.length], [[undefined], 1]);
  });
});

describe('where nobody is let in unknown', () => {
  const both = { soap: echo('soap'), plain: echo('plain') };
  const status = async (
    options: CreateHubOptions,
    route: HubRouteOptions,
    offered: string | undefined,
    fields: Record<string, string> = {},
  ): Promise<Visitor> => {
    const memory = new MemoryServer({ routes: { '/': hubRoute(createHub(contract, options), route) } });
    return await memory.visit(handshake('/', { ...(offered && { 'Sec-WebSocket-Protocol': offered }), ...fields }));
  };

  // They were let in as nobody, whatever `anonymous` said.
  for (const offered of [undefined, 'soap'] as const) {
    test(`${offered ?? 'a plain socket'} is refused by 401 when its handshake says nothing, and by no other`, async () => {
      const closed = { authenticate: authenticator };
      const refused = await status(closed, both, offered);
      assert.equal(refused.status, 401);
      assert.deepEqual(refused.header('WWW-Authenticate'), ['Bearer']);
      assert.match(refused.body, /^unauthenticated: /);
      assert.equal((await status({ ...closed, onError: () => {} }, both, offered, { Cookie: 'broken' })).status, 401);
      assert.equal((await status({ anonymous: false }, both, offered)).status, 401);
      assert.equal((await status(closed, both, offered, { Cookie: 'ann' })).status, 101);
      assert.equal((await status({ ...closed, anonymous: true }, both, offered)).status, 101);
      assert.equal((await status({}, both, offered)).status, 101);
    });
  }

  test('WAMP is asked after the handshake', async () => {
    assert.equal((await status({ authenticate: authenticator }, {}, 'wamp')).status, 101);
  });

  test('that is so by default where a route has a way to sign in, on every route', async () => {
    for (const way of [{ ticket: () => undefined }, { wampcra: () => undefined }]) {
      assert.equal((await status({ route: way }, both, undefined)).status, 401);
      assert.equal((await status({}, { ...both, ...way }, undefined)).status, 401);
      assert.equal((await status({ anonymous: true, route: way }, both, undefined)).status, 101);
    }
  });
});

describe('a hub in a server’s table of routes', () => {
  const talk = async (visitor: Visitor, ...messages: unknown[]): Promise<void> => {
    for (const message of messages) await visitor.send(visitor.frame.text(JSON.stringify(message)));
    await settle();
  };

  test('lets WAMP clients in, and they hear each other', async () => {
    const hub = createHub(contract);
    hub.topic('chat.{room}', { allow: { subscribe: everyone, publish: everyone } });
    const memory = new MemoryServer({ routes: { '/realtime': hub } });
    const fields = { 'Sec-WebSocket-Protocol': 'wamp.2.json' };
    const [ann, bob] = [
      await memory.visit(handshake('/realtime', fields)),
      await memory.visit(handshake('/realtime', fields)),
    ];
    const hello = [1, 'realm1', { roles: { publisher: {}, subscriber: {} } }];
    await talk(ann, hello, [32, 1, {}, 'chat.lobby']);
    await talk(bob, hello, [16, 1, { acknowledge: true }, 'chat.lobby', ['hello']]);
    const [, , event] = ann.heard.map((text) => JSON.parse(String(text)));
    assert.deepEqual([event[0], event[4]], [36, ['hello']]);
    assert.equal(hub.status.sessions, 2);
    await ann.leave();
    assert.equal(hub.status.sessions, 1, 'the end of a socket is not the end of the hub');
    await hub.close();
    await settle();
    assert.equal(hub.status.sessions, 0);
    assert.equal(bob.heard.at(-1), 1001);
  });

  test('two routes lead to one hub, and frame its events once', async () => {
    const hub = createHub(contract, { route: { realm: 'here' } });
    hub.topic('chat.{room}', { allow: { subscribe: everyone, publish: everyone } });
    const memory = new MemoryServer({ routes: { '/here': hub, '/there': hubRoute(hub, { realm: 'there' }) } });
    const ids: unknown[] = [];
    for (const realm of ['here', 'there']) {
      const visitor = await memory.visit(handshake(`/${realm}`, { 'Sec-WebSocket-Protocol': 'wamp' }));
      await talk(visitor, [1, realm, { roles: { subscriber: {} } }], [32, 1, {}, 'chat.lobby']);
      ids.push(JSON.parse(String(visitor.heard.at(-1)))[2]);
    }
    assert.equal(ids[0], ids[1]);
  });

  test('a binary message to a JSON client’s session, and the other way around, ends it with 1003', async () => {
    const memory = new MemoryServer({ routes: { '/': openRouter() } });
    const json = await memory.visit(handshake('/', { 'Sec-WebSocket-Protocol': 'wamp.2.json' }));
    await json.send(json.frame.binary(Buffer.from('[1,"realm1",{"roles":{"caller":{}}}]')));
    assert.match(String(json.heard[0]), /"wamp\.2\.json has text messages only\.".*protocol_violation/);
    assert.equal(json.heard[1], 1003);
    const cbor = await memory.visit(handshake('/', { 'Sec-WebSocket-Protocol': 'wamp.2.cbor' }));
    await cbor.send(cbor.frame.text('[1,"realm1",{"roles":{"caller":{}}}]'));
    assert.equal(cbor.heard[1], 1003);
  });

  test('options of the wire reach the sockets', async () => {
    const memory = new MemoryServer({ routes: { '/': openRouter({ route: { limits: { maxMessageBytes: 10 } } }) } });
    const visitor = await memory.visit(handshake('/', { 'Sec-WebSocket-Protocol': 'wamp' }));
    await visitor.send(visitor.frame.text('[1,"realm1",{}]'));
    assert.deepEqual(visitor.heard, [1009]);
  });

  test('a route with options that make no sense is a mistake of ours', () => {
    assert.throws(() => createHub(contract, { route: { realm: '' } }), TypeError);
    assert.throws(() => createHub(contract, { route: { handshakeTimeout: -1 } }), RangeError);
    assert.throws(() => createHub(contract, { route: { wampLimits: { maxInvocations: 0 } } }), RangeError);
  });
});
