/** WebSockets on a server that the user has, which answers everything else itself. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { describe, test } from 'node:test';
import type { Route } from '../../src/server/route.ts';
import { handshake, MemoryServer, request } from '../support/memory-server.ts';

const echo: Route<any, any> = { message: (socket, data) => socket.send(data) };

describe('a server that the user has', () => {
  test('answers paths that nobody knows by 404 when nobody else listens', async () => {
    const memory = new MemoryServer({ server: createServer(), routes: { '/chat': echo } });
    assert.equal((await memory.visit(handshake('/other'))).status, 404);
    assert.equal((await memory.visit(handshake('/chat'))).status, 101);
  });

  test('keeps other paths for another listener', async () => {
    const server = createServer();
    const memory = new MemoryServer({ server, routes: { '/chat': echo } });
    const others: string[] = [];
    server.on('upgrade', ({ url }, stream) => {
      if (url === '/chat') return;
      others.push(url!);
      stream.end('HTTP/1.1 418 Theirs\r\n\r\n');
    });
    assert.equal((await memory.visit(handshake('/other'))).status, 418);
    assert.equal((await memory.visit(handshake('/chat'))).status, 101);
    assert.equal((await memory.visit(handshake('/chat', { Host: undefined }))).status, 400);
    assert.deepEqual(others, ['/other']);
  });

  test('keeps its pages', async () => {
    const server = createServer((_request, response) => response.end('page'));
    const memory = new MemoryServer({ server, routes: { '/chat': echo } });
    assert.match((await memory.visit(request('GET /chat HTTP/1.1'))).body, /page/);
  });
});
