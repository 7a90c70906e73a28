/** The `tidewire.…` procedures, as docs/protocol/topics-over-wamp.md has them. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { everyone } from '../../src/hub/access.ts';
import { anything, defineContract } from '../../src/hub/contract.ts';
import type { Admission, Credentials } from '../../src/hub/user.ts';
import type { MessageOf } from '../../src/wamp/messages.ts';
import type { Dict } from '../../src/wamp/options.ts';
import { allFeatures, type Client, Router, type RouterOptions, settle } from '../support/wamp-router.ts';

const progressive = { receive_progress: true };
const acknowledging = { _tidewire_acknowledges: true };
const topics = {
  'chat.{room}': anything,
  'stock.{symbol}': anything,
  'drop.{room}': anything,
  'news.{section}': anything,
};

function makeRouter(options: RouterOptions = {}): Router {
  const router = new Router({ contract: defineContract({ topics }), ...options });
  const allow = { subscribe: everyone, publish: everyone, history: everyone, presence: everyone };
  router.hub.topic('chat.{room}', { history: {}, presence: 'members', disclose: true, allow });
  router.hub.topic('stock.{symbol}', { slowReader: 'latest', key: ({ key }) => key, allow });
  router.hub.topic('drop.{room}', { slowReader: 'drop-oldest', queue: { count: 2 }, allow });
  router.hub.topic('news.{section}', { retain: true, presence: 'count', allow });
  return router;
}

const kwargsOf = ({ kwargs }: { readonly kwargs?: Dict | undefined }): Dict => kwargs ?? {};

/** Joins, and returns what the two results said. */
async function join(
  client: Client,
  topic: string,
  more: Dict = {},
): Promise<[first: Dict, last: Dict, events: unknown[]]> {
  await client.callHub('tidewire.topic.join', { topic, ...more }, progressive);
  const first = client.take('RESULT');
  assert.equal(first.details.progress, true);
  const events: unknown[] = [];
  while (client.inbox[0]?.type === 'EVENT') events.push(client.take('EVENT').args?.[0]);
  const last = client.take('RESULT');
  assert.equal(last.details.progress, undefined);
  return [kwargsOf(first), kwargsOf(last), events];
}

