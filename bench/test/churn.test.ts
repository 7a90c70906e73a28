/** Handshakes, one after the other: a round is over when the server has closed as RFC 6455 §7.1.1 says, and not before. */
import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import { describe, test } from 'node:test';
import { churnPlan } from '../plan.ts';
import { prepareGenerator } from '../preparation.ts';
import { type Stretch, startGenerator } from '../processes.ts';
import { accepted } from './scripted-server.ts';

async function churnAgainst(close: (socket: Socket) => void): Promise<Stretch & { connections: number }> {
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    socket.on('error', () => {});
    socket.once('data', () => {
      socket.write(accepted);
      socket.once('data', () => close(socket));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  try {
    const generator = await startGenerator(prepareGenerator().command, port, churnPlan('ws', port, { atOnce: 3 }));
    try {
      return { ...(await generator.run(60)), connections };
    } finally {
      await generator.stop();
    }
  } finally {
    server.close();
  }
}

describe('a churn', () => {
  test('counts connections that were opened and closed, each on a socket of its own', async () => {
    const { messages, connections } = await churnAgainst((socket) => socket.end(Buffer.of(0x88, 2, 0x03, 0xe8)));
    assert.ok(messages >= 3);
    assert.equal(messages, connections);
  });

  test('fails when the server ends without a Close frame', async () => {
    await assert.rejects(
      churnAgainst((socket) => socket.end()),
      /without a Close frame/,
    );
  });
});
