/** The line that can fail, which other tests rely on. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { atEnd } from './support/at-end.ts';
import { tcpProxy } from './support/tcp-proxy.ts';

/** A server that sends back what it gets, or what `serve` makes of a connection. */
async function server(t: TestContext, serve: (socket: Socket) => void = (socket) => socket.pipe(socket)) {
  const sockets = new Set<Socket>();
  const listening = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket.on('error', () => {}));
    serve(socket);
  }).listen(0, '127.0.0.1');
  await once(listening, 'listening');
  atEnd(t, () => {
    for (const socket of sockets) socket.destroy();
    listening.close();
  });
  return { port: (listening.address() as AddressInfo).port, sockets };
}

/** A client that keeps what it hears. */
async function client(t: TestContext, port: number) {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  let heard = '';
  const closed = new Promise<void>((resolve) => void socket.once('close', () => resolve()));
  socket.on('error', () => {});
  socket.setEncoding('latin1').on('data', (text: string) => (heard += text));
  await once(socket, 'connect');
  atEnd(t, () => socket.destroy());
  return { socket, closed, heard: () => heard };
}

async function until(is: () => boolean): Promise<void> {
  for (let turns = 0; !is(); turns++) {
    assert.ok(turns < 5000, 'it came to be so');
    await delay(1);
  }
}

describe('the proxy', () => {
  it('carries bytes both ways, and the end of each', async (t) => {
    const proxy = await tcpProxy(t, (await server(t)).port);
    const { socket, heard, closed } = await client(t, proxy.port);
    socket.end('hello');
    await closed;
    assert.equal(heard(), 'hello');
    await until(() => proxy.connections === 0);
  });

  it('carries a megabyte whole', async (t) => {
    const proxy = await tcpProxy(t, (await server(t)).port);
    const { socket, heard, closed } = await client(t, proxy.port);
    const much = Buffer.alloc(1 << 20, 'abcdefgh').toString('latin1');
    socket.end(much, 'latin1');
    await closed;
    assert.ok(heard() === much);
  });

  it('cuts: what is open breaks, and what is new is reset until it is restored', async (t) => {
    const { port, sockets } = await server(t);
    const proxy = await tcpProxy(t, port);
    const first = await client(t, proxy.port);
    first.socket.write('a');
    await until(() => first.heard() === 'a');
    proxy.cut();
    await first.closed;
    await until(() => [...sockets].every(({ destroyed }) => destroyed));
    const second = connect(proxy.port, '127.0.0.1');
    const [error] = await once(second, 'error').catch((thrown: Error) => [thrown]);
    assert.match(String((error as NodeJS.ErrnoException).code), /^(?:ECONNRESET|EPIPE)$/);
    proxy.restore();
    const third = await client(t, proxy.port);
    third.socket.write('c');
    await until(() => third.heard() === 'c');
  });

  it('stalls: nothing passes and nothing closes, and then everything does', async (t) => {
    const { port, sockets } = await server(t);
    const proxy = await tcpProxy(t, port);
    const { socket, heard, closed } = await client(t, proxy.port);
    socket.write('a');
    await until(() => heard() === 'a');
    proxy.stall();
    socket.write('b');
    socket.end();
    await delay(100);
    assert.equal(heard(), 'a');
    assert.equal([...sockets][0]?.readableEnded, false, 'nor does the end pass');
    const behind = await client(t, proxy.port);
    behind.socket.write('c');
    await delay(30);
    assert.equal(behind.heard(), '', 'nor anything of a new connection');
    proxy.restore();
    await closed;
    assert.equal(heard(), 'ab');
    await until(() => behind.heard() === 'c');
  });

  it('stalled holds its sender back, rather than filling up', async (t) => {
    const proxy = await tcpProxy(t, (await server(t)).port);
    const { socket } = await client(t, proxy.port);
    proxy.stall();
    const chunk = Buffer.alloc(1 << 16);
    let accepted = 0;
    while (socket.write(chunk) || (await Promise.race([once(socket, 'drain'), delay(200)]))) {
      accepted += chunk.length;
      if (accepted > 256 << 20) break;
    }
    assert.ok(accepted < 64 << 20, `${accepted >> 20} MiB`);
  });

  it('delays each chunk, and keeps their order', async (t) => {
    const proxy = await tcpProxy(t, (await server(t)).port);
    const { socket, heard } = await client(t, proxy.port);
    proxy.delay(50);
    const began = performance.now();
    socket.write('a');
    await delay(10);
    socket.write('b');
    await until(() => heard() === 'ab');
    assert.ok(performance.now() - began >= 99, 'fifty there, fifty back');
    proxy.restore();
    socket.write('c');
    await until(() => heard() === 'abc');
  });

  it('throttles to so many bytes a second', async (t) => {
    const { port } = await server(t);
    const proxy = await tcpProxy(t, port);
    const { socket, heard } = await client(t, proxy.port);
    proxy.throttle(100_000);
    const began = performance.now();
    socket.write(Buffer.alloc(20_000));
    socket.write('the last');
    // The second chunk waits for the first to have passed, here and on the way back.
    await until(() => heard().endsWith('the last'));
    const passed = performance.now() - began;
    assert.ok(passed >= 190, `${passed} ms`);
  });

  it('leads new connections to a server that has moved', async (t) => {
    const first = await server(t, (socket) => socket.end('first'));
    const second = await server(t, (socket) => socket.end('second'));
    const proxy = await tcpProxy(t, first.port);
    const one = await client(t, proxy.port);
    await until(() => one.heard() === 'first');
    proxy.target = second.port;
    const two = await client(t, proxy.port);
    await until(() => two.heard() === 'second');
  });

  it('closes the client when the server is not there', async (t) => {
    const gone = createServer().listen(0, '127.0.0.1');
    await once(gone, 'listening');
    const { port } = gone.address() as AddressInfo;
    await new Promise((closed) => gone.close(closed));
    const proxy = await tcpProxy(t, port);
    const { closed } = await client(t, proxy.port);
    await closed;
    assert.equal(proxy.connections, 0);
  });
});
