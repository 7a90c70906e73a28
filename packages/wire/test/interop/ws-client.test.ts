/** npm's `ws` as a client of our server. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { describe, type TestContext, test } from 'node:test';
import { type ClientOptions, type PerMessageDeflateOptions, WebSocket } from 'ws';
import type { Closed } from '../../src/protocol/connection.ts';
import { type ServeOptions, type Server, serve } from '../../src/server/serve.ts';

async function server(
  t: TestContext,
  options: Partial<ServeOptions> = {},
): Promise<Server & { ends: Promise<Closed>[] }> {
  const ends: Promise<Closed>[] = [];
  const served = await serve({
    host: '127.0.0.1',
    limits: { maxMessageBytes: 32 << 20, maxFragments: null },
    routes: {
      '/echo': { open: (socket) => void ends.push(socket.closed), message: (socket, data) => socket.send(data) },
      '/deflated': { compression: true, message: (socket, data) => socket.send(data, { compress: true }) },
    },
    ...options,
  });
  t.after(() => served.close());
  return Object.assign(served, { ends });
}

async function open(
  t: TestContext,
  url: string,
  options: ClientOptions & { protocols?: string[] } = {},
): Promise<WebSocket> {
  const client = new WebSocket(url, options.protocols ?? [], { perMessageDeflate: false, ...options });
  t.after(() => client.terminate());
  await once(client, 'open');
  return client;
}

async function answers(client: WebSocket, send: () => void): Promise<{ data: Buffer; binary: boolean }> {
  send();
  const [data, binary] = await once(client, 'message');
  return { data, binary };
}

describe('ws as a client', { timeout: 60_000 }, () => {
  test('gets its messages back, text and binary, of each length form', async (t) => {
    const { url } = await server(t);
    const client = await open(t, `${url}/echo`);
    for (const length of [0, 1, 125, 126, 65_535, 65_536, 1 << 20]) {
      const bytes = randomBytes(length);
      const binary = await answers(client, () => client.send(bytes));
      assert.ok(binary.binary && binary.data.equals(bytes), `${length} bytes`);
      const text = await answers(client, () => client.send('é'.repeat(length)));
      assert.ok(!text.binary && text.data.toString() === 'é'.repeat(length), `${length} characters`);
    }
  });

  test('gets a message of 16 MiB back', async (t) => {
    const { url } = await server(t);
    const client = await open(t, `${url}/echo`, { maxPayload: 32 << 20 });
    const bytes = randomBytes(16 << 20);
    assert.ok((await answers(client, () => client.send(bytes))).data.equals(bytes));
  });

  test('gets what it sent in fragments back whole', async (t) => {
    const { url } = await server(t);
    const client = await open(t, `${url}/echo`);
    const { data } = await answers(client, () => {
      for (const piece of ['in ', '', 'caf', 'é']) client.send(piece, { fin: false });
      client.ping('between');
      client.send('.', { fin: true });
    });
    assert.equal(data.toString(), 'in café.');
    const many = await answers(client, () => {
      for (let i = 0; i < 65_536; i++) client.send('x', { fin: false });
      client.send('', { fin: true });
    });
    assert.equal(many.data.length, 65_536);
  });

  test('is answered each ping, and answers ours', async (t) => {
    const { url, sockets } = await server(t, { heartbeat: { interval: 100 } });
    const client = await open(t, `${url}/echo`);
    client.ping('are you there');
    assert.equal(String((await once(client, 'pong'))[0]), 'are you there');
    await once(client, 'ping');
    await once(client, 'ping');
    const [socket] = sockets;
    assert.ok(socket!.latency! >= 0 && socket!.latency! < 5000);
    assert.equal(socket!.state, 'open');
  });

  test('tells its close code, or none, and hears it back', async (t) => {
    const { url, ends } = await server(t);
    for (const [code, reason] of [
      [1000, 'done'],
      [4321, 'é'.repeat(61)],
      [undefined, ''],
    ] as const) {
      const client = await open(t, `${url}/echo`);
      client.close(code, reason);
      const [heard] = await once(client, 'close');
      assert.equal(heard, code ?? 1005);
      const closed = await ends.at(-1)!;
      assert.deepEqual([closed.code, closed.reason, closed.clean], [code ?? 1005, reason, true]);
    }
  });

  test('that vanishes is 1006', async (t) => {
    const { url, ends } = await server(t);
    (await open(t, `${url}/echo`)).terminate();
    const closed = await ends[0]!;
    assert.deepEqual([closed.code, closed.clean], [1006, false]);
  });

  test('hears our close code', async (t) => {
    const { url, sockets } = await server(t);
    const client = await open(t, `${url}/echo`);
    [...sockets][0]!.close(4000, 'go');
    const [code, reason] = await once(client, 'close');
    assert.deepEqual([code, String(reason)], [4000, 'go']);
  });

  const offers: [name: string, offer: PerMessageDeflateOptions | true][] = [
    ['as it does by itself', true],
    ['without takeover on our side', { serverNoContextTakeover: true }],
    ['without takeover on its side', { clientNoContextTakeover: true }],
    ['without takeover on either side', { serverNoContextTakeover: true, clientNoContextTakeover: true }],
    ['with windows of 9 bits', { serverMaxWindowBits: 9, clientMaxWindowBits: 9 }],
    ['with windows of 15 bits', { serverMaxWindowBits: 15, clientMaxWindowBits: 15 }],
    ['with a window of 8 bits on our side', { serverMaxWindowBits: 8 }],
  ];
  for (const [name, offer] of offers) {
    test(`compresses ${name}`, async (t) => {
      const { url } = await server(t);
      const client = await open(t, `${url}/deflated`, {
        perMessageDeflate: offer === true || { threshold: 0, ...offer },
      });
      assert.match(client.extensions, /permessage-deflate/);
      const words = 'tide wire socket stream peer group '.split(' ');
      const text = (length: number) => Array.from({ length }, (_, i) => words[(i * i) % words.length]).join(' ');
      for (const message of ['', 'a', text(10), text(1000), text(1000), text(60_000), text(10), text(400_000)]) {
        assert.equal((await answers(client, () => client.send(message))).data.toString(), message);
      }
      const noise = randomBytes(100_000);
      assert.ok((await answers(client, () => client.send(noise))).data.equals(noise));
    });
  }

  test('is sent messages in the order in which they were sent, large and small, compressed or not', async (t) => {
    const { url } = await server(t);
    const client = await open(t, `${url}/deflated`, { perMessageDeflate: { threshold: 1000 } });
    const sent = Array.from({ length: 60 }, (_, i) => `${i} `.repeat(i % 5 === 0 ? 100_000 : i % 3 === 0 ? 500 : 1));
    const got: string[] = [];
    const done = new Promise<void>((resolve) => {
      client.on('message', (data) => got.push(String(data)) === sent.length && resolve());
    });
    for (const message of sent) client.send(message);
    await done;
    assert.ok(got.every((message, i) => message === sent[i]));
  });

  test('agrees on a subprotocol', async (t) => {
    const { url } = await server(t, { routes: { '/': { subprotocols: ['b', 'a'] } } });
    assert.equal((await open(t, `${url}/`, { protocols: ['x', 'a', 'b'] })).protocol, 'a');
  });

  test('is refused with whatever the hook answers', async (t) => {
    const { url } = await server(t, {
      routes: {
        '/': {
          upgrade: () => Response.json({ who: 'are you' }, { status: 401, headers: { 'WWW-Authenticate': 'Bearer' } }),
        },
      },
    });
    const client = new WebSocket(`${url}/`);
    client.on('error', () => {});
    const [, response] = (await once(client, 'unexpected-response')) as [unknown, IncomingMessage];
    assert.equal(response.statusCode, 401);
    assert.equal(response.headers['www-authenticate'], 'Bearer');
    assert.equal(Buffer.concat(await response.toArray()).toString(), '{"who":"are you"}');
  });

  test('is refused by its origin, and at a path that is none', async (t) => {
    const { url } = await server(t);
    const status = async (path: string, origin?: string) => {
      const client = new WebSocket(url + path, { origin });
      client.on('error', () => {});
      const [, response] = (await once(client, 'unexpected-response')) as [unknown, IncomingMessage];
      response.resume();
      return response.statusCode;
    };
    assert.equal(await status('/echo', 'https://evil.example'), 403);
    assert.equal(await status('/nothing'), 404);
    const own = await open(t, `${url}/echo`, { origin: url.replace('ws:', 'http:') });
    assert.equal(own.readyState, WebSocket.OPEN);
  });

  test('that sends too much is closed with 1009', async (t) => {
    const { url } = await server(t, { limits: { maxMessageBytes: 1000 } });
    for (const path of ['/echo', '/deflated']) {
      const client = await open(t, url + path, { perMessageDeflate: { threshold: 0 } });
      client.send('x'.repeat(1001));
      assert.equal((await once(client, 'close'))[0], 1009);
    }
  });

  test('is in a group with 50 others, compressed or not', async (t) => {
    const served = await server(t, { compression: true, routes: { '/': { open: (socket) => socket.join('all') } } });
    const clients = await Promise.all(
      Array.from({ length: 50 }, (_, i) => open(t, `${served.url}/`, { perMessageDeflate: i % 2 === 0 })),
    );
    const heard = Promise.all(clients.map(async (client) => String((await once(client, 'message'))[0])));
    served.group('all').send('tide '.repeat(500));
    assert.deepEqual([...new Set(await heard)], ['tide '.repeat(500)]);
  });

  test('is sent away with 1012 when the server goes', async (t) => {
    const served = await server(t);
    const clients = await Promise.all(Array.from({ length: 10 }, () => open(t, `${served.url}/echo`)));
    const codes = Promise.all(clients.map(async (client) => (await once(client, 'close'))[0]));
    await served.close({ code: 1012, drain: { batch: 4, interval: 5 } });
    assert.deepEqual(await codes, Array(10).fill(1012));
    assert.equal(served.http.listening, false);
  });
});
