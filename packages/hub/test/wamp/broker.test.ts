/** SUBSCRIBE, UNSUBSCRIBE, PUBLISH and EVENT, on a router on paper. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { HubError } from '../../src/contract/errors.ts';
import { everyone } from '../../src/hub/access.ts';
import { matches } from '../../src/hub/uri-match.ts';
import type { MessageOf } from '../../src/wamp/messages.ts';
import type { Dict } from '../../src/wamp/options.ts';
import {
  allFeatures,
  type Client,
  openRouterOnPaper,
  Router,
  type RouterOptions,
  settle,
} from '../support/wamp-router.ts';

/** What EVENTs said, one after another. */
function heard(client: Client): unknown[] {
  const events = client.inbox.splice(0);
  return events.map((message) => {
    const { type, args, kwargs } = message as MessageOf<'EVENT'>;
    assert.equal(type, 'EVENT');
    return kwargs === undefined ? args?.[0] : { args, kwargs };
  });
}

async function two(options: RouterOptions = {}): Promise<[Client, Client, Router]> {
  const router = openRouterOnPaper(options);
  return [await router.join(), await router.join(), router];
}

describe('subscribing and publishing (Basic Profile, "Publish and Subscribe")', () => {
  test('an EVENT carries what was published, its subscription, its publication and its place', async () => {
    const [ann, bob] = await two();
    const subscription = await bob.subscribe('com.topic');
    const request = await ann.publish('com.topic', ['hello'], { acknowledge: true });
    const published = ann.take('PUBLISHED');
    assert.equal(published.request, request);
    const { details, ...event } = bob.take('EVENT');
    assert.deepEqual(event, { type: 'EVENT', subscription, publication: published.publication, args: ['hello'] });
    const position = details['_tidewire_position'] as Dict;
    assert.deepEqual({ ...position, epoch: '' }, { epoch: '', offset: 1, id: published.publication });
    assert.equal(details['_tidewire_time'], 1_000_000);
  });

  const layouts: readonly (readonly [readonly unknown[] | undefined, Dict | undefined])[] = [
    [undefined, undefined],
    [['one'], undefined],
    [['one', 'two'], undefined],
    [undefined, { color: 'orange' }],
    [['one'], { color: 'orange' }],
    [[null], undefined],
    [[{ args: [1], kwargs: {} }], undefined],
  ];
  for (const [args, kwargs] of layouts) {
    test(`Arguments ${JSON.stringify(args)} and ArgumentsKw ${JSON.stringify(kwargs)} come as they went`, async () => {
      const [ann, bob] = await two();
      await bob.subscribe('com.topic');
      await ann.request('PUBLISH', { topic: 'com.topic', args, kwargs });
      const event = bob.take('EVENT');
      const came = kwargs !== undefined && args === undefined ? [] : args;
      assert.deepEqual([event.args, event.kwargs], [came, kwargs]);
    });
  }

  test('who publishes does not get its own, unless it says so', async () => {
    const [ann] = await two();
    await ann.subscribe('com.topic');
    await ann.publish('com.topic', [1]);
    ann.expectNothing();
    await ann.publish('com.topic', [2], { exclude_me: false });
    assert.deepEqual(heard(ann), [2]);
  });

  test('a second SUBSCRIBE is answered with the same id, and an EVENT comes once', async () => {
    const [ann, bob] = await two();
    const first = await bob.subscribe('com.topic');
    assert.equal(await bob.subscribe('com.topic'), first);
    await ann.publish('com.topic', [1]);
    assert.deepEqual(heard(bob), [1]);
  });

  test('SUBSCRIBEs that wait for the same right are all answered', async () => {
    const router = new Router();
    const right = Promise.withResolvers<boolean>();
    router.hub.topic('**', { allow: { subscribe: () => right.promise } });
    const client = await router.join();
    const requests = [
      await client.request('SUBSCRIBE', { topic: 'a' }),
      await client.request('SUBSCRIBE', { topic: 'a' }),
    ];
    client.expectNothing();
    right.resolve(true);
    await settle();
    const answers = [client.take('SUBSCRIBED'), client.take('SUBSCRIBED')];
    assert.deepEqual(
      answers.map(({ request }) => request),
      requests,
    );
    assert.equal(answers[0]!.subscription, answers[1]!.subscription);
  });

  test('after UNSUBSCRIBE nothing comes any more', async () => {
    const [ann, bob] = await two();
    const subscription = await bob.subscribe('com.topic');
    const request = await bob.request('UNSUBSCRIBE', { subscription });
    assert.equal(bob.take('UNSUBSCRIBED').request, request);
    await ann.publish('com.topic', [1]);
    bob.expectNothing();
    bob.takeError(await bob.request('UNSUBSCRIBE', { subscription }), 'wamp.error.no_such_subscription');
  });

  test('one can’t unsubscribe another one’s subscription', async () => {
    const [ann, bob] = await two();
    const subscription = await bob.subscribe('com.topic');
    ann.takeError(await ann.request('UNSUBSCRIBE', { subscription }), 'wamp.error.no_such_subscription');
    await ann.publish('com.topic', [1]);
    assert.deepEqual(heard(bob), [1]);
  });
});

