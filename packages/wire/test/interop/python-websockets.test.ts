/** Python's websockets, as Debian has it: as a client of our server, and as a server for our client. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { connect } from '../../src/client/connect.ts';
import { serve } from '../../src/server/serve.ts';
import { systemPackage } from '../support/system-packages.ts';

const python = systemPackage('python3-websockets');
const script = (name: string) => fileURLToPath(new URL(`python/${name}.py`, import.meta.url));
const large = { limits: { maxMessageBytes: 4 << 20 } };

describe('python3-websockets', { skip: python.missing, timeout: 60_000 }, () => {
  for (const mode of ['plain', 'deflate']) {
    test(`talks to our server, ${mode}`, async (t) => {
      const compression = mode === 'deflate';
      const codes: number[] = [];
      const server = await serve({
        host: '127.0.0.1',
        ...large,
        compression,
        routes: {
          '/echo': {
            subprotocols: ['echo'],
            message: (socket, data) => socket.send(data),
            close: (_socket, closed) => codes.push(closed.code),
          },
        },
      });
      t.after(() => server.close());
      const { code, output } = await run([script('echo_client'), `ws://127.0.0.1:${server.port}/echo`, mode]);
      assert.equal(output, 'ok');
      assert.equal(code, 0);
      assert.deepEqual(codes, [4001]);
    });

    test(`serves our client, ${mode}`, async (t) => {
      const port = await pythonServer(t, mode);
      const compression = mode === 'deflate';
      const socket = await connect(`ws://127.0.0.1:${port}/`, {
        ...large,
        compression,
        subprotocols: ['other', 'echo'],
      });
      assert.equal(socket.subprotocol, 'echo');
      assert.equal(socket.extensions.startsWith('permessage-deflate'), compression);
      const messages = socket[Symbol.asyncIterator]();
      const answer = async (message: string | Uint8Array) => {
        socket.send(message);
        return (await messages.next()).value;
      };
      for (const text of ['', 'Hello', 'café 🌊', 'tide '.repeat(5000), 'x'.repeat(65_536), 'y'.repeat(1 << 20)]) {
        assert.equal(await answer(text), text);
      }
      for (const bytes of [new Uint8Array(0), Uint8Array.of(0, 255), new Uint8Array(100_000).fill(7)]) {
        assert.deepEqual(new Uint8Array((await answer(bytes)) as Uint8Array), bytes);
      }
      assert.equal(await answer('pieces'), 'in three pieces');
      assert.equal(await answer('ping'), 'pong');
      socket.send('close');
      const { code, reason, clean } = await socket.closed;
      assert.deepEqual({ code, reason, clean }, { code: 4002, reason: 'as you wish', clean: true });
    });
  }
});

async function run(args: readonly string[]): Promise<{ code: number; output: string }> {
  const child = spawn(python.path, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const [code] = await once(child, 'close');
  return { code, output: output.trim() };
}

async function pythonServer(t: TestContext, mode: string): Promise<number> {
  const child = spawn(python.path, [script('echo_server'), mode], { stdio: ['pipe', 'pipe', 'inherit'] });
  t.after(async () => {
    child.stdin.end();
    await once(child, 'close');
  });
  const [line] = await once(createInterface(child.stdout), 'line');
  return Number(line);
}
