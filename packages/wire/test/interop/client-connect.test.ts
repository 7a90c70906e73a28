/** The client of Node against npm's `ws`, and against servers that break the rules, over 127.0.0.1. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { getEventListeners, once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net, { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { type ServerOptions, WebSocketServer } from 'ws';
import { type ConnectOptions, connect } from '../../src/client/connect.ts';
import { HandshakeRejected } from '../../src/client/handshake-rejected.ts';
import { LocalProtocolError, RemoteProtocolError } from '../../src/protocol/errors.ts';
import { acceptFor } from '../../src/protocol/handshake.ts';

async function echoServer(t: TestContext, options: ServerOptions = {}) {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', ...options });
  t.after(() => {
    for (const client of server.clients) client.terminate();
    server.close();
  });
  server.on('connection', (peer) => peer.on('message', (data, binary) => peer.send(data, { binary })));
  await once(server, 'listening');
  return { server, url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/echo` };
}

/** A server that answers each request with whatever `answer` writes; `dropped` resolves when the client let go. */
async function rawServer(t: TestContext, answer: (stream: net.Socket, request: string) => void) {
  const { promise: dropped, resolve } = Promise.withResolvers<void>();
  const streams = new Set<net.Socket>();
  const server = net.createServer((stream) => {
    streams.add(stream);
    stream.on('error', () => {});
    stream.on('close', () => resolve());
    let request = '';
    stream.on('data', (chunk) => {
      request += chunk.toString('latin1');
      if (request.endsWith('\r\n\r\n')) answer(stream, request);
    });
  });
  t.after(() => {
    for (const stream of streams) stream.destroy();
    server.close();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`, dropped };
}

function answer101(request: string, ...further: string[]): string {
  const key = /^sec-websocket-key: (.*)$/im.exec(request)![1]!.trim();
  const head = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade'];
  return [...head, `Sec-WebSocket-Accept: ${acceptFor(key)}`, ...further, '', ''].join('\r\n');
}

const quick = { handshakeTimeout: 2000 };

describe('connect to ws', () => {
  test('text and binary come back, and the close is clean on both sides', async (t) => {
    const { server, url } = await echoServer(t);
    const peerClosed = new Promise((resolve) =>
      server.on('connection', (peer) => peer.on('close', (...args) => resolve(args))),
    );
    const socket = await connect(url);
    socket.send('héllo');
    socket.send(Uint8Array.of(0, 255));
    const messages = socket[Symbol.asyncIterator]();
    assert.equal((await messages.next()).value, 'héllo');
    assert.deepEqual(new Uint8Array((await messages.next()).value as Uint8Array), Uint8Array.of(0, 255));
    socket.close(4000, 'done');
    const closed = await socket.closed;
    assert.deepEqual([closed.code, closed.clean], [4000, true]);
    assert.deepEqual(await peerClosed, [4000, Buffer.from('done')]);
    assert.deepEqual(await messages.next(), { done: true, value: undefined });
  });

  test('handlers can be given instead of for await', async (t) => {
    const { url } = await echoServer(t);
    const told: unknown[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    await connect(url, {
      open: (socket) => void socket.send('a'),
      message: (socket, data) => {
        told.push(data);
        socket.close(1000);
      },
      close: (_, { code }) => {
        told.push(code);
        resolve();
      },
    });
    await promise;
    assert.deepEqual(told, ['a', 1000]);
  });

  test('permessage-deflate is agreed on where both want it, and on no other occasion', async (t) => {
    const { server, url } = await echoServer(t, { perMessageDeflate: { threshold: 0 } });
    const plain = await connect(url);
    assert.equal(plain.extensions, '');
    plain.close();
    const socket = await connect(url, { compression: { threshold: 0 } });
    assert.match(socket.extensions, /^permessage-deflate/);
    const messages = socket[Symbol.asyncIterator]();
    for (const text of ['x'.repeat(10_000), 'x'.repeat(10_000), '', 'y'.repeat(300_000)]) {
      socket.send(text);
      assert.equal((await messages.next()).value, text);
    }
    assert.match([...server.clients].at(-1)!.extensions, /permessage-deflate/);
    socket.close();
    await socket.closed;
  });

  test('the subprotocol is the one that the server chose', async (t) => {
    const { url } = await echoServer(t, { handleProtocols: (offered) => [...offered].at(-1)! });
    const socket = await connect(url, { subprotocols: ['soap', 'wamp'] });
    assert.equal(socket.subprotocol, 'wamp');
    socket.terminate();
  });

  test('headers, origin and credentials arrive; the password does not stay in the URL', async (t) => {
    const { server, url } = await echoServer(t);
    const request = new Promise<http.IncomingMessage>((resolve) =>
      server.on('connection', (_, request) => resolve(request)),
    );
    const headers = { 'X-One': 'a', 'X-Many': ['b', 'c'] };
    const withUser = url.replace('ws://', 'http://us%C3%A9r:p%3Ass@').replace('/echo', '/echo?q=1');
    const socket = await connect(withUser, { headers, origin: 'https://example.com' });
    const { headers: got, url: target } = await request;
    assert.equal(got.authorization, `Basic ${Buffer.from('usér:p:ss').toString('base64')}`);
    assert.deepEqual(
      [got['x-one'], got['x-many'], got.origin, target],
      ['a', 'b, c', 'https://example.com', '/echo?q=1'],
    );
    assert.equal(socket.url, url.replace('/echo', '/echo?q=1'));
    socket.terminate();
  });

  test('messages that come in one packet with the 101 are not lost', async (t) => {
    const { url } = await rawServer(t, (stream, request) => {
      stream.end(
        Buffer.concat([Buffer.from(answer101(request)), Buffer.from([0x81, 2, 0x68, 0x69, 0x88, 2, 0x03, 0xe8])]),
      );
    });
    const socket = await connect(url, quick);
    const seen: unknown[] = [];
    for await (const data of socket) seen.push(data);
    assert.deepEqual(seen, ['hi']);
    assert.equal((await socket.closed).code, 1000);
  });

  test('an abort after the opening ends the connection', async (t) => {
    const { url } = await echoServer(t);
    const controller = new AbortController();
    const socket = await connect(url, { signal: controller.signal });
    controller.abort();
    assert.equal((await socket.closed).code, 1006);
  });
});

describe('refusals', () => {
  test('a refusal has its status, headers and the beginning of its body', async (t) => {
    const server = http.createServer((_, response) => {
      response.writeHead(403, { 'X-Why': 'because' }).end('n'.repeat(200_000));
    });
    server.on('upgrade', (_, stream) =>
      stream.end('HTTP/1.1 503 No\r\nRetry-After: 7\r\nContent-Length: 4\r\n\r\nfull'),
    );
    t.after(() => server.close().closeAllConnections());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    await assert.rejects(connect(url), (error: HandshakeRejected) => {
      assert.ok(error instanceof HandshakeRejected);
      assert.deepEqual([error.status, error.headers.get('retry-after'), error.body], [503, '7', 'full']);
      return true;
    });
    server.removeAllListeners('upgrade');
    await assert.rejects(connect(url), (error: HandshakeRejected) => {
      assert.deepEqual([error.status, error.headers.get('x-why'), error.body.length], [403, 'because', 65_536]);
      return true;
    });
  });

  test('an endless body is cut, and the stream is let go', async (t) => {
    const { url, dropped } = await rawServer(t, (stream) => {
      stream.write('HTTP/1.1 500 No\r\n\r\n');
      const more = () => stream.writable && stream.write('x'.repeat(16_384), more);
      more();
    });
    await assert.rejects(connect(url, quick), { name: 'HandshakeRejected', status: 500 });
    await dropped;
  });

  test('a redirect is not followed', async (t) => {
    const { url } = await rawServer(t, (stream) =>
      stream.end('HTTP/1.1 302 Found\r\nLocation: ws://127.0.0.1:1/\r\n\r\n'),
    );
    await assert.rejects(connect(url, quick), { name: 'HandshakeRejected', status: 302 });
  });

  const broken: [code: string, answer: (request: string) => string][] = [
    ['response-accept', (request) => answer101(request).replace(/Accept: .*/, 'Accept: dGhlIHNhbXBsZSBub25jZQ==')],
    ['response-upgrade', (request) => answer101(request).replace('Upgrade: websocket', 'Upgrade: h2c')],
    ['response-upgrade', (request) => answer101(request).replace('Upgrade: websocket\r\n', '')],
    ['response-connection', (request) => answer101(request).replace('Connection: Upgrade\r\n', '')],
    ['response-extension-not-offered', (request) => answer101(request, 'Sec-WebSocket-Extensions: permessage-deflate')],
    ['response-extensions', (request) => answer101(request, 'Sec-WebSocket-Extensions: a; ;')],
    ['response-subprotocol-not-offered', (request) => answer101(request, 'Sec-WebSocket-Protocol: soap')],
    [
      'response-too-many-headers',
      (request) => answer101(request, ...Array.from({ length: 101 }, (_, i) => `X-${i}: a`)),
    ],
  ];
  for (const [code, answer] of broken) {
    test(`RFC 6455 §4.1: ${code} rejects and drops the connection`, async (t) => {
      const { url, dropped } = await rawServer(t, (stream, request) => stream.write(answer(request)));
      await assert.rejects(connect(url, quick), { name: 'RemoteProtocolError', code });
      await dropped;
    });
  }

  test('RFC 7692 §7.1: parameters that were not offered reject', async (t) => {
    const deflate = 'Sec-WebSocket-Extensions: permessage-deflate; unknown';
    const { url, dropped } = await rawServer(t, (stream, request) => stream.write(answer101(request, deflate)));
    await assert.rejects(connect(url, { ...quick, compression: true }), { code: 'response-deflate-parameters' });
    await dropped;
  });

  test('2,000 header fields, and endless ones, are cut off', async (t) => {
    const many = await rawServer(t, (stream, request) => {
      stream.write(answer101(request, ...Array.from({ length: 2000 }, () => 'A: b')));
    });
    await assert.rejects(connect(many.url, { ...quick, maxHandshakeBytes: 4096 }), { code: 'response-too-large' });
    await assert.rejects(connect(many.url, { ...quick, maxHandshakeBytes: 1 << 20 }), {
      code: 'response-too-many-headers',
    });
    await many.dropped;
    const endless = await rawServer(t, (stream) => {
      stream.write('HTTP/1.1 101 Switching Protocols\r\n');
      const more = () => stream.writable && stream.write('X-More: and more\r\n'.repeat(100), more);
      more();
    });
    await assert.rejects(connect(endless.url, quick), RemoteProtocolError);
    await endless.dropped;
  });

  test('what is not HTTP, and a stream that ends early, reject', async (t) => {
    const noise = await rawServer(t, (stream) => stream.write('SSH-2.0-x\r\n\r\n'));
    await assert.rejects(connect(noise.url, quick), { code: 'HPE_INVALID_CONSTANT' });
    await noise.dropped;
    const hangup = await rawServer(t, (stream) => stream.end());
    await assert.rejects(connect(hangup.url, quick), { code: 'ECONNRESET' });
  });
});

describe('time and abort', () => {
  test('a server that never answers, or stops in the middle, is given up', async (t) => {
    for (const said of ['', 'HTTP/1.1 101 Switching Protocols\r\n', 'HTTP/1.1 102 Wait\r\n\r\n']) {
      const { url, dropped } = await rawServer(t, (stream) => stream.write(said));
      await assert.rejects(connect(url, { handshakeTimeout: 60 }), { name: 'TimeoutError' });
      await dropped;
    }
  });

  test('a refusal whose body does not end in time is told with what there is of it', async (t) => {
    const { url, dropped } = await rawServer(t, (stream) => {
      stream.write('HTTP/1.1 403 No\r\nContent-Length: 9\r\n\r\nhalf');
    });
    const refusal = { name: 'HandshakeRejected', status: 403, body: 'half' };
    await assert.rejects(connect(url, { handshakeTimeout: 60 }), refusal);
    await dropped;
  });

  test('nothing stays at a signal that many connections share', async (t) => {
    const { signal } = new AbortController();
    const { url } = await echoServer(t);
    const socket = await connect(url, { signal });
    await assert.rejects(connect('ws://127.0.0.1:1/', { signal }));
    assert.equal(getEventListeners(signal, 'abort').length, 1);
    socket.close();
    await socket.closed;
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(getEventListeners(signal, 'abort').length, 0);
  });

  test('an abort rejects with its reason at every stage, and the stream is let go', async (t) => {
    const reason = new Error('no longer wanted');
    await assert.rejects(connect('ws://127.0.0.1:1/', { signal: AbortSignal.abort(reason) }), reason);
    const atOnce = new AbortController();
    const { url, dropped } = await rawServer(t, () => controller.abort(reason));
    const connecting = connect(url, { signal: atOnce.signal });
    atOnce.abort(reason);
    await assert.rejects(connecting, reason);
    const controller = new AbortController();
    await assert.rejects(connect(url, { ...quick, signal: controller.signal }), reason);
    await dropped;
  });

  test('a port where nobody listens rejects with the error of the network', async () => {
    const server = net.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    await assert.rejects(connect(`ws://127.0.0.1:${port}/`), { code: 'ECONNREFUSED' });
  });
});