describe('subscription ids', () => {
  test('are the same for all, so that an EVENT is framed once for each serialization', async () => {
    const router = openRouterOnPaper();
    const ann = await router.join();
    const readers: Client[] = [];
    for (const subprotocol of ['wamp.2.json', 'wamp', 'wamp.2.msgpack', 'wamp.2.cbor', 'wamp.2.cbor']) {
      readers.push(await router.join({}, { subprotocol }));
    }
    const ids = new Set<number>();
    for (const reader of readers) ids.add(await reader.subscribe('com.topic'));
    assert.equal(ids.size, 1);
    await ann.publish('com.topic', [{ bytes: new Uint8Array([1, 2]), big: 2n ** 60n }]);
    assert.equal(new Set(readers.map(({ frames }) => frames[0])).size, 3);
    for (const reader of readers) assert.deepEqual(heard(reader), [{ bytes: new Uint8Array([1, 2]), big: 2n ** 60n }]);
  });

  test('stay as long as anybody is subscribed, and are never given again', async () => {
    const [ann, bob, router] = await two();
    const first = await ann.subscribe('com.topic');
    assert.equal(await bob.subscribe('com.topic'), first);
    await ann.request('UNSUBSCRIBE', { subscription: first });
    ann.inbox.length = 0;
    assert.equal(await ann.subscribe('com.topic'), first);
    for (const client of [ann, bob]) client.session.transportClosed();
    const next = await (await router.join()).subscribe('com.topic');
    assert.notEqual(next, first);
  });

  test('differ by the way of matching', async () => {
    const [ann] = await two();
    const ids = [
      await ann.subscribe('com.topic'),
      await ann.subscribe('com.topic', { match: 'prefix' }),
      await ann.subscribe('com.topic', { match: 'wildcard' }),
    ];
    assert.equal(new Set(ids).size, 3);
  });

  test('those who are behind get the frame that was made for the first of them', async () => {
    const router = openRouterOnPaper({ window: { messages: 2 } });
    const [ann, bob, cid] = [await router.join(), await router.join(), await router.join()];
    for (const reader of [bob, cid]) await reader.subscribe('com.topic');
    for (let i = 0; i < 5; i++) await ann.publish('com.topic', [i]);
    for (const reader of [bob, cid]) {
      for (let ping = 0; ping < reader.pings.length; ping++) reader.session.pong(reader.pings[ping]!);
      assert.deepEqual(heard(reader), [0, 1, 2, 3, 4]);
    }
    assert.deepEqual(bob.frames, cid.frames);
    for (const [i, frame] of bob.frames.entries()) assert.equal(frame, cid.frames[i]);
  });
});

