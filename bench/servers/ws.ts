/** `ws` as its documentation shows it: permessage-deflate only where asked for, the received Buffer sent on as it is. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type PerMessageDeflateOptions, WebSocket, WebSocketServer } from 'ws';
import { announce, task } from './announce.ts';

const http = task.tls
  ? createTlsServer({ cert: readFileSync(task.tls.cert), key: readFileSync(task.tls.key) })
  : createServer();
const server = new WebSocketServer({ server: http, perMessageDeflate: deflate() });

server.on('connection', (socket) => {
  if (task.does.startsWith('fanout')) {
    socket.on('message', (data) => {
      for (const client of server.clients) {
        if (client.readyState === WebSocket.OPEN) client.send(data, { binary: false });
      }
    });
  } else {
    socket.on('message', (data, binary) => socket.send(data, { binary }));
  }
});

function deflate(): boolean | PerMessageDeflateOptions {
  if (task.deflate === 'no-takeover') return { serverNoContextTakeover: true, clientNoContextTakeover: true };
  return task.deflate !== undefined; // whose windows are 15
}

http.listen(0, '127.0.0.1', () => announce((http.address() as AddressInfo).port));
