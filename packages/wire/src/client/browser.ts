/**
 * The front door for browsers, and for workers: the same `connect` as in Node, over the WebSocket that the browser brings.
 * Everything that is imported from here runs without Node, and unbundled once its types are stripped.
 */
import { type NativeTarget, nativeOpener } from './native-connection.ts';
import type { Fresh } from './opener.ts';
import { browserPage } from './page.ts';
import type { ReconnectingSocketOptions, ReconnectOptions } from './reconnect-options.ts';
import { ReconnectingSocket } from './reconnecting.ts';

export type { Closed } from '../protocol/connection.ts';
export type { Message } from '../socket/inbox.ts';
export { Backoff, type BackoffOptions, type DelayHint } from './backoff.ts';
export { type NativeTarget, nativeOpener } from './native-connection.ts';
export type { Fresh, OpenConnection, Opener, Sendable } from './opener.ts';
export { browserPage, type Page } from './page.ts';
export type { ReconnectHandlers, ReconnectingSocketOptions, ReconnectOptions, Waiting } from './reconnect-options.ts';
export { shouldReconnect } from './reconnect-policy.ts';
export { ReceiveQueueError, ReconnectingSocket, type ReconnectingState } from './reconnecting.ts';
export { steadyClock } from './steady-clock.ts';
export type { WatchdogOptions } from './watchdog.ts';

export interface BrowserConnectOptions
  extends Omit<ReconnectingSocketOptions<ReconnectingSocket>, 'reconnect'>,
    Omit<NativeTarget, 'url'> {
  /** True, or how: comes back after a connection was lost. @default false: one connection */
  readonly reconnect?: boolean | ReconnectOptions;
}

/**
 * Opens a WebSocket; resolves once a connection is open. With `reconnect` it rejects only where another attempt would be
 * of no use (see `shouldReconnect`), or by `signal`; a `waiting` handler hears of the failures before.
 * @param url may be relative to the page, or a function that makes a fresh one for each attempt
 */
export function connect(url: Fresh<string | URL>, options: BrowserConnectOptions = {}): Promise<ReconnectingSocket> {
  const { reconnect = false } = options;
  const opener = nativeOpener({
    url,
    subprotocols: options.subprotocols,
    base: options.base,
    WebSocket: options.WebSocket,
  });
  const resolved = reconnect === false ? null : reconnect === true ? {} : reconnect;
  const socket = new ReconnectingSocket(opener, withHandlers(options, resolved));
  return socket.opened();
}

function withHandlers(
  options: BrowserConnectOptions,
  reconnect: ReconnectOptions | null,
): ReconnectingSocketOptions<ReconnectingSocket> {
  return { page: browserPage(), ...options, reconnect };
}
