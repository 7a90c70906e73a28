/** RFC 6455 §4.2: from a request, read by Node's own parser, to an open socket or to an HTTP answer that says why not. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Route } from '../../src/server/route.ts';
import type { UpgradeRequest } from '../../src/server/upgrade-request.ts';
import { type Fields, handshake, MemoryServer, settle } from '../support/memory-server.ts';

const echo: Route<any, any> = { message: (socket, data) => socket.send(data) };
/** One route with this hook, at /chat. */
const hooked = (upgrade: Route['upgrade'], more: Route = {}) =>
  new MemoryServer({ routes: { '/chat': { ...echo, ...more, upgrade } } });

describe('RFC 6455 §4.2.2: the answer to an opening handshake', () => {
  test('begins with these lines, in this order', async () => {
    const seed = [
      'GET /chatService HTTP/1.1',
      'Upgrade: websocket',
      'Connection: Upgrade',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      'Sec-WebSocket-Protocol: soap, wamp',
      'Sec-WebSocket-Version: 13',
    ];
    const memory = new MemoryServer({ routes: { '/chatService': { ...echo, insecureAllowMissingHost: true } } });
    const visitor = await memory.visit([...seed, '', ''].join('\r\n'));
    const expected = [
      'HTTP/1.1 101 Switching Protocols',
      'Upgrade: WebSocket',
      'Connection: Upgrade',
      'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=',
    ];
    assert.equal(visitor.answer, [...expected, '', ''].join('\r\n'));
    assert.equal(memory.sockets[0]!.subprotocol, '');
  });

  test('opens a socket that knows where it came in', async () => {
    const memory = new MemoryServer({ routes: { '/rooms/{room}': echo } });
    const fields = { Origin: 'http://example.com' };
    const visitor = await memory.visit(handshake('/rooms/a%20b?x=1', fields), { remoteAddress: '192.0.2.7' });
    const [socket] = memory.sockets;
    assert.equal(visitor.status, 101);
    assert.equal(socket!.url, '/rooms/a%20b?x=1');
    assert.deepEqual(socket!.params, { room: 'a b' });
    assert.equal(socket!.origin, 'http://example.com');
    assert.equal(socket!.remoteAddress, '192.0.2.7');
    assert.equal(socket!.data, undefined);
    assert.equal(socket!.role, 'server');
  });

  test('is given to an absolute target too', async () => {
    const memory = new MemoryServer({ routes: { '/chat/{x}': echo } });
    assert.equal((await memory.visit(handshake('http://example.com/chat/1?a'))).status, 101);
    assert.deepEqual(memory.sockets[0]!.params, { x: '1' });
    assert.equal((await memory.visit(handshake('HTTPS://example.com/chat/1'))).status, 101);
    assert.equal((await memory.visit(handshake('http://example.com/other'))).status, 404);
  });

  test('is followed by what came right behind the handshake', async () => {
    const memory = new MemoryServer({ routes: { '/chat': echo } });
    const visitor = await memory.visit('');
    await visitor.send(
      Buffer.concat([Buffer.from(handshake('/chat')), visitor.frame.text('early'), visitor.frame.text('bird')]),
    );
    assert.deepEqual(visitor.heard, ['early', 'bird']);
  });

  test('comes when the handshake arrives one octet at a time', async () => {
    const memory = new MemoryServer({ routes: { '/chat': echo } });
    const visitor = await memory.visit('');
    const octets = Buffer.concat([Buffer.from(handshake('/chat')), visitor.frame.text('Hello')]);
    await visitor.send(...[...octets].map((octet) => Uint8Array.of(octet)));
    assert.equal(visitor.status, 101);
    assert.deepEqual(visitor.heard, ['Hello']);
  });

  test('chooses a subprotocol from a list in the order of the client, or none', async () => {
    const memory = new MemoryServer({ routes: { '/chat': { ...echo, subprotocols: ['v1', 'v2'] } } });
    const chosen = async (offered: string | string[] | undefined) =>
      (await memory.visit(handshake('/chat', { 'Sec-WebSocket-Protocol': offered }))).header('Sec-WebSocket-Protocol');
    assert.deepEqual(await chosen('v3, v2, v1'), ['v2']);
    assert.deepEqual(await chosen(['v3', 'v1', 'v2']), ['v1']);
    assert.deepEqual(await chosen('V1, v3'), []);
    assert.deepEqual(await chosen(undefined), []);
    assert.deepEqual(
      memory.sockets.map((socket) => socket.subprotocol),
      ['v2', 'v1', '', ''],
    );
  });

  test('chooses a subprotocol by a function, which sees the request', async () => {
    const subprotocols = (offered: readonly string[], { target }: UpgradeRequest) =>
      target.endsWith('?last') ? offered.at(-1) : undefined;
    const memory = new MemoryServer({ routes: { '/chat': { ...echo, subprotocols } } });
    const offer = { 'Sec-WebSocket-Protocol': 'a, b' };
    assert.deepEqual((await memory.visit(handshake('/chat?last', offer))).header('Sec-WebSocket-Protocol'), ['b']);
    assert.deepEqual((await memory.visit(handshake('/chat', offer))).header('Sec-WebSocket-Protocol'), []);
  });

  test('agrees to permessage-deflate only where the route has it', async () => {
    const memory = new MemoryServer({ routes: { '/chat': echo, '/small': { ...echo, compression: true } } });
    const offer = {
      'Sec-WebSocket-Extensions': 'foo, permessage-deflate; client_max_window_bits; server_no_context_takeover',
    };
    assert.deepEqual((await memory.visit(handshake('/chat', offer))).header('Sec-WebSocket-Extensions'), []);
    const [extension] = (await memory.visit(handshake('/small', offer))).header('Sec-WebSocket-Extensions');
    assert.match(extension!, /^permessage-deflate; .*server_no_context_takeover/);
    assert.equal(memory.sockets[1]!.extensions, extension);
  });
});

