/** Who opens a session: nobody, by a ticket, by WAMP-CRA. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { HubError } from '../../src/contract/errors.ts';
import type { Admission, Credentials } from '../../src/hub/user.ts';
import type { Secret } from '../../src/wamp/authentication.ts';
import { deriveKey, signChallenge } from '../../src/wamp/authentication-wampcra.ts';
import type { Dict } from '../../src/wamp/options.ts';
import { allFeatures, type Client, Router, type RouterOptions, settle } from '../support/wamp-router.ts';

const ann: Admission = { user: { id: 'ann', role: 'staff' } };

const authenticate = ({ token }: Credentials): Admission | undefined => {
  if (token === 'broken') throw new Error('secret');
  if (token === 'busy') throw new HubError('unavailable');
  if (token === 'barred') throw new HubError('barred', 'You are barred');
  return token === 'ann’s' ? { ...ann, expires: 1_060_000 } : undefined;
};

function greet(options: RouterOptions, details: Dict, admission?: Admission): [Client, Router] {
  const router = new Router(options);
  const client = router.connect({ admission });
  client.receive({ type: 'HELLO', realm: 'realm1', details: { roles: allFeatures, ...details } });
  return [client, router];
}

async function answer(client: Client, signature: string): Promise<void> {
  client.receive({ type: 'AUTHENTICATE', signature, extra: {} });
  await settle();
}

function expectRefusal(client: Client, uri: string, code = 3000): void {
  assert.equal(client.take('ABORT').reason, uri);
  assert.deepEqual(client.ending, { code, reason: uri });
}

const ticket = { authmethods: ['ticket'] };

describe('the method', () => {
  test('is the first that the client offers and that is spoken here', () => {
    const [client] = greet({ authenticate, anonymous: true }, { authmethods: ['scram', 'ticket', 'anonymous'] });
    assert.equal(client.take('CHALLENGE').method, 'ticket');
  });

  test('may be none at all where nobody has to sign in', () => {
    const [client] = greet({}, {});
    assert.equal(client.take('WELCOME').details.authmethod, 'anonymous');
    const [asked] = greet({}, { authmethods: ['anonymous'] });
    assert.equal(asked.take('WELCOME').details.authmethod, 'anonymous');
  });

  test('that none is spoken is said', () => {
    expectRefusal(greet({}, ticket)[0], 'wamp.error.no_matching_auth_method');
    expectRefusal(greet({ authenticate }, { authmethods: ['anonymous'] })[0], 'wamp.error.no_matching_auth_method');
    expectRefusal(greet({ authenticate }, { authmethods: ['wampcra'] })[0], 'wamp.error.no_matching_auth_method');
  });

  test('that one has to sign in is said to those who name none', () => {
    expectRefusal(greet({ authenticate }, {})[0], 'wamp.error.authentication_required');
  });

  // A hub with `ticket` alone let in everybody who named no method.
  test('is asked for where a route’s own function signs people in, unless the hub says otherwise', () => {
    for (const wamp of [{ ticket: () => ann }, { wampcra: () => undefined }]) {
      expectRefusal(greet({ wamp }, {})[0], 'wamp.error.authentication_required');
      expectRefusal(greet({ wamp }, { authmethods: ['anonymous'] })[0], 'wamp.error.no_matching_auth_method');
      greet({ wamp, anonymous: true }, {})[0].take('WELCOME');
    }
  });

  test('of those whom the handshake knows is the handshake', () => {
    const [client] = greet({ authenticate }, {}, ann);
    const { authid, authrole, authmethod } = client.take('WELCOME').details;
    assert.deepEqual([authid, authrole, authmethod], ['ann', 'staff', 'transport']);
  });
});

describe('ticket (Advanced Profile, "Ticket-based Authentication")', () => {
  test('a ticket is by default a token for the hub’s own authenticator', async () => {
    const [client, router] = greet({ authenticate }, ticket);
    assert.deepEqual(client.take('CHALLENGE'), { type: 'CHALLENGE', method: 'ticket', extra: {} });
    await answer(client, 'ann’s');
    const { authid, authrole, authmethod, _tidewire_expires: expires } = client.take('WELCOME').details;
    assert.deepEqual([authid, authrole, authmethod, expires], ['ann', 'staff', 'ticket', 1_060_000]);
    assert.deepEqual(
      [...router.hub.sessions].map(({ user }) => user),
      [ann.user],
    );
    router.clock.advance(60_000);
    assert.equal(client.take('GOODBYE').reason, 'tidewire.close.expired');
    assert.equal(client.ending?.code, 4001);
  });

  test('one that does not hold is refused', async () => {
    const [client, router] = greet({ authenticate }, ticket);
    client.take('CHALLENGE');
    await answer(client, 'bob’s');
    expectRefusal(client, 'wamp.error.authentication_failed');
    assert.deepEqual([...router.hub.sessions], []);
  });

  test('it must be of the one whom the client claims to be, if it claims that', async () => {
    for (const [authid, holds] of [
      ['ann', true],
      ['bob', false],
      ['', true],
    ] as const) {
      const [client] = greet({ authenticate }, { ...ticket, authid });
      client.take('CHALLENGE');
      await answer(client, 'ann’s');
      if (holds) client.take('WELCOME');
      else expectRefusal(client, 'wamp.error.authentication_failed');
    }
  });

  test('a function of the user’s own decides in its place', async () => {
    const shown: unknown[] = [];
    const check = (one: unknown): Admission => {
      shown.push(one);
      return ann;
    };
    const [client] = greet({ wamp: { ticket: check } }, { ...ticket, authid: 'a' });
    client.take('CHALLENGE');
    await answer(client, 'secret!!!');
    assert.equal(client.take('WELCOME').details.authid, 'ann');
    assert.deepEqual(shown, [{ ticket: 'secret!!!', authid: 'a', realm: 'realm1' }]);
  });

  test('that function is asked about what it hands out as about the hub’s own tokens', async () => {
    for (const [admission, holds] of [
      [{ ...ann, expires: 1_000_001 }, true],
      [{ ...ann, expires: 1_000_000 }, false],
      [{ ...ann, issued: 1 }, false],
    ] as const) {
      const [client, router] = greet({ wamp: { ticket: () => admission } }, ticket);
      router.hub.revoke('ann');
      client.take('CHALLENGE');
      await answer(client, 't');
      if (holds) client.take('WELCOME');
      else expectRefusal(client, 'wamp.error.authentication_failed');
    }
  });

  test('an authenticator that fails refuses for now, and tells only us why', async () => {
    const [client, router] = greet({ authenticate }, ticket);
    client.take('CHALLENGE');
    await answer(client, 'broken');
    assert(!JSON.stringify(client.inbox).includes('secret'));
    expectRefusal(client, 'tidewire.error.unavailable', 1013);
    assert.deepEqual(
      router.errors.map(({ stage }) => stage),
      ['authenticate'],
    );
  });

  test('an authenticator may say itself how it refuses', async () => {
    const [busy] = greet({ authenticate }, ticket);
    busy.take('CHALLENGE');
    await answer(busy, 'busy');
    expectRefusal(busy, 'tidewire.error.unavailable', 1013);
    const [barred] = greet({ authenticate }, ticket);
    barred.take('CHALLENGE');
    await answer(barred, 'barred');
    assert.equal(barred.inbox[0]?.type === 'ABORT' && barred.inbox[0].details.message, 'You are barred');
    expectRefusal(barred, 'wamp.error.authentication_failed');
  });
});

describe('wampcra (Advanced Profile, "Challenge Response Authentication")', () => {
  const derivation = { salt: 'salt123', iterations: 100, keylen: 16 };
  let derived = '';
  before(async () => {
    derived = await deriveKey('hush', derivation);
  });
  const wampcra = ({ authid }: { authid: string }): Secret | undefined => {
    if (authid === 'ann') return { ...ann, secret: 'hush' };
    return authid === 'bob' ? { user: { id: 'bob' }, secret: derived, derivation } : undefined;
  };
  const challenged = async (authid?: string): Promise<[Client, string, Dict]> => {
    const [client] = greet({ wamp: { wampcra } }, { authmethods: ['wampcra'], ...(authid && { authid }) });
    await settle();
    const { method, extra } = client.take('CHALLENGE');
    assert.equal(method, 'wampcra');
    return [client, String(extra['challenge']), extra];
  };

  test('whoever signs the challenge with the secret is let in, under the session id that it names', async () => {
    const [client, challenge] = await challenged('ann');
    const { session, authid, authrole, timestamp } = JSON.parse(challenge);
    assert.deepEqual([authid, authrole, timestamp], ['ann', 'staff', new Date(1_000_000).toISOString()]);
    await answer(client, signChallenge('hush', challenge));
    const welcome = client.take('WELCOME');
    assert.equal(welcome.session, session);
    assert.deepEqual([welcome.details.authid, welcome.details.authmethod], ['ann', 'wampcra']);
  });

  test('a salted password is derived as the challenge says', async () => {
    const [client, challenge, { salt, iterations, keylen }] = await challenged('bob');
    assert.deepEqual({ salt, iterations, keylen }, derivation);
    await answer(client, signChallenge(derived, challenge));
    client.take('WELCOME');
  });

  test('a wrong signature is refused', async () => {
    const [client, challenge] = await challenged('ann');
    await answer(client, signChallenge('other', challenge));
    expectRefusal(client, 'wamp.error.authentication_failed');
  });

  test('somebody unknown is challenged as well, and then refused', async () => {
    const [client, challenge] = await challenged('nobody');
    await answer(client, signChallenge('hush', challenge));
    expectRefusal(client, 'wamp.error.authentication_failed');
  });

  test('it needs an authid', async () => {
    const [client] = greet({ wamp: { wampcra } }, { authmethods: ['wampcra'] });
    await settle();
    expectRefusal(client, 'wamp.error.authentication_failed');
  });
});

describe('between HELLO and WELCOME', () => {
  const slow = (): [RouterOptions, (admission: Admission) => void] => {
    const { promise, resolve } = Promise.withResolvers<Admission>();
    return [{ authenticate: () => promise }, resolve];
  };

  test('a client that does not answer its challenge in time is left', () => {
    const [client, router] = greet({ authenticate }, ticket);
    client.take('CHALLENGE');
    router.clock.advance(10_000);
    expectRefusal(client, 'wamp.error.timeout', 3008);
    assert.equal(router.clock.pending, 1, 'the hub’s own timer alone');
  });

  test('a verdict that takes too long comes to nothing', async () => {
    const [options, resolve] = slow();
    const [client, router] = greet(options, ticket);
    client.take('CHALLENGE');
    await answer(client, 'ann’s');
    router.clock.advance(10_000);
    expectRefusal(client, 'wamp.error.timeout', 3008);
    resolve(ann);
    await settle();
    client.expectNothing();
    assert.deepEqual([...router.hub.sessions], []);
  });

  test('a client that goes away while it is judged leaves nothing behind', async () => {
    const [options, resolve] = slow();
    const [client, router] = greet(options, ticket);
    client.take('CHALLENGE');
    await answer(client, 'ann’s');
    client.session.transportClosed();
    resolve(ann);
    await settle();
    client.expectNothing();
    assert.deepEqual([...router.hub.sessions], []);
  });

  test('nothing else may be said', async () => {
    for (const message of [
      { type: 'HELLO', realm: 'realm1', details: { roles: allFeatures } },
      { type: 'GOODBYE', details: {}, reason: 'wamp.close.close_realm' },
      { type: 'CALL', request: 1, options: {}, procedure: 'com.procedure' },
    ] as const) {
      const [challenged] = greet({ authenticate }, ticket);
      challenged.receive(message);
      challenged.expectViolation();
      const [judged] = greet(slow()[0], ticket);
      await answer(judged, 'ann’s');
      judged.receive(message);
      judged.expectViolation();
    }
  });

  test('credentials that are revoked at the last moment open no session', async () => {
    const [options, resolve] = slow();
    const [client, router] = greet(options, ticket);
    client.take('CHALLENGE');
    await answer(client, 'ann’s');
    const admit = router.hub.core.open.bind(router.hub.core);
    router.hub.core.open = (...opening) => {
      router.hub.core.open = admit;
      router.hub.revoke('ann');
      return admit(...opening);
    };
    resolve({ ...ann, issued: 1 });
    await settle();
    expectRefusal(client, 'wamp.error.authentication_failed');
    assert.deepEqual([...router.hub.sessions], []);
  });

  test('a client may give up', () => {
    const [client, router] = greet({ authenticate }, ticket);
    client.take('CHALLENGE');
    client.receive({ type: 'ABORT', details: {}, reason: 'wamp.error.authentication_denied' });
    assert.equal(client.ending?.code, 1000);
    assert.equal(router.clock.pending, 1);
  });
});
