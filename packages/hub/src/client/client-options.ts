/** What a client can be told, and its defaults. */
import type {
  BrowserConnectOptions,
  ReconnectingSocket,
  ReconnectingSocketOptions,
  ReconnectOptions,
} from 'tidewire/browser';
import type { Serializer } from '../wamp/serializers/serializer.ts';
import type { OutboxOptions } from './outbox.ts';

type SocketOptions = ReconnectingSocketOptions<ReconnectingSocket>;
/** Time, handed in so that tests own it. */
export type Clock = NonNullable<SocketOptions['clock']>;

export interface ClientOptions {
  /**
   * Who this is: a token, or a function that gets one. The function is asked at first, when the token nears its end, and
   * when the hub refused the last one; when it throws a HubError that is not `temporary`, the client is closed, else it is asked again after a
   * delay. @default none: the session is whoever the handshake says, such as by a cookie, or else nobody's
   */
  readonly token?: string | (() => string | Promise<string>);
  /** @default realm1 */
  readonly realm?: string;
  /** How messages are written. @default JSON */
  readonly serializer?: Serializer;
  /** Delays between attempts to connect, and how many. */
  readonly reconnect?: ReconnectOptions;
  /** Ends everything, as `close()` does. */
  readonly signal?: AbortSignal;
  /** Publications that wait, and where they survive the end of the page. */
  readonly outbox?: OutboxOptions;
  /** Bytes of one message that is sent; the hub closes the connection on longer ones. @default 1 MiB */
  readonly maxMessageBytes?: number;
  /** Where errors go that happen behind the caller's back. @default reportError where there is one, else console.error */
  readonly onError?: (error: unknown) => void;
  /** Notices dead connections where there are no Pings. @default in browsers, after 25 s of silence and 10 s more */
  readonly watchdog?: { readonly interval: number; readonly timeout?: number } | null;
  /** @default the machine's */
  readonly clock?: Clock;
  /** @default the page, in browsers */
  readonly page?: SocketOptions['page'];
  /** From 0 to below 1. @default Math.random */
  readonly random?: () => number;
}

/** For pages: where the WebSocket comes from, beside the rest. */
export interface BrowserHubOptions extends ClientOptions, Pick<BrowserConnectOptions, 'base' | 'WebSocket'> {}
