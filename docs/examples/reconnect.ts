/** A client in Node that comes back after its connection was lost. */
import { connect, serve } from 'tidewire';

const server = await serve({
  host: '127.0.0.1',
  routes: {
    '/prices': {
      open(socket) {
        socket.send(`price for connection ${++connections}`);
        if (connections === 1) setTimeout(() => socket.terminate(), 20); // the cable is cut
      },
    },
  },
});
let connections = 0;

const socket = await connect(() => `${server.url}/prices?ticket=${freshTicket()}`, {
  reconnect: { initial: 50, max: 30_000 }, // ms; `reconnect: true` for the defaults
  waiting: (_socket, { attempt, reason }) => console.log(`attempt ${attempt} follows, after code ${reason.code}`),
});
for await (const price of socket) {
  console.log(price);
  if (connections === 2) socket.close(1000);
}
console.log(socket.state);
// → price for connection 1
// → attempt 1 follows, after code 1006
// → price for connection 2
// → closed
await server.close();

/** Asked for anew before each attempt: it is good for one connection, and for seconds. */
function freshTicket(): string {
  return crypto.randomUUID();
}
