/**
 * A socket that outlives its connections, written once for Node and the browser over an `Opener`.
 *
 *                    ┌────────────┐  opened   ┌──────┐  close()   ┌─────────┐
 *   new ────────────▶│ connecting │──────────▶│ open │───────────▶│ closing │───┐
 *                    └────────────┘           └──────┘            └─────────┘   ▼
 *                      ▲   failed │             │ lost                        closed
 *      delay, online,  │          ▼             ▼                               ▲
 *      page, reconnect()  ┌─────────┐◀──────────┘                               │
 *                      └──│ waiting │───────────────────────────────────────────┘
 *                         └─────────┘   close(), abort, or no reason to go on
 *
 * What it does not promise: a message that was handed to a connection which then broke may or may not have arrived, and
 * what the server sent meanwhile is not sent again. Whoever needs that needs acknowledgements and positions, as a hub has.
 *
 * Rule of this file: it decides nothing about delays, silence or bounds; each of them has a file of its own.
 */
import type { Closed } from '../protocol/connection.ts';
import { Inbox, type Message } from '../socket/inbox.ts';
import { abnormal, checkClose, failure, whyClosed } from './ending.ts';
import { OfflineQueue, sizeOf } from './offline-queue.ts';
import type { OpenConnection, Opener, Sendable } from './opener.ts';
import {
  type ReconnectHandlers,
  type ReconnectingSocketOptions,
  type ResolvedReconnectOptions,
  resolveReconnectOptions,
} from './reconnect-options.ts';
import { delayHint } from './reconnect-policy.ts';
import { Watchdog } from './watchdog.ts';

export type ReconnectingState = 'connecting' | 'open' | 'waiting' | 'closing' | 'closed';

/** The consumer is too slow, where a browser leaves no way to slow the server down: what was received filled its queue. */
export class ReceiveQueueError extends Error {
  override readonly name = 'ReceiveQueueError';
}

/** Close codes of our own, from the range for applications: browsers let no page send 1011 or 1013. */
const handlerFailed = 4011;
const receiveQueueFull = 4013;

export class ReconnectingSocket implements AsyncIterable<Message> {
  /** How the socket was closed for good. Never rejects. */
  readonly closed: Promise<Closed>;
  readonly #opener: Opener;
  readonly #handlers: ReconnectHandlers<ReconnectingSocket>;
  readonly #options: ResolvedReconnectOptions;
  readonly #offline: OfflineQueue;
  readonly #inbox: Inbox;
  readonly #watchdog: Watchdog | undefined;
  readonly #unwatch: () => void;
  readonly #signal: AbortSignal | undefined;
  readonly #abort = (): void => this.#drop(failure(this.#signal!.reason), true);
  #state: ReconnectingState = 'connecting';
  #attempt: AbortController | undefined;
  #connection: OpenConnection | undefined;
  #latest: OpenConnection | undefined;
  #openedAt = 0;
  /** The one timer: of the attempt, of the delay, or of the closing handshake. */
  #timer: unknown;
  /** The server asked for this delay, so nothing cuts it short but `reconnect()`. */
  #asked = false;
  #wasOnline: boolean;
  #room: PromiseWithResolvers<void> | undefined;
  #final: Closed | undefined;
  #resolveClosed!: (closed: Closed) => void;
  #waitingForOpen: PromiseWithResolvers<this>[] = [];

