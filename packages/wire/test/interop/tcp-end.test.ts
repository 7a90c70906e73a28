/**
 * How a server ends plain TCP, RFC 6455 §7.1.1, seen from the other end: all that was sent, its Close frame, and a FIN. A reset
 * would throw away what the peer has not read yet.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Server, serve } from '../../src/server/serve.ts';
import type { ServerSocket } from '../../src/server/server-socket.ts';
import type { SocketHandlers } from '../../src/socket/socket.ts';
import { exampleKey, FrameBuilder } from '../support/bytes.ts';
import { handshake } from '../support/memory-server.ts';

const client = new FrameBuilder(exampleKey);
const closeFrame = Buffer.from([0x88, 0x02, 0x03, 0xe8]);

interface Meeting {
  readonly server: Server;
  readonly socket: ServerSocket;
  readonly peer: Peer;
}

/** A client by its bytes, which neither reads nor ends its side until it is told to. */
class Peer {
  readonly stream: net.Socket;
  #hadError: Error | undefined;

  constructor(port: number) {
    this.stream = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    this.stream.on('error', (error) => {
      this.#hadError = error;
    });
    this.stream.write(handshake('/'));
  }

  /** Reads up to the end of the other side; a reset is thrown. */
  async readAll(): Promise<Buffer> {
    const parts: Buffer[] = [];
    this.stream.on('data', (part) => parts.push(part));
    await Promise.race([once(this.stream, 'end'), once(this.stream, 'close')]);
    if (this.#hadError) throw this.#hadError;
    const all = Buffer.concat(parts);
    return all.subarray(all.indexOf('\r\n\r\n') + 4);
  }

  /** Ends its side, and says how the connection has ended. */
  async leave(): Promise<Error | undefined> {
    if (!this.stream.closed) {
      const closed = once(this.stream, 'close');
      this.stream.end();
      await closed;
    }
    return this.#hadError;
  }
}

async function meet(t: TestContext, handlers: SocketHandlers<ServerSocket<any, any>> = {}): Promise<Meeting> {
  const opened = Promise.withResolvers<ServerSocket>();
  const open = (socket: ServerSocket) => {
    handlers.open?.(socket);
    opened.resolve(socket);
  };
  const server = await serve({ port: 0, host: '127.0.0.1', heartbeat: null, routes: { '/': { ...handlers, open } } });
  t.after(() => server.close());
  const peer = new Peer(server.port);
  return { server, socket: await opened.promise, peer };
}

describe('a server ends plain TCP', { timeout: 20_000 }, () => {
  test('as soon as both Close frames have crossed, without waiting for the peer to end its side', async (t) => {
    const { socket, peer } = await meet(t);
    peer.stream.write(client.close(1000));
    const closed = await socket.closed;
    assert.deepEqual([closed.code, closed.clean, closed.error], [1000, true, undefined]);
    assert.deepEqual(await peer.readAll(), closeFrame);
    assert.equal(await peer.leave(), undefined);
  });

  test('as soon when it was the server that began', async (t) => {
    const { socket, peer } = await meet(t, { open: (socket) => socket.close(1000) });
    peer.stream.write(client.close(1000));
    assert.equal((await socket.closed).clean, true);
    assert.deepEqual(await peer.readAll(), closeFrame);
    assert.equal(await peer.leave(), undefined);
  });

  test('while the peer has not read what the kernel has taken: all of it arrives, and a FIN', async (t) => {
    const sent = Buffer.alloc(60_000, 7);
    const { socket, peer } = await meet(t, { open: (socket) => socket.send(sent) });
    peer.stream.write(client.close(1000));
    assert.equal((await socket.closed).clean, true);
    const came = await peer.readAll();
    assert.deepEqual([came.length, came.subarray(-4)], [4 + sent.length + 4, closeFrame]);
    assert.equal(await peer.leave(), undefined);
  });

  test('not before the kernel has taken all: 32 MiB that the peer reads late arrive whole', async (t) => {
    const sent = Buffer.alloc(32 << 20, 7);
    const { socket, peer } = await meet(t, { open: (socket) => socket.send(sent) });
    peer.stream.write(client.close(1000));
    while (socket.state === 'open') await nextTurn();
    const came = await peer.readAll();
    assert.deepEqual([came.length, came.subarray(-4)], [10 + sent.length + 4, closeFrame]);
    assert.equal((await socket.closed).clean, true);
    assert.equal(await peer.leave(), undefined);
  });

  test('by the clean end when a Pong is owed: it does not meet a reset', async (t) => {
    const { socket, peer } = await meet(t, { open: (socket) => socket.ping() });
    peer.stream.write(client.close(1000));
    assert.deepEqual(await peer.readAll(), Buffer.concat([Buffer.from([0x89, 0x00]), closeFrame]));
    peer.stream.write(client.pong(new Uint8Array(0)));
    assert.equal(await peer.leave(), undefined);
    assert.equal((await socket.closed).clean, true);
  });

  test('at once again when the Pong has come', async (t) => {
    const { socket, peer } = await meet(t, { open: (socket) => socket.ping() });
    peer.stream.write(Buffer.concat([client.pong(new Uint8Array(0)), client.close(1000)]));
    assert.equal((await socket.closed).clean, true);
    assert.equal((await peer.readAll()).length, 6);
    assert.equal(await peer.leave(), undefined);
  });

  test('by the clean end after a violation: what the peer still sends does not keep the Close frame from it', async (t) => {
    const { peer } = await meet(t);
    peer.stream.write(client.frame({ opcode: 0x3, payload: new Uint8Array(1) }));
    await once(peer.stream, 'readable');
    peer.stream.write(client.text('too late'));
    assert.deepEqual(await peer.readAll(), Buffer.from([0x88, 0x02, 0x03, 0xea]));
    assert.equal(await peer.leave(), undefined);
  });
});
