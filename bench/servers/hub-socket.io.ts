/** Socket.IO's rooms and acknowledgements, over WebSocket alone: no polling, no permessage-deflate (its default). */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server } from 'socket.io';
import { announce } from './announce.ts';

const http = createServer();
const io = new Server(http, { transports: ['websocket'], perMessageDeflate: false, serveClient: false });

io.on('connection', (socket) => {
  socket.on('subscribe', (room: string, answer: () => void) => {
    socket.join(room);
    answer();
  });
  socket.on('publish', (room: string, text: string) => {
    io.to(room).emit('event', text);
  });
  socket.on('add', (a: number, b: number, answer: (sum: number) => void) => answer(a + b));
});

http.listen(0, '127.0.0.1', () => announce((http.address() as AddressInfo).port));
