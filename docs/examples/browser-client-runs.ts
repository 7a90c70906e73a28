/** Runs browser-client.ts, over the WebSocket that Node brings. */
import { serve } from 'tidewire';
import { follow } from './browser-client.ts';

const server = await serve({
  host: '127.0.0.1',
  routes: {
    '/prices': {
      open(socket) {
        socket.send('101');
        socket.close(1000);
      },
    },
  },
});
await follow(`${server.url}/prices`, (text) => console.log(text));
// → connected
// → 101
// → closed with 1000
await server.close();
