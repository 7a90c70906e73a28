/** The WHATWG's WebSocket, against npm's `ws` and hand-made servers over 127.0.0.1. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { type WebSocket as Peer, type ServerOptions, WebSocketServer } from 'ws';
import { WebSocket } from '../../src/client/websocket.ts';

async function serverOf(t: TestContext, options: ServerOptions = {}) {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', ...options });
  t.after(() => {
    for (const client of server.clients) client.terminate();
    server.close();
  });
  await once(server, 'listening');
  const peer = new Promise<Peer>((resolve) => server.once('connection', resolve));
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`, peer };
}

async function opened(t: TestContext, options: ServerOptions = {}, protocols: string[] = []) {
  const { url, peer } = await serverOf(t, options);
  const socket = new WebSocket(url, protocols);
  const events: string[] = [];
  for (const type of ['open', 'message', 'error', 'close']) socket.addEventListener(type, () => events.push(type));
  await once(socket, 'open');
  return { socket, peer: await peer, events, url };
}

function next<E extends Event>(socket: WebSocket, type: string): Promise<E> {
  return new Promise((resolve) => socket.addEventListener(type, (event) => resolve(event as E), { once: true }));
}

/** What the peer gets: text as strings, binary as arrays of octets. */
function collect(peer: Peer, count: number): Promise<unknown[]> {
  const got: unknown[] = [];
  return new Promise((resolve) => {
    peer.on('message', (data: Buffer, binary) => {
      if (got.push(binary ? [...data] : `${data}`) === count) resolve(got);
    });
  });
}

const nowhere = 'ws://127.0.0.1:1/';

function quiet(url: string, protocols?: string | string[]): WebSocket {
  const socket = new WebSocket(url, protocols);
  socket.close();
  return socket;
}

describe('WHATWG WebSockets §3.1: the constructor', () => {
  test('URLs: http and https become ws and wss; the URL is serialized', () => {
    assert.equal(quiet('HTTP://127.0.0.1:1').url, nowhere);
    assert.equal(quiet('https://127.0.0.1:443/a b').url, 'wss://127.0.0.1/a%20b');
    assert.equal(quiet(new URL(nowhere) as unknown as string).url, nowhere);
  });

  test('a URL that is none, another scheme and any fragment are a SyntaxError', () => {
    for (const url of ['', 'nowhere', '/relative', 'ftp://h/', 'ws://h/#', 'ws://h/#a', 'ws://h:99999/', 'mailto:a']) {
      assert.throws(() => new WebSocket(url), { name: 'SyntaxError' }, url);
      assert.throws(() => new WebSocket(url), DOMException, url);
    }
    assert.throws(() => new (WebSocket as unknown as new () => WebSocket)(), TypeError);
  });

  test('subprotocols that are no tokens, or named twice, are a SyntaxError', () => {
    for (const protocols of ['', 'a b', 'é', 'a,b', ['a', 'a'], ['a', ''], ['a\r\nb'], [null, 'null']]) {
      assert.throws(
        () => new WebSocket(nowhere, protocols as string),
        { name: 'SyntaxError' },
        JSON.stringify(protocols),
      );
    }
    for (const protocols of ['a', ['a', 'A'], [], new Set(['a', 'b']), undefined])
      quiet(nowhere, protocols as string[]);
  });
});

describe('WHATWG WebSockets §3.1: the interface', () => {
  test('constants stand on the class and on instances, and can be enumerated, not changed', () => {
    const socket = quiet(nowhere);
    for (const [name, value] of Object.entries({ CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 })) {
      for (const target of [WebSocket, WebSocket.prototype]) {
        const expected = { value, writable: false, enumerable: true, configurable: false };
        assert.deepEqual(Object.getOwnPropertyDescriptor(target, name), expected);
      }
      assert.equal(socket[name as 'OPEN'], value);
    }
    assert.equal(Object.prototype.toString.call(socket), '[object WebSocket]');
    assert.ok(socket instanceof EventTarget);
  });

  test('the members are those of a browser, all of them enumerable', () => {
    const members = ['url', 'readyState', 'bufferedAmount', 'extensions', 'protocol', 'binaryType', 'send', 'close'];
    members.push('onopen', 'onerror', 'onclose', 'onmessage', 'CONNECTING', 'OPEN', 'CLOSING', 'CLOSED');
    assert.deepEqual(Object.keys(WebSocket.prototype).sort(), members.sort());
    assert.equal(WebSocket.length, 1);
  });

  test('before it is open everything is empty', () => {
    const socket = new WebSocket(nowhere);
    const { readyState, bufferedAmount, extensions, protocol, binaryType, onopen } = socket;
    assert.deepEqual(
      [readyState, bufferedAmount, extensions, protocol, binaryType, onopen],
      [0, 0, '', '', 'blob', null],
    );
    socket.close();
  });

  test('event handlers: what is no object becomes null, a handler keeps its place while it is replaced', () => {
    const socket = quiet(nowhere);
    const told: string[] = [];
    socket.onmessage = () => told.push('never');
    socket.addEventListener('message', () => told.push('listener'));
    socket.onmessage = function (this: WebSocket) {
      told.push(this === socket ? 'handler' : 'wrong this');
    };
    socket.dispatchEvent(new Event('message'));
    assert.deepEqual(told.splice(0), ['handler', 'listener']);
    socket.onmessage = 1 as unknown as null;
    assert.equal(socket.onmessage, null);
    socket.onmessage = () => told.push('handler');
    socket.dispatchEvent(new Event('message'));
    assert.deepEqual(told.splice(0), ['listener', 'handler']);
    const object = {} as () => void;
    socket.onmessage = object;
    assert.equal(socket.onmessage, object);
    socket.dispatchEvent(new Event('message'));
    assert.deepEqual(told, ['listener']);
  });
});