describe('bytes', () => {
  // A few bytes of a publication kept the whole message that they came in, which nobody counts.
  for (const subprotocol of ['wamp.2.msgpack', 'wamp.2.cbor']) {
    test(`of a publication are its own, whatever else came in its message (${subprotocol})`, async () => {
      const router = openRouterOnPaper();
      const ann = await router.join({}, { subprotocol });
      const kept: unknown[] = [];
      const { engine } = router.hub.core;
      const append = engine.append.bind(engine);
      engine.append = (topic, draft, ...rest) => {
        kept.push(draft.data);
        return append(topic, draft, ...rest);
      };
      const bytes = new Uint8Array([1, 2, 3]);
      const junk = new Uint8Array(10_000);
      await ann.publish('com.topic', [{ list: [bytes] }], { _junk: junk });
      await ann.callHub('tidewire.topic.publish', { topic: 'com.topic', data: { list: [bytes] }, junk });
      assert.equal(kept.length, 2);
      for (const data of kept as { list: Uint8Array[] }[]) {
        assert.deepEqual([...data.list[0]!], [1, 2, 3]);
        assert(data.list[0]!.buffer.byteLength < 100);
      }
    });
  }
});

describe('refusals', () => {
  test('without `acknowledge` nobody hears that a PUBLISH failed; with it the publisher does', async () => {
    const client = await new Router().join();
    await client.publish('com.topic', [1]);
    client.expectNothing();
    const error = client.takeError(
      await client.publish('com.topic', [1], { acknowledge: true }),
      'tidewire.error.no_such_topic',
    );
    assert.deepEqual(error.kwargs, { code: 'no-such-topic', temporary: false });
  });

  test('whoever has no right is told so', async () => {
    const router = new Router();
    router.hub.topic('**', {});
    const client = await router.join();
    client.takeError(await client.request('SUBSCRIBE', { topic: 'a' }), 'wamp.error.not_authorized');
    client.takeError(await client.publish('a', [1], { acknowledge: true }), 'wamp.error.not_authorized');
  });

  test('a rule that fails by itself is told to onError, not to the client', async () => {
    const router = new Router();
    const broken = (): never => {
      throw new Error('secret');
    };
    router.hub.topic('**', { allow: { subscribe: broken, publish: broken } });
    const client = await router.join();
    const error = client.takeError(await client.request('SUBSCRIBE', { topic: 'a' }), 'tidewire.error.internal');
    assert(!JSON.stringify(error).includes('secret'));
    await client.publish('a', [1]);
    client.takeError(await client.publish('a', [1], { acknowledge: true }), 'tidewire.error.internal');
    assert.deepEqual(
      router.errors.map(({ stage }) => stage),
      ['subscribe', 'publish', 'publish'],
    );
  });

  test('a refusal’s own words and data are told', async () => {
    const router = new Router();
    const rule = (): never => {
      throw new HubError('room-full', 'Come back tomorrow', { temporary: true, data: { seats: 0 } });
    };
    router.hub.topic('**', { allow: { subscribe: rule } });
    const client = await router.join();
    const error = client.takeError(await client.request('SUBSCRIBE', { topic: 'a' }), 'tidewire.error.room_full');
    assert.deepEqual(error.args, ['Come back tomorrow']);
    assert.deepEqual(error.kwargs, { code: 'room-full', temporary: true, data: { seats: 0 } });
  });

  for (const topic of ['', 'a b', 'a..b', 'a#', '.a', 'a.']) {
    test(`${JSON.stringify(topic)} is no URI of a topic`, async () => {
      const client = await openRouterOnPaper().join();
      client.takeError(await client.request('SUBSCRIBE', { topic }), 'wamp.error.invalid_uri');
      client.takeError(await client.publish(topic, [], { acknowledge: true }), 'wamp.error.invalid_uri');
    });
  }

  test('URIs with capital letters are refused where they have to be strict', async () => {
    const strict = await openRouterOnPaper({ wamp: { strictUris: true } }).join();
    strict.takeError(await strict.request('SUBSCRIBE', { topic: 'com.Topic' }), 'wamp.error.invalid_uri');
    const loose = await openRouterOnPaper().join();
    await loose.subscribe('com.Topic');
  });

  for (const topic of ['wamp.session.on_join', 'wamp', 'tidewire.session.acknowledge', 'tidewire.x']) {
    test(`${topic} is reserved`, async () => {
      const client = await openRouterOnPaper().join();
      client.takeError(await client.request('SUBSCRIBE', { topic }), 'wamp.error.not_authorized');
      client.takeError(await client.publish(topic, [1], { acknowledge: true }), 'wamp.error.not_authorized');
    });
  }

  test('a session has only so many subscriptions, those that wait for a right included', async () => {
    const router = new Router({ limits: { maxSubscriptions: 2 } });
    const right = Promise.withResolvers<boolean>();
    router.hub.topic('**', { allow: { subscribe: () => right.promise } });
    const client = await router.join();
    for (const topic of ['a', 'b']) await client.request('SUBSCRIBE', { topic });
    client.takeError(await client.request('SUBSCRIBE', { topic: 'c' }), 'tidewire.error.too_many');
    right.resolve(true);
    await settle();
    client.take('SUBSCRIBED');
    client.take('SUBSCRIBED');
    client.takeError(await client.request('SUBSCRIBE', { topic: 'c' }), 'tidewire.error.too_many');
  });
});