describe('tidewire.topic.join', () => {
  test('on a first visit says where the topic is, and replays nothing', async () => {
    const router = makeRouter();
    const [ann, bob] = [await router.join(), await router.join()];
    await ann.publish('chat.lobby', ['early']);
    const [first, last, events] = await join(bob, 'chat.lobby');
    const { subscription, position, ...rest } = first;
    assert.deepEqual(rest, { recovered: 'fresh', replay: 0, slow_reader: 'wait' });
    assert.deepEqual(last, { subscription, position });
    assert.equal((position as Dict)['offset'], 1);
    assert.deepEqual(events, []);
    await ann.publish('chat.lobby', ['live']);
    const event = bob.take('EVENT');
    assert.deepEqual([event.subscription, event.args, event.details.publisher], [subscription, ['live'], ann.id]);
  });

  test('with a position replays what was missed, and then says that this was all', async () => {
    const router = makeRouter();
    const [ann, bob] = [await router.join(), await router.join()];
    const [, { position }] = await join(bob, 'chat.lobby');
    bob.session.transportClosed();
    for (const text of ['one', 'two', 'three']) await ann.publish('chat.lobby', [text]);
    const again = await router.join();
    const [first, last, events] = await join(again, 'chat.lobby', { position });
    assert.deepEqual([first['recovered'], first['replay'], events], [true, 3, ['one', 'two', 'three']]);
    assert.deepEqual((last['position'] as Dict)['offset'], 3);
  });

  test('with a position that the log does not know says that something is lost, and gives what is asked for instead', async () => {
    const router = makeRouter();
    const [ann, bob] = [await router.join(), await router.join()];
    for (const text of ['one', 'two']) await ann.publish('chat.lobby', [text]);
    const position = { epoch: 'another', offset: 1, id: 7 };
    const [first, , events] = await join(bob, 'chat.lobby', { position, last: 1 });
    assert.deepEqual([first['recovered'], first['replay'], events], [false, 1, ['two']]);
  });

  test('the newest ones come with `last`, and retained ones anyway', async () => {
    const router = makeRouter();
    const [ann, bob] = [await router.join(), await router.join()];
    for (const text of ['one', 'two', 'three']) await ann.publish('chat.lobby', [text]);
    await ann.publish('news.local', ['retained']);
    assert.deepEqual((await join(bob, 'chat.lobby', { last: 2 }))[2], ['two', 'three']);
    assert.deepEqual((await join(bob, 'news.local'))[2], ['retained']);
  });

  test('of a `latest` topic gives the newest value of each key', async () => {
    const router = makeRouter();
    const [ann, bob] = [await router.join(), await router.join()];
    for (const [key, price] of [
      ['a', 1],
      ['b', 2],
      ['a', 3],
    ])
      await ann.publish('stock.acme', [{ key, price }]);
    const [first, , events] = await join(bob, 'stock.acme');
    assert.deepEqual([first['recovered'], first['slow_reader']], ['fresh', 'latest']);
    assert.deepEqual(events, [
      { key: 'b', price: 2 },
      { key: 'a', price: 3 },
    ]);
  });

  test('a second one takes the place of the first, and of a SUBSCRIBE', async () => {
    const router = makeRouter();
    const [ann, bob] = [await router.join(), await router.join()];
    const id = await bob.subscribe('chat.lobby');
    const [{ subscription }] = await join(bob, 'chat.lobby');
    assert.equal(subscription, id);
    await join(bob, 'chat.lobby');
    assert.equal(await bob.subscribe('chat.lobby'), id);
    await ann.publish('chat.lobby', ['once']);
    assert.deepEqual(
      bob.inbox.map(({ type }) => type),
      ['EVENT'],
    );
    bob.inbox.length = 0;
    await bob.request('UNSUBSCRIBE', { subscription: id });
    bob.take('UNSUBSCRIBED');
    await ann.publish('chat.lobby', ['never']);
    bob.expectNothing();
    assert.equal(router.realm.subscriptions.size, 0);
  });

  // SUBSCRIBE came last, and the session lost what it had joined.
  test('stands beside a SUBSCRIBE that is on its way at the same time', async () => {
    const router = makeRouter();
    const [ann, bob] = [await router.join(), await router.join()];
    await ann.publish('chat.lobby', ['early']);
    const kwargs = { topic: 'chat.lobby', last: 1 };
    const call = { type: 'CALL', options: progressive, procedure: 'tidewire.topic.join', kwargs } as const;
    bob.receive({ ...call, request: bob.nextRequest() });
    bob.receive({ type: 'SUBSCRIBE', request: bob.nextRequest(), options: {}, topic: 'chat.lobby' });
    await settle();
    const types = bob.inbox.splice(0).map(({ type }) => type);
    assert.deepEqual(types.sort(), ['EVENT', 'RESULT', 'RESULT', 'SUBSCRIBED']);
    await ann.publish('chat.lobby', ['live']);
    assert.deepEqual(
      bob.inbox.splice(0).map(({ type }) => type),
      ['EVENT'],
    );
    bob.session.transportClosed();
    assert.equal(router.realm.subscriptions.size, 0);
  });

  test('is ended by CANCEL while it replays', async () => {
    const router = makeRouter({ window: { messages: 1 } });
    const [ann, bob] = [await router.join(), await router.join(acknowledging)];
    for (const text of ['one', 'two', 'three']) await ann.publish('chat.lobby', [text]);
    const request = await bob.callHub('tidewire.topic.join', { topic: 'chat.lobby', last: 3 }, progressive);
    bob.take('RESULT');
    bob.take('EVENT');
    bob.receive({ type: 'CANCEL', request, options: { mode: 'kill' } });
    bob.takeError(request, 'wamp.error.canceled');
    bob.receive({
      type: 'PUBLISH',
      request: bob.nextRequest(),
      options: {},
      topic: 'tidewire.session.acknowledge',
      args: [1],
    });
    await settle();
    bob.expectNothing();
    assert.equal(router.realm.subscriptions.size, 0);
  });

  test('is ended by UNSUBSCRIBE while it replays', async () => {
    const router = makeRouter({ window: { messages: 1 } });
    const [ann, bob] = [await router.join(), await router.join(acknowledging)];
    for (const text of ['one', 'two', 'three']) await ann.publish('chat.lobby', [text]);
    const request = await bob.callHub('tidewire.topic.join', { topic: 'chat.lobby', last: 3 }, progressive);
    const subscription = Number(kwargsOf(bob.take('RESULT'))['subscription']);
    bob.take('EVENT');
    await bob.request('UNSUBSCRIBE', { subscription });
    bob.takeError(request, 'wamp.error.canceled');
    bob.take('UNSUBSCRIBED');
    bob.expectNothing();
  });

  test('tells by UNSUBSCRIBED when the log is not what it was', async () => {
    const router = makeRouter();
    const bob = await router.join({ roles: { subscriber: {} } });
    const [{ subscription }] = await join(bob, 'chat.lobby');
    router.hub.core.topics.get('chat.lobby')!.endAll('reset');
    assert.deepEqual(bob.take('UNSUBSCRIBED').details, { subscription, reason: 'tidewire.error.reset' });
  });

  test('a plain subscriber goes on from where the log is now instead', async () => {
    const router = makeRouter();
    const [ann, bob] = [await router.join(), await router.join()];
    const subscription = await bob.subscribe('chat.lobby');
    router.hub.core.topics.get('chat.lobby')!.endAll('reset');
    await settle();
    bob.expectNothing();
    await ann.publish('chat.lobby', ['after']);
    assert.equal(bob.take('EVENT').subscription, subscription);
    await bob.request('UNSUBSCRIBE', { subscription });
    bob.take('UNSUBSCRIBED');
    await ann.publish('chat.lobby', ['never']);
    bob.expectNothing();
  });

  test('asks for progressive results', async () => {
    const bob = await makeRouter().join();
    const request = await bob.callHub('tidewire.topic.join', { topic: 'chat.lobby' });
    bob.takeError(request, 'wamp.error.invalid_argument');
  });

  const wrong: readonly (readonly [Dict, string])[] = [
    [{}, 'wamp.error.invalid_argument'],
    [{ topic: 7 }, 'wamp.error.invalid_argument'],
    [{ topic: 'chat lobby' }, 'wamp.error.invalid_uri'],
    [{ topic: 'nowhere' }, 'tidewire.error.no_such_topic'],
    [{ topic: 'chat.lobby', last: -1 }, 'wamp.error.invalid_argument'],
    [{ topic: 'chat.lobby', last: 1.5 }, 'wamp.error.invalid_argument'],
    [{ topic: 'chat.lobby', position: 'here' }, 'wamp.error.invalid_argument'],
    [{ topic: 'chat.lobby', position: { epoch: 'e', offset: 1, id: 0 } }, 'wamp.error.invalid_argument'],
    [{ topic: 'chat.lobby', position: { epoch: 'e', offset: -1, id: 1 } }, 'wamp.error.invalid_argument'],
    [{ topic: 'chat.lobby', position: { epoch: 1, offset: 1, id: 1 } }, 'wamp.error.invalid_argument'],
  ];
  for (const [kwargs, uri] of wrong) {
    test(`${JSON.stringify(kwargs)} is ${uri}`, async () => {
      const router = makeRouter();
      const bob = await router.join();
      bob.takeError(await bob.callHub('tidewire.topic.join', kwargs, progressive), uri);
      assert.equal(router.realm.subscriptions.size, 0);
    });
  }
});

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