describe('RFC 6455 §4.2.1: a handshake that breaks a rule', () => {
  const many = Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`x${i}`, '']));
  const rows: [name: string, status: number, target: string, fields: Fields, says: RegExp][] = [
    ['no Host', 400, '/chat', { Host: undefined }, /Host/],
    ['a doubled Host', 400, '/chat', { Host: ['example.com', 'example.com'] }, /Host/],
    ['an empty Host', 400, '/chat', { Host: '' }, /Host/],
    ['a Host that is none', 400, '/chat', { Host: 'exa mple' }, /Host/],
    ['no key', 400, '/chat', { 'Sec-WebSocket-Key': undefined }, /Key/],
    ['a doubled key', 400, '/chat', { 'Sec-WebSocket-Key': Array(2).fill('dGhlIHNhbXBsZSBub25jZQ==') }, /Key/],
    ['a short key', 400, '/chat', { 'Sec-WebSocket-Key': 'c2hvcnQ=' }, /Key/],
    ['a doubled Origin', 400, '/chat', { Origin: ['http://example.com', 'http://evil.example'] }, /Origin/],
    ['no version', 400, '/chat', { 'Sec-WebSocket-Version': undefined }, /Version/],
    ['a doubled version', 400, '/chat', { 'Sec-WebSocket-Version': ['13', '13'] }, /Version/],
    ['version 8', 426, '/chat', { 'Sec-WebSocket-Version': '8' }, /version 13/],
    ['another upgrade', 426, '/chat', { Upgrade: 'h2c' }, /Upgrade/],
    ['no upgrade', 426, '/chat', { Upgrade: undefined }, /Upgrade/],
    ['no Connection: Upgrade', 400, '/chat', { Connection: 'keep-alive' }, /Connection/],
    ['a length', 400, '/chat', { 'Content-Length': '3' }, /body/],
    ['a chunked body', 400, '/chat', { 'Transfer-Encoding': 'chunked' }, /body/],
    ['broken subprotocols', 400, '/chat', { 'Sec-WebSocket-Protocol': 'a b' }, /Protocol/],
    ['doubled subprotocols', 400, '/chat', { 'Sec-WebSocket-Protocol': ['a', 'a'] }, /Protocol/],
    ['broken extensions', 400, '/chat', { 'Sec-WebSocket-Extensions': 'a; =' }, /Extensions/],
    ['101 header fields', 431, '/chat', Object.fromEntries(Object.entries(many).slice(0, 96)), /more header fields/],
    ['2,000 header fields', 431, '/chat', many, /more header fields/],
    ['a path that is no route', 404, '/other', {}, /nothing at this path/],
    ['a page of another origin', 403, '/chat', { Origin: 'http://evil.example' }, /origin/],
  ];
  for (const [name, status, target, fields, says] of rows) {
    test(`${name}: ${status}, the reason, and the end of the connection`, async () => {
      const memory = new MemoryServer({ routes: { '/chat': echo } });
      const visitor = await memory.visit(handshake(target, fields));
      assert.equal(visitor.status, status, visitor.answer);
      assert.match(visitor.body, says);
      assert.match(visitor.header('Connection').join(), /\bclose$/);
      assert.deepEqual(visitor.header('Content-Length'), [`${visitor.body.length}`]);
      visitor.pipe.end();
      await settle();
      assert.equal(visitor.gone, true);
      assert.deepEqual(memory.sockets, []);
      assert.deepEqual(memory.errors, []);
    });
  }

  test('100 header fields are let in', async () => {
    const memory = new MemoryServer({ routes: { '/chat': echo } });
    assert.equal(
      (await memory.visit(handshake('/chat', Object.fromEntries(Object.entries(many).slice(0, 95))))).status,
      101,
    );
  });

  test('each method but GET: 405, with Allow', async () => {
    for (const method of ['POST', 'PUT', 'HEAD', 'OPTIONS', 'DELETE']) {
      const memory = new MemoryServer({ routes: { '/chat': echo } });
      const visitor = await memory.visit(handshake('/chat').replace('GET', method));
      assert.equal(visitor.status, 405, method);
      assert.deepEqual(visitor.header('Allow'), ['GET']);
    }
  });

  test('HTTP/1.0: 400', async () => {
    const memory = new MemoryServer({ routes: { '/chat': echo } });
    const visitor = await memory.visit(handshake('/chat').replace('HTTP/1.1', 'HTTP/1.0'));
    assert.equal(visitor.status, 400);
    assert.match(visitor.body, /HTTP\/1\.1/);
  });

  test('426 says which versions are spoken, and by which protocol', async () => {
    const memory = new MemoryServer({ routes: { '/chat': echo } });
    const visitor = await memory.visit(handshake('/chat', { 'Sec-WebSocket-Version': '8' }));
    assert.deepEqual(visitor.header('Sec-WebSocket-Version'), ['13']);
    assert.deepEqual(visitor.header('Upgrade'), ['websocket']);
    assert.deepEqual(visitor.header('Connection'), ['Upgrade, close']);
  });

  test('the answers tell nothing of what the client sent', async () => {
    const memory = new MemoryServer({ routes: { '/chat': echo } });
    const visitor = await memory.visit(handshake('/%3Cscript%3E', { Origin: 'http://%3Cscript%3E' }));
    assert.doesNotMatch(visitor.answer, /script/);
  });

  test('a missing Host passes only where the route says so, and then no page does', async () => {
    const memory = new MemoryServer({ routes: { '/old': { ...echo, insecureAllowMissingHost: true }, '/chat': echo } });
    assert.equal((await memory.visit(handshake('/chat', { Host: undefined }))).status, 400);
    assert.equal((await memory.visit(handshake('/old', { Host: undefined }))).status, 101);
    assert.equal((await memory.visit(handshake('/old', { Host: ['a', 'b'] }))).status, 400);
    assert.equal((await memory.visit(handshake('/old', { Host: undefined, Origin: 'http://localhost' }))).status, 403);
  });

  test('a page is judged by the route before the server', async () => {
    const memory = new MemoryServer({
      origin: ['http://a.example'],
      routes: { '/chat': echo, '/any': { ...echo, origin: 'any' } },
    });
    assert.equal((await memory.visit(handshake('/chat', { Origin: 'http://a.example' }))).status, 101);
    assert.equal((await memory.visit(handshake('/chat', { Origin: 'http://example.com' }))).status, 403);
    assert.equal((await memory.visit(handshake('/any', { Origin: 'null' }))).status, 101);
  });

  test('over TLS, a page that came without it is refused', async () => {
    const memory = new MemoryServer({ routes: { '/chat': echo } });
    const from = (origin: string) => memory.visit(handshake('/chat', { Origin: origin }), { encrypted: true });
    assert.equal((await from('http://example.com')).status, 403);
    assert.equal((await from('https://example.com')).status, 101);
  });

  test('a policy that throws: 500, and it is reported', async () => {
    const memory = new MemoryServer({ origin: () => Promise.reject(new Error('secret')), routes: { '/chat': echo } });
    const visitor = await memory.visit(handshake('/chat', { Origin: 'http://example.com' }));
    assert.equal(visitor.status, 500);
    assert.doesNotMatch(visitor.answer, /secret/);
    assert.deepEqual(
      memory.errors.map(({ stage }) => stage),
      ['upgrade'],
    );
  });
});

