/** WebSockets on an HTTP server that exists already. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, serve } from 'tidewire';

// An Express application is such a function too: `const app = express()`.
function app(_request: IncomingMessage, response: ServerResponse): void {
  response.end('plain HTTP');
}

const http = createServer(app).listen(0, '127.0.0.1');
await once(http, 'listening');

const server = await serve({
  server: http,
  routes: {
    '/chat': {
      message(socket, data) {
        socket.send(data);
      },
    },
  },
});

const page = await fetch(`${server.url.replace('ws:', 'http:')}/`);
console.log(await page.text()); // → plain HTTP

const socket = await connect(`${server.url}/chat`);
socket.send('a WebSocket on the same port');
for await (const data of socket) {
  console.log(data); // → a WebSocket on the same port
  socket.close();
}

await server.close(); // the sockets
http.close(); // yours to close