describe('pattern-based subscription (Advanced Profile)', () => {
  test('an EVENT names its topic, and comes once for each subscription that matches', async () => {
    const [ann, bob] = await two();
    const exact = await bob.subscribe('com.myapp.foo.userevent');
    const prefix = await bob.subscribe('com.myapp', { match: 'prefix' });
    const wildcard = await bob.subscribe('com.myapp..userevent', { match: 'wildcard' });
    await ann.publish('com.myapp.foo.userevent', [1]);
    const events = bob.inbox.splice(0) as MessageOf<'EVENT'>[];
    assert.equal(new Set(events.map(({ publication }) => publication)).size, 1);
    const topics = new Map(events.map(({ subscription, details }) => [subscription, details.topic]));
    assert.deepEqual(
      topics,
      new Map([
        [exact, undefined],
        [prefix, 'com.myapp.foo.userevent'],
        [wildcard, 'com.myapp.foo.userevent'],
      ]),
    );
  });

  test('UNSUBSCRIBE ends it for all of its topics', async () => {
    const [ann, bob] = await two();
    const subscription = await bob.subscribe('com', { match: 'prefix' });
    await ann.publish('com.a', [1]);
    assert.deepEqual(heard(bob), [1]);
    await bob.request('UNSUBSCRIBE', { subscription });
    bob.take('UNSUBSCRIBED');
    await ann.publish('com.a', [2]);
    await ann.publish('com.b', [3]);
    bob.expectNothing();
  });

  test('topics that one may not subscribe to are not among them', async () => {
    const router = new Router();
    router.hub.topic('**', { allow: { subscribe: ({ name }) => name !== 'com.secret', publish: everyone } });
    const [ann, bob] = [await router.join(), await router.join()];
    await bob.subscribe('com', { match: 'prefix' });
    for (const name of ['secret', 'open']) await ann.publish(`com.${name}`, [name]);
    assert.deepEqual(heard(bob), ['open']);
  });

  test('any set of subscriptions gets of any publications what matches, once for each', async () => {
    const part = fc.constantFrom('a', 'b', 'c');
    const topic = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('.'));
    const wildcard = fc
      .array(fc.constantFrom('a', 'b', ''), { minLength: 1, maxLength: 3 })
      .map((parts) => parts.join('.'));
    const subscription = fc.oneof(
      fc.record({ uri: topic, match: fc.constant('exact' as const) }),
      fc.record({ uri: topic, match: fc.constant('prefix' as const) }),
      fc.record({ uri: wildcard, match: fc.constant('wildcard' as const) }),
    );
    const subscriptions = fc.uniqueArray(subscription, {
      maxLength: 5,
      selector: ({ uri, match }) => `${match} ${uri}`,
    });
    await fc.assert(
      fc.asyncProperty(subscriptions, fc.array(topic, { maxLength: 6 }), async (wanted, topics) => {
        const [ann, bob] = await two();
        const byId = new Map<number, (typeof wanted)[number]>();
        for (const each of wanted) byId.set(await bob.subscribe(each.uri, { match: each.match }), each);
        for (const [i, each] of topics.entries()) await ann.publish(each, [i]);
        const came = (bob.inbox as MessageOf<'EVENT'>[]).map((event) => `${event.subscription} ${event.args?.[0]}`);
        const expected = [...byId].flatMap(([id, { uri, match }]) =>
          topics.flatMap((each, i) => (matches(match, uri, each) ? [`${id} ${i}`] : [])),
        );
        assert.deepEqual(came.sort(), expected.sort());
        for (const client of [ann, bob]) client.session.transportClosed();
      }),
      { numRuns: 30 },
    );
  });
});

