/** The `tidewire.…` procedures but for the join, as docs/protocol/topics-over-wamp.md has them. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Admission, Credentials } from '../../src/hub/user.ts';
import type { Secret } from '../../src/wamp/authentication.ts';
import { signChallenge } from '../../src/wamp/authentication-wampcra.ts';
import type { MessageOf } from '../../src/wamp/messages.ts';
import type { Dict } from '../../src/wamp/options.ts';
import { acknowledging, kwargsOf, makeRouter, progressive } from '../support/topics-router.ts';
import { allFeatures, type Client, openRouterOnPaper, type Router, settle } from '../support/wamp-router.ts';

describe('tidewire.topic.publish', () => {
  test('answers with the position, and happens once for each key', async () => {
    const router = makeRouter();
    const [ann, bob] = [await router.join(), await router.join()];
    await bob.subscribe('chat.lobby');
    const said = { topic: 'chat.lobby', data: 'hello', key: 'k1' };
    await ann.callHub('tidewire.topic.publish', said);
    const first = kwargsOf(ann.take('RESULT'));
    assert.deepEqual([(first['position'] as Dict)['offset'], first['duplicate']], [1, false]);
    await ann.callHub('tidewire.topic.publish', said);
    assert.deepEqual(kwargsOf(ann.take('RESULT')), { ...first, duplicate: true });
    assert.deepEqual(
      bob.inbox.map((event) => (event as MessageOf<'EVENT'>).args),
      [['hello']],
    );
  });

  test('comes to who published as well, unless it says otherwise', async () => {
    const ann = await makeRouter().join();
    await ann.subscribe('chat.lobby');
    for (const exclude_me of [undefined, false, true]) {
      await ann.callHub('tidewire.topic.publish', {
        topic: 'chat.lobby',
        data: 1,
        ...(exclude_me !== undefined && { exclude_me }),
      });
    }
    assert.deepEqual(ann.inbox.map(({ type }) => type).sort(), ['EVENT', 'EVENT', 'RESULT', 'RESULT', 'RESULT']);
  });

  test('refuses what is no publication', async () => {
    const ann = await makeRouter().join();
    for (const kwargs of [
      { topic: 'chat.lobby' },
      { topic: 'chat.lobby', data: 1, key: '' },
      { topic: 'chat.lobby', data: 1, key: 1 },
      { topic: 'chat.lobby', data: 1, exclude_me: 1 },
    ]) {
      ann.takeError(await ann.callHub('tidewire.topic.publish', kwargs), 'wamp.error.invalid_argument');
    }
  });
});

// They were let through wherever a pattern for all topics allows them.
test('names that are reserved are no topics, whatever is asked of them, and however open the router is', async () => {
  const ann = await openRouterOnPaper().join();
  for (const topic of ['tidewire.secret', 'tidewire', 'wamp.session.on_join', 'tidewire.session.acknowledge']) {
    for (const call of ['join', 'publish', 'history', 'presence', 'watch_presence']) {
      const request = await ann.callHub(`tidewire.topic.${call}`, { topic, data: 1, last: 1 }, progressive);
      ann.takeError(request, 'wamp.error.not_authorized');
    }
    const acknowledged = { acknowledge: true };
    ann.takeError(await ann.publish(topic, [1], acknowledged), 'wamp.error.not_authorized');
    ann.takeError(await ann.request('SUBSCRIBE', { topic }), 'wamp.error.not_authorized');
  }
});

describe('tidewire.topic.history', () => {
  test('gives what came after a position, or the newest', async () => {
    const ann = await makeRouter().join();
    for (const text of ['one', 'two', 'three']) {
      await ann.callHub('tidewire.topic.publish', { topic: 'chat.lobby', data: text });
      ann.take('RESULT');
    }
    await ann.callHub('tidewire.topic.history', { topic: 'chat.lobby', last: 2 });
    const { publications, position, held } = kwargsOf(ann.take('RESULT')) as {
      publications: Dict[];
      position: Dict;
      held: boolean;
    };
    assert.deepEqual([publications.map(({ data }) => data), position['offset'], held], [['two', 'three'], 3, true]);
    assert.deepEqual(publications[0]!['publisher'], { session: ann.id, role: 'anonymous' });
    assert.equal(publications[0]!['time'], 1_000_000);
    await ann.callHub('tidewire.topic.history', { topic: 'chat.lobby', after: publications[0]!['position'] });
    const after = kwargsOf(ann.take('RESULT')) as { publications: Dict[] };
    assert.deepEqual(
      after.publications.map(({ data }) => data),
      ['three'],
    );
    await ann.callHub('tidewire.topic.history', { topic: 'chat.lobby', after: { epoch: 'x', offset: 1, id: 1 } });
    assert.equal(kwargsOf(ann.take('RESULT'))['held'], false);
    ann.takeError(await ann.callHub('tidewire.topic.history', { topic: 'chat.lobby' }), 'wamp.error.invalid_argument');
  });
});

describe('presence', () => {
  test('tells who is here', async () => {
    const router = makeRouter();
    const [ann, bob] = [await router.join(), await router.join()];
    await bob.subscribe('chat.lobby');
    await ann.callHub('tidewire.topic.presence', { topic: 'chat.lobby' });
    assert.deepEqual(kwargsOf(ann.take('RESULT')), { count: 1, members: [{ session: bob.id }] });
    ann.takeError(await ann.callHub('tidewire.topic.presence', { topic: 'drop.x' }), 'wamp.error.not_authorized');
  });

  test('is watched until CANCEL', async () => {
    const router = makeRouter();
    const [ann, bob] = [await router.join(), await router.join()];
    const request = await ann.callHub('tidewire.topic.watch_presence', { topic: 'chat.lobby' }, progressive);
    assert.deepEqual(kwargsOf(ann.take('RESULT')), { count: 0, members: [] });
    await bob.subscribe('chat.lobby');
    router.clock.advance(50);
    const change = ann.take('RESULT');
    assert.equal(change.details.progress, true);
    assert.deepEqual(kwargsOf(change), { count: 1, joined: [{ session: bob.id }], left: [] });
    ann.receive({ type: 'CANCEL', request, options: { mode: 'kill' } });
    ann.takeError(request, 'wamp.error.canceled');
    bob.session.transportClosed();
    router.clock.advance(50);
    ann.expectNothing();
    const again = await ann.callHub('tidewire.topic.watch_presence', { topic: 'chat.lobby' });
    ann.takeError(again, 'wamp.error.invalid_argument');
  });

  test('a watcher that leaves is forgotten', async () => {
    const router = makeRouter();
    const ann = await router.join();
    await ann.callHub('tidewire.topic.watch_presence', { topic: 'news.local' }, progressive);
    assert.deepEqual(kwargsOf(ann.take('RESULT')), { count: 0 });
    ann.session.transportClosed();
    const bob = await router.join();
    await bob.subscribe('news.local');
    router.clock.advance(50);
    ann.expectNothing();
  });
});

describe('the session', () => {
  test('tidewire.session.ping says what time it is', async () => {
    const router = makeRouter();
    const ann = await router.join();
    router.clock.advance(5);
    await ann.callHub('tidewire.session.ping');
    assert.deepEqual(kwargsOf(ann.take('RESULT')), { now: 1_000_005 });
  });

  test('tidewire.session.renew goes on with a new token of the same user', async () => {
    const authenticate = ({ token = '' }: Credentials): Admission => {
      const [id = '', expires] = token.split(' ');
      return { user: { id }, ...(expires && { expires: Number(expires) }) };
    };
    const router = makeRouter({ authenticate });
    const ann = router.connect();
    ann.receive({ type: 'HELLO', realm: 'realm1', details: { roles: allFeatures, authmethods: ['ticket'] } });
    ann.take('CHALLENGE');
    ann.receive({ type: 'AUTHENTICATE', signature: 'ann 1060000', extra: {} });
    await settle();
    ann.take('WELCOME');
    await ann.callHub('tidewire.session.renew', { token: 'ann 1120000' });
    assert.deepEqual(kwargsOf(ann.take('RESULT')), { expires: 1_120_000 });
    router.clock.advance(60_000);
    ann.expectNothing();
    ann.takeError(await ann.callHub('tidewire.session.renew', { token: 'bob 1120000' }), 'wamp.error.not_authorized');
    ann.takeError(await ann.callHub('tidewire.session.renew'), 'wamp.error.invalid_argument');
    await ann.callHub('tidewire.session.renew', { token: 'ann' });
    assert.deepEqual(kwargsOf(ann.take('RESULT')), {});
    router.clock.advance(10 ** 6);
    ann.expectNothing();
  });

  /** Signs in by a ticket, and takes WELCOME. */
  const signedIn = async (router: Router, signature: string): Promise<Client> => {
    const ann = router.connect();
    const details = { roles: allFeatures, authmethods: ['ticket'], authid: 'ann' };
    ann.receive({ type: 'HELLO', realm: 'realm1', details });
    ann.take('CHALLENGE');
    ann.receive({ type: 'AUTHENTICATE', signature, extra: {} });
    await settle();
    ann.take('WELCOME');
    return ann;
  };

  // The hub's own authenticator was asked, which knows nothing of these tickets.
  test('tidewire.session.renew asks the function that let the session in', async () => {
    const shown: unknown[] = [];
    const ticket = (one: { ticket: string }): Admission | undefined => {
      shown.push(one);
      if (one.ticket === 'broken') throw new Error('the store of tickets is down');
      return one.ticket === 'none' ? undefined : { user: { id: 'ann' }, expires: Number(one.ticket) };
    };
    const router = makeRouter({ authenticate: () => undefined, wamp: { ticket } });
    const ann = await signedIn(router, '1060000');
    await ann.callHub('tidewire.session.renew', { token: '1120000' });
    assert.deepEqual(kwargsOf(ann.take('RESULT')), { expires: 1_120_000 });
    assert.deepEqual(shown.at(-1), { ticket: '1120000', authid: 'ann', realm: 'realm1' });
    ann.takeError(await ann.callHub('tidewire.session.renew', { token: 'broken' }), 'tidewire.error.unavailable');
    assert.deepEqual(
      router.errors.map(({ stage }) => stage),
      ['authenticate'],
    );
    for (const token of ['none', '999999']) {
      ann.takeError(await ann.callHub('tidewire.session.renew', { token }), 'wamp.error.not_authorized');
    }
  });

  test('tidewire.session.renew says that a session by WAMP-CRA can’t be renewed', async () => {
    const wampcra = (): Secret => ({ user: { id: 'ann' }, secret: 'hush', expires: 1_060_000 });
    const router = makeRouter({ authenticate: () => ({ user: { id: 'ann' } }), wamp: { wampcra } });
    const ann = router.connect();
    const details = { roles: allFeatures, authmethods: ['wampcra'], authid: 'ann' };
    ann.receive({ type: 'HELLO', realm: 'realm1', details });
    await settle();
    const signature = signChallenge('hush', String(ann.take('CHALLENGE').extra['challenge']));
    ann.receive({ type: 'AUTHENTICATE', signature, extra: {} });
    await settle();
    ann.take('WELCOME');
    const refused = await ann.callHub('tidewire.session.renew', { token: 't' });
    assert.match(String(ann.takeError(refused, 'wamp.error.not_authorized').args?.[0]), /WAMP-CRA/);
  });

  test('only so many calls of the hub’s wait at once', async () => {
    const ann = await makeRouter({ limits: { maxCalls: 1, maxWatchers: 2 } }).join();
    for (const room of ['a', 'b', 'c']) {
      await ann.callHub('tidewire.topic.watch_presence', { topic: `chat.${room}` }, progressive);
    }
    ann.take('RESULT');
    ann.take('RESULT');
    ann.takeError(3, 'tidewire.error.too_many');
  });
});

