/** Bun's own server, run by the `bun` of npm: its publish for the fan-out, its compressors where asked for. */
import { announce, task } from './announce.ts';

interface BunSocket {
  send(data: string | Uint8Array, compress?: boolean): number;
  subscribe(topic: string): void;
}

declare const Bun: {
  file(path: string): object;
  serve(options: object): { port: number; publish(topic: string, data: string | Uint8Array): number };
};

const fanout = task.does.startsWith('fanout');
const compress = task.deflate !== undefined;

const server = Bun.serve({
  port: 0,
  hostname: '127.0.0.1',
  ...(task.tls && { tls: { cert: Bun.file(task.tls.cert), key: Bun.file(task.tls.key) } }),
  fetch(request: Request, self: { upgrade(request: Request): boolean }) {
    return self.upgrade(request) ? undefined : new Response('expected a WebSocket', { status: 426 });
  },
  websocket: {
    ...(compress && { perMessageDeflate: compressors() }),
    open(socket: BunSocket) {
      if (fanout) socket.subscribe('all');
    },
    message(socket: BunSocket, data: string | Uint8Array) {
      if (fanout) server.publish('all', data);
      else socket.send(data, compress);
    },
  },
});

/** Its default is a compressor that all sockets share, without takeover. */
function compressors(): true | object {
  return task.deflate === 'window-15' ? { compress: '256KB', decompress: 'dedicated' } : true;
}

announce(server.port);