describe('who gets a publication (Advanced Profile, "Subscriber Black- and Whitelisting", "Publisher Exclusion")', () => {
  const admit = ({ token = '' }) => {
    const [id = '', role] = token.split('/');
    return { user: { id, role } };
  };
  const people = async (): Promise<Record<'publisher' | 'ann' | 'bob' | 'cid', Client>> => {
    const router = openRouterOnPaper({ authenticate: admit, anonymous: true });
    const sign = async (name: string): Promise<Client> => {
      const client = router.connect();
      client.receive({ type: 'HELLO', realm: 'realm1', details: { roles: allFeatures, authmethods: ['ticket'] } });
      client.take('CHALLENGE');
      client.receive({ type: 'AUTHENTICATE', signature: name, extra: {} });
      await settle();
      client.id = client.take('WELCOME').session;
      await client.subscribe('com.topic');
      return client;
    };
    const publisher = await router.join();
    return { publisher, ann: await sign('ann/staff'), bob: await sign('bob/staff'), cid: await sign('cid/manager') };
  };
  const cases: readonly (readonly [string, (ids: Record<string, number>) => Dict, string])[] = [
    ['nothing', () => ({}), 'ann bob cid'],
    ['exclude', ({ ann }) => ({ exclude: [ann] }), 'bob cid'],
    ['exclude_authid', () => ({ exclude_authid: ['bob', 'nobody'] }), 'ann cid'],
    ['exclude_authrole', () => ({ exclude_authrole: ['staff'] }), 'cid'],
    ['eligible', ({ ann, cid }) => ({ eligible: [ann, cid] }), 'ann cid'],
    ['an empty eligible', () => ({ eligible: [] }), ''],
    ['eligible_authid', () => ({ eligible_authid: ['cid'] }), 'cid'],
    ['eligible_authrole', () => ({ eligible_authrole: ['staff'] }), 'ann bob'],
    ['eligible lists together', ({ ann }) => ({ eligible: [ann], eligible_authrole: ['manager'] }), ''],
    ['eligible and exclude', ({ ann, bob }) => ({ eligible: [ann, bob], exclude: [ann] }), 'bob'],
    ['a role and a name', () => ({ eligible_authrole: ['staff'], exclude_authid: ['ann'] }), 'bob'],
  ];
  for (const [what, options, expected] of cases) {
    test(`${what}: ${expected || 'nobody'}`, async () => {
      const { publisher, ...readers } = await people();
      const ids = Object.fromEntries(Object.entries(readers).map(([name, { id }]) => [name, id]));
      await publisher.publish('com.topic', [1], options(ids));
      const got = Object.entries(readers).filter(([, { inbox }]) => inbox.length > 0);
      assert.equal(got.map(([name]) => name).join(' '), expected);
    });
  }

  test('lists are bounded, in number and in length', async () => {
    const client = await openRouterOnPaper({ wamp: { wampLimits: { maxListed: 3 } } }).join();
    const most = { acknowledge: true, exclude: [1, 2], eligible_authid: ['a'] };
    await client.publish('com.topic', [1], most);
    client.take('PUBLISHED');
    const more = { ...most, eligible_authrole: ['b'] };
    client.takeError(await client.publish('com.topic', [1], more), 'wamp.error.payload_size_exceeded');
    const long = { acknowledge: true, exclude_authid: [''.padEnd(257, 'a')] };
    client.takeError(await client.publish('com.topic', [1], long), 'wamp.error.payload_size_exceeded');
  });
});

