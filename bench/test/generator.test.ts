/** Both generators against servers that err on purpose: what a bench does not notice, it does not measure. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { startGenerator } from '../measure.ts';
import { frame, planFor, serializePlan } from '../plan.ts';
import { prepareGenerator } from '../preparation.ts';
import type { Work } from '../works.ts';

const work: Work = { name: 'echo', says: '', kind: 'echo', connections: 2, payload: 64, depth: 2 };
const accepted =
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n';

type Answer = (socket: Socket, echo: Uint8Array) => void;

/** Runs the generator for a short stretch against a server that answers each segment as told. */
async function runAgainst(
  inTypeScript: boolean,
  answer: Answer,
  head = accepted,
): Promise<{ messages: number; heard: Buffer }> {
  const plan = planFor(work, 'ws', 0);
  const folder = mkdtempSync(join(tmpdir(), 'tidewire-bench-'));
  writeFileSync(join(folder, 'plan'), serializePlan(plan));
  const heard: Buffer[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => {
      socket.write(head);
      socket.on('data', (segment) => {
        heard.push(segment);
        // A pong may have come before, in the same segment.
        const script = plan.scripts.find(({ send }) => segment.subarray(-send.length).equals(send));
        if (script) answer(socket, script.expect);
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  try {
    const generator = await startGenerator(prepareGenerator({ inTypeScript }), port, join(folder, 'plan'), 'ignore');
    try {
      const { messages } = await generator.run(100);
      return { messages, heard: Buffer.concat(heard) };
    } finally {
      generator.stop();
    }
  } finally {
    server.close();
    rmSync(folder, { recursive: true });
  }
}

const changed = (bytes: Uint8Array, at: number): Uint8Array => bytes.with(at, (bytes[at] as number) ^ 1);
const endsEarly = /the generator ended early \(1\)/;

for (const inTypeScript of [false, true]) {
  describe(`the ${inTypeScript ? 'TypeScript' : 'default'} generator`, () => {
    test('counts what a faithful server echoes', async () => {
      const { messages } = await runAgainst(inTypeScript, (socket, echo) => socket.write(echo));
      assert.ok(messages >= 4 && messages % 2 === 0);
    });

    test('joins frames that arrive in pieces', async () => {
      const { messages } = await runAgainst(inTypeScript, (socket, echo) => {
        socket.write(echo.subarray(0, 70));
        setImmediate(() => socket.write(echo.subarray(70)));
      });
      assert.ok(messages >= 4);
    });

    test('answers pings of WebSocket and of Engine.IO', async () => {
      const pings = Buffer.concat([Buffer.of(0x89, 2, 0x68, 0x69), frame('2')]);
      const { messages, heard } = await runAgainst(inTypeScript, (socket, echo) => {
        socket.write(Buffer.concat([pings, echo]));
      });
      assert.ok(messages >= 4);
      assert.ok(heard.includes(Buffer.of(0x8a, 0x82, 0, 0, 0, 0, 0x68, 0x69)));
      assert.ok(heard.includes(Buffer.of(0x81, 0x81, 0, 0, 0, 0, 0x33)));
    });

    const wrongs: Record<string, Answer> = {
      'a changed byte': (socket, echo) => socket.write(changed(echo, 40)),
      'a doubled message': (socket, echo) => socket.write(Buffer.concat([echo, echo.subarray(0, 66)])),
      'exchanged messages': (socket, echo) => socket.write(Buffer.concat([echo.subarray(66), echo.subarray(0, 66)])),
      'a binary frame for a text': (socket, echo) => socket.write(echo.with(0, 0x82)),
      'a connection that ends': (socket) => socket.destroy(),
    };
    for (const [wrong, answer] of Object.entries(wrongs)) {
      test(`fails on ${wrong}`, async () => {
        await assert.rejects(runAgainst(inTypeScript, answer), endsEarly);
      });
    }

    test('fails on a wrong Sec-WebSocket-Accept', async () => {
      await assert.rejects(
        runAgainst(inTypeScript, () => {}, accepted.replace('s3pP', 'xxxx')),
        endsEarly,
      );
    });
  });
}
