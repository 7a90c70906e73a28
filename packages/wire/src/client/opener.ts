/**
 * What a reconnecting socket needs from its host, and all that differs between Node and a browser: a way to open one
 * connection, and that connection.
 */
import type { Closed } from '../protocol/connection.ts';
import type { Message } from '../socket/inbox.ts';

/** What can be sent: text, or bytes. */
export type Sendable = string | ArrayBufferLike | ArrayBufferView;

export interface ConnectionListener {
  /** A message came. Where reading can be paused, it is until the returned promise resolves. */
  message(data: Message): undefined | Promise<void>;
  /** The connection is gone; nothing follows. */
  closed(closed: Closed): void;
}

/** One open connection. Nothing is delivered before `listen()`, and what came meanwhile is kept. */
export interface OpenConnection {
  readonly url: string;
  /** `''`: none. */
  readonly subprotocol: string;
  readonly extensions: string;
  /** Bytes that the network has not taken yet. */
  readonly bufferedAmount: number;
  /** Whether reading stops while a message waits for its promise. */
  readonly canPause: boolean;
  /** Whether it notices by itself, by Pings, that it is dead. */
  readonly hasHeartbeat: boolean;
  listen(listener: ConnectionListener): void;
  /** False: the connection is no longer open, and nothing was taken. */
  send(data: Sendable): boolean;
  /** Starts the closing handshake. */
  close(code?: number, reason?: string): void;
  /** Lets go at once, without a closing handshake. The listener hears nothing more. */
  terminate(): void;
}

export interface Opener {
  /** Opens a connection, or rejects. Once `signal` is aborted it leaves nothing behind. */
  open(signal: AbortSignal): Promise<OpenConnection>;
}

/** A value, or a function that makes a fresh one for each attempt, as for a token that expires. */
export type Fresh<T> = T | (() => T | PromiseLike<T>);

/** @throws Error with the function's own as its `cause`: it says nothing about the server, so the next attempt may do better. */
export async function freshValue<T>(value: Fresh<T>, name: string): Promise<T> {
  if (typeof value !== 'function') return value;
  try {
    return await (value as () => T | PromiseLike<T>)();
  } catch (cause) {
    throw new Error(`The function for ${name} failed`, { cause });
  }
}
