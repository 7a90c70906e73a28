/** permessage-deflate, for those who ask for it. */
import { connect, serve } from 'tidewire';

const server = await serve({
  host: '127.0.0.1',
  compression: { threshold: 256 }, // for all routes
  routes: {
    '/feed': {
      message(socket, data) {
        socket.send(data); // compressed from 256 bytes on
        socket.send(data, { compress: false }); // a secret, or bytes that are compressed already
      },
    },
    '/camera': { compression: false },
  },
});

const feed = await connect(`${server.url}/feed`, { compression: true });
console.log(feed.extensions); // → permessage-deflate; server_max_window_bits=11; client_max_window_bits=11

feed.send('tide '.repeat(1000));
let answers = 0;
for await (const data of feed) {
  console.log(data.length); // → 5000
  if (++answers === 2) feed.close(); // → 5000
}

const camera = await connect(`${server.url}/camera`, { compression: true });
console.log(camera.extensions === ''); // → true
camera.close();
await server.close();