describe('publisher identification (Advanced Profile)', () => {
  test('a topic that discloses says who published', async () => {
    const router = new Router();
    router.hub.topic('**', { disclose: true, allow: { subscribe: everyone, publish: everyone } });
    const [ann, bob] = [await router.join(), await router.join()];
    await bob.subscribe('com.topic');
    await ann.publish('com.topic', [1]);
    const { publisher, publisher_authid, publisher_authrole } = bob.take('EVENT').details;
    assert.deepEqual([publisher, publisher_authid, publisher_authrole], [ann.id, undefined, 'anonymous']);
  });

  test('a realm that allows it lets publishers ask for it', async () => {
    const [ann, bob] = await two();
    await bob.subscribe('com.topic');
    await ann.publish('com.topic', [1], { disclose_me: true });
    await ann.publish('com.topic', [2]);
    const [asked, not] = bob.inbox as MessageOf<'EVENT'>[];
    assert.deepEqual([asked!.details.publisher, not!.details.publisher], [ann.id, undefined]);
  });

  test('elsewhere asking for it is refused', async () => {
    const client = await openRouterOnPaper({ wamp: { allowDisclosure: false } }).join();
    const options = { disclose_me: true, acknowledge: true };
    client.takeError(await client.publish('com.topic', [1], options), 'wamp.error.option_disallowed.disclose_me');
  });
});

describe('what is retained', () => {
  const retaining = (): Router => {
    const router = new Router();
    router.hub.topic('**', { retain: true, allow: { subscribe: everyone, publish: everyone } });
    return router;
  };

  test('comes to newcomers who ask for it, marked', async () => {
    const router = retaining();
    const [ann, bob, cid] = [await router.join(), await router.join(), await router.join()];
    await ann.publish('stock', [101]);
    await bob.subscribe('stock', { get_retained: true });
    await cid.subscribe('stock');
    await ann.publish('stock', [102]);
    const retained = (client: Client): unknown[] =>
      (client.inbox as MessageOf<'EVENT'>[]).map(({ args, details }) => [args?.[0], details.retained]);
    assert.deepEqual(retained(bob), [
      [101, true],
      [102, undefined],
    ]);
    assert.deepEqual(retained(cid), [[102, undefined]]);
  });
});

describe('when the hub ends a subscription (Advanced Profile, "Subscription Revocation")', () => {
  const revoking = async (subscriber: Dict): Promise<[Client, Router, number]> => {
    const router = new Router();
    let allowed = true;
    router.hub.topic('**', { allow: { subscribe: () => allowed, publish: everyone } });
    const client = await router.join({ roles: { subscriber } });
    const subscription = await client.subscribe('com.topic');
    allowed = false;
    await router.hub.recheck();
    await settle();
    return [client, router, subscription];
  };

  test('those who understand it are told by UNSUBSCRIBED with Request 0', async () => {
    const [client, router, subscription] = await revoking({ features: { subscription_revocation: true } });
    const { request, details } = client.take('UNSUBSCRIBED');
    assert.deepEqual([request, details], [0, { subscription, reason: 'wamp.error.not_authorized' }]);
    assert.equal(router.realm.subscriptions.size, 0);
  });

  test('others are told nothing, as the specification wants it', async () => {
    const [client, router] = await revoking({});
    client.expectNothing();
    assert.equal(client.session.state, 'open');
    assert.equal(router.realm.subscriptions.size, 0);
  });
});
