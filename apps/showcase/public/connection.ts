/**
 * A connection of the page to a route of this server, by Tidewire's client for browsers: it comes back by itself, and says
 * meanwhile when. What it says is meant for people.
 */
import { connect, type ReconnectingSocket, type WatchdogOptions } from 'tidewire/browser';

export type ConnectionState = 'connecting' | 'connected' | 'reconnecting' | 'closed';

/** Who hears of a connection. */
export interface ConnectionEvents {
  /** A text message came; nothing else is spoken on these routes. */
  message(text: string): void;
  /** The state changed, or what there is to say of it. */
  state(state: ConnectionState, says: string): void;
}

export interface PageConnection {
  /** Sends at once or not at all: false while there is no connection. */
  send(text: string): boolean;
}

/** Opens a connection that lasts as long as the page. */
export function openConnection(path: string, events: ConnectionEvents, watchdog?: WatchdogOptions): PageConnection {
  let socket: ReconnectingSocket | undefined;
  let countdown: ReturnType<typeof setInterval> | undefined;

  const enter = (state: ConnectionState, says: string): void => {
    clearInterval(countdown);
    events.state(state, says);
  };
  const countDown = (delay: number): void => {
    const due = performance.now() + delay;
    const say = (): void => {
      const seconds = Math.ceil((due - performance.now()) / 1000);
      events.state('reconnecting', seconds > 0 ? `reconnecting in ${seconds} s …` : 'reconnecting …');
    };
    clearInterval(countdown);
    countdown = setInterval(say, 250);
    say();
  };

  enter('connecting', 'connecting …');
  const opened = connect(path, {
    reconnect: { max: 10_000 },
    watchdog,
    open(current) {
      socket = current;
      enter('connected', 'connected');
    },
    message(_, data) {
      if (typeof data === 'string') events.message(data);
    },
    waiting(_, { delay }) {
      socket = undefined;
      countDown(delay);
    },
    close(_, { code, reason }) {
      socket = undefined;
      enter('closed', `closed: ${reason || `code ${code}`}`);
    },
  });
  // Where it can never be opened, `close` has said so.
  opened.catch(() => {});
  return { send: (text) => socket?.send(text) ?? false };
}
