/** The client and the hub over loopback, with a line between them that can be cut. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Server, serve } from 'tidewire';
import { connectHub, type HubClient, type HubOptions, type TopicItem } from '../../src/client/index.ts';
import { anything, createHub, defineContract, everyone, HubError, type RoutedHub } from '../../src/index.ts';
import { jsonSerializer } from '../../src/wamp/serializers/json.ts';
import { number, text } from '../client/fake-hub.ts';
import { TcpLine } from '../support/tcp-line.ts';

const contract = defineContract({
  topics: { 'room.{room}': text, 'price.{symbol}': number, secret: anything },
  calls: {
    double: { input: number, output: number, progress: number },
    treble: { input: number, output: number },
    refuse: { input: anything, output: anything },
    nothing: { input: anything, output: anything },
  },
});

type Client = HubClient<typeof contract>;

/** Reads items until one satisfies; returns all of them. */
async function until(items: AsyncIterator<TopicItem>, is: (item: TopicItem) => boolean): Promise<TopicItem[]> {
  const read: TopicItem[] = [];
  for (;;) {
    const { value, done } = await items.next();
    assert.ok(!done, 'the subscription ended');
    read.push(value);
    if (is(value)) return read;
  }
}

const isCaughtUp = (item: TopicItem): boolean => item.type === 'caught-up';
const isText = (expected: string) => (item: TopicItem) => item.type === 'publication' && item.data.text === expected;
const texts = (items: readonly TopicItem[]) =>
  items.flatMap((item) => (item.type === 'publication' ? [item.data.text] : []));