describe('the upgrade hook', () => {
  test('sees what was asked for', async () => {
    let seen: UpgradeRequest | undefined;
    const memory = new MemoryServer({ routes: { '/rooms/{room}': { upgrade: (asked) => void (seen = asked) } } });
    const fields = {
      Origin: 'https://example.com',
      'Sec-WebSocket-Protocol': 'b, a',
      Cookie: ['x=1', 'y=2'],
      'X-Many': ['1', '2'],
    };
    const visitor = { remoteAddress: '192.0.2.7', encrypted: true };
    await memory.visit(
      handshake('/rooms/4%32?token=t', { Host: 'example.com:8443', ...fields, Origin: undefined }),
      visitor,
    );
    const { url, target, params, origin, subprotocols, headers, remoteAddress, secure, signal, raw } = seen!;
    assert.equal(url.href, 'wss://example.com:8443/rooms/4%32?token=t');
    assert.equal(target, '/rooms/4%32?token=t');
    assert.deepEqual(params, { room: '42' });
    assert.equal(origin, undefined);
    assert.deepEqual(subprotocols, ['b', 'a']);
    assert.equal(headers.get('cookie'), 'x=1; y=2');
    assert.equal(headers.get('x-many'), '1, 2');
    assert.equal(headers, seen!.headers);
    assert.equal(remoteAddress, '192.0.2.7');
    assert.equal(secure, true);
    assert.equal(signal.aborted, false);
    assert.equal(raw.method, 'GET');
  });

  test('has a URL whose path and host are those of the request, however the path looks', async () => {
    const seen: string[] = [];
    const upgrade = ({ url }: UpgradeRequest<any>) => void seen.push(`${url.protocol} ${url.host} ${url.pathname}`);
    const memory = new MemoryServer({
      routes: { '//evil.example/{x}': { upgrade }, '/{x}': { upgrade, insecureAllowMissingHost: true } },
    });
    await memory.visit(handshake('//evil.example/rooms'));
    await memory.visit(handshake('/a', { Host: undefined }));
    await memory.visit(handshake('http://other.example/b'));
    assert.deepEqual(seen, ['ws: example.com //evil.example/rooms', 'ws: localhost /a', 'http: other.example /b']);
  });

  test('gives the socket its data and the answer its header fields', async () => {
    const headers = new Headers({ 'X-Node': 'n1' });
    headers.append('Set-Cookie', 'a=1');
    headers.append('Set-Cookie', 'b=2');
    const memory = hooked(async () => ({ data: { user: 'Ada' }, headers }));
    const visitor = await memory.visit(handshake('/chat'));
    assert.equal(visitor.status, 101);
    assert.deepEqual(visitor.header('Set-Cookie'), ['a=1', 'b=2']);
    assert.deepEqual(visitor.header('X-Node'), ['n1']);
    assert.deepEqual(memory.sockets[0]!.data, { user: 'Ada' });
  });

  test('takes header fields in each form in which the Fetch standard has them', async () => {
    for (const headers of [{ 'X-A': '1' }, [['X-A', '1']] as [string, string][], new Headers([['X-A', '1']])]) {
      const visitor = await hooked(() => ({ headers })).visit(handshake('/chat'));
      assert.deepEqual(visitor.header('x-a'), ['1']);
    }
  });

  test('chooses the subprotocol before the route does', async () => {
    const memory = hooked(() => ({ subprotocol: 'b' }), { subprotocols: ['a'] });
    const visitor = await memory.visit(handshake('/chat', { 'Sec-WebSocket-Protocol': 'a, b' }));
    assert.deepEqual(visitor.header('Sec-WebSocket-Protocol'), ['b']);
    assert.equal(memory.sockets[0]!.subprotocol, 'b');
  });

  test('lets in with nothing said', async () => {
    for (const nothing of [undefined, {}, null]) {
      assert.equal((await hooked(() => nothing as undefined).visit(handshake('/chat'))).status, 101);
    }
  });

  test('is not asked about pages that may not connect', async () => {
    const memory = hooked(() => assert.fail());
    assert.equal((await memory.visit(handshake('/chat', { Origin: 'http://evil.example' }))).status, 403);
  });

  test('refuses with any Response', async () => {
    const headers = { 'Content-Type': 'application/json', Location: '/login', 'Retry-After': '5' };
    for (const status of [200, 302, 401, 403, 429, 503]) {
      const memory = hooked(async () => new Response('{"go":"away"}', { status, headers }));
      const visitor = await memory.visit(handshake('/chat'));
      assert.equal(visitor.status, status);
      assert.deepEqual(visitor.header('Content-Type'), ['application/json']);
      assert.deepEqual(visitor.header('Location'), ['/login']);
      assert.deepEqual(visitor.header('Connection'), ['close']);
      assert.equal(visitor.body, '{"go":"away"}');
      assert.deepEqual(memory.sockets, []);
      assert.deepEqual(memory.errors, []);
    }
  });

  test('refuses with Response.json and Response.redirect', async () => {
    const json = await hooked(() => Response.json({ code: 7 }, { status: 418 })).visit(handshake('/chat'));
    assert.equal(json.status, 418);
    assert.equal(json.body, '{"code":7}');
    const redirect = await hooked(() => Response.redirect('https://example.com/', 307)).visit(handshake('/chat'));
    assert.equal(redirect.status, 307);
    assert.deepEqual(redirect.header('Location'), ['https://example.com/']);
  });

  const mistakes: [name: string, answer: () => unknown][] = [
    ['throws', () => assert.fail('secret')],
    ['rejects', () => Promise.reject(new Error('secret'))],
    ['rejects with what is no error', () => Promise.reject('secret')],
    ['rejects with nothing', () => Promise.reject()],
    ['chooses a subprotocol that was not offered', () => ({ subprotocol: 'secret' })],
    ['sets a header field of the handshake', () => ({ headers: { 'Sec-WebSocket-Accept': 'secret' } })],
    ['sets a header field that breaks the line', () => ({ headers: { 'X-A': 'a\r\nSet-Cookie: secret' } })],
    ['sets a header field whose name breaks the line', () => ({ headers: { 'X-A: secret\r\nX-B': 'b' } })],
    ['answers Response.error()', () => Response.error()],
    ['answers false, as if that could refuse', () => false],
    ['answers a string', () => 'secret'],
  ];
  for (const [name, answer] of mistakes) {
    test(`that ${name}: 500 without detail, and it is reported once`, async () => {
      const memory = hooked(answer as Route['upgrade']);
      const visitor = await memory.visit(handshake('/chat', { 'Sec-WebSocket-Protocol': 'a' }));
      assert.equal(visitor.status, 500);
      assert.equal(visitor.body, 'The handshake failed\n');
      assert.doesNotMatch(visitor.answer, /secret/);
      assert.deepEqual(
        memory.errors.map(({ stage }) => stage),
        ['upgrade'],
      );
      assert.deepEqual(memory.sockets, []);
    });
  }

  test('that chooses by a function what was not offered: 500', async () => {
    const memory = new MemoryServer({ routes: { '/chat': { ...echo, subprotocols: () => 'x' } } });
    assert.equal((await memory.visit(handshake('/chat', { 'Sec-WebSocket-Protocol': 'a' }))).status, 500);
    assert.equal(memory.errors.length, 1);
  });

  test('that answers late finds everything that came in the meantime', async () => {
    const { promise, resolve } = Promise.withResolvers<object>();
    const memory = hooked(() => promise);
    const visitor = await memory.visit('');
    await visitor.send(
      Buffer.concat([Buffer.from(handshake('/chat')), visitor.frame.text('one')]),
      visitor.frame.text('two'),
    );
    await visitor.send(visitor.frame.text('three'));
    assert.equal(visitor.answer, '');
    resolve({});
    await settle();
    await visitor.send(visitor.frame.text('four'));
    assert.deepEqual(visitor.heard, ['one', 'two', 'three', 'four']);
  });

  test('that never answers: 503 when the time is over, and the signal says so', async () => {
    let signal: AbortSignal | undefined;
    const memory = new MemoryServer({
      handshakeTimeout: 3000,
      routes: {
        '/chat': {
          upgrade(asked) {
            signal = asked.signal;
            return new Promise(() => {});
          },
        },
      },
    });
    const visitor = await memory.visit(handshake('/chat'));
    memory.clock.advance(2999);
    await settle();
    assert.equal(visitor.answer, '');
    memory.clock.advance(1);
    await settle();
    assert.equal(visitor.status, 503);
    assert.equal(signal!.reason.name, 'TimeoutError');
    assert.deepEqual(memory.errors, []);
    memory.clock.advance(1000);
    assert.equal(visitor.gone, true);
    assert.equal(memory.clock.pending, 0);
  });

  test('that answers after its time changes nothing', async () => {
    const { promise, resolve, reject } = Promise.withResolvers<object>();
    const memory = hooked(({ target }) => (target === '/chat?late' ? promise : promise.then(() => reject())));
    const visitors = [await memory.visit(handshake('/chat?late')), await memory.visit(handshake('/chat'))];
    memory.clock.advance(10_000);
    await settle();
    resolve({});
    await settle();
    assert.deepEqual(
      visitors.map(({ status }) => status),
      [503, 503],
    );
    assert.deepEqual(memory.sockets, []);
  });

  for (const [how, leave] of [
    ['ends the stream', 'end'],
    ['breaks the stream', 'cut'],
  ] as const) {
    test(`learns that the client ${how}, and nothing is left`, async () => {
      const { promise, resolve } = Promise.withResolvers<object>();
      let signal: AbortSignal | undefined;
      const memory = hooked((asked) => {
        signal = asked.signal;
        return promise;
      });
      const visitor = await memory.visit(handshake('/chat'));
      assert.equal(signal!.aborted, false);
      visitor.pipe[leave]();
      await settle();
      assert.equal(signal!.aborted, true);
      assert.match(signal!.reason.message, /gone away/);
      assert.equal(visitor.gone, true);
      assert.equal(visitor.answer, '');
      assert.equal(memory.clock.pending, 0);
      resolve({});
      await settle();
      assert.deepEqual(memory.sockets, []);
      assert.deepEqual(memory.errors, []);
    });
  }

  for (const [what, target] of [
    ['is let in at once', '/chat'],
    ['has to wait', '/hooked'],
    ['is refused', '/nowhere'],
  ] as const) {
    test(`is not harmed by the stream of a client that ${what}, when it breaks in that moment or later`, async () => {
      const memory = new MemoryServer({ routes: { '/chat': echo, '/hooked': { ...echo, upgrade: () => {} } } });
      const visitor = await memory.visit(handshake(target));
      visitor.pipe.cut();
      await settle();
      assert.equal(visitor.gone, true);
      memory.server.http.prependListener('upgrade', (_request, stream) => stream.destroy(new Error('broken')));
      assert.equal((await memory.visit(handshake(target))).gone, true);
      assert.deepEqual(memory.sockets, []);
    });
  }

  test('is not told anything once it has answered', async () => {
    let signal: AbortSignal | undefined;
    const memory = hooked((asked) => void (signal = asked.signal));
    const visitor = await memory.visit(handshake('/chat'));
    await visitor.leave();
    assert.equal(signal!.aborted, false);
  });

  test('bounds what it lets a client send before it has answered', async () => {
    const memory = hooked(() => new Promise(() => {}));
    const visitor = await memory.visit(handshake('/chat'));
    for (let i = 0; i < 4; i++) await visitor.send(new Uint8Array(1 << 20));
    const { readableLength, readableHighWaterMark } = visitor.pipe.stream;
    // A test's stream takes what is pushed; a real one stops reading when this says that it is full.
    assert.ok(readableLength >= readableHighWaterMark);
    assert.equal(visitor.pipe.stream.push(Buffer.alloc(1)), false);
  });
});
