/** One message to many sockets: framed once, and the same bytes for everyone. */
import { connect, serve } from 'tidewire';

const server = await serve({
  host: '127.0.0.1',
  routes: {
    '/rooms/{room}': {
      open(socket) {
        socket.join(socket.params.room);
      },
      message(socket, data) {
        server.group(socket.params.room).send(data, { except: socket });
      },
    },
  },
});

const [ann, bob] = await Promise.all(['tide', 'tide'].map((room) => connect(`${server.url}/rooms/${room}`)));
console.log(server.group('tide').size); // → 2

ann!.send('hello from Ann');
for await (const data of bob!) {
  console.log(data); // → hello from Ann
  bob!.close();
}
await bob!.closed;
server.group('tide').send('only Ann is left');
for await (const data of ann!) {
  console.log(data); // → only Ann is left
  ann!.close();
}
await server.close();
console.log(server.group('tide').size); // → 0
