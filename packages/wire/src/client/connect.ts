/** The front door of clients in Node: one connection, or one that comes back. */
import type { Agent } from 'node:http';
import type { ConnectionOptions as TlsOptions } from 'node:tls';
import { type Clock, systemClock } from '../socket/clock.ts';
import type { OnError } from '../socket/on-error.ts';
import { Socket, type SocketHandlers } from '../socket/socket.ts';
import { inRange, resolveSocketOptions, type SocketOptions } from '../socket/socket-options.ts';
import { type Fresh, freshValue, type Opener } from './opener.ts';
import type { ReconnectHandlers, ReconnectingSocketOptions, ReconnectOptions } from './reconnect-options.ts';
import { ReconnectingSocket } from './reconnecting.ts';
import { SocketConnection } from './socket-connection.ts';
import { type HeaderOptions, upgrade } from './upgrade.ts';
import { parseWebSocketUrl } from './websocket-url.ts';

/** How one connection is opened, and what it is. */
export interface OpenOptions extends SocketOptions {
  /** In order of preference; the server chooses one, or none. */
  readonly subprotocols?: readonly string[];
  /** Further header fields of the opening handshake; those that belong to it can't be set. */
  readonly headers?: HeaderOptions;
  /** `Origin`, which browsers send and other clients need not. @default none */
  readonly origin?: string;
  /** For `wss:`, as for `tls.connect`: `ca`, `cert`, `key`, `servername`… Certificates are verified by default. */
  readonly tls?: TlsOptions;
  /** Opens the stream in its own way: through a proxy, to a Unix socket. @default none: one connection of its own */
  readonly agent?: Agent;
  /** From the look-up of the name to the end of the opening handshake, ms. @default 10_000 */
  readonly handshakeTimeout?: number;
  /** Bytes of the response's head. @default 16 KiB */
  readonly maxHandshakeBytes?: number;
  /** Header fields of the response. @default 100 */
  readonly maxHeaders?: number;
  /** Where errors go that happen behind the caller's back, those of handlers above all. @default console.error */
  readonly onError?: OnError;
  /** @default systemClock */
  readonly clock?: Clock;
}

export interface ConnectOptions extends OpenOptions, SocketHandlers<Socket> {
  readonly reconnect?: false;
  /** Ends everything, at any time: the opening handshake with its reason, an open connection without a closing handshake. */
  readonly signal?: AbortSignal;
}

export interface ReconnectingConnectOptions
  extends Omit<OpenOptions, 'subprotocols' | 'onError' | 'clock'>,
    Omit<ReconnectingSocketOptions<ReconnectingSocket>, 'reconnect'> {
  /** Comes back after a connection was lost. */
  readonly reconnect: true | ReconnectOptions;
  readonly subprotocols?: Fresh<readonly string[]>;
}

/**
 * Opens a WebSocket. With `reconnect`, resolves once a first connection is open, and rejects only where another attempt
 * would be of no use (see `shouldReconnect`); a `waiting` handler hears of the failures before.
 * @param url `ws:`, `wss:`, `http:` or `https:`; user and password in it become an `Authorization` header field. With
 *   `reconnect` also a function that makes a fresh one for each attempt.
 * @throws HandshakeRejected when the server answers with another status than 101 (redirects are not followed),
 *   RemoteProtocolError when its 101 breaks RFC 6455, a TimeoutError, the signal's reason, or Node's error of the stream;
 *   LocalProtocolError, SyntaxError or RangeError on what can't be asked for
 */
