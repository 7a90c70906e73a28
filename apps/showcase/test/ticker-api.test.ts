/** The ticker over HTTP: long polls and event streams, their bounds, and how they end. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Ticker, type TickerAnswer, type TickerUpdate } from '../ticker.ts';
import { TickerApi, type TickerApiOptions } from '../ticker-api.ts';
import { atEnd } from './support/at-end.ts';
import { RawClient } from './support/raw-client.ts';
import { startedShowcase } from './support/running.ts';

/** The API alone on a port, over a market that moves when the test says so. */
async function served(t: TestContext, options: TickerApiOptions = {}) {
  const watchers = new Set<(update: TickerUpdate, text: string) => void>();
  let current: TickerUpdate = { simulated: true, sequence: 7, time: 1, quotes: [] };
  const market = {
    poll: (): TickerAnswer => ({ ...current, now: 2 }),
    watch(watcher: (update: TickerUpdate, text: string) => void) {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
  };
  const api = new TickerApi(market as unknown as Ticker, options);
  const server = createServer((request, response) => api.answer(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(t, async () => {
    api.stop();
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  });
  const { port } = server.address() as AddressInfo;
  const move = (filler = ''): void => {
    current = { ...current, sequence: current.sequence + 1 };
    for (const watcher of [...watchers]) watcher(current, JSON.stringify({ ...current, filler }));
  };
  return { api, port, url: `http://127.0.0.1:${port}/api/ticker`, move, watchers };
}

/** Turns of the event loop until it is so. */
async function until(is: () => boolean): Promise<void> {
  for (let turns = 0; !is(); turns++) {
    assert.ok(turns < 2000, 'it came to be so');
    await delay(1);
  }
}

describe('a long poll', () => {
  it('is answered at once when there is something else than it has', async (t) => {
    const { url } = await served(t);
    // Not only with less: a server that was started again counts from the beginning.
    for (const after of [0, 6, 8, 99]) {
      const response = await fetch(`${url}/wait?after=${after}`);
      assert.equal(response.status, 200);
      assert.equal(((await response.json()) as TickerAnswer).sequence, 7);
    }
  });

  it('waits for the next update, and is over with it', async (t) => {
    const { api, url, move, watchers } = await served(t);
    const asked = fetch(`${url}/wait?after=7`);
    await until(() => api.waiters === 1);
    move();
    assert.equal(((await (await asked).json()) as TickerAnswer).sequence, 8);
    assert.deepEqual([api.waiters, watchers.size], [0, 0]);
  });

  it('is answered with 204 when nothing comes for long enough', async (t) => {
    const { api, url, watchers } = await served(t, { waitTimeout: 20 });
    const response = await fetch(`${url}/wait?after=7`);
    assert.deepEqual([response.status, await response.text()], [204, '']);
    assert.deepEqual([api.waiters, watchers.size], [0, 0]);
  });

  it('is forgotten when whoever asked goes away', async (t) => {
    const { api, port, watchers } = await served(t);
    const client = await RawClient.connect(port);
    client.write(`GET /api/ticker/wait?after=7 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
    await until(() => api.waiters === 1);
    client.destroy();
    await until(() => api.waiters === 0);
    assert.equal(watchers.size, 0);
  });

  it('is refused with 503 where as many wait as may', async (t) => {
    const { api, url, move } = await served(t, { maxWaiters: 2 });
    const waiting = [fetch(`${url}/wait?after=7`), fetch(`${url}/wait?after=7`)];
    await until(() => api.waiters === 2);
    const refused = await fetch(`${url}/wait?after=7`);
    assert.deepEqual([refused.status, refused.headers.get('retry-after')], [503, '2']);
    move();
    for (const response of await Promise.all(waiting)) assert.equal(response.status, 200);
    const next = fetch(`${url}/wait?after=8`);
    await until(() => api.waiters === 1);
    move();
    assert.equal((await next).status, 200);
  });

  it('has to say what it has', async (t) => {
    const { url } = await served(t);
    for (const query of ['', '?after=', '?after=-1', '?after=1e3', '?after=9999999999999999'])
      assert.equal((await fetch(`${url}/wait${query}`)).status, 400, query);
  });
});

describe('an event stream', () => {
  /** Opens one and collects what it says. */
  async function listening(t: TestContext, url: string): Promise<{ response: IncomingMessage; text(): string }> {
    const request = get(`${url}/events`);
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    let text = '';
    response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    response.on('error', () => {});
    atEnd(t, () => response.destroy());
    return { response, text: () => text };
  }

  it('begins with what is current, and tells each update as it comes', async (t) => {
    const { url, move } = await served(t);
    const { response, text } = await listening(t, url);
    assert.equal(response.headers['content-type'], 'text/event-stream');
    assert.equal(response.headers['cache-control'], 'no-store');
    await until(() => text().includes('id: 7\n'));
    move();
    move();
    await until(() => text().includes('id: 9\n'));
    const events = text()
      .split('\n\n')
      .filter((event) => event.startsWith('id:'));
    assert.deepEqual(
      events.map((event) => /^id: (\d+)\ndata: (.*)$/.exec(event)?.[1]),
      ['7', '8', '9'],
    );
    assert.equal(JSON.parse(events[1]?.split('data: ')[1] ?? '').sequence, 8);
  });

  it('is forgotten when its reader goes away', async (t) => {
    const { api, url, watchers } = await served(t);
    const { response } = await listening(t, url);
    assert.deepEqual([api.streams, watchers.size], [1, 1]);
    response.destroy();
    await until(() => api.streams === 0);
    assert.equal(watchers.size, 0);
  });

  it('is refused with 503 where as many listen as may', async (t) => {
    const { url } = await served(t, { maxStreams: 1 });
    const { response } = await listening(t, url);
    assert.equal(response.statusCode, 200);
    const refused = await fetch(`${url}/events`);
    assert.equal(refused.status, 503);
  });

  it('is cut off when its reader does not read', async (t) => {
    const { api, port, move } = await served(t, { maxStreamBytes: 1 << 16 });
    const client = await RawClient.connect(port);
    atEnd(t, () => client.destroy());
    client.pause();
    client.write('GET /api/ticker/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
    await until(() => api.streams === 1);
    // The kernel takes some megabytes before anybody notices.
    const filler = 'x'.repeat(1 << 18);
    for (let count = 0; api.streams > 0; count++) {
      assert.ok(count < 400, 'it is cut off');
      move(filler);
      await delay(1);
    }
  });

  it('answers HEAD without becoming one', async (t) => {
    const { api, url } = await served(t);
    const head = await fetch(`${url}/events`, { method: 'HEAD' });
    assert.equal(head.headers.get('content-type'), 'text/event-stream');
    assert.equal(api.streams, 0);
  });
});

describe('the end of the server', () => {
  it('ends waiters and streams, rather than waiting for them', async (t) => {
    const { api, url } = await served(t);
    const waiting = fetch(`${url}/wait?after=7`);
    await until(() => api.waiters === 1);
    const stream = await fetch(`${url}/events`);
    api.stop();
    assert.equal((await waiting).status, 204);
    assert.match(await stream.text(), /^retry: 1000\n\nid: 7\n/);
    assert.equal((await fetch(`${url}/wait?after=7`)).status, 503);
    assert.equal((await fetch(`${url}/events`)).status, 503);
  });

  it('ends a stream whole, rather than cutting it off when the closing timeout is over', async (t) => {
    const showcase = await startedShowcase(t);
    const stream = await fetch(`${showcase.url}api/ticker/events`);
    const [text] = await Promise.all([stream.text(), showcase.stop()]);
    assert.match(text, /\n\n$/);
  });
});

describe('the market', () => {
  it('moves while somebody watches, and rests when nobody does', (t) => {
    t.mock.timers.enable({ apis: ['setInterval', 'Date'], now: 1000 });
    const audience = { name: 'ticker', size: 0, send() {} };
    let sent = 0;
    const ticker = new Ticker({ audience: () => audience, sent: (count) => (sent += count) });
    const seen: number[] = [];
    const unwatch = ticker.watch(({ sequence }) => seen.push(sequence));
    for (let passed = 0; passed < 500; passed += 100) t.mock.timers.tick(100);
    assert.deepEqual(seen, [2, 3, 4, 5, 6]);
    assert.equal(sent, 5);
    unwatch();
    for (let passed = 0; passed < 500; passed += 100) t.mock.timers.tick(100);
    assert.equal(seen.length, 5);
    assert.equal(sent, 5);
  });
});
