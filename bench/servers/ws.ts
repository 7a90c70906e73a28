/** `ws` as its documentation shows it: no permessage-deflate (its default), the received Buffer sent on as it is. */
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { announce } from './accounting.ts';

const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });

server.on('connection', (socket, request) => {
  if (request.url === '/echo') {
    socket.on('message', (data, binary) => socket.send(data, { binary }));
  } else {
    socket.on('message', (data) => {
      for (const client of server.clients) {
        if (client.readyState === WebSocket.OPEN) client.send(data, { binary: false });
      }
    });
  }
});

server.on('listening', () => announce((server.address() as AddressInfo).port));
