/** A server that answers each segment it knows by a function of the test's, and the generator run against it. */
import { createServer, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { createServer as createTlsServer } from 'node:tls';
import type { Plan, Turn } from '../plan-format.ts';
import { prepareGenerator } from '../preparation.ts';
import { type Stretch, startGenerator } from '../processes.ts';

export const accepted: string = [
  'HTTP/1.1 101 Switching Protocols',
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=',
  '\r\n',
].join('\r\n');

/** What the server does when all of a turn has come from a client; `sockets` has everyone, in the order of their connecting. */
export type Answer = (socket: Socket, turn: Turn, sockets: readonly Socket[]) => void;

export interface Heard {
  readonly stretch: Stretch;
  /** All that came after the handshakes. */
  readonly bytes: Buffer;
}

/** Plays the plan for `ms`. Rejects when the generator ends early, with what it complained of. */
export async function runAgainst(
  plan: Plan,
  answer: Answer,
  { ms = 60, head = accepted, tls }: { ms?: number; head?: string; tls?: { cert: string; key: string } } = {},
): Promise<Heard> {
  const turns = plan.clients.flatMap(({ scripts }) => scripts.flatMap((script) => script.turns));
  const heard: Buffer[] = [];
  const sockets: Socket[] = [];
  const serve = (socket: Socket | TLSSocket): void => {
    socket.on('error', () => {});
    sockets.push(socket);
    let upgraded = plan.framing === 'raw';
    let segment = Buffer.alloc(0);
    socket.on('data', (bytes) => {
      if (!upgraded) {
        upgraded = true;
        socket.write(head);
        return;
      }
      heard.push(bytes);
      segment = Buffer.concat([segment, bytes]);
      const turn = turns.find(({ send }) => send.length > 0 && segment.subarray(-send.length).equals(send));
      if (turn !== undefined) answer(socket, turn, sockets);
      if (turn !== undefined) segment = Buffer.alloc(0);
    });
  };
  const server = tls ? createTlsServer({ ...tls, noDelay: true }, serve) : createServer({ noDelay: true }, serve);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  try {
    const generator = await startGenerator(prepareGenerator().command, port, plan);
    try {
      return { stretch: await generator.run(ms), bytes: Buffer.concat(heard) };
    } finally {
      await generator.stop();
    }
  } finally {
    server.close();
  }
}
