/** Who may come in is decided before the handshake is answered. */
import { connect, HandshakeRejected, route, serve } from 'tidewire';

interface User {
  readonly name: string;
}
const users = new Map<string, User>([['token-of-ann', { name: 'Ann' }]]);

const server = await serve({
  host: '127.0.0.1',
  routes: {
    '/inbox': route({
      async upgrade({ headers }) {
        const token = /^Bearer (\S+)$/.exec(headers.get('authorization') ?? '')?.[1] ?? '';
        const user = users.get(token);
        if (user === undefined) {
          return new Response('Who are you?', { status: 401, headers: { 'WWW-Authenticate': 'Bearer' } });
        }
        return { data: user };
      },
      open(socket) {
        socket.send(`Hello, ${socket.data.name}`); // typed by what the hook returns
      },
    }),
  },
});

try {
  await connect(`${server.url}/inbox`);
} catch (error) {
  if (error instanceof HandshakeRejected) console.log(error.status, error.body); // → 401 Who are you?
}

const socket = await connect(`${server.url}/inbox`, { headers: { Authorization: 'Bearer token-of-ann' } });
for await (const data of socket) {
  console.log(data); // → Hello, Ann
  socket.close();
}
await server.close();
