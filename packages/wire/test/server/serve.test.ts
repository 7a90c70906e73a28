/** A server: plain HTTP beside WebSockets, its options, and its end. */
import assert from 'node:assert/strict';
import { createServer, Server as HttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { describe, type TestContext, test } from 'node:test';
import { type CloseOptions, type ServeOptions, Server, serve } from '../../src/server/serve.ts';
import { handshake, MemoryServer, request, settle } from '../support/memory-server.ts';

const routes: ServeOptions['routes'] = { '/chat': { message: (socket, data) => socket.send(data) } };
const page = (_request: IncomingMessage, response: ServerResponse) => response.end('page');
/** `shouldUpgradeCallback` came with 24.9. */
const [major, minor] = process.versions.node.split('.').map(Number) as [number, number];
const canPassUpgradesOver = major > 24 || (major === 24 && minor >= 9);

describe('plain HTTP', () => {
  test('goes to the request listener', async () => {
    const visitor = await new MemoryServer({ routes, request: page }).visit(request('GET /index.html HTTP/1.1'));
    assert.equal(visitor.status, 200);
    assert.equal(visitor.body, 'page');
  });

  test('is 404 without one', async () => {
    const visitor = await new MemoryServer({ routes }).visit(request('GET / HTTP/1.1'));
    assert.equal(visitor.status, 404);
  });

  test('on a route is 426, not the listener’s', async () => {
    const visitor = await new MemoryServer({ routes, request: page }).visit(request('GET /chat HTTP/1.1'));
    assert.equal(visitor.status, 426);
    assert.deepEqual(visitor.header('Upgrade'), ['websocket']);
    assert.deepEqual(visitor.header('Sec-WebSocket-Version'), ['13']);
    assert.match(visitor.body, /Upgrade/);
  });

  test('on a route by another method is 405', async () => {
    const visitor = await new MemoryServer({ routes, request: page }).visit(
      request('POST /chat HTTP/1.1', { 'Content-Length': '0' }),
    );
    assert.equal(visitor.status, 405);
    assert.deepEqual(visitor.header('Allow'), ['GET']);
  });

  test('needs exactly one Host in HTTP/1.1, RFC 9112 §3.2', async () => {
    for (const Host of [undefined, ['example.com', 'other.example'], ['example.com', 'example.com']]) {
      const memory = new MemoryServer({ routes, request: page });
      assert.equal((await memory.visit(request('GET / HTTP/1.1', { Host }))).status, 400);
      assert.equal((await memory.visit(request('GET /chat HTTP/1.1', { Host }))).status, 400);
    }
    const old = await new MemoryServer({ routes, request: page }).visit(request('GET / HTTP/1.0', { Host: undefined }));
    assert.equal(old.status, 200);
  });

  test('with an upgrade that is not spoken is a page, RFC 9110 §7.8', { skip: !canPassUpgradesOver }, async () => {
    const fields = { Upgrade: 'h2c', Connection: 'Upgrade, HTTP2-Settings', 'HTTP2-Settings': '' };
    const visitor = await new MemoryServer({ routes, request: page }).visit(request('GET / HTTP/1.1', fields));
    assert.equal(visitor.status, 200);
    const several = { ...fields, Upgrade: 'h2c, WebSocket' };
    assert.equal(
      (await new MemoryServer({ routes, request: page }).visit(request('GET / HTTP/1.1', several))).status,
      400,
    );
  });

  test('keeps its connection for the next request', async () => {
    const visitor = await new MemoryServer({ routes, request: page }).visit(request('GET / HTTP/1.1').repeat(2));
    assert.equal(visitor.answer.split('HTTP/1.1 200 OK').length, 3);
    await visitor.send(handshake('/chat'));
    assert.match(visitor.answer, /HTTP\/1\.1 101 /);
  });

  test('that is none at all is 400, and 431 when its head is too large', async () => {
    const memory = new MemoryServer({ routes, maxHandshakeBytes: 1000 });
    const garbage = await memory.visit('\x16\x03\x01\x02\x00 this is not HTTP\r\n\r\n');
    assert.equal(garbage.status, 400);
    const large = await memory.visit(handshake('/chat', { Cookie: 'x'.repeat(1000) }));
    assert.equal(large.status, 431); // 'request-too-large'
    for (const visitor of [garbage, large]) assert.deepEqual(visitor.header('Connection'), ['close']);
    memory.clock.advance(1000);
    assert.deepEqual([garbage.gone, large.gone], [true, true]);
  });

  test('that is broken behind a request is not answered in the middle of that one’s answer', async () => {
    const half = (_request: IncomingMessage, response: ServerResponse) => void response.write('half');
    const visitor = await new MemoryServer({ routes, request: half }).visit(
      `${request('GET / HTTP/1.1')}\x00\x01\r\n\r\n`,
    );
    assert.doesNotMatch(visitor.answer, /400/);
    assert.equal(visitor.gone, true);
  });

  test('whose listener throws or rejects is 500 without detail, and it is reported', async () => {
    for (const listener of [() => assert.fail('secret'), () => Promise.reject(new Error('secret'))]) {
      const memory = new MemoryServer({ routes, request: listener });
      const visitor = await memory.visit(request('GET / HTTP/1.1'));
      assert.equal(visitor.status, 500);
      assert.doesNotMatch(visitor.answer, /secret/);
      assert.deepEqual(
        memory.errors.map(({ stage }) => stage),
        ['request'],
      );
    }
  });

  test('whose listener throws in the middle of an answer is cut', async () => {
    const listener = async (_request: IncomingMessage, response: ServerResponse) => {
      response.write('half');
      await settle();
      throw new Error('secret');
    };
    const memory = new MemoryServer({ routes, request: listener });
    const visitor = await memory.visit(request('GET / HTTP/1.1'));
    await settle();
    await settle();
    assert.equal(visitor.gone, true);
    assert.doesNotMatch(visitor.answer, /\r\n0\r\n/);
    assert.equal(memory.errors.length, 1);
  });
});

describe('where it listens', () => {
  for (const [says, options, backlog] of [
    ['4096 connections may wait to be accepted', {}, 4096],
    ['or as many as it is told', { backlog: 16 }, 16],
  ] as const) {
    test(says, async (t) => {
      const told: unknown[] = [];
      t.mock.method(HttpServer.prototype, 'listen', (where: unknown, listening: () => void) => {
        told.push(where);
        listening();
      });
      await serve({ routes, port: 8080, host: '127.0.0.1', ...options });
      assert.deepEqual(told, [{ port: 8080, host: '127.0.0.1', backlog }]);
    });
  }
});

describe('options that make no sense are refused at once', () => {
  const wrong: [name: string, options: object, says: RegExp][] = [
    ['a path without a slash', { routes: { chat: {} } }, /starts with "\/"/],
    ['an origin that is none', { routes, origin: ['example.com/'] }, /not an origin/],
    ['an origin that is no policy', { routes, origin: 'https://example.com' }, /a list or a function/],
    ["a route's origin that is none", { routes: { '/': { origin: ['*'] } } }, /not an origin/],
    ['subprotocols that are no tokens', { routes: { '/': { subprotocols: ['a b'] } } }, /list of tokens/],
    ['subprotocols that are no list', { routes: { '/': { subprotocols: 'chat' } } }, /list of tokens/],
    ['a handshakeTimeout of 0', { routes, handshakeTimeout: 0 }, /handshakeTimeout/],
    ['a handshakeTimeout that is no number', { routes, handshakeTimeout: '5' }, /handshakeTimeout/],
    ['maxHandshakeBytes of 0', { routes, maxHandshakeBytes: 0 }, /maxHandshakeBytes/],
    ['maxHeaders of NaN', { routes, maxHeaders: Number.NaN }, /maxHeaders/],
    ['a closeTimeout of -1', { routes, closeTimeout: -1 }, /closeTimeout/],
    ["a route's limit that there is not", { routes: { '/': { limits: { maxMesageBytes: 1 } } } }, /maxMesageBytes/],
    ["a route's heartbeat of 0", { routes: { '/': { heartbeat: { interval: 0 } } } }, /heartbeat/],
    ['a window of 16 bits', { routes: { '/': { compression: { serverMaxWindowBits: 16 } } } }, /indow/],
    ['a port of 65536', { routes, port: 65_536 }, /port/],
    ['a backlog of 0', { routes, backlog: 0 }, /backlog/],
  ];
  for (const key of ['port', 'host', 'backlog', 'tls', 'request']) {
    const value = { port: 0, host: 'localhost', backlog: 1, tls: {}, request: page }[key];
    wrong.push([
      `${key} for a server that has it`,
      { routes, server: createServer(), [key]: value },
      /attached server/,
    ]);
  }
  for (const [name, options, says] of wrong) {
    test(name, () => assert.rejects(serve(options as ServeOptions), says));
  }

  test('and sensible ones are not', () => {
    for (const options of [
      { handshakeTimeout: 400_000 },
      { heartbeat: null },
      { closeTimeout: 1 },
      { maxHeaders: 1 },
    ]) {
      new Server({ routes, ...options });
    }
  });
});

describe('close', () => {
  test('asks every socket to go with 1001, or 1012', async () => {
    for (const code of [undefined, 1001, 1012] as const) {
      const memory = new MemoryServer({ routes });
      const visitor = await memory.visit(handshake('/chat'));
      const closing = memory.server.close({ code });
      await settle();
      assert.deepEqual(visitor.heard, [code ?? 1001]);
      await visitor.leave(code);
      await closing;
      assert.equal(memory.server.sockets.size, 0);
    }
  });

  test('refuses new handshakes with 503 while it waits', async () => {
    const memory = new MemoryServer({ routes });
    const early = await memory.visit('');
    const visitor = await memory.visit(handshake('/chat'));
    const closing = memory.server.close();
    await early.send(handshake('/chat'));
    assert.equal(early.status, 503);
    await visitor.leave();
    await closing;
  });

  test('refuses those whose hook has not answered yet, at once', async () => {
    let signal: AbortSignal | undefined;
    const { promise, resolve } = Promise.withResolvers<object>();
    const memory = new MemoryServer({
      routes: {
        '/chat': {
          upgrade(asked) {
            signal = asked.signal;
            return promise;
          },
        },
      },
    });
    const visitor = await memory.visit(handshake('/chat'));
    await memory.server.close();
    await settle();
    assert.equal(visitor.status, 503);
    assert.match(signal!.reason.message, /going away/);
    resolve({});
    await settle();
    assert.equal(memory.server.sockets.size, 0);
  });

  test('takes its time with drain', async () => {
    const memory = new MemoryServer({ routes });
    const visitors = [await memory.visit(handshake('/chat')), await memory.visit(handshake('/chat'))];
    const closing = memory.server.close({ code: 1012, drain: { batch: 1, interval: 50 } });
    await settle();
    assert.deepEqual(
      visitors.map(({ heard }) => heard),
      [[1012], []],
    );
    memory.clock.advance(50);
    await settle();
    assert.deepEqual(
      visitors.map(({ heard }) => heard),
      [[1012], [1012]],
    );
    for (const visitor of visitors) await visitor.leave(1012);
    await closing;
  });

  test('cuts a peer that does not answer after its closeTimeout', async () => {
    const memory = new MemoryServer({ routes: { '/chat': { closeTimeout: 700 } } });
    const visitor = await memory.visit(handshake('/chat'));
    let done = false;
    const closing = memory.server.close().then(() => (done = true));
    memory.clock.advance(699);
    await settle();
    assert.deepEqual([done, visitor.gone], [false, false]);
    memory.clock.advance(1);
    await closing;
    assert.equal(visitor.gone, true);
  });

  test('lets plain requests be answered first, for as long as the closeTimeout', async () => {
    const held: ServerResponse[] = [];
    const listener = (_request: IncomingMessage, response: ServerResponse) => void held.push(response);
    const memory = new MemoryServer({ routes, closeTimeout: 700, request: listener });
    const visitors = [await memory.visit(request('GET /1 HTTP/1.1')), await memory.visit(request('GET /2 HTTP/1.1'))];
    let done = false;
    const closing = memory.server.close().then(() => (done = true));
    await settle();
    held[0]!.end('answered');
    await settle();
    assert.equal(visitors[0]!.status, 200);
    assert.equal(done, false);
    memory.clock.advance(700);
    await closing;
    assert.equal(memory.clock.pending, 0);
  });

  test('is one and the same however often it is called', async () => {
    const memory = new MemoryServer({ routes });
    const visitor = await memory.visit(handshake('/chat'));
    const closings = [memory.server.close(), memory.server.close({ code: 1012 }), memory.server.close()];
    await settle();
    assert.deepEqual(visitor.heard, [1001]);
    await visitor.leave();
    await Promise.all(closings);
    await memory.server.close();
  });

  test('does nothing at all when it is told nonsense', async () => {
    const memory = new MemoryServer({ routes });
    const visitor = await memory.visit(handshake('/chat'));
    for (const nonsense of [{ code: 1000 }, { code: 1006 }, { drain: { batch: 0, interval: 1 } }] as CloseOptions[]) {
      await assert.rejects(memory.server.close(nonsense), RangeError);
    }
    assert.equal((await memory.visit(handshake('/chat'))).status, 101);
    assert.deepEqual(visitor.heard, []);
  });

  test('leaves a server of the user to its user', async () => {
    const server = createServer(page);
    const memory = new MemoryServer({ server, routes });
    const visitor = await memory.visit(handshake('/chat'));
    const closing = memory.server.close();
    await settle();
    assert.equal((await memory.visit(handshake('/chat'))).status, 503);
    await visitor.leave();
    await closing;
    assert.equal(server.listenerCount('upgrade'), 0);
    // Without anybody who speaks another protocol, an upgrade is what it was without the upgrade.
    assert.equal((await memory.visit(handshake('/chat'))).status, 200);
  });

  test('is not needed for sockets that come and go: they leave no trace', async () => {
    const memory = new MemoryServer({ routes, heartbeat: null });
    for (let i = 0; i < 3; i++) {
      const visitor = await memory.visit(handshake('/chat'));
      assert.equal(memory.server.sockets.size, 1);
      await visitor.leave();
      assert.equal(visitor.gone, true);
    }
    assert.equal(memory.server.sockets.size, 0);
    assert.equal(memory.clock.pending, 0);
  });
});

describe('what goes wrong in handlers', () => {
  test('closes the socket with 1011 without detail, and is reported with its socket', async () => {
    const reports: unknown[] = [];
    const server = new Server({
      routes: { '/chat': { message: async () => Promise.reject(new Error('secret')) } },
      onError: (_error, { stage, socket }) => void reports.push([stage, socket]),
    });
    const memory = Object.assign(Object.create(MemoryServer.prototype) as MemoryServer, { server });
    const visitor = await memory.visit(handshake('/chat'));
    const [socket] = [...server.sockets];
    await visitor.send(visitor.frame.text('Hello'));
    assert.deepEqual(visitor.heard, [1011]);
    assert.equal(visitor.frames[0]!.payload.length, 2);
    assert.deepEqual(reports, [['handler', socket]]);
    socket!.terminate();
  });

  test('goes to stderr when nobody says where', async (t: TestContext) => {
    const log = t.mock.method(console, 'error', () => {});
    const server = new Server({ routes: { '/chat': { upgrade: () => assert.fail('here it is') } } });
    const memory = Object.assign(Object.create(MemoryServer.prototype) as MemoryServer, { server });
    await memory.visit(handshake('/chat'));
    assert.equal(log.mock.callCount(), 1);
    assert.match(String(log.mock.calls[0]!.arguments[0]), /tidewire: upgrade/);
  });
});
