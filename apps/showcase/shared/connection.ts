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
  let isOpening = true;
  let isEnded = false;
  /** Whoever ends what is still being opened ends it then: browsers warn of a socket that is closed before it is open. */
  const settled = (): boolean => {
    isOpening = false;
    if (isEnded) ending.abort();
    return isEnded;
  };

  events.status({ state: 'connecting' });
  const opened = connect(path, {
    reconnect: { max: 10_000 },
    watchdog,
    signal: ending.signal,
    open(current) {
      if (settled()) return;
      socket = current;
      events.status({ state: 'connected' });
    },
    message(_, data) {
      if (typeof data === 'string' && !isEnded) events.message(data);
    },
    waiting(_, { delay }) {
      socket = undefined;
      if (!settled()) events.status({ state: 'reconnecting', delay });
    },
    close(_, { code, reason }) {
      socket = undefined;
      if (!isEnded) events.status({ state: 'closed', reason: reason || `code ${code}` });
    },
  });
  // Where it can never be opened, `close` has said so.
  opened.catch(() => {});
  return {
    send: (text) => socket?.send(text) ?? false,
    close() {
      isEnded = true;
      if (!isOpening) ending.abort();
    },
  };
}
