/**
 * A connection of a page to a plain route of this server, by Tidewire's client for browsers: it comes back by itself, and
 * says meanwhile when. Applications on the hub use the hub's client instead.
 */
import { connect, type ReconnectingSocket, type WatchdogOptions } from 'tidewire/browser';
import type { ConnectionStatus } from './connection-words.ts';

/** Who hears of a connection. */
export interface ConnectionEvents {
  /** A text message came; nothing else is spoken on these routes. */
  message(text: string): void;
  status(status: ConnectionStatus): void;
}

export interface PageConnection {
  /** Sends at once or not at all: false while there is no connection. */
  send(text: string): boolean;
  /** Ends it for good. */
  close(): void;
}

/** Opens a connection that lasts as long as the page, or until it is closed. */
export function openConnection(path: string, events: ConnectionEvents, watchdog?: WatchdogOptions): PageConnection {
  const ending = new AbortController();
  let socket: ReconnectingSocket | undefined;

  events.status({ state: 'connecting' });
  const opened = connect(path, {
    reconnect: { max: 10_000 },
    watchdog,
    signal: ending.signal,
    open(current) {
      socket = current;
      events.status({ state: 'connected' });
    },
    message(_, data) {
      if (typeof data === 'string') events.message(data);
    },
    waiting(_, { delay }) {
      socket = undefined;
      events.status({ state: 'reconnecting', delay });
    },
    close(_, { code, reason }) {
      socket = undefined;
      if (!ending.signal.aborted) events.status({ state: 'closed', reason: reason || `code ${code}` });
    },
  });
  // Where it can never be opened, `close` has said so.
  opened.catch(() => {});
  return { send: (text) => socket?.send(text) ?? false, close: () => ending.abort() };
}
