/** `/ticker` and `/api/ticker`: the server speaks first, and says the same to those who ask. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { Ticker, type TickerAnswer, type TickerUpdate } from '../ticker.ts';
import { NativeClient } from './support/native-client.ts';
import { RawClient } from './support/raw-client.ts';
import { startedShowcase } from './support/running.ts';

describe('the ticker over WebSocket', () => {
  it('speaks to a client that never sends a byte after its handshake', async (t) => {
    const { port } = await startedShowcase(t);
    using client = await RawClient.open(port, '/ticker');
    const updates: TickerUpdate[] = [];
    for (let count = 0; count < 12; count++) {
      const { opcode, payload } = await client.frame();
      assert.equal(opcode, 0x1);
      updates.push(JSON.parse(payload.toString()));
    }
    const [first] = updates;
    assert.equal(first?.quotes.length, 8);
    assert.ok(updates.every(({ simulated }) => simulated));
    assert.deepEqual(
      updates.map(({ sequence }) => sequence - (first?.sequence ?? 0)),
      updates.map((_, index) => index),
    );
    assert.ok(
      updates.some(({ quotes }) => quotes[0]?.price !== first?.quotes[0]?.price),
      'prices move',
    );
    // Eleven steps of 100 ms; a busy machine may take longer, none may take much less.
    assert.ok((updates.at(-1)?.time ?? 0) - (first?.time ?? 0) > 900);
  });

  it('tells a newcomer the current state at once, and both the same', async (t) => {
    const { port } = await startedShowcase(t);
    const first = await NativeClient.open(`ws://127.0.0.1:${port}/ticker`);
    const current = JSON.parse(String(await first.next())) as TickerUpdate;
    const second = await NativeClient.open(`ws://127.0.0.1:${port}/ticker`);
    const seen = JSON.parse(String(await second.next())) as TickerUpdate;
    assert.ok(seen.sequence >= current.sequence);
    while (true) {
      const update = JSON.parse(String(await first.next())) as TickerUpdate;
      if (update.sequence < seen.sequence + 1) continue;
      assert.deepEqual(update, JSON.parse(String(await second.next())));
      break;
    }
    await Promise.all([first.close(), second.close()]);
  });

  it('does not mind a client that talks', async (t) => {
    const { port } = await startedShowcase(t);
    const client = await NativeClient.open(`ws://127.0.0.1:${port}/ticker`);
    client.send('what is TIDE at?');
    for (let count = 0; count < 3; count++) assert.equal(JSON.parse(String(await client.next())).simulated, true);
    await client.close();
  });
});

describe('the ticker over HTTP', () => {
  it('answers with the prices, their time and the time now, and is not to be stored', async (t) => {
    const { url } = await startedShowcase(t);
    const response = await fetch(`${url}api/ticker`);
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('content-type'), 'application/json');
    assert.equal(response.headers.get('cache-control'), 'no-store');
    const { quotes, time, now, sequence } = (await response.json()) as TickerAnswer;
    assert.equal(quotes.length, 8);
    assert.ok(sequence >= 1);
    assert.ok(now >= time && now - time < 5000);
  });

  it('has the market move between two polls', async (t) => {
    const { url } = await startedShowcase(t);
    const poll = async () => (await (await fetch(`${url}api/ticker`)).json()) as TickerAnswer;
    const first = await poll();
    let second = await poll();
    while (second.sequence === first.sequence) second = await poll();
    assert.ok(second.time > first.time);
  });

  it('answers HEAD without a body and refuses other methods with 405', async (t) => {
    const { url } = await startedShowcase(t);
    const head = await fetch(`${url}api/ticker`, { method: 'HEAD' });
    assert.deepEqual([head.status, await head.text()], [200, '']);
    const post = await fetch(`${url}api/ticker`, { method: 'POST', body: 'x' });
    assert.deepEqual([post.status, post.headers.get('allow')], [405, 'GET, HEAD']);
  });
});

describe('the market', () => {
  function atRest(t: TestContext) {
    t.mock.timers.enable({ apis: ['setInterval', 'Date'], now: 1000 });
    const audience = {
      name: 'ticker',
      size: 0,
      sent: [] as unknown[],
      send: (data: unknown) => void audience.sent.push(data),
    };
    // In small steps, so that each timer finds the date that it is due at.
    const pass = (ms: number): void => {
      for (let passed = 0; passed < ms; passed += 100) t.mock.timers.tick(100);
    };
    return { audience, ticker: new Ticker({ audience: () => audience }), pass };
  }
  const listener = () => ({
    got: [] as string[],
    send(data: string) {
      this.got.push(data);
    },
    join() {},
  });

  it('moves ten times a second while somebody listens, and rests when the last one has left', (t) => {
    const { audience, ticker, pass } = atRest(t);
    pass(5000);
    assert.equal(audience.sent.length, 0);
    const newcomer = listener();
    ticker.route.open?.(newcomer as never);
    audience.size = 1;
    assert.equal((JSON.parse(newcomer.got[0] ?? '') as TickerUpdate).time, 6000, 'fresh prices at once');
    pass(1000);
    assert.equal(audience.sent.length, 10);
    audience.size = 0;
    pass(60_000);
    assert.equal(audience.sent.length, 10);
  });

  it('moves for ten seconds after a poll, so that the next one finds fresh prices', (t) => {
    const { ticker, pass } = atRest(t);
    assert.equal(ticker.poll().sequence, 1);
    pass(5000);
    assert.equal(ticker.poll().sequence, 51);
    pass(60_000);
    const { sequence, time, now } = ticker.poll();
    assert.ok(sequence > 140 && sequence < 160, `it rested at ${sequence}`);
    assert.equal(time, now);
  });

  it('rests once it is told to stop', (t) => {
    const { audience, ticker, pass } = atRest(t);
    audience.size = 1;
    ticker.poll();
    ticker.stop();
    pass(1000);
    assert.equal(audience.sent.length, 0);
  });
});
