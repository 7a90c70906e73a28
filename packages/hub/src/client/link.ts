/**
 * The way to the hub: a socket that comes back, and on each of its connections a session. Whoever needs sessions is a
 * `Member`, told when one begins and when it is over.
 *
 *   connecting ──WELCOME──▶ connected ──lost──▶ waiting ──delay──▶ connecting …
 *        └───────────────────────┴─────────────────┴── close(), or no reason to come back ──▶ closed
 *
 * Rule of this file: it decides whether to come back and with which token; nothing here knows topics or calls.
 */
import { type Closed, type Opener, ReconnectingSocket, shouldReconnect } from 'tidewire/browser';
import { HubError } from '../contract/errors.ts';
import type { Serializer } from '../wamp/serializers/serializer.ts';
import type { ClientOptions, Clock } from './client-options.ts';
import { Renewal } from './renewal.ts';
import { timeIn } from './shapes.ts';
import { TokenKeeper } from './token-keeper.ts';
import { WampConnection } from './wamp-connection.ts';
import { toHubError } from './wamp-errors.ts';

export type HubState = 'connecting' | 'connected' | 'waiting' | 'closed';

export type HubStatus =
  | { readonly state: 'connecting' }
  | {
      readonly state: 'connected';
      readonly session: number;
      /** The user's id and role, as the hub knows them. */
      readonly user?: string;
      readonly role?: string;
    }
  | {
      readonly state: 'waiting';
      /** ms until the next attempt; sooner when the machine comes online or the page is seen again. */
      readonly delay: number;
      /** Which attempt in a row that will be, from 1. */
      readonly attempt: number;
    }
  | { readonly state: 'closed'; readonly error?: Error };

/** How a client ended. */
export interface HubClosed {
  /** The WebSocket close code. */
  readonly code: number;
  readonly reason: string;
  /** Why, unless `close()` was called. */
  readonly error?: Error;
}

/** Somebody who needs sessions. */
export interface Member {
  connected(session: WampConnection): void;
  /** The session is over; its requests fail next. */
  disconnected(): void;
  /** No other session will come. */
  closed(error: Error | undefined): void;
}

export type LinkOptions = ClientOptions & Required<Pick<ClientOptions, 'serializer' | 'clock'>>;

/** How long the hub may take from an open connection to WELCOME, and to close one whose session it ended, ms. */
const patience = 10_000;

export class Link {
  readonly closed: Promise<HubClosed>;
  readonly clock: Clock;
  readonly options: LinkOptions;
  readonly #socket: ReconnectingSocket;
  readonly #keeper: TokenKeeper;
  readonly #members = new Set<Member>();
  readonly #listeners = new Set<(status: HubStatus) => void>();
  #status: HubStatus = { state: 'connecting' };
  #token: string | undefined;
  #connection: WampConnection | undefined;
  #renewal: Renewal | undefined;
  #timer: unknown;
  /** The hub's clock less ours. */
  #offset: number;
  /** Why it can't go on. */
  #failure: Error | undefined;
  #closing = false;
  /** A token was refused, and a fresh one has not been tried yet (`comes`), or has been. */
  #secondToken: 'unneeded' | 'comes' | 'tried' = 'unneeded';
  #resolveClosed!: (closed: HubClosed) => void;

