/**
 * Sockets that read into memory which all of them share, on the oldest and the newest line of Node that Tidewire promises as
 * well as on the one that runs this: nothing that a handler keeps may change when the next read comes.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { Socket as TcpSocket } from 'node:net';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { connect } from '../../src/client/connect.ts';
import { type ServeOptions, serve } from '../../src/server/serve.ts';
import type { Message } from '../../src/socket/inbox.ts';
import { lendReads } from '../../src/socket/lent-reads.ts';
import { exampleKey, FrameBuilder } from '../support/bytes.ts';
import { handshake } from '../support/memory-server.ts';

const client = new FrameBuilder(exampleKey);

async function serving(routes: ServeOptions['routes'], work: (port: number) => Promise<void>): Promise<void> {
  const server = await serve({ port: 0, host: '127.0.0.1', routes });
  try {
    await work(server.port);
  } finally {
    await server.close();
  }
}

/** A connection by its bytes: what it sends is in the segments given. */
async function speak(port: number, ...segments: readonly Uint8Array[]): Promise<TcpSocket> {
  const stream = new TcpSocket().connect(port, '127.0.0.1');
  stream.on('error', () => {}).resume();
  await once(stream, 'connect');
  stream.setNoDelay(true);
  for (const segment of segments) {
    stream.write(segment);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return stream;
}

describe('what was read into shared memory', () => {
  test("is shared by a server's sockets on this Node", async () => {
    let lent: boolean | undefined;
    await serving({}, async (port) => {
      const stream = new TcpSocket().connect(port, '127.0.0.1');
      await once(stream, 'connect');
      lent = lendReads(stream, () => {});
      stream.destroy();
    });
    assert.equal(lent, true);
  });

  test("is the handler's own: bytes, texts and Pongs stay as they came", async () => {
    const kept: Message[] = [];
    const pongs: Uint8Array[] = [];
    const keep = {
      message: (_: unknown, data: Message) => void kept.push(data),
      pong: (_: unknown, payload: Uint8Array) => void pongs.push(payload),
    };
    await serving({ '/': keep }, async (port) => {
      const sizes = [1, 100, 5_000, 20_000, 60_000];
      const segments = sizes.map((size, index) => client.binary(new Uint8Array(size).fill(index + 1)));
      const stream = await speak(
        port,
        Buffer.from(handshake('/')),
        ...segments,
        client.pong(Uint8Array.of(1, 2)),
        client.text('a'.repeat(500)),
        client.binary(new Uint8Array(60_000)),
      );
      while (kept.length < 7) await nextTurn();
      assert.deepEqual(
        kept.slice(0, 5).map((data) => [data.length, new Set<unknown>(data).size, data[0]]),
        sizes.map((size, index) => [size, 1, index + 1]),
      );
      assert.deepEqual(
        pongs.map((payload) => [...payload]),
        [[1, 2]],
      );
      assert.equal(kept[5], 'a'.repeat(500));
      stream.destroy();
    });
  });

  test('is held as a copy while a handler takes its time, in the order in which it came', async () => {
    const handled: Message[] = [];
    let go: () => void = () => {};
    const slow = {
      message: async (_: unknown, data: Message) => {
        if (handled.push(data) === 1)
          await new Promise<void>((resolve) => {
            go = resolve;
          });
      },
    };
    await serving({ '/': { limits: { maxQueuedMessages: 4 }, ...slow } }, async (port) => {
      const texts = Array.from({ length: 40 }, (_, index) => `message ${index} ${'x'.repeat(index * 100)}`);
      const stream = await speak(
        port,
        Buffer.from(handshake('/')),
        ...[0, 10, 20, 30].map((from) => Buffer.concat(texts.slice(from, from + 10).map((text) => client.text(text)))),
      );
      while (handled.length < 1) await nextTurn();
      assert.equal(handled.length, 1);
      go();
      while (handled.length < texts.length) await nextTurn();
      assert.deepEqual(handled, texts);
      stream.destroy();
    });
  });

  test('comes behind what came along with the handshake, and behind what came while the hook took its time', async () => {
    const handled: Message[] = [];
    let go: () => void = () => {};
    const upgrade = () =>
      new Promise<void>((resolve) => {
        go = resolve;
      });
    const keep = { message: (_: unknown, data: Message) => void handled.push(data) };
    await serving({ '/at-once': keep, '/late': { ...keep, upgrade } }, async (port) => {
      for (const path of ['/at-once', '/late']) {
        const stream = await speak(
          port,
          Buffer.concat([Buffer.from(handshake(path)), client.text('one')]),
          client.text('two'),
        );
        go();
        await new Promise((resolve) => setTimeout(resolve, 20));
        stream.write(client.text('three'));
        while (handled.length < 3) await nextTurn();
        assert.deepEqual(handled.splice(0), ['one', 'two', 'three']);
        stream.destroy();
      }
    });
  });

  test('may be a message of many reads, compressed or not, to either side', async () => {
    const echo = {
      limits: { maxMessageBytes: 8 << 20 },
      message: (socket: { send(data: Message): unknown }, data: Message) => void socket.send(data),
    };
    await serving({ '/plain': echo, '/deflate': { ...echo, compression: true } }, async (port) => {
      for (const path of ['/plain', '/deflate']) {
        const socket = await connect(`ws://127.0.0.1:${port}${path}`, {
          compression: true,
          limits: { maxMessageBytes: 8 << 20 },
        });
        const sent: Message[] = [
          Uint8Array.from({ length: 3_000_000 }, (_, i) => (i * 7919) >> 5),
          'é'.repeat(500_000),
          Uint8Array.of(1),
        ];
        for (const data of sent) socket.send(data);
        const came: Message[] = [];
        for await (const data of socket) if (came.push(data) === sent.length) socket.close();
        for (const [index, data] of sent.entries()) {
          const same =
            typeof data === 'string' ? data === came[index] : Buffer.compare(data, came[index] as Uint8Array) === 0;
          assert.ok(same, `message ${index} of ${path}`);
        }
      }
    });
  });
});

const otherNodes = fileURLToPath(new URL('./nodes', import.meta.url));
const repository = fileURLToPath(new URL('../../../../', import.meta.url));

describe('the same', { skip: process.env['TIDEWIRE_OTHER_NODE'] !== undefined }, () => {
  for (const line of ['22', '26']) {
    test(`on Node ${line}`, async () => {
      await run(process.execPath, ['scripts/prepare.cjs', otherNodes]);
      const node = join(otherNodes, `node_modules/node-${line}/bin/node`);
      const here = fileURLToPath(import.meta.url);
      const suite = [
        here,
        join(dirname(here), '../socket/simd-mask.test.ts'),
        join(dirname(here), '../socket/lent-reads.test.ts'),
      ];
      for (const file of suite) await run(node, ['--conditions=tidewire-src', file]);
    });
  }
});

function run(command: string, args: readonly string[]): Promise<string> {
  const { NODE_TEST_CONTEXT, NODE_OPTIONS, ...env } = process.env;
  return new Promise((resolve, reject) => {
    execFile(command, args, { cwd: repository, env: { ...env, TIDEWIRE_OTHER_NODE: '1' } }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${command} ${args.join(' ')}\n${stdout}\n${stderr}`));
    });
  });
}
