/** A server and a client in one file. */
import { connect, serve } from 'tidewire';

const server = await serve({
  host: '127.0.0.1',
  routes: {
    '/echo': {
      message(socket, data) {
        socket.send(data);
      },
    },
  },
});

const socket = await connect(`${server.url}/echo`);
socket.send('hello');
for await (const data of socket) {
  console.log(data); // → hello
  socket.close(1000);
}
await server.close();