describe('WHATWG WebSockets §3.1: send', () => {
  test('while connecting it is an InvalidStateError', () => {
    const socket = new WebSocket(nowhere);
    assert.throws(() => socket.send('a'), { name: 'InvalidStateError' });
    socket.close();
  });

  test('text, buffers, views and Blobs arrive in the order in which they were sent', async (t) => {
    const { socket, peer } = await opened(t);
    const got = collect(peer, 8);
    const bytes = Uint8Array.of(1, 2, 3, 4);
    socket.send('a');
    socket.send(new Blob(['b', 'c']));
    socket.send('d\ud800');
    socket.send(bytes.buffer);
    socket.send(new DataView(bytes.buffer, 1, 2));
    bytes.fill(9);
    socket.send(new Blob([]));
    socket.send({ toString: () => 'e' } as unknown as string);
    socket.send(null as unknown as string);
    assert.equal(socket.bufferedAmount, 1 + 2 + 4 + 4 + 2 + 0 + 1 + 4);
    assert.deepEqual(await got, ['a', [98, 99], 'd\ufffd', [1, 2, 3, 4], [2, 3], [], 'e', 'null']);
    socket.close();
  });

  test('close() waits for the Blobs before it', async (t) => {
    const { socket, peer } = await opened(t);
    const got = collect(peer, 2);
    const closing = once(peer, 'close');
    socket.send(new Blob(['a']));
    socket.send('b');
    socket.close(3000);
    assert.deepEqual(await got, [[97], 'b']);
    assert.equal((await closing)[0], 3000);
  });

  test('bufferedAmount does not shrink within a task, is 0 once all has left, and only grows after the end', async (t) => {
    const { socket, peer } = await opened(t);
    const got = collect(peer, 2);
    socket.send('x'.repeat(100_000));
    assert.equal(socket.bufferedAmount, 100_000);
    socket.send('é');
    assert.equal(socket.bufferedAmount, 100_002);
    await got;
    assert.equal(socket.bufferedAmount, 0);
    socket.close();
    socket.send('abc');
    assert.equal(socket.bufferedAmount, 3);
    await next(socket, 'close');
    socket.send(new Blob(['de']));
    assert.equal(socket.bufferedAmount, 5);
  });
});

describe('WHATWG WebSockets §3.1: close', () => {
  test('codes that no page may send are an InvalidAccessError, after the conversion of [Clamp] unsigned short', () => {
    const socket = new WebSocket(nowhere);
    for (const code of [
      0,
      999,
      1001,
      1005,
      1006,
      2999,
      5000,
      65_536,
      -1,
      Number.NaN,
      null,
      'a',
      4999.51,
      2999.5001 - 1,
    ]) {
      assert.throws(() => socket.close(code as number), { name: 'InvalidAccessError' }, `${code}`);
    }
    assert.equal(socket.readyState, WebSocket.CONNECTING);
    socket.close('3000.4' as unknown as number);
    assert.equal(socket.readyState, WebSocket.CLOSING);
  });

  test('halves go to the even number', () => {
    for (const code of [999.5, 1000.5, 4998.5, 2999.5]) {
      const socket = new WebSocket(nowhere);
      socket.close(code);
      assert.equal(socket.readyState, WebSocket.CLOSING, `${code}`);
    }
    assert.throws(() => new WebSocket(nowhere).close(4999.5), { name: 'InvalidAccessError' });
  });

  test('a reason of more than 123 bytes is a SyntaxError', () => {
    const socket = new WebSocket(nowhere);
    assert.throws(() => socket.close(1000, 'é'.repeat(62)), { name: 'SyntaxError' });
    assert.equal(socket.readyState, WebSocket.CONNECTING);
    socket.close(1000, 'é'.repeat(61));
  });

  test('while connecting it fails the connection: error, then close with 1006, later', async (t) => {
    const { url } = await serverOf(t);
    const socket = new WebSocket(url);
    const events: string[] = [];
    socket.onerror = () => events.push(`error ${socket.readyState}`);
    socket.onclose = ({ code, wasClean }) => events.push(`close ${code} ${wasClean}`);
    socket.onopen = () => events.push('open');
    socket.close();
    assert.deepEqual([socket.readyState, events.length], [2, 0]);
    await next(socket, 'close');
    assert.deepEqual(events, ['error 3', 'close 1006 false']);
  });

  test('the code and reason arrive, and the close event is clean and without an error before it', async (t) => {
    const { socket, peer, events } = await opened(t);
    const closing = once(peer, 'close');
    socket.close(3001, 'why\ud800');
    socket.close(4000);
    assert.deepEqual((await closing).map(String), ['3001', 'why\ufffd']);
    const event = socket.readyState === 3 ? undefined : await next<CloseEvent>(socket, 'close');
    assert.deepEqual([event?.code ?? 3001, event?.wasClean ?? true], [3001, true]);
    assert.deepEqual(events, ['open', 'close']);
  });

  test('without a code the Close frame has no body; with a reason alone it has 1000', async (t) => {
    const bare = await opened(t);
    const bareClosing = once(bare.peer, 'close');
    bare.socket.close();
    assert.equal((await bareClosing)[0], 1005);
    const reasoned = await opened(t);
    const closing = once(reasoned.peer, 'close');
    reasoned.socket.close(undefined, 'why');
    assert.deepEqual((await closing).map(String), ['1000', 'why']);
  });
});

