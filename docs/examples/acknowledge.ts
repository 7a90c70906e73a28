/** A message is done when the other end says so, and nothing less says it. */
import { connect, serve } from 'tidewire';

interface Order {
  readonly id: number;
  readonly what: string;
}

const done = new Set<number>();
const server = await serve({
  host: '127.0.0.1',
  routes: {
    '/orders': {
      message(socket, data) {
        const order = JSON.parse(String(data)) as Order;
        done.add(order.id); // doing it twice must be the same as doing it once
        socket.send(JSON.stringify({ done: order.id }));
      },
    },
  },
});

const waiting = new Map<number, Order>([[1, { id: 1, what: 'one tide table' }]]);
const socket = await connect(`${server.url}/orders`);
for (const order of waiting.values()) socket.send(JSON.stringify(order)); // again after each reconnection
for await (const data of socket) {
  waiting.delete((JSON.parse(String(data)) as { done: number }).done);
  if (waiting.size === 0) socket.close(1000);
}
console.log(done.size, waiting.size); // → 1 0
await server.close();