  /** Begins at once. @throws RangeError on an option that makes no sense */
  constructor(opener: Opener, options: ReconnectingSocketOptions<ReconnectingSocket> = {}) {
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    this.#opener = opener;
    this.#handlers = options;
    this.#options = resolveReconnectOptions(options);
    const { clock, page } = this.#options;
    this.#offline = new OfflineQueue(this.#options);
    this.#inbox = new Inbox(this.#options, {
      room: () => this.#hasRoom(),
      handlerFailed: (error) => this.#handlerFailed(error),
    });
    const { message, close } = options;
    if (message !== undefined) {
      const last = close && (() => close.call(options, this, this.#final!));
      this.#inbox.handle(undefined, (data) => message.call(options, this, data), last);
    }
    if (options.watchdog) this.#watchdog = this.#watch(options.watchdog);
    this.#wasOnline = page.online;
    this.#unwatch = page.watch(() => this.#pageChanged());
    this.#signal = options.signal;
    this.#signal?.addEventListener('abort', this.#abort, { once: true });
    if (this.#signal?.aborted) clock.setTimeout(this.#abort, 0);
    else this.#connect();
  }

  get state(): ReconnectingState {
    return this.#state;
  }

  /** Attempts in a row that failed, or whose connection did not last. */
  get attempts(): number {
    return this.#options.backoff.attempts;
  }

  /** The URL of the newest connection, `''` before the first. */
  get url(): string {
    return this.#latest?.url ?? '';
  }

  /** The subprotocol of the newest connection, `''` when there is none. */
  get subprotocol(): string {
    return this.#latest?.subprotocol ?? '';
  }

  get extensions(): string {
    return this.#latest?.extensions ?? '';
  }

  /** Bytes that wait for the network, or for a connection. */
  get bufferedAmount(): number {
    return this.#offline.bytes + (this.#connection?.bufferedAmount ?? 0);
  }

  /** Resolves with the socket when a connection is open, at once if one is. Rejects when the socket is closed. */
  opened(): Promise<this> {
    if (this.#state === 'open') return Promise.resolve(this);
    if (this.#final !== undefined) return Promise.reject(whyClosed(this.#final));
    const waiting = Promise.withResolvers<this>();
    this.#waitingForOpen.push(waiting);
    return waiting.promise;
  }

  /**
   * Sends a message: hands it to the open connection, or keeps it for the next one. False: it was refused, because too much
   * waits already, or the socket is closed. True is no receipt: what was handed to a connection that breaks may be lost.
   * @throws TypeError when `data` is none of the types that can be sent
   */
  send(data: Sendable): boolean {
    const size = sizeOf(data);
    if (this.#state === 'closing' || this.#state === 'closed') return false;
    const connection = this.#state === 'open' ? this.#connection : undefined;
    if (connection !== undefined) {
      if (connection.bufferedAmount + size > this.#options.maxBufferedBytes) return false;
      if (connection.send(data)) return true;
    }
    return this.#offline.keep(data);
  }

  /**
   * Closes for good, with the closing handshake when a connection is open. What was kept for a next one is forgotten.
   * @param code 1000, or 3000 to 4999: a browser sends no other
   * @throws RangeError on another code, on a reason of more than 123 bytes, and on a reason without a code
   */
  close(code?: number, reason?: string): void {
    checkClose(code, reason);
    if (this.#state === 'closing' || this.#state === 'closed') return;
    this.#close(code, reason);
  }

  /** Connects anew at once, without the rest of the delay. An open connection is closed and replaced by a fresh one. */
  reconnect(): void {
    if (this.#state !== 'open' && this.#state !== 'waiting') return;
    this.#options.backoff.reset();
    // Its closing handshake goes on by itself; nothing that it still brings is wanted.
    const old = this.#release();
    old?.listen(deaf);
    old?.close(1000);
    this.#connect();
  }

  /** The messages of all connections, in order, until the socket is closed. Throws at the end if they were too many to keep. */
  [Symbol.asyncIterator](): AsyncIterator<Message, undefined> {
    return {
      next: async () => {
        const next = await this.#inbox.next();
        if (next.done && this.#final?.error instanceof ReceiveQueueError) throw this.#final.error;
        return next;
      },
      return: () => Promise.resolve({ done: true, value: undefined }),
    };
  }

  #connect(): void {
    const attempt = new AbortController();
    this.#attempt = attempt;
    this.#state = 'connecting';
    this.#setTimer(this.#options.openTimeout, () => {
      const { openTimeout } = this.#options;
      attempt.abort(new DOMException(`No connection was opened within ${openTimeout} ms`, 'TimeoutError'));
      this.#attemptFailed(attempt, attempt.signal.reason);
    });
    // Called from within a promise, so that an opener that throws at once fails like any other.
    new Promise<OpenConnection>((resolve) => resolve(this.#opener.open(attempt.signal))).then(
      (connection) => (this.#attempt === attempt ? this.#opened(connection) : connection.terminate()),
      (error) => this.#attemptFailed(attempt, error),
    );
  }

  #attemptFailed(attempt: AbortController, error: unknown): void {
    if (this.#attempt !== attempt) return;
    this.#lost(abnormal(failure(error)));
  }

  #opened(connection: OpenConnection): void {
    this.#attempt = undefined;
    this.#clearTimer();
    this.#connection = connection;
    this.#latest = connection;
    this.#openedAt = this.#options.clock.now();
    this.#state = 'open';
    this.#watchdog?.start();
    connection.listen({
      message: (data) => (this.#connection === connection ? this.#take(connection, data) : undefined),
      closed: (closed) => {
        if (this.#connection === connection) this.#lost(closed);
      },
    });
    for (const waiting of this.#waitingForOpen.splice(0)) waiting.resolve(this);
    this.#call('open', this);
    if (this.#state === 'open' && this.#connection === connection) this.#offline.flush((data) => connection.send(data));
  }

  #take(connection: OpenConnection, data: Message): undefined | Promise<void> {
    this.#watchdog?.heard();
    if (this.#inbox.full && !connection.canPause) {
      const error = new ReceiveQueueError('More messages came than may wait for their consumer');
      this.#giveUp(receiveQueueFull, error);
      return undefined;
    }
    this.#inbox.put(data, data.length);
    if (!this.#inbox.full) return undefined;
    this.#room ??= Promise.withResolvers();
    return this.#room.promise;
  }

  #hasRoom(): void {
    this.#room?.resolve();
    this.#room = undefined;
  }

  /** A connection, or an attempt, ended. */
  #lost(closed: Closed): void {
    const closing = this.#state === 'closing';
    const { backoff, clock, maxAttempts, page, stableAfter } = this.#options;
    if (this.#connection !== undefined && clock.now() - this.#openedAt >= stableAfter) backoff.reset();
    this.#release();
    if (closing || backoff.attempts >= maxAttempts || !this.#isTemporary(closed)) return this.#finish(closed);
    const hint = delayHint(closed);
    // Offline, an attempt is all but certain to fail; but `onLine` is not to be trusted for servers on this machine.
    const delay = Math.max(backoff.next(hint), page.online ? 0 : backoff.max);
    this.#asked = hint?.atLeast !== undefined;
    this.#state = 'waiting';
    this.#setTimer(delay, () => this.#connect());
    this.#call('waiting', this, { delay, attempt: backoff.attempts, reason: closed });
  }

  #isTemporary(closed: Closed): boolean {
    try {
      return this.#options.shouldReconnect(closed);
    } catch (error) {
      this.#handlerFailed(error);
      return false;
    }
  }

  /** Lets go of everything that is under way; returns the connection, which is not listened to any more. */
  #release(): OpenConnection | undefined {
    const connection = this.#connection;
    this.#connection = undefined;
    const attempt = this.#attempt;
    this.#attempt = undefined;
    attempt?.abort();
    this.#watchdog?.stop();
    this.#clearTimer();
    this.#hasRoom();
    return connection;
  }

  #close(code?: number, reason?: string, error?: Error): void {
    const connection = this.#state === 'open' ? this.#connection : undefined;
    if (connection === undefined) {
      this.#release();
      this.#finish({ ...abnormal(error), code: code ?? 1005, reason: reason ?? '' });
      return;
    }
    this.#state = 'closing';
    this.#watchdog?.stop();
    this.#offline.clear();
    this.#setTimer(this.#options.closeTimeout, () => this.#drop(undefined, true));
    connection.close(code, reason);
  }

  /** Closes for good because of an error on our side: nothing more is read, and the peer is told in the background. */
  #giveUp(code: number, error: Error): void {
    if (this.#state === 'closed') return;
    const connection = this.#release();
    connection?.listen(deaf);
    connection?.close(code);
    this.#finish(abnormal(error));
  }

  /** Cuts the connection without a word; `forGood`, or to get another. */
  #drop(error: Error | undefined, forGood: boolean): void {
    if (this.#state === 'closed') return;
    const closed = abnormal(error);
    this.#connection?.terminate();
    if (!forGood) return this.#lost(closed);
    this.#release();
    this.#finish(closed);
  }

  #finish(closed: Closed): void {
    if (this.#final !== undefined) return;
    this.#final = closed;
    this.#state = 'closed';
    this.#unwatch();
    this.#signal?.removeEventListener('abort', this.#abort);
    this.#offline.clear();
    for (const waiting of this.#waitingForOpen.splice(0)) waiting.reject(whyClosed(closed));
    this.#resolveClosed(closed);
    this.#inbox.end();
    if (this.#handlers.message === undefined) this.#call('close', this, closed);
  }

  /** Calls a handler of the user's; what it throws ends the socket. */
  #call<K extends 'open' | 'waiting' | 'close'>(
    name: K,
    ...args: Parameters<NonNullable<ReconnectHandlers<ReconnectingSocket>[K]>>
  ): void {
    const fail = (error: unknown) => this.#handlerFailed(error);
    try {
      const handler = this.#handlers[name] as ((...args: unknown[]) => unknown) | undefined;
      const result = handler?.apply(this.#handlers, args);
      if (result instanceof Promise) result.catch(fail);
    } catch (error) {
      fail(error);
    }
  }

  #handlerFailed(error: unknown): void {
    this.#options.onError(error);
    this.#giveUp(handlerFailed, failure(error));
  }

  #watch(options: ConstructorParameters<typeof Watchdog>[0]): Watchdog {
    const { clock, page } = this.#options;
    return new Watchdog(options, clock, page, {
      probe: () => {
        try {
          this.#connection?.send(options.probe!());
        } catch (error) {
          this.#handlerFailed(error);
        }
      },
      dead: () => this.#drop(new Error('The server fell silent'), false),
    });
  }

  #pageChanged(): void {
    const { visible, online } = this.#options.page;
    const backOnline = online && !this.#wasOnline;
    this.#wasOnline = online;
    this.#watchdog?.visibilityChanged();
    if (this.#state === 'waiting' && online && (backOnline || visible) && !this.#asked) {
      this.#clearTimer();
      this.#connect();
    } else if (this.#state === 'open' && backOnline) {
      // The way to the server is another one now. Where nothing can tell whether the connection survived that, a fresh one
      // is certain.
      if (this.#watchdog !== undefined) this.#watchdog.check();
      else if (!this.#connection!.hasHeartbeat) {
        this.#drop(new Error('The machine was offline'), false);
        if (this.#isWaiting()) this.#connect();
      }
    }
  }

  /** Asked where a handler may have changed the state. */
  #isWaiting(): boolean {
    return this.#state === 'waiting';
  }

  #setTimer(ms: number, callback: () => void): void {
    this.#clearTimer();
    this.#timer = this.#options.clock.setTimeout(callback, ms);
  }

  #clearTimer(): void {
    this.#options.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}

const deaf = { message: () => undefined, closed: () => {} };