describe('WHATWG WebSockets §4: feedback from the protocol', () => {
  test('messages are strings, Blobs or ArrayBuffers, with the origin of the URL', async (t) => {
    const { socket, peer, url } = await opened(t);
    peer.send('text');
    const text = await next<MessageEvent>(socket, 'message');
    assert.ok(text instanceof MessageEvent);
    assert.deepEqual([text.data, text.origin], ['text', new URL(url).origin]);
    peer.send(Buffer.from([1, 2]));
    const blob = (await next<MessageEvent>(socket, 'message')).data;
    assert.ok(blob instanceof Blob);
    assert.deepEqual([...new Uint8Array(await blob.arrayBuffer())], [1, 2]);
    socket.binaryType = 'arraybuffer';
    socket.binaryType = 'nodebuffer' as 'blob';
    assert.equal(socket.binaryType, 'arraybuffer');
    peer.send(Buffer.from([3]));
    const buffer = (await next<MessageEvent>(socket, 'message')).data;
    assert.ok(buffer instanceof ArrayBuffer);
    assert.deepEqual([...new Uint8Array(buffer)], [3]);
    socket.close();
  });

  test('messages that come after close() was called are dropped', async (t) => {
    const { socket, peer, events } = await opened(t);
    peer.send('late');
    socket.close();
    await next(socket, 'close');
    assert.deepEqual(events, ['open', 'close']);
  });

  test('the subprotocol and the extensions are those that were agreed on', async (t) => {
    const { socket } = await opened(t, { handleProtocols: () => 'b' }, ['a', 'b']);
    assert.deepEqual([socket.protocol, socket.extensions], ['b', '']);
    socket.close();
  });

  test('a server that chooses no subprotocol where some were offered fails the connection', async (t) => {
    const { url } = await serverOf(t, { handleProtocols: () => false });
    const socket = new WebSocket(url, 'a');
    const opens = next(socket, 'open').then(() => 'open');
    const errors = next(socket, 'error').then(() => 'error');
    assert.equal(await Promise.race([opens, errors]), 'error');
  });

  test('a peer that closes: the event has its code and reason', async (t) => {
    const { socket, peer } = await opened(t);
    peer.close(4321, 'bye');
    const event = await next<CloseEvent>(socket, 'close');
    assert.deepEqual([event.code, event.reason, event.wasClean, socket.readyState], [4321, 'bye', true, 3]);
  });

  test('a connection that breaks: error, then close with 1006', async (t) => {
    const { socket, peer, events } = await opened(t);
    peer.terminate();
    const event = await next<CloseEvent>(socket, 'close');
    assert.deepEqual([event.code, event.wasClean], [1006, false]);
    assert.deepEqual(events, ['open', 'error', 'close']);
  });

  test('a peer that breaks the protocol: error, then close with 1006', async (t) => {
    const { socket, peer, events } = await opened(t);
    peer.on('error', () => {});
    (peer as unknown as { _socket: net.Socket })._socket.write(Buffer.from([0x83, 0]));
    const event = await next<CloseEvent>(socket, 'close');
    assert.deepEqual([event.code, event.wasClean], [1006, false]);
    assert.deepEqual(events, ['open', 'error', 'close']);
  });

  test('a port where nobody listens: error, then close with 1006, and nothing says why', async () => {
    const server = net.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
    const events: string[] = [];
    for (const type of ['open', 'error', 'close']) socket.addEventListener(type, () => events.push(type));
    const event = await next<CloseEvent>(socket, 'close');
    assert.deepEqual([event.code, event.reason, event.wasClean, events], [1006, '', false, ['error', 'close']]);
  });
});
