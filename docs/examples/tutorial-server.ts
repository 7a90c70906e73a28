/** The tutorial's server: a page at `/`, and rooms in which people talk. */
import { readFile } from 'node:fs/promises';
import { serve } from 'tidewire';

const page = await readFile(new URL('tutorial-page.html', import.meta.url));

const server = await serve({
  host: '127.0.0.1',
  port: Number(process.env.PORT ?? 8080),
  request(_request, response) {
    response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' }).end(page);
  },
  routes: {
    '/rooms/{room}': {
      open(socket) {
        socket.join(socket.params.room);
        socket.send(`Welcome to the ${socket.params.room}.`);
      },
      message(socket, data) {
        if (typeof data === 'string') server.group(socket.params.room).send(data);
      },
    },
  },
});
console.log(`Open ${server.url.replace('ws:', 'http:')}/`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => server.close());
