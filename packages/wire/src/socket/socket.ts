/** One WebSocket as its user has it, on a server or a client. How it works is in socket-core.ts. */
import type { Closed, State } from '../protocol/connection.ts';
import type { Role } from '../protocol/role.ts';
import type { Message } from './inbox.ts';
import { bytesOf } from './node-platform.ts';
import type { PreparedMessage, PreparedMessages } from './prepared-message.ts';
import { SocketCore, type SocketInit } from './socket-core.ts';

/** What may be sent: a string as text, everything else as binary. */
export type Sendable = string | ArrayBufferLike | ArrayBufferView;

export interface SendOptions {
  /** Compress this message, or not, whatever the threshold says; without permessage-deflate nothing is. */
  readonly compress?: boolean;
}

/** What a user does with a socket. They are called one at a time: while a returned promise is pending, the next waits. */
export interface SocketHandlers<S> {
  /** The socket is open. Without a `message` handler, this is where a `for await` over its messages may start. */
  open?(socket: S): unknown;
  /** A message: text as a string, binary as bytes that are the handler's own. */
  message?(socket: S, data: Message): unknown;
  /**
   * A Pong: everything that was sent before its Ping has arrived (RFC 6455 §5.5.3). It does not wait for the messages
   * before it to be handled, nor is it waited for. The heartbeat's own, with four bytes of payload, come here too.
   */
  pong?(socket: S, payload: Uint8Array): void;
  /** The connection has ended, and every message that came before has been handled. */
  close?(socket: S, closed: Closed): unknown;
}

export class Socket<Data = unknown> implements AsyncIterable<Message> {
  readonly role: Role;
  /** The URL that was asked for; a server's socket has the request's path and query. */
  readonly url: string;
  /** The subprotocol that was agreed on, `''` when there is none. */
  readonly subprotocol: string;
  /** The extensions that were agreed on, as in `Sec-WebSocket-Extensions`. */
  readonly extensions: string;
  /** Yours, typed by the route. */
  data: Data;
  readonly #core: SocketCore;

  constructor(init: SocketInit<Data>) {
    this.role = init.role;
    this.url = init.url;
    this.subprotocol = init.subprotocol;
    this.extensions = init.extensions ?? '';
    this.data = init.data;
    this.#core = new SocketCore(init, this);
  }

  /** Where the closing handshake stands: `'open'` until either side begins it. */
  get state(): State {
    return this.#core.state;
  }

  /** The newest round-trip time in ms, from a heartbeat's Ping to its Pong; `undefined` before the first. */
  get latency(): number | undefined {
    return this.#core.latency;
  }

  /** Bytes that were sent and not taken by the kernel yet. */
  get bufferedAmount(): number {
    return this.#core.bufferedAmount;
  }

  /** How the connection ended, once it has. Never rejects. */
  get closed(): Promise<Closed> {
    return this.#core.closed;
  }

  /**
   * Sends a message. False means: over the high-water mark, so wait for `writable()`, or no longer open. The peer never
   * makes it throw. Binary data of 32 KiB or more is not copied by a server: don't change it before it is sent.
   * @throws TypeError when `data` is none of the types that can be sent.
   */
  send(data: Sendable, options?: SendOptions): boolean {
    return this.#core.send(typeof data === 'string' ? data : bytesOf(data), options?.compress);
  }

  /** Sends what was framed once for many: one message, or several. A server's sockets only. Returns as `send` does. */
  sendPrepared(message: PreparedMessage | PreparedMessages, options?: SendOptions): boolean {
    return this.#core.sendPrepared(message, options?.compress);
  }

  /** Resolves to true when `send` may be called again, to false once the connection is not open any more. */
  writable(options: { readonly signal?: AbortSignal } = {}): Promise<boolean> {
    return this.#core.writable(options.signal);
  }

  /**
   * Sends a Ping of at most 125 bytes, behind everything that was sent before it. The heartbeat does so by itself.
   * @throws LocalProtocolError
   */
  ping(payload?: ArrayBufferLike | ArrayBufferView): void {
    this.#core.sendPing(payload && bytesOf(payload));
  }

  /**
   * Begins the closing handshake; nothing happens when it has begun. Messages that are on their way from the peer still
   * come, as long as their consumer takes them: at twice the bounds of `limits.maxQueued…` they are dropped. A connection
   * that has not ended within `closeTimeout` of this call is cut.
   * @throws LocalProtocolError on a code that may not be sent, or a reason over 123 bytes.
   */
  close(code?: number, reason?: string): void {
    this.#core.close(code, reason);
  }

  /** Cuts the connection at once, without a closing handshake: the peer sees 1006. */
  terminate(): void {
    this.#core.terminate();
  }

  /** Hands the socket to handlers. Messages that have come already are handled first. @throws Error when it has a consumer. */
  consume(handlers: SocketHandlers<this>): void {
    this.#core.handle(handlers);
  }

  /** The messages, in order, until the connection ends. Reading stops while too many wait. */
  [Symbol.asyncIterator](): AsyncIterator<Message, undefined> {
    return {
      next: () => this.#core.next(),
      return: () => Promise.resolve({ done: true, value: undefined }),
    };
  }
}
