/** A sender that is faster than its reader waits for room. */
import { connect, serve } from 'tidewire';

const chunk = new Uint8Array(64 * 1024);
let mostThatWaited = 0;

const server = await serve({
  host: '127.0.0.1',
  routes: {
    '/download': {
      async open(socket) {
        for (let i = 0; i < 512; i++) {
          const room = socket.send(chunk);
          mostThatWaited = Math.max(mostThatWaited, socket.bufferedAmount);
          if (!room && !(await socket.writable())) return; // closed meanwhile
        }
        socket.close(1000);
      },
    },
  },
});

const socket = await connect(`${server.url}/download`);
let received = 0;
for await (const data of socket) received += data.length;

console.log(`received ${received / 2 ** 20} MiB`); // → received 32 MiB
console.log(`waited at most 1 MiB: ${mostThatWaited <= 2 ** 20}`); // → waited at most 1 MiB: true
await server.close();
