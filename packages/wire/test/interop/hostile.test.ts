/** What comes from a network that means no good: the server answers or closes, and goes on serving those who behave. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { WebSocket } from 'ws';
import { type ServeOptions, type Server, serve } from '../../src/server/serve.ts';
import { buildFrame, exampleKey } from '../support/bytes.ts';
import { handshake, request } from '../support/memory-server.ts';

async function start(t: TestContext, options: Partial<ServeOptions> = {}): Promise<Server> {
  const accidents: unknown[] = [];
  const note = (accident: unknown) => void accidents.push(accident);
  process.on('uncaughtException', note).on('unhandledRejection', note);
  const server = await serve({
    host: '127.0.0.1',
    closeTimeout: 1000,
    routes: {
      '/echo': { compression: true, message: (socket, data) => socket.send(data) },
      '/slow': { upgrade: ({ signal }) => new Promise((resolve) => signal.addEventListener('abort', () => resolve())) },
    },
    onError: note,
    ...options,
  });
  t.after(async () => {
    await server.close();
    process.off('uncaughtException', note).off('unhandledRejection', note);
    assert.deepEqual(accidents, []);
  });
  return server;
}

/** Somebody who behaves is served. */
async function stillEchoes({ port }: Server): Promise<void> {
  const client = new WebSocket(`ws://127.0.0.1:${port}/echo`);
  await once(client, 'open');
  client.send('still there?');
  assert.equal(String((await once(client, 'message'))[0]), 'still there?');
  client.close();
  await once(client, 'close');
}

/** Sends this on a connection of its own, and returns what came until the server closed it. */
async function provoke(port: number, pieces: readonly (string | Uint8Array)[], end = true): Promise<Buffer> {
  const stream = net.connect(port, '127.0.0.1');
  const parts: Buffer[] = [];
  stream.on('error', () => {}).on('data', (part) => parts.push(part));
  for (const piece of pieces) stream.write(piece);
  if (end) stream.end();
  // Not `once`, to which a reset is a failure: it is what meets frames that are sent behind a Close frame.
  await new Promise((resolve) => stream.once('close', resolve));
  return Buffer.concat(parts);
}

