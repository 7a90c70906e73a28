/** undici's WebSocket, which follows the WHATWG's standard as browsers do, as a client of our server. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { describe, type TestContext, test } from 'node:test';
import type { Closed } from '../../src/protocol/connection.ts';
import { type ServeOptions, serve } from '../../src/server/serve.ts';

// undici 8 needs Node 22.19.
const [major, minor] = process.versions.node.split('.').map(Number) as [number, number];
const skip = major > 22 || (major === 22 && minor >= 19) ? false : 'undici 8 needs Node 22.19';
const { WebSocket } = (skip ? globalThis : await import('undici')) as typeof import('undici');

async function open(t: TestContext, options: Partial<ServeOptions>, protocols: string[] = []) {
  const server = await serve({
    host: '127.0.0.1',
    limits: { maxMessageBytes: 4 << 20 },
    routes: { '/': { message: (socket, data) => socket.send(data) } },
    ...options,
  });
  t.after(() => server.close());
  const client = new WebSocket(`${server.url}/`, protocols);
  client.binaryType = 'arraybuffer';
  await once(client, 'open');
  const echo = async (message: string | Uint8Array) => {
    client.send(message);
    return (await once(client, 'message'))[0].data as string | ArrayBuffer;
  };
  return { server, client, echo };
}

describe('undici as a client', { skip, timeout: 60_000 }, () => {
  for (const compression of [false, true]) {
    test(`gets its messages back ${compression ? 'with' : 'without'} permessage-deflate`, async (t) => {
      const { client, echo } = await open(t, { compression });
      assert.equal(client.extensions.startsWith('permessage-deflate'), compression);
      for (const text of ['', 'Hello', 'café 🌊', 'tide '.repeat(1000), 'tide '.repeat(1000), 'x'.repeat(1 << 20)]) {
        assert.equal(await echo(text), text);
      }
      const bytes = randomBytes(70_000);
      assert.ok(bytes.equals(Buffer.from((await echo(bytes)) as ArrayBuffer)));
    });
  }

  test('agrees on a subprotocol, and closes cleanly from either side', async (t) => {
    const { promise: ended, resolve } = Promise.withResolvers<Closed>();
    const routes: ServeOptions['routes'] = {
      '/': { subprotocols: ['b'], close: (_socket, closed) => resolve(closed) },
    };
    const { client, server } = await open(t, { routes }, ['a', 'b']);
    assert.equal(client.protocol, 'b');
    client.close(3001, 'bye');
    const [{ code, wasClean }] = await once(client, 'close');
    assert.deepEqual([code, wasClean], [3001, true]);
    assert.deepEqual((await ended).received, { code: 3001, reason: 'bye' });
    const other = new WebSocket(`${server.url}/`, 'b');
    await once(other, 'open');
    const closing = server.close();
    assert.equal((await once(other, 'close'))[0].code, 1001);
    await closing;
  });
});