describe('tidewire.session.acknowledge', () => {
  const acknowledge = async (client: Client, ...args: unknown[]): Promise<void> => {
    await client.publish('tidewire.session.acknowledge', args);
  };

  test('makes room in the window', async () => {
    const router = makeRouter({ window: { messages: 2 } });
    const [ann, bob] = [await router.join(), await router.join(acknowledging)];
    await bob.subscribe('chat.lobby');
    for (let i = 0; i < 5; i++) await ann.publish('chat.lobby', [i]);
    assert.equal(bob.inbox.length, 2);
    assert.deepEqual(bob.pings, [], 'whoever says it by itself is not asked');
    await acknowledge(bob, 1);
    assert.equal(bob.inbox.length, 3);
    await acknowledge(bob, 0);
    assert.equal(bob.inbox.length, 3, 'a lower total than before is ignored');
    await acknowledge(bob, 3);
    assert.equal(bob.inbox.length, 5);
  });

  test('a slow reader that drops is told how many', async () => {
    const router = makeRouter({ window: { messages: 1 } });
    const [ann, bob] = [await router.join(), await router.join(acknowledging)];
    await bob.subscribe('drop.x');
    for (let i = 1; i <= 6; i++) await ann.publish('drop.x', [i]);
    await acknowledge(bob, 1);
    const events = bob.inbox as MessageOf<'EVENT'>[];
    assert.deepEqual(
      events.map(({ args, details }) => [args?.[0], details['_tidewire_dropped']]),
      [
        [1, undefined],
        [5, 3],
      ],
    );
  });

  for (const [what, args] of [
    ['more than was sent', [1]],
    ['nothing', []],
    ['no number', ['1']],
    ['a negative number', [-1]],
  ] as const) {
    test(`of ${what} is a protocol violation`, async () => {
      const bob = await makeRouter().join(acknowledging);
      await bob.publish('tidewire.session.acknowledge', args);
      bob.expectViolation();
    });
  }

  test('from a client that did not announce it is an ordinary PUBLISH to a reserved name', async () => {
    const bob = await makeRouter().join();
    await bob.publish('tidewire.session.acknowledge', [7]);
    bob.expectNothing();
    assert.equal(bob.session.state, 'open');
  });
});
