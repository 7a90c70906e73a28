/** The bare group under the hub's fan-out: what publishers say goes to all subscribers, who are on a route of their own. */
import { serve } from 'tidewire';
import { announce } from './announce.ts';

const server = await serve({
  port: 0,
  host: '127.0.0.1',
  routes: {
    '/subscribe/{topic}': {
      open(socket) {
        socket.join(socket.params.topic);
      },
    },
    '/publish/{topic}': {
      message(socket, data) {
        server.group(socket.params.topic).send(data);
      },
    },
  },
});

announce(server.port);