describe('what a caller may not ask for', () => {
  test('nothing can be smuggled into the request', async () => {
    const url = 'ws://127.0.0.1:1/';
    const options: ConnectOptions[] = [
      { headers: { 'X-A': 'a\r\nX-B: b' } },
      { headers: { 'X-A\r\nX-B': 'a' } },
      { headers: { 'X-A': 'a\0' } },
      { headers: { Host: 'elsewhere' } },
      { headers: { 'sec-websocket-key': 'mine' } },
      { headers: [['Connection', 'close']] },
      { origin: 'https://a\r\nX-B: b' },
      { subprotocols: ['a\r\nX-B: b'] },
      { subprotocols: ['a', 'a'] },
      { subprotocols: [''] },
    ];
    for (const option of options)
      await assert.rejects(connect(url, option), LocalProtocolError, JSON.stringify(option));
    await assert.rejects(connect('ws://%zz:x@127.0.0.1:1/'), LocalProtocolError);
  });

  test('URLs and limits are judged', async () => {
    for (const url of ['ws://127.0.0.1:1/#a', 'ftp://h/', 'nowhere'])
      await assert.rejects(connect(url), SyntaxError, url);
    for (const options of [
      { handshakeTimeout: 0 },
      { maxHeaders: -1 },
      { maxHandshakeBytes: Number.NaN },
      { closeTimeout: -1 },
    ]) {
      await assert.rejects(connect('ws://127.0.0.1:1/', options), RangeError);
    }
  });
});

