/** Socket.IO over WebSocket alone: no polling, no permessage-deflate (its default), a room send for the fan-out. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server } from 'socket.io';
import { announce, task } from './announce.ts';

const http = createServer();
const io = new Server(http, { transports: ['websocket'], perMessageDeflate: false, serveClient: false });

io.on('connection', (socket) => {
  if (task.does.startsWith('fanout')) {
    socket.join('all');
    socket.on('message', (data) => io.to('all').emit('message', data));
  } else {
    socket.on('message', (data) => socket.emit('message', data));
  }
});

http.listen(0, '127.0.0.1', () => announce((http.address() as AddressInfo).port));
