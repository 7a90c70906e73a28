/** A client in Node, two ways. */
import { connect, serve, WebSocket } from 'tidewire';

const server = await serve({
  host: '127.0.0.1',
  routes: {
    '/prices': {
      upgrade: async ({ url }) => {
        if (url.searchParams.has('late')) await new Promise(() => {}); // never answers
      },
      open(socket) {
        socket.send('101');
      },
    },
  },
});

const socket = await connect(`${server.url}/prices`, {
  headers: { 'User-Agent': 'tide-table/1.0' },
  signal: AbortSignal.timeout(5000), // ends the handshake, or the connection, whichever it finds
});
for await (const price of socket) {
  console.log(price); // → 101
  socket.close(1000);
}

try {
  await connect(`${server.url}/prices?late`, { handshakeTimeout: 100 });
} catch (error) {
  console.log((error as Error).name); // → TimeoutError
}

const standard = new WebSocket(`${server.url}/prices`);
standard.onmessage = ({ data }) => {
  console.log(data); // → 101
  standard.close();
};
await new Promise((resolve) => standard.addEventListener('close', resolve));
await server.close();
