/** Tidewire with every default: limits and heartbeat on, compression off. */
import { serve } from 'tidewire';
import { announce } from './accounting.ts';

const server = await serve({
  port: 0,
  host: '127.0.0.1',
  routes: {
    '/echo': {
      message(socket, data) {
        socket.send(data);
      },
    },
    '/fanout': {
      open(socket) {
        socket.join('all');
      },
      message(_socket, data) {
        server.group('all').send(data);
      },
    },
  },
});

announce(server.port);
