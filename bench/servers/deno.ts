/** Deno's own server, run by the `deno` of npm, as its documentation shows it. */
import { announce } from './announce.ts';

declare const Deno: {
  serve(options: object, handler: (request: Request) => Response): unknown;
  upgradeWebSocket(request: Request): { socket: WebSocket; response: Response };
};

const options = {
  port: 0,
  hostname: '127.0.0.1',
  onListen: ({ port }: { port: number }) => announce(port),
};

Deno.serve(options, (request) => {
  const { socket, response } = Deno.upgradeWebSocket(request);
  socket.onmessage = ({ data }) => socket.send(data);
  return response;
});