  constructor(opener: Opener, options: LinkOptions) {
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    const { clock, page, random, signal, reconnect, watchdog } = options;
    this.options = options;
    this.clock = clock;
    this.#offset = Date.now() - clock.now();
    this.#keeper = new TokenKeeper(options.token, clock);
    const comesBack = (closed: Closed) => this.#comesBack(closed);
    this.#socket = new ReconnectingSocket(
      { open: (signal) => this.#open(opener, signal) },
      {
        ...{ clock, page, random, signal },
        onError: (error) => this.report(error),
        // What a session sends is for its own connection alone.
        reconnect: { ...reconnect, maxOfflineBytes: 0, maxOfflineMessages: 0, shouldReconnect: comesBack },
        watchdog: watchdog && { ...watchdog, probe: () => this.#probe() },
        open: () => this.#opened(),
        message: (_, data) => this.#connection?.receive(data),
        waiting: (_, { delay, attempt }) => {
          this.#dropped();
          this.#tell({ state: 'waiting', delay, attempt });
        },
        close: (_, closed) => this.#finished(closed),
      },
    );
  }

  /** The session, once it is joined and as long as it lives. */
  get session(): WampConnection | undefined {
    return this.#connection?.isJoined ? this.#connection : undefined;
  }

  get status(): HubStatus {
    return this.#status;
  }

  /** The hub's clock, ms since 1970. */
  now(): number {
    return this.clock.now() + this.#offset;
  }

  watch(listener: (status: HubStatus) => void): () => void {
    this.#listeners.add(listener);
    this.attempt(() => listener(this.#status));
    return () => this.#listeners.delete(listener);
  }

  /** Tells `member` of sessions from now on, the present one included. Returns what ends it. */
  add(member: Member): () => void {
    if (this.isClosed) {
      member.closed(this.#failure);
      return () => {};
    }
    this.#members.add(member);
    if (this.session !== undefined) member.connected(this.session);
    return () => this.#members.delete(member);
  }

  /** What publications, calls and the like reject with once it is closed. */
  get whyClosed(): Error {
    return this.#failure ?? new HubError('canceled', 'The client was closed');
  }

  get isClosed(): boolean {
    return this.#closing || this.#failure !== undefined;
  }

  /** Tells of an error that happened behind the caller's back. An outlet that fails is no reason for anything else to fail. */
  report(error: unknown): void {
    try {
      (this.options.onError ?? globalThis.reportError ?? console.error)(error);
    } catch (failure) {
      console.error(error, failure);
    }
  }

  /** Calls a function of the application's: what it throws is told, and stops nothing. */
  attempt(does: () => void): void {
    try {
      does();
    } catch (error) {
      this.report(error);
    }
  }

  reconnect(): void {
    if (this.isClosed) return;
    this.#dropped();
    this.#socket.reconnect();
  }

  close(): Promise<HubClosed> {
    if (!this.isClosed) {
      this.#closing = true;
      this.#connection?.goodbye();
      this.#leave(undefined);
      this.#socket.close(1000);
    }
    return this.closed;
  }

  async #open(opener: Opener, signal: AbortSignal) {
    this.#tell({ state: 'connecting' });
    try {
      this.#token = await this.#keeper.current();
    } catch (error) {
      if (error instanceof HubError && !error.temporary) this.#failure = error;
      throw error;
    }
    if (this.#secondToken === 'comes') this.#secondToken = 'tried';
    signal.throwIfAborted();
    return opener.open(signal);
  }

  #opened(): void {
    const { serializer, realm = 'realm1', maxMessageBytes = 1 << 20 } = this.options;
    const { subprotocol } = this.#socket;
    if (subprotocol !== subprotocolOf(serializer)) {
      return this.#fail(new HubError('unavailable', 'No hub answers at this address', { temporary: false }));
    }
    const send = (data: string | Uint8Array) => this.#socket.state === 'open' && this.#socket.send(data);
    const connection = new WampConnection({
      ...{ serializer, realm, maxMessageBytes, token: this.#token, clock: this.clock, send },
      joined: () => this.#joined(connection),
      ended: (reason, message, aborted) => this.#ended(reason, message, aborted),
      violated: (reason) => this.#fail(new HubError('protocol-violation', reason)),
    });
    this.#connection = connection;
    this.#expectSoon();
    connection.hello();
  }

  #joined(connection: WampConnection): void {
    this.clock.clearTimeout(this.#timer);
    this.#secondToken = 'unneeded';
    const { welcome, session } = connection;
    const now = timeIn(welcome, '_tidewire_now');
    if (now !== undefined) this.#offset = now - this.clock.now();
    this.#renewal = new Renewal(this, connection, this.#keeper);
    const { authid: user, authrole: role } = welcome as { authid?: string; authrole?: string };
    this.#tell({ state: 'connected', session, ...(user && { user }), ...(role && { role }) });
    for (const member of [...this.#members]) if (this.#connection === connection) member.connected(connection);
  }

  /** The hub said GOODBYE or ABORT, and closes the connection. */
  #ended(reason: string, message: string | undefined, aborted: boolean): void {
    // WAMP has a word for each reason why nobody is signed in; the hub has one code.
    const refusal = /[._]auth(_|en)/.test(reason)
      ? new HubError('unauthenticated', message)
      : toHubError(reason, { args: [message] });
    const mayRefresh = this.#keeper.canRefresh && this.#secondToken === 'unneeded';
    if (mayRefresh && aborted && reason === 'wamp.error.authentication_failed') {
      this.#keeper.forget();
      this.#secondToken = 'comes';
    } else if (aborted && reason.startsWith('wamp.error.') && !refusal.temporary) {
      return this.#fail(refusal);
    } else if (reason === 'tidewire.close.revoked') {
      return this.#fail(new HubError('denied', message));
    } else if (reason === 'tidewire.close.expired') this.#keeper.forget();
    this.#dropped();
    this.#tell({ state: 'connecting' });
    this.#expectSoon();
  }

  #comesBack(closed: Closed): boolean {
    if (this.isClosed) return false;
    if (this.#secondToken === 'comes') return true;
    if (closed.code === 4001) this.#keeper.forget();
    return (this.options.reconnect?.shouldReconnect ?? shouldReconnect)(closed);
  }

  /** The session is over, if there is one. */
  #dropped(): void {
    this.clock.clearTimeout(this.#timer);
    const connection = this.#connection;
    this.#connection = undefined;
    if (connection === undefined) return;
    this.#renewal?.stop();
    this.#renewal = undefined;
    for (const member of [...this.#members]) member.disconnected();
    connection.end(new HubError('unavailable', 'The connection broke before the answer came'));
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#leave(error);
    this.#socket.close(1000);
  }

  /** Everybody is told that it is over. */
  #leave(error: Error | undefined): void {
    this.#closing = true;
    this.#dropped();
    this.#tell({ state: 'closed', ...(error && { error }) });
    const members = [...this.#members];
    this.#members.clear();
    for (const member of members) member.closed(error);
  }

  #finished(closed: Closed): void {
    if (!this.#closing && !this.options.signal?.aborted) this.#failure ??= errorOf(closed);
    const error = this.#failure;
    if (!this.#closing) this.#leave(error);
    this.#resolveClosed({ code: closed.code, reason: closed.reason, ...(error && { error }) });
  }

  #probe(): string | Uint8Array {
    if (this.session !== undefined) return this.session.ping();
    // In doubt, and nothing may be sent yet that would be answered: a fresh connection is certain, and takes no message yet.
    this.reconnect();
    return '';
  }

  /** The hub has its time to go on; then there is another connection. */
  #expectSoon(): void {
    this.#timer = this.clock.setTimeout(() => this.reconnect(), patience);
  }

  #tell(status: HubStatus): void {
    if (status.state === 'connecting' && this.#status.state === 'connecting') return;
    this.#status = status;
    for (const listener of [...this.#listeners]) this.attempt(() => listener(this.#status));
  }
}

/** What is negotiated for a serializer; JSON when there is none. */
export function subprotocolOf(serializer?: Serializer): string {
  return `wamp.2.${serializer?.name ?? 'json'}`;
}

function errorOf({ code, reason, error: cause }: Closed): Error {
  const is = code === 3000 ? 'unauthenticated' : code === 3003 ? 'denied' : 'unavailable';
  return new HubError(is, reason || `The connection was closed with ${code}`, { temporary: false, cause });
}
