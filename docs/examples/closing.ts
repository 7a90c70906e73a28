/** How a connection ended, as both ends see it. */
import { type Closed, connect, serve } from 'tidewire';

const ends = new Map<string, Closed>();
const server = await serve({
  host: '127.0.0.1',
  routes: {
    '/{how}': {
      message(socket) {
        if (socket.params.how === 'with-code') socket.close(4001, 'your session has ended');
        else if (socket.params.how === 'without-code') socket.close();
        else socket.terminate();
      },
      close(socket, closed) {
        ends.set(socket.params.how, closed);
      },
    },
  },
});

async function ended(how: string): Promise<void> {
  const socket = await connect(`${server.url}/${how}`);
  socket.send('please close');
  const { code, reason, received, sent, clean } = await socket.closed;
  console.log(how, code, reason, received?.code, sent?.code, clean);
}

await ended('with-code'); // → with-code 4001 your session has ended 4001 4001 true
await ended('without-code'); // → without-code 1005  1005 1005 true
await ended('terminated'); // → terminated 1006  undefined undefined false

await server.close();
console.log(ends.get('with-code')?.code); // → 4001
