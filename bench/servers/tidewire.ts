/** Tidewire with every default: limits and heartbeat on, compression only where asked for. */
import { readFileSync } from 'node:fs';
import { type CompressionOptions, type Route, serve } from 'tidewire';
import { announce, task } from './announce.ts';

const echo: Route = {
  message(socket, data) {
    socket.send(data);
  },
};

const fanout: Route = {
  open(socket) {
    socket.join('all');
  },
  message(_socket, data) {
    server.group('all').send(data);
  },
};

const server = await serve({
  port: 0,
  host: '127.0.0.1',
  routes: { '/': task.does.startsWith('fanout') ? fanout : echo },
  compression: compression(),
  ...(task.tls && { tls: { cert: readFileSync(task.tls.cert), key: readFileSync(task.tls.key) } }),
});

function compression(): boolean | CompressionOptions {
  if (task.deflate === 'no-takeover') return { serverNoContextTakeover: true, clientNoContextTakeover: true };
  if (task.deflate === 'window-15') return { serverMaxWindowBits: 15, clientMaxWindowBits: 15 };
  return task.deflate !== undefined;
}

announce(server.port);
