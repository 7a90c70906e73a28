/** The session machine: who may say what when, and what is left behind. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { everyone } from '../../src/hub/access.ts';
import { type EndReason, endCodes } from '../../src/hub/peer.ts';
import type { Message } from '../../src/wamp/messages.ts';
import { allFeatures, openRouterOnPaper, Router, settle } from '../support/wamp-router.ts';

const hello: Message = { type: 'HELLO', realm: 'realm1', details: { roles: allFeatures } };

describe('opening a session (Basic Profile, "Session Establishment")', () => {
  test('HELLO is answered by WELCOME, which says who one is, what is spoken and how much may be under way', async () => {
    const router = new Router({ window: { messages: 8 } });
    const client = await router.join();
    assert.equal(client.session.state, 'open');
    const { roles, ...details } = client.welcome;
    assert.deepEqual(details, {
      realm: 'realm1',
      agent: 'Tidewire',
      authrole: 'anonymous',
      authmethod: 'anonymous',
      authprovider: 'tidewire',
      _tidewire_window: { messages: 8, bytes: 65_536, latest: 16 },
      _tidewire_now: 1_000_000,
    });
    assert.deepEqual(Object.keys(roles!), ['broker', 'dealer']);
    assert.deepEqual(
      [...router.hub.sessions].map(({ id }) => id),
      [client.id],
    );
  });

  test('a realm that is not here is refused', async () => {
    const client = new Router().connect();
    client.receive({ ...hello, realm: 'elsewhere' });
    assert.equal(client.take('ABORT').reason, 'wamp.error.no_such_realm');
    assert.deepEqual(client.ending, { code: 3000, reason: 'wamp.error.no_such_realm' });
  });

  test('a realm of another name is asked for by that name', async () => {
    const client = new Router({ wamp: { realm: 'com.example' } }).connect();
    client.receive({ ...hello, realm: 'com.example' });
    assert.equal(client.take('WELCOME').details.realm, 'com.example');
  });

  test('a realm that is no URI is refused as one', () => {
    const client = new Router().connect();
    client.receive({ ...hello, realm: 'no realm' });
    assert.equal(client.take('ABORT').reason, 'wamp.error.invalid_uri');
  });

  test('a client without a role is refused: it "must support at least one role"', () => {
    const client = new Router().connect();
    client.receive({ ...hello, details: {} });
    assert.match(client.expectViolation(), /role/);
  });

  test('whoever opens no session in time is left', () => {
    const router = new Router({ wamp: { handshakeTimeout: 3_000 } });
    const client = router.connect();
    router.clock.advance(2_999);
    assert.equal(client.session.state, 'waiting');
    router.clock.advance(1);
    assert.equal(client.take('ABORT').reason, 'wamp.error.timeout');
    assert.equal(client.ending?.code, 3008);
  });

  test('a hub that is closed opens no session', async () => {
    const router = new Router();
    const client = router.connect();
    await router.hub.close();
    client.receive(hello);
    assert.equal(client.take('ABORT').reason, 'wamp.close.system_shutdown');
    assert.equal(client.ending?.code, 1001);
  });
});

describe('several sessions, one after another, on one transport', () => {
  test('GOODBYE is answered, and another HELLO opens another session', async () => {
    const router = openRouterOnPaper();
    const client = await router.join();
    const first = client.id;
    await client.subscribe('com.topic');
    client.receive({ type: 'GOODBYE', details: {}, reason: 'wamp.close.close_realm' });
    assert.equal(client.take('GOODBYE').reason, 'wamp.close.goodbye_and_out');
    assert.equal(client.session.state, 'waiting');
    await client.hello();
    assert.notEqual(client.id, first);
    assert.equal(await client.subscribe('com.topic'), 2, 'its requests are counted anew');
    assert.equal([...router.hub.sessions].length, 1);
  });

  test('between two sessions the deadline runs again', async () => {
    const router = new Router();
    const client = await router.join();
    router.clock.advance(60_000);
    client.receive({ type: 'GOODBYE', details: {}, reason: 'wamp.close.close_realm' });
    client.take('GOODBYE');
    router.clock.advance(10_000);
    assert.equal(client.take('ABORT').reason, 'wamp.error.timeout');
  });

  test('a client that only comes and goes leaves nothing behind', async () => {
    const router = openRouterOnPaper({ topicIdle: 1 });
    const client = router.connect();
    const before = router.clock.pending;
    for (let i = 0; i < 200; i++) {
      await client.hello();
      client.receive({ type: 'SUBSCRIBE', request: 1, options: { match: 'prefix' }, topic: 'com' });
      client.receive({ type: 'REGISTER', request: 2, options: {}, procedure: 'com.procedure' });
      client.receive({ type: 'GOODBYE', details: {}, reason: 'wamp.close.close_realm' });
      client.inbox.length = 0;
    }
    await settle();
    assert.deepEqual([...router.hub.sessions], []);
    assert.equal(router.realm.subscriptions.size, 0);
    assert.equal(router.clock.pending, before);
  });
});

describe('ends', () => {
  const ends: readonly (readonly [EndReason, string])[] = [
    ['shutdown', 'wamp.close.system_shutdown'],
    ['expired', 'tidewire.close.expired'],
    ['revoked', 'tidewire.close.revoked'],
    ['slow-reader', 'tidewire.close.slow_reader'],
    ['unavailable', 'tidewire.close.unavailable'],
  ];
  for (const [reason, uri] of ends) {
    test(`the hub's ${reason} is said by GOODBYE ${uri}, and the transport closed with ${endCodes[reason]}`, async () => {
      const router = new Router();
      const client = await router.join();
      for (const session of router.hub.sessions) session.end(reason);
      assert.equal(client.take('GOODBYE').reason, uri);
      assert.deepEqual(client.ending, { code: endCodes[reason], reason: uri });
      client.receive({ type: 'GOODBYE', details: {}, reason: 'wamp.close.goodbye_and_out' });
      client.expectNothing();
    });
  }

  test('the end of the transport is the end of the session, and of everything in it', async () => {
    const router = openRouterOnPaper();
    const client = await router.join();
    await client.subscribe('com.topic');
    await client.register('com.procedure');
    client.session.transportClosed();
    assert.deepEqual([...router.hub.sessions], []);
    assert.equal(router.realm.subscriptions.size, 0);
    const other = await router.join();
    other.takeError(await other.call('com.procedure'), 'wamp.error.no_such_procedure');
  });

  test('a client’s ABORT ends the session without an answer', async () => {
    const router = new Router();
    const client = await router.join();
    client.receive({ type: 'ABORT', details: {}, reason: 'wamp.error.protocol_violation' });
    client.expectNothing();
    assert.deepEqual(client.ending, { code: 1000, reason: 'wamp.error.protocol_violation' });
    assert.deepEqual([...router.hub.sessions], []);
  });

  test('what is under way when a session ends is not answered in the next one', async () => {
    const router = new Router();
    const slow = Promise.withResolvers<boolean>();
    router.hub.procedures('slow.**', { allow: { call: () => slow.promise, register: everyone } });
    await (await router.join()).register('slow.procedure');
    const client = await router.join();
    await client.call('slow.procedure');
    client.receive({ type: 'GOODBYE', details: {}, reason: 'wamp.close.close_realm' });
    client.take('GOODBYE');
    await client.hello();
    slow.resolve(true);
    await settle();
    client.expectNothing();
  });
});

describe('protocol errors (Basic Profile, "Protocol Errors")', () => {
  const id = 1;
  const fromRouters: readonly Message[] = [
    { type: 'WELCOME', session: id, details: {} },
    { type: 'CHALLENGE', method: 'ticket', extra: {} },
    { type: 'SUBSCRIBED', request: id, subscription: id },
    { type: 'UNSUBSCRIBED', request: id },
    { type: 'PUBLISHED', request: id, publication: id },
    { type: 'EVENT', subscription: id, publication: id, details: {} },
    { type: 'RESULT', request: id, details: {} },
    { type: 'REGISTERED', request: id, registration: id },
    { type: 'UNREGISTERED', request: id },
    { type: 'INVOCATION', request: id, registration: id, details: {} },
    { type: 'INTERRUPT', request: id, options: {} },
  ];
  const requests: readonly Message[] = [
    { type: 'SUBSCRIBE', request: id, options: {}, topic: 'com.topic' },
    { type: 'UNSUBSCRIBE', request: id, subscription: id },
    { type: 'PUBLISH', request: id, options: {}, topic: 'com.topic' },
    { type: 'REGISTER', request: id, options: {}, procedure: 'com.procedure' },
    { type: 'UNREGISTER', request: id, registration: id },
    { type: 'CALL', request: id, options: {}, procedure: 'com.procedure' },
  ];
  const others: readonly Message[] = [
    { type: 'GOODBYE', details: {}, reason: 'wamp.close.close_realm' },
    { type: 'ERROR', requestType: 68, request: id, details: {}, error: 'com.error' },
    { type: 'YIELD', request: id, options: {} },
    { type: 'CANCEL', request: id, options: {} },
    { type: 'AUTHENTICATE', signature: '', extra: {} },
  ];

  for (const message of [...fromRouters, ...requests, ...others]) {
    test(`${message.type} before the session is established`, () => {
      const client = new Router().connect();
      client.receive(message);
      client.expectViolation();
    });
  }

  for (const message of [hello, { type: 'AUTHENTICATE', signature: '', extra: {} } as const, ...fromRouters]) {
    test(`${message.type} after the session was established`, async () => {
      const router = openRouterOnPaper();
      const client = await router.join();
      await client.subscribe('com.topic');
      client.receive(message);
      client.expectViolation();
      assert.deepEqual([...router.hub.sessions], [], 'its resources are disposed');
      assert.equal(router.realm.subscriptions.size, 0);
    });
  }

  for (const message of requests) {
    test(`${message.type} with a request id out of sequence`, async () => {
      const client = await openRouterOnPaper().join();
      await client.publish('com.topic', []);
      client.receive({ ...message, request: 3 } as Message);
      assert.match(client.expectViolation(), /request id must be 2/);
      const repeated = await openRouterOnPaper().join();
      await repeated.publish('com.topic', []);
      repeated.receive({ ...message, request: 1 } as Message);
      repeated.expectViolation();
    });
  }

  for (const requestType of [16, 32, 34, 48, 64, 66]) {
    test(`ERROR with the REQUEST.Type ${requestType}, which is no client's to answer`, async () => {
      const client = await new Router().join();
      client.receive({ type: 'ERROR', requestType, request: 1, details: {}, error: 'com.error' });
      client.expectViolation();
    });
  }

  test('YIELD and ERROR with an INVOCATION.Request that was never sent', async () => {
    for (const message of [others[1]!, others[2]!]) {
      const client = await new Router().join();
      client.receive(message);
      client.expectViolation();
    }
  });

  const incompatible: readonly (readonly [string, unknown[]])[] = [
    ['an empty list', []],
    ['an unknown type of message', [99, 1]],
    ['a type of the extension range', [300, 1]],
    ['a type that is no number', ['HELLO', 'realm1', {}]],
    ['too few elements', [1, 'realm1']],
    ['too many elements', [1, 'realm1', {}, 1]],
    ['an element of the wrong type', [1, 7, {}]],
    ['an ERROR with a REQUEST.Type that is none', [8, 5, 1, {}, 'com.error']],
    ['an option of the wrong type', [32, 1, { match: 7 }, 'com.topic']],
    ['an integer in place of a boolean', [16, 1, { acknowledge: 1 }, 'com.topic']],
    ['a request id of 0', [32, 0, {}, 'com.topic']],
  ];
  for (const [what, list] of incompatible) {
    test(`${what}`, async () => {
      const waiting = new Router().connect();
      waiting.receiveList(...list);
      waiting.expectViolation();
      const open = await new Router().join();
      open.receiveList(...list);
      open.expectViolation();
    });
  }

  test('an error while a message is decoded', async () => {
    const client = await new Router().join();
    const data = client.serializer.parse('[48, 1, {}');
    client.session.receive(data as never);
    client.expectViolation();
  });

  test('nothing that comes after a violation is looked at', async () => {
    const router = openRouterOnPaper();
    const client = await router.join();
    client.receive(hello);
    client.expectViolation();
    client.receive(hello);
    client.receive({ type: 'PUBLISH', request: 1, options: { acknowledge: true }, topic: 'com.topic' });
    await settle();
    client.expectNothing();
  });
});

describe('how far a plain client is', () => {
  test('is asked by Ping when half a window is under way, and its Pong makes room', async () => {
    const router = openRouterOnPaper({ window: { messages: 4 } });
    const [publisher, reader] = [await router.join(), await router.join()];
    await reader.subscribe('com.topic');
    for (let i = 0; i < 6; i++) await publisher.publish('com.topic', [i]);
    assert.equal(reader.inbox.length, 4);
    assert.equal(reader.pings.length, 1);
    reader.session.pong(new Uint8Array([0, 0, 0, 1]));
    reader.session.pong(new Uint8Array(8));
    assert.equal(reader.inbox.length, 4, 'other Pongs say nothing');
    reader.session.pong(reader.pings[0]!);
    assert.equal(reader.inbox.length, 6);
  });

  test('is asked again when the Pong was left out for a later one', async () => {
    const router = openRouterOnPaper({ window: { messages: 4 } });
    const [publisher, reader] = [await router.join(), await router.join()];
    await reader.subscribe('com.topic');
    for (let i = 0; i < 6; i++) await publisher.publish('com.topic', [i]);
    router.clock.advance(15_000);
    reader.session.pong(new Uint8Array([0, 0, 0, 1]));
    assert.deepEqual(reader.pings, [reader.pings[0], reader.pings[0]]);
    reader.session.pong(reader.pings[0]!);
    assert.equal(reader.inbox.length, 6);
  });
});
