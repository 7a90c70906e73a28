/** A connection for a reconnecting socket by our own Socket, in Node. */
import type { Socket } from '../socket/socket.ts';
import type { ConnectionListener, OpenConnection, Sendable } from './opener.ts';

export class SocketConnection implements OpenConnection {
  readonly canPause = true;
  readonly hasHeartbeat = true;
  readonly #socket: Socket;
  #listener: ConnectionListener | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  get url(): string {
    return this.#socket.url;
  }

  get subprotocol(): string {
    return this.#socket.subprotocol;
  }

  get extensions(): string {
    return this.#socket.extensions;
  }

  get bufferedAmount(): number {
    return this.#socket.bufferedAmount;
  }

  listen(listener: ConnectionListener): void {
    const first = this.#listener === undefined;
    this.#listener = listener;
    if (!first) return;
    this.#socket.consume({
      message: (_, data) => this.#listener!.message(data),
      close: (_, closed) => this.#listener!.closed(closed),
    });
  }

  send(data: Sendable): boolean {
    if (this.#socket.state !== 'open') return false;
    // That it returns false means "slow down", which is what `bufferedAmount` says; the message was taken.
    this.#socket.send(data);
    return true;
  }

  close(code?: number, reason?: string): void {
    this.#socket.close(code, reason);
  }

  terminate(): void {
    this.#listener = deaf;
    this.#socket.terminate();
  }
}

const deaf: ConnectionListener = { message: () => undefined, closed: () => {} };
