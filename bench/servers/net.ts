/** What Node costs without WebSocket: the bytes of a connection go back as they came. */
import { type AddressInfo, createServer } from 'node:net';
import { announce } from './announce.ts';

const server = createServer({ noDelay: true }, (socket) => {
  socket.on('data', (bytes) => socket.write(bytes));
});

server.listen(0, '127.0.0.1', () => announce((server.address() as AddressInfo).port));
