/** `tidewire.topic.join`, as docs/protocol/topics-over-wamp.md has it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Dict } from '../../src/wamp/options.ts';
import { acknowledging, join, kwargsOf, makeRouter, progressive } from '../support/topics-router.ts';
import { settle } from '../support/wamp-router.ts';

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

  // It said where the topic was, while the newest value had still to wait.
  test('of a `latest` topic says how far it was given, and not what waits', async () => {
    const router = makeRouter({ window: { messages: 2, latest: 1 } });
    const [ann, bob] = [await router.join(), await router.join(acknowledging)];
    for (const key of ['a', 'b']) await ann.publish('stock.acme', [{ key }]);
    await bob.callHub('tidewire.topic.join', { topic: 'stock.acme' }, progressive);
    await ann.publish('stock.acme', [{ key: 'c' }]);
    bob.inbox.length = 0;
    await bob.publish('tidewire.session.acknowledge', [1]);
    assert.deepEqual(bob.take('EVENT').args, [{ key: 'b' }]);
    assert.equal((kwargsOf(bob.take('RESULT'))['position'] as Dict)['offset'], 2);
    bob.expectNothing();
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

  // It failed with `canceled`, as if its own client had ended it, and the client did not come back.
  const ends = [
    ['reset', 'tidewire.error.unavailable', 'tidewire.error.reset', true],
    ['unavailable', 'tidewire.error.unavailable', 'tidewire.error.unavailable', true],
    ['denied', 'wamp.error.not_authorized', 'wamp.error.not_authorized', false],
  ] as const;
  for (const [reason, uri, told, temporary] of ends) {
    test(`that the hub ends while it replays fails by what ended it: ${reason}`, async () => {
      const router = makeRouter({ window: { messages: 1 } });
      const [ann, bob] = [await router.join(), await router.join(acknowledging)];
      for (const text of ['one', 'two', 'three']) await ann.publish('chat.lobby', [text]);
      const request = await bob.callHub('tidewire.topic.join', { topic: 'chat.lobby', last: 3 }, progressive);
      const { subscription } = kwargsOf(bob.take('RESULT'));
      bob.take('EVENT');
      router.hub.core.topics.get('chat.lobby')!.endAll(reason);
      assert.equal(kwargsOf(bob.takeError(request, uri))['temporary'], temporary);
      assert.deepEqual(bob.take('UNSUBSCRIBED').details, { subscription, reason: told });
      bob.expectNothing();
      assert.equal(router.realm.subscriptions.size, 0);
    });
  }

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