describe('the client with a hub', () => {
  let hub: RoutedHub<typeof contract>;
  let server: Server;
  let url: string;
  const line = new TcpLine(() => server.port);
  const clients: Client[] = [];
  /** Tokens are names. */
  let lifetime = 60_000;

  before(async () => {
    await start();
    url = `ws://127.0.0.1:${await line.open()}/realtime`;
  });

  /** A hub that knows nothing of an earlier one, and its server. */
  async function start(): Promise<void> {
    hub = createHub(contract, {
      anonymous: true,
      authenticate: ({ token, request }) => {
        const cookie = request?.headers.get('cookie');
        if (token === undefined && cookie) return { user: { id: cookie.slice('user='.length), name: 'By cookie' } };
        return token?.startsWith('user ')
          ? { user: { id: token.slice(5) }, expires: Date.now() + lifetime }
          : undefined;
      },
    });
    const allow = { subscribe: everyone, publish: everyone, history: everyone, presence: everyone };
    hub.topic('room.{room}', { history: {}, presence: 'members', disclose: true, allow });
    hub.topic('price.{symbol}', { slowReader: 'latest', allow });
    hub.topic('secret', {});
    hub.handle('double', { allow: everyone }, async ({ input, progress }) => {
      await progress(input);
      return input * 2;
    });
    hub.handle('refuse', { allow: everyone }, () => {
      throw new HubError('sold-out', 'All gone', { data: { left: 0 } });
    });
    hub.handle('nothing', { allow: everyone }, ({ input }) => input);
    hub.procedures('treble', { allow: { register: everyone, call: everyone } });
    server = await serve({ port: 0, host: '127.0.0.1', routes: { '/realtime': hub } });
  }

  after(async () => {
    await Promise.all(clients.map((client) => client.close()));
    line.close();
    await server.close();
    await hub.close();
  });

  function client(options: HubOptions = {}): Client {
    const made = connectHub(contract, url, { reconnect: { initial: 20, max: 100 }, onError: () => {}, ...options });
    clients.push(made);
    return made;
  }

  it('publishes once, replays, and tells what is live', async () => {
    const room = client({ token: 'user ann' }).topic('room.{room}', { room: 'first' });
    const first = await room.publish({ text: 'one' }, { key: 'k' });
    assert.equal(first.position.offset, 1);
    assert.deepEqual(await room.publish({ text: 'one' }, { key: 'k' }), { position: first.position, duplicate: true });
    const items = room.subscribe({ last: 10 });
    const joined = await until(items, isCaughtUp);
    assert.deepEqual(joined[0], { type: 'joined', recovered: 'fresh', missed: 1 });
    assert.deepEqual(texts(joined), ['one']);
    await room.publish({ text: 'two' });
    const [live] = await until(items, isText('two'));
    assert.ok(live?.type === 'publication' && !live.replayed);
    assert.equal(live.publisher?.user, 'ann');
    const { publications, held } = await room.history({ last: 5 });
    assert.deepEqual(
      publications.map(({ data }) => data.text),
      ['one', 'two'],
    );
    assert.equal(held, true);
    await items.return!();
  });

  it('recovers what it missed while the line was cut, once and in order, and so does what it wrote', async () => {
    const [reader, writer] = [client(), client()];
    const room = { room: 'cut' };
    const items = reader.topic('room.{room}', room).subscribe();
    await until(items, isCaughtUp);
    await writer.connected();
    await hub.publish('room.{room}', room, { text: 'before' });
    await until(items, isText('before'));
    line.up = false;
    line.cut();
    const written = ['w1', 'w2', 'w3'].map((text) => writer.topic('room.{room}', room).publish({ text }));
    for (let i = 0; i < 5; i++) await hub.publish('room.{room}', room, { text: `away ${i}` });
    line.up = true;
    await Promise.all(written);
    const read = await until(items, isText('w3'));
    const joined = read.find((item) => item.type === 'joined');
    assert.ok(joined?.recovered === true && joined.missed >= 5);
    assert.deepEqual(texts(read), ['away 0', 'away 1', 'away 2', 'away 3', 'away 4', 'w1', 'w2', 'w3']);
  });

  it('loses and doubles nothing while the line is cut again and again', async () => {
    const [reader, writer] = [client(), client()];
    const room = { room: 'storm' };
    const items = reader.topic('room.{room}', room).subscribe();
    await until(items, isCaughtUp);
    const all = Array.from({ length: 300 }, (_, i) => `${i}`);
    const written = (async () => {
      for (const [i, text] of all.entries()) {
        const published = writer.topic('room.{room}', room).publish({ text });
        if (i % 60 === 30) line.cut();
        if (i % 10 === 0) await published;
      }
    })();
    const read = await until(items, isText('299'));
    await written;
    assert.deepEqual(texts(read), all);
  });

  it('reads far more than a window at its own speed', async () => {
    const reader = client();
    const room = { room: 'flood' };
    const items = reader.topic('room.{room}', room).subscribe();
    await until(items, isCaughtUp);
    const watching = reader.topic('room.{room}', room).presence();
    assert.equal((await watching.next()).value?.count, 1);
    const count = 1_000;
    for (let i = 0; i < count; i++) await hub.publish('room.{room}', room, { text: `${i} ${'x'.repeat(200)}` });
    const read = await until(
      items,
      (item) => item.type === 'publication' && item.data.text.startsWith(`${count - 1} `),
    );
    assert.equal(texts(read).length, count);
    await watching.return!();
  });

  it('gets the newest value of a `latest` topic when it was slow', async () => {
    const items = client().topic('price.{symbol}', { symbol: 'ACME' }).subscribe();
    await until(items, isCaughtUp);
    for (let price = 1; price <= 200; price++) await hub.publish('price.{symbol}', { symbol: 'ACME' }, price);
    const read = await until(items, (item) => item.type === 'publication' && item.data === 200);
    assert.ok(read.length < 100, `${read.length} values`);
  });

  it('calls, with progress, and is refused with what the handler says', async () => {
    const caller = client();
    const told: number[] = [];
    assert.equal(await caller.call('double', 21, { onProgress: (value) => told.push(value) }), 42);
    assert.deepEqual(told, [21]);
    await assert.rejects(caller.call('refuse', 1), { code: 'sold-out', message: 'All gone', data: { left: 0 } });
    await assert.rejects(caller.call('treble', 1), { code: 'no-such-procedure' });
    assert.equal(await caller.call('nothing', null), null);
  });

  it('answers calls, also after the line was cut', async () => {
    const [callee, caller] = [client(), client()];
    const { unregister } = await callee.register('treble', (input) => input * 3);
    assert.equal(await caller.call('treble', 5), 15);
    line.cut();
    await callee.connected();
    await caller.connected();
    let answer: number | undefined;
    // The hub may not have noticed yet that the first session is gone, or have the new registration.
    for (let i = 0; i < 50 && answer === undefined; i++) {
      answer = await caller.call('treble', 6, { timeout: 500 }).catch(() => undefined);
    }
    assert.equal(answer, 18);
    unregister();
  });

  it('is told who is there', async () => {
    const [watcher, other] = [client({ token: 'user ann' }), client({ token: 'user bob' })];
    const room = { room: 'presence' };
    const items = watcher.topic('room.{room}', room).subscribe();
    await until(items, isCaughtUp);
    const presence = watcher.topic('room.{room}', room).presence();
    const first = (await presence.next()).value!;
    assert.deepEqual([first.count, first.members.map(({ user }) => user)], [1, ['ann']]);
    const others = other.topic('room.{room}', room).subscribe();
    const second = (await presence.next()).value!;
    assert.deepEqual([second.count, second.joined.map(({ user }) => user)], [2, ['bob']]);
    await others.return!();
    const third = (await presence.next()).value!;
    assert.deepEqual([third.count, third.left.map(({ user }) => user)], [1, ['bob']]);
    await presence.return!();
  });

  it('is whoever a cookie of the handshake says, without a token, and nobody without either', async () => {
    const known = client({ headers: { cookie: 'user=eve' } });
    const unknown = client();
    await Promise.all([known.connected(), unknown.connected()]);
    assert.ok(known.status.state === 'connected' && unknown.status.state === 'connected');
    assert.deepEqual([known.status.user, unknown.status.user], ['eve', undefined]);
    const topic = unknown.topic('room.{room}', { room: 'cookies' });
    const items = known.topic('room.{room}', { room: 'cookies' }).subscribe();
    await until(items, isCaughtUp);
    const presence = topic.presence();
    const { members } = (await presence.next()).value!;
    assert.deepEqual(
      members.map(({ user, name }) => [user, name]),
      [['eve', 'By cookie']],
    );
    await Promise.all([presence.return!(), items.return!()]);
  });

  it('ends a subscription that is denied, and a client that is revoked', async () => {
    const denied = client({ token: 'user eve' });
    await assert.rejects(denied.topic('secret').subscribe().next(), { code: 'denied' });
    await assert.rejects(denied.topic('secret').publish(1), { code: 'denied' });
    assert.equal(denied.status.state === 'connected' && denied.status.user, 'eve');
    hub.revoke('eve');
    assert.equal(((await denied.closed).error as HubError).code, 'denied');
  });

  it('is refused for good when a fresh token is refused, too', async () => {
    let asked = 0;
    const refused = client({ token: () => `nobody ${++asked}` });
    assert.equal(((await refused.closed).error as HubError).code, 'unauthenticated');
    assert.equal(asked, 2);
  });

  it('renews its session before it expires', async () => {
    lifetime = 1_500;
    let asked = 0;
    const renewed = client({
      token: () => {
        asked++;
        return 'user tim';
      },
    });
    const states: string[] = [];
    renewed.watch(({ state }) => states.push(state));
    await renewed.connected();
    lifetime = 60_000;
    const { promise, resolve } = Promise.withResolvers<void>();
    setTimeout(resolve, 2_000);
    await promise;
    assert.deepEqual(states, ['connecting', 'connected']);
    assert.equal(asked, 2);
  });

  it('speaks with another serializer, and sends bytes', async () => {
    const whole = client({ serializer: jsonSerializer() });
    assert.equal(await whole.call('double', 4), 8);
    const bytes = Uint8Array.of(0, 255, 1);
    assert.deepEqual(await client().call('nothing', { bytes }), { bytes });
  });

  it('says that something is lost when the hub restarts without its log, and publishes what waited', async () => {
    const survivor = client();
    const room = survivor.topic('room.{room}', { room: 'restart' });
    const items = room.subscribe({ last: 10 });
    await until(items, isCaughtUp);
    await room.publish({ text: 'lost' });
    await until(items, isText('lost'));
    line.up = false;
    await hub.close();
    await server.close();
    const waiting = room.publish({ text: 'waited' });
    await start();
    line.up = true;
    survivor.reconnect();
    assert.deepEqual((await waiting).duplicate, false);
    const read = await until(items, isText('waited'));
    assert.equal(read.find((item) => item.type === 'joined')?.recovered, false);
  });
});