/** Numbers that are the same in each run (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe('a hostile network', { timeout: 120_000 }, () => {
  test('sends random bytes instead of HTTP', async (t) => {
    const server = await start(t);
    const random = seeded(1);
    for (let i = 0; i < 100; i++) {
      const bytes = Uint8Array.from({ length: 1 + random() * 2000 }, () => random() * 256);
      const answer = await provoke(server.port, [bytes]);
      assert.match(answer.toString('latin1'), /^(?:HTTP\/1\.1 4\d\d |$)/);
    }
    await stillEchoes(server);
  });

  test('sends a part of a handshake and goes', async (t) => {
    const server = await start(t);
    const whole = handshake('/echo');
    for (let length = 0; length < whole.length; length += 7) await provoke(server.port, [whole.slice(0, length)]);
    await stillEchoes(server);
  });

  test('goes while a hook is asked, by an end or by a reset, and nothing stays', async (t) => {
    const server = await start(t);
    for (const leave of ['end', 'resetAndDestroy'] as const) {
      const stream = net.connect(server.port, '127.0.0.1').on('error', () => {});
      const upgraded = once(server.http, 'upgrade');
      stream.write(handshake('/slow'));
      const [, serverSide] = (await upgraded) as [unknown, net.Socket];
      const closed = new Promise((resolve) => serverSide.once('close', resolve));
      stream[leave]();
      await closed;
    }
    assert.equal(server.sockets.size, 0);
    await stillEchoes(server);
  });

  test('changes bytes of handshakes', async (t) => {
    const server = await start(t);
    const random = seeded(2);
    const whole = Buffer.from(
      handshake('/echo', {
        Origin: 'http://example.com',
        'Sec-WebSocket-Protocol': 'a, b',
        'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits',
      }),
    );
    for (let round = 0; round < 20; round++) {
      const batch = Array.from({ length: 25 }, () => {
        const bytes = Buffer.from(whole);
        for (let changes = 1 + random() * 3; changes > 0; changes--) bytes[random() * bytes.length] = random() * 256;
        return provoke(server.port, [bytes]);
      });
      for (const answer of await Promise.all(batch)) {
        assert.match(answer.toString('latin1'), /^(?:HTTP\/1\.1 (?:101|[45]\d\d) |$)/);
      }
    }
    await stillEchoes(server);
  });

  test('sends 10,000 frames with changed bytes', async (t) => {
    const server = await start(t);
    const random = seeded(3);
    const offer = { 'Sec-WebSocket-Extensions': 'permessage-deflate' };
    const pick = (values: readonly number[]) => values[Math.floor(random() * values.length)]!;
    const noise = Uint8Array.from({ length: 71_000 }, () => random() * 256);
    const mutated = (): Uint8Array => {
      const from = Math.floor(random() * 1000);
      const payload = noise.subarray(from, from + pick([0, 1, 2, 5, 125, 126, 300, 70_000]));
      const parts = {
        fin: random() < 0.8,
        rsv: pick([0, 0, 0, 4, 2]),
        opcode: pick([0, 1, 2, 2, 2, 8, 9, 10, 3, 11]),
        payload,
      };
      const frame = buildFrame({ ...parts, key: random() < 0.95 ? exampleKey : undefined });
      for (let changes = random() * 3; changes > 1; changes--)
        frame[random() * Math.min(16, frame.length)] = random() * 256;
      return frame;
    };
    for (let round = 0; round < 100; round++) {
      const batch = Array.from({ length: 10 }, () =>
        provoke(server.port, [handshake('/echo', offer), ...Array.from({ length: 10 }, mutated)]),
      );
      for (const answer of await Promise.all(batch)) assert.match(answer.toString('latin1'), /^HTTP\/1\.1 101 /);
    }
    await stillEchoes(server);
    assert.equal(server.sockets.size, 0);
  });

  test('begins a head and never ends it: 408 after handshakeTimeout', async (t) => {
    const server = await start(t, { handshakeTimeout: 400 });
    const begun = Date.now();
    const [silent, slow] = await Promise.all([
      provoke(server.port, [], false),
      provoke(server.port, [handshake('/echo').slice(0, -2)], false),
    ]);
    assert.ok(Date.now() - begun >= 350);
    for (const answer of [silent, slow]) assert.match(answer.toString(), /^HTTP\/1\.1 408 |^$/);
    assert.match(slow.toString(), /^HTTP\/1\.1 408 /);
    await stillEchoes(server);
  });

  test('never gets an answer from a hook: 503 after handshakeTimeout', async (t) => {
    const server = await start(t, { handshakeTimeout: 300 });
    assert.match((await provoke(server.port, [handshake('/slow')], false)).toString(), /^HTTP\/1\.1 503 /);
  });

  test('does not close after it was refused: cut', async (t) => {
    const server = await start(t);
    const connected = once(server.http, 'connection') as Promise<[net.Socket]>;
    const stream = net.connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true }).on('error', () => {});
    t.after(() => stream.destroy());
    const [serverSide] = await connected;
    stream.write(handshake('/nothing'));
    const [answer] = await once(stream, 'data');
    assert.match(String(answer), /^HTTP\/1\.1 404 /);
    await once(serverSide, 'close');
    assert.equal(stream.writable, true, 'it was the server that ended it');
  });

  test('keeps plain connections open: close does not wait for them', async (t) => {
    const server = await start(t, { request: (_request, response) => response.end('page') });
    const idle = net.connect(server.port, '127.0.0.1').on('error', () => {});
    const used = net.connect(server.port, '127.0.0.1').on('error', () => {});
    used.write(request('GET / HTTP/1.1'));
    await once(used, 'data');
    const begun = Date.now();
    await server.close();
    assert.ok(Date.now() - begun < 2000);
    for (const stream of [idle, used]) stream.destroy();
  });
});

describe('a hostile network before TLS', { timeout: 60_000 }, () => {
  test('sends no TLS, or nothing: the server goes on, and closes in time', async (t) => {
    const tls = selfSigned();
    if (tls === undefined) return t.skip('openssl is missing');
    const server = await start(t, { tls, handshakeTimeout: 400, onError: undefined });
    assert.match(server.url, /^wss:/);
    const [plain, silent] = await Promise.all([
      provoke(server.port, [handshake('/echo')], false),
      provoke(server.port, [], false),
    ]);
    assert.doesNotMatch(plain.toString('latin1'), /101/);
    assert.equal(silent.length, 0);
    const client = new WebSocket(`wss://127.0.0.1:${server.port}/echo`, { ca: tls.cert });
    await once(client, 'open');
    client.send('over TLS');
    assert.equal(String((await once(client, 'message'))[0]), 'over TLS');
    client.close();
    await once(client, 'close');
  });
});

function selfSigned(): { key: Buffer; cert: Buffer } | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'certificate-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const name = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  try {
    execFileSync('openssl', [...made, ...name, '-keyout', key, '-out', cert], { stdio: 'ignore' });
    return { key: readFileSync(key), cert: readFileSync(cert) };
  } catch {
    return undefined;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
