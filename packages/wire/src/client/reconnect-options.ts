/** What a reconnecting socket can be told, judged once. */
import type { Closed } from '../protocol/connection.ts';
import type { Clock } from '../socket/clock.ts';
import type { Message } from '../socket/inbox.ts';
import { Backoff, type BackoffOptions } from './backoff.ts';
import { noPage, type Page } from './page.ts';
import { shouldReconnect } from './reconnect-policy.ts';
import { steadyClock } from './steady-clock.ts';
import type { WatchdogOptions } from './watchdog.ts';

export interface ReconnectOptions extends BackoffOptions {
  /** A connection that lasted this long (ms) was good: the next delay is an `initial` one again. @default 5_000 */
  readonly stableAfter?: number;
  /** How long one attempt may take, with the functions for URL and subprotocols, ms. @default 20_000 */
  readonly openTimeout?: number;
  /** Attempts in a row that may fail before the socket is closed. @default Infinity */
  readonly maxAttempts?: number;
  /** Whether to come back after this end of a connection, or of an attempt. @default the function `shouldReconnect` */
  readonly shouldReconnect?: (closed: Closed) => boolean;
  /** Bytes that are kept while there is no connection; 0 keeps nothing. @default 1 MiB */
  readonly maxOfflineBytes?: number;
  /** Messages that are kept while there is no connection; 0 keeps nothing. @default 1_000 */
  readonly maxOfflineMessages?: number;
}

/** Why, and for how long, a socket waits. */
export interface Waiting {
  /** ms until the next attempt; sooner when the machine comes online or the page is seen again. */
  readonly delay: number;
  /** Which attempt in a row that will be, from 1. */
  readonly attempt: number;
  /** How the connection, or the attempt, ended. An attempt has the code 1006 and an `error`. */
  readonly reason: Closed;
}

/** Called by a reconnecting socket. One that throws, or rejects, closes the socket for good, with what it threw. */
export interface ReconnectHandlers<S> {
  /** A connection is open, the first or another. What `open` sends goes out before anything that was kept. */
  open?(socket: S): unknown;
  /** A message. They are handed over one at a time: while a returned promise is pending, the next waits. */
  message?(socket: S, data: Message): unknown;
  /** There is no connection; another attempt follows. */
  waiting?(socket: S, waiting: Waiting): unknown;
  /** The socket is closed for good, and every message that came before has been handled. Called once. */
  close?(socket: S, closed: Closed): unknown;
}

export interface ReconnectingSocketOptions<S> extends ReconnectHandlers<S> {
  /** Null: one connection, and no other after it. @default {} */
  readonly reconnect?: ReconnectOptions | null;
  /** Ends everything, at any time, without a closing handshake. */
  readonly signal?: AbortSignal;
  /**
   * Messages that may wait for the consumer. At the bound reading pauses, in Node; a browser's WebSocket can't be paused, so
   * there the next message closes the socket for good, with 4013 and a `ReceiveQueueError`: none is dropped silently.
   * @default 4_096
   */
  readonly maxQueuedMessages?: number;
  /** Bytes that may wait for the consumer; a character of a text counts as one. @default 16 MiB */
  readonly maxQueuedBytes?: number;
  /** `send` refuses what would make more than this many bytes wait for the network. @default 16 MiB */
  readonly maxBufferedBytes?: number;
  /** How long the peer may take to answer our Close frame, ms. @default 10_000 */
  readonly closeTimeout?: number | undefined;
  /** Notices half-open connections where there are no Pings; see `Watchdog`. @default none */
  readonly watchdog?: WatchdogOptions | null;
  /** Hears what a handler threw, beside `closed`. @default reportError where there is one, else console.error */
  readonly onError?: (error: unknown) => void;
  /** @default steadyClock */
  readonly clock?: Clock;
  /** @default noPage */
  readonly page?: Page;
  /** From 0 to below 1. @default Math.random */
  readonly random?: () => number;
}

export interface ResolvedReconnectOptions {
  readonly backoff: Backoff;
  readonly stableAfter: number;
  readonly openTimeout: number;
  readonly maxAttempts: number;
  readonly shouldReconnect: (closed: Closed) => boolean;
  readonly maxOfflineBytes: number;
  readonly maxOfflineMessages: number;
  readonly maxQueuedMessages: number;
  readonly maxQueuedBytes: number;
  readonly maxBufferedBytes: number;
  readonly closeTimeout: number;
  readonly onError: (error: unknown) => void;
  readonly clock: Clock;
  readonly page: Page;
}

/** @throws RangeError on a value that makes no sense */
export function resolveReconnectOptions<S>(options: ReconnectingSocketOptions<S>): ResolvedReconnectOptions {
  const reconnect = options.reconnect === null ? once : (options.reconnect ?? {});
  return {
    backoff: new Backoff(reconnect, options.random),
    stableAfter: ms('stableAfter', reconnect.stableAfter, 5_000),
    openTimeout: ms('openTimeout', reconnect.openTimeout, 20_000),
    maxAttempts: least('maxAttempts', reconnect.maxAttempts, Number.POSITIVE_INFINITY, 1),
    shouldReconnect: reconnect.shouldReconnect ?? shouldReconnect,
    maxOfflineBytes: least('maxOfflineBytes', reconnect.maxOfflineBytes, 1 << 20, 0),
    maxOfflineMessages: least('maxOfflineMessages', reconnect.maxOfflineMessages, 1_000, 0),
    maxQueuedMessages: least('maxQueuedMessages', options.maxQueuedMessages, 4_096, 1),
    maxQueuedBytes: least('maxQueuedBytes', options.maxQueuedBytes, 16 << 20, 1),
    maxBufferedBytes: least('maxBufferedBytes', options.maxBufferedBytes, 16 << 20, 1),
    closeTimeout: ms('closeTimeout', options.closeTimeout, 10_000),
    onError: options.onError ?? report,
    clock: options.clock ?? steadyClock,
    page: options.page ?? noPage,
  };
}

/** A page's own way: the error shows in the console, and `window.onerror` hears of it. */
function report(error: unknown): void {
  if (typeof globalThis.reportError === 'function') globalThis.reportError(error);
  else console.error(error);
}

const once: ReconnectOptions = { shouldReconnect: () => false, maxOfflineBytes: 0, maxOfflineMessages: 0 };

function least(name: string, value: number | undefined, byDefault: number, minimum: number): number {
  if (value === undefined) return byDefault;
  if (typeof value === 'number' && value >= minimum) return value;
  throw new RangeError(`${name} must be a number of at least ${minimum}, not ${value}`);
}

/** A time that a timer can wait. */
function ms(name: string, value: number | undefined, byDefault: number): number {
  const checked = least(name, value, byDefault, 1);
  if (checked < 2 ** 31) return checked;
  throw new RangeError(`${name} must be below 2^31 ms, not ${value}`);
}