export function connect(url: string | URL, options?: ConnectOptions): Promise<Socket>;
export function connect(url: Fresh<string | URL>, options: ReconnectingConnectOptions): Promise<ReconnectingSocket>;
export async function connect(
  url: Fresh<string | URL>,
  options: ConnectOptions | ReconnectingConnectOptions = {},
): Promise<Socket | ReconnectingSocket> {
  if (options.reconnect) {
    const reconnect = options.reconnect === true ? {} : options.reconnect;
    const socket = new ReconnectingSocket(nodeOpener(url, options), { ...options, reconnect } as ReconnectingOptions);
    return socket.opened();
  }
  const { signal, open, message, pong, close, ...rest } = options as ConnectOptions;
  const socket = await openSocket(url as string | URL, rest, signal);
  if (signal !== undefined) terminateOn(signal, socket);
  if (open ?? message ?? pong ?? close) socket.consume({ open, message, pong, close });
  return socket;
}

type ReconnectingOptions = ReconnectingSocketOptions<ReconnectingSocket> & ReconnectHandlers<ReconnectingSocket>;

/** Opens one connection; `signal` counts until it is open. */
export async function openSocket(url: string | URL, options: OpenOptions, signal?: AbortSignal): Promise<Socket> {
  const resolved = resolveSocketOptions(options);
  const target = parseWebSocketUrl(url);
  const upgraded = await upgrade({
    url: target,
    headers: options.headers ?? [],
    subprotocols: options.subprotocols ?? [],
    origin: options.origin,
    deflate: resolved.compression,
    tls: options.tls ?? {},
    agent: options.agent,
    handshakeTimeout: inRange('handshakeTimeout', options.handshakeTimeout, 10_000, 1),
    maxHandshakeBytes: inRange('maxHandshakeBytes', options.maxHandshakeBytes, 16 * 1024, 1),
    maxHeaders: inRange('maxHeaders', options.maxHeaders, 100, 1),
    clock: options.clock ?? systemClock,
    signal,
  });
  return new Socket<unknown>({
    role: 'client',
    stream: upgraded.stream,
    head: upgraded.head,
    url: withoutCredentials(target),
    subprotocol: upgraded.subprotocol,
    deflate: upgraded.deflate,
    extensions: upgraded.extensions,
    options: resolved,
    data: undefined,
    onError: options.onError,
    clock: options.clock,
  });
}

export interface NodeOpenerOptions extends Omit<OpenOptions, 'subprotocols' | 'onError' | 'clock'> {
  readonly subprotocols?: Fresh<readonly string[]>;
}

/** Opens connections for a `ReconnectingSocket`. */
export function nodeOpener(url: Fresh<string | URL>, options: NodeOpenerOptions = {}): Opener {
  return {
    async open(signal) {
      const target = await freshValue(url, 'the URL');
      const subprotocols = await freshValue(options.subprotocols ?? [], 'subprotocols');
      const { headers, origin, tls, agent, handshakeTimeout, maxHandshakeBytes, maxHeaders } = options;
      const { limits, compression, heartbeat, closeTimeout, highWaterMark } = options;
      const socket = { limits, compression, heartbeat, closeTimeout, highWaterMark };
      const handshake = { subprotocols, headers, origin, tls, agent, handshakeTimeout, maxHandshakeBytes, maxHeaders };
      try {
        return new SocketConnection(await openSocket(target, { ...socket, ...handshake }, signal));
      } catch (error) {
        throw isCertificateError(error) ? Object.assign(error, { temporary: false }) : error;
      }
    },
  };
}

/** Node names the errors of certificate checks in this way. Another attempt would meet the same certificate. */
function isCertificateError(error: unknown): error is Error {
  const { code } = error as { code?: unknown };
  return (
    typeof code === 'string' && /^(?:CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_(?:GET|VERIFY)_|ERR_TLS_CERT_)/.test(code)
  );
}

function terminateOn(signal: AbortSignal, socket: Socket): void {
  const terminate = () => socket.terminate();
  signal.addEventListener('abort', terminate, { once: true });
  socket.closed.then(() => signal.removeEventListener('abort', terminate));
  if (signal.aborted) terminate();
}

/** What is kept, and may be logged, must not hold a password. */
function withoutCredentials(url: URL): string {
  const copy = new URL(url);
  copy.username = '';
  copy.password = '';
  return copy.href;
}
