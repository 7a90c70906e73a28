/** A TCP relay between clients and a hub: what a network does, by hand. It knows nothing of what it carries. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export class TcpLine {
  /** While it is not, whoever connects is turned away. */
  up = true;
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  /** @param port where the hub is, asked for each connection */
  constructor(port: () => number) {
    this.#server = createServer((socket) => {
      if (!this.up) return void socket.destroy();
      const onward = connect(port(), '127.0.0.1');
      for (const [from, to] of [
        [socket, onward],
        [onward, socket],
      ] as const) {
        this.#sockets.add(from);
        from
          .on('error', () => {})
          .on('close', () => {
            this.#sockets.delete(from);
            to.destroy();
          });
        from.pipe(to);
      }
    });
  }

  /** Listens on a free port of loopback, which it returns. */
  async open(): Promise<number> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  /** Breaks every connection, with what is on its way. New ones are taken as long as it is up. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  close(): void {
    this.cut();
    this.#server.close();
  }
}