describe('TLS', () => {
  test('a certificate that nobody vouches for is refused, and taken with its own authority', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'certificate-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    try {
      const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
      const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
      execFileSync('openssl', ['req', '-x509', ...ec, '-keyout', key, '-out', cert, '-days', '2', ...subject], {
        stdio: 'ignore',
      });
    } catch {
      return t.skip('openssl is missing');
    }
    const ca = readFileSync(cert);
    const server = https.createServer({ key: readFileSync(key), cert: ca });
    const wss = new WebSocketServer({ server });
    wss.on('connection', (peer) => peer.on('message', (data) => peer.send(`${data}`)));
    t.after(() => {
      for (const client of wss.clients) client.terminate();
      server.close();
    });
    server.on('tlsClientError', () => {});
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `wss://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    await assert.rejects(connect(url), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    await assert.rejects(connect(url, { reconnect: true }), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    const socket = await connect(url.replace('wss:', 'https:'), { tls: { ca } });
    socket.send('secret');
    assert.equal((await socket[Symbol.asyncIterator]().next()).value, 'secret');
    socket.close();
    await socket.closed;
  });
});

describe('reconnecting to ws', () => {
  test('a server that is restarted is found again, and gets what was sent meanwhile', async (t) => {
    const first = await echoServer(t);
    const { port } = new URL(first.url);
    let token = 0;
    const told: string[] = [];
    const socket = await connect(() => `${first.url}?token=${++token}`, {
      reconnect: { initial: 5, max: 20 },
      open: (socket) => void told.push(`open ${new URL(socket.url).search}`),
      waiting: () => void told.push('waiting'),
    });
    const messages = socket[Symbol.asyncIterator]();
    socket.send('one');
    assert.equal((await messages.next()).value, 'one');
    for (const client of first.server.clients) client.terminate();
    await new Promise((resolve) => first.server.close(resolve));
    while (socket.state === 'open') await new Promise((resolve) => setImmediate(resolve));
    assert.equal(socket.send('two'), true);
    await echoServer(t, { port: Number(port) });
    assert.equal((await messages.next()).value, 'two');
    assert.equal(told[0], 'open ?token=1');
    assert.ok(told.includes('waiting'));
    assert.match(told.at(-1)!, /^open \?token=\d+$/);
    socket.close(1000);
    assert.equal((await socket.closed).clean, true);
    assert.deepEqual(await messages.next(), { done: true, value: undefined });
  });

  test('a consumer that is behind makes the peer wait, and loses nothing', async (t) => {
    const { server, url } = await echoServer(t);
    server.on('connection', (peer) => {
      for (let i = 0; i < 5000; i++) peer.send(`${i}`.padEnd(1000));
      peer.close(1000);
    });
    const socket = await connect(url, { reconnect: true, maxQueuedMessages: 10 });
    let expected = 0;
    for await (const data of socket) {
      assert.equal(Number(data), expected++);
      if (expected % 1000 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    assert.equal(expected, 5000);
  });

  test('an abort while it is open cuts the connection for good', async (t) => {
    const { server, url } = await echoServer(t);
    const cut = new Promise((resolve) => server.on('connection', (peer) => peer.on('close', resolve)));
    const controller = new AbortController();
    const socket = await connect(url, { reconnect: true, signal: controller.signal });
    controller.abort();
    assert.equal((await socket.closed).error?.name, 'AbortError');
    assert.equal(await cut, 1006);
  });

  test('a refusal that will be repeated rejects', async (t) => {
    const { url } = await echoServer(t, { verifyClient: (_, answer) => answer(false, 401) });
    await assert.rejects(connect(url, { reconnect: true }), { name: 'HandshakeRejected', status: 401 });
  });
});
