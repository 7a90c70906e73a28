/** An opener whose connections a test opens, refuses, feeds and breaks by hand. */
import type { ConnectionListener, OpenConnection, Opener, Sendable } from '../../src/client/opener.ts';
import type { Page } from '../../src/client/page.ts';
import type { ReconnectingSocketOptions } from '../../src/client/reconnect-options.ts';
import { ReconnectingSocket } from '../../src/client/reconnecting.ts';
import type { Closed } from '../../src/protocol/connection.ts';
import { ManualClock } from '../support/manual-clock.ts';

export function ended(code: number, reason = '', error?: Error): Closed {
  const received = code === 1006 ? undefined : { code, reason };
  return { code, reason, received, sent: received, clean: received !== undefined, error };
}

export class FakeConnection implements OpenConnection {
  readonly url = 'ws://fake/';
  readonly extensions = '';
  readonly canPause: boolean;
  readonly hasHeartbeat: boolean;
  subprotocol = '';
  bufferedAmount = 0;
  refuses = false;
  terminated = false;
  readonly sent: Sendable[] = [];
  readonly closes: (readonly [code?: number, reason?: string])[] = [];
  listener: ConnectionListener | undefined;

  constructor(canPause: boolean) {
    this.canPause = canPause;
    this.hasHeartbeat = canPause;
  }

  listen(listener: ConnectionListener): void {
    this.listener = listener;
  }

  send(data: Sendable): boolean {
    if (this.refuses) return false;
    this.sent.push(data);
    return true;
  }

  close(code?: number, reason?: string): void {
    this.closes.push([code, reason]);
  }

  terminate(): void {
    this.terminated = true;
  }
}

export interface FakeAttempt {
  readonly signal: AbortSignal;
  open(): Promise<FakeConnection>;
  refuse(error: Error): Promise<void>;
}

/** Lets everything that hangs on promises happen. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export class FakePage implements Page {
  visible = true;
  online = true;
  readonly changes: Set<() => void> = new Set();

  watch(change: () => void): () => void {
    this.changes.add(change);
    return () => this.changes.delete(change);
  }

  set(values: { visible?: boolean; online?: boolean }): void {
    Object.assign(this, values);
    for (const change of this.changes) change();
  }
}

export interface Scene {
  readonly socket: ReconnectingSocket;
  readonly attempts: FakeAttempt[];
  readonly clock: ManualClock;
  readonly page: FakePage;
  /** What handlers were told, in words. */
  readonly told: string[];
  readonly errors: unknown[];
  /** Opens the newest attempt. */
  open(): Promise<FakeConnection>;
}

type Options = ReconnectingSocketOptions<ReconnectingSocket> & { readonly canPause?: boolean };

/** A reconnecting socket with nothing real around it. Delays have no jitter: 500, 1000, 2000… ms. */
export function scene(options: Options = {}): Scene {
  const attempts: FakeAttempt[] = [];
  const opener: Opener = {
    open: (signal) => {
      const { promise, resolve, reject } = Promise.withResolvers<OpenConnection>();
      const connection = new FakeConnection(options.canPause ?? true);
      attempts.push({
        signal,
        open: async () => {
          resolve(connection);
          await settled();
          return connection;
        },
        refuse: async (error) => {
          reject(error);
          await settled();
        },
      });
      return promise;
    },
  };
  const clock = new ManualClock();
  const page = new FakePage();
  const told: string[] = [];
  const errors: unknown[] = [];
  const socket = new ReconnectingSocket(opener, {
    clock,
    page,
    random: () => 0.5,
    onError: (error) => errors.push(error),
    waiting: (_, { delay, attempt, reason }) => told.push(`waiting ${delay} for ${attempt} after ${reason.code}`),
    open: () => told.push('open'),
    close: (_, closed) => told.push(`close ${closed.code}`),
    ...options,
    reconnect: options.reconnect === null ? null : { jitter: 'none', ...options.reconnect },
  });
  return { socket, attempts, clock, page, told, errors, open: () => attempts.at(-1)!.open() };
}
