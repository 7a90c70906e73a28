/** A peer that is gone is noticed, and how far away the others are is known. */
import { get } from 'node:http';
import { connect, HeartbeatError, serve } from 'tidewire';

const gone = Promise.withResolvers<void>();
const server = await serve({
  host: '127.0.0.1',
  heartbeat: { interval: 200 }, // ms; the default is 30_000
  routes: {
    '/game': {
      close(_socket, { code, error }) {
        if (!(error instanceof HeartbeatError)) return;
        console.log(code, error.message);
        gone.resolve();
      },
    },
  },
});

const socket = await connect(`${server.url}/game`);
console.log(socket.latency); // → undefined

// A peer that shakes hands and then never answers a Ping: its network is gone, say.
const headers = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
};
get(`${server.url.replace('ws:', 'http:')}/game`, { headers }).on('upgrade', (_response, stream) => {
  stream.on('error', () => {}).resume();
});
await gone.promise;
// → 1006 Nothing was heard from the peer for a heartbeat

const [living] = server.sockets;
console.log(server.sockets.size, living!.latency! >= 0); // → 1 true
socket.close();
await server.close();
