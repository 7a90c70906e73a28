/** The client offers, in its order of preference; the server chooses one of those, or none. */
import { connect, serve } from 'tidewire';

const server = await serve({
  host: '127.0.0.1',
  routes: {
    '/by-list': { subprotocols: ['chat.v2', 'chat.v1'] },
    '/by-function': {
      subprotocols: (offered, { url }) => (url.searchParams.has('old') ? 'chat.v1' : offered[0]),
    },
  },
});

async function chosen(path: string, offer: string[]): Promise<string> {
  const socket = await connect(`${server.url}${path}`, { subprotocols: offer });
  socket.close();
  return JSON.stringify(socket.subprotocol);
}

console.log(await chosen('/by-list', ['chat.v1', 'chat.v2'])); // → "chat.v1"
console.log(await chosen('/by-list', ['something-else'])); // → ""
console.log(await chosen('/by-function?old', ['chat.v2', 'chat.v1'])); // → "chat.v1"
await server.close();
