/** Connections by the WebSocket that the host brings: a browser's, or any class with the WHATWG's surface. */
import type { Closed } from '../protocol/connection.ts';
import type { Message } from '../socket/inbox.ts';
import {
  type ConnectionListener,
  type Fresh,
  freshValue,
  type OpenConnection,
  type Opener,
  type Sendable,
} from './opener.ts';
import { parseWebSocketUrl } from './websocket-url.ts';

export type NativeWebSocket = Pick<
  WebSocket,
  'url' | 'protocol' | 'extensions' | 'readyState' | 'bufferedAmount' | 'binaryType' | 'send' | 'close'
> &
  Pick<WebSocket, 'onopen' | 'onmessage' | 'onclose'>;

export interface NativeTarget {
  /** May be relative to the page: `/chat`. */
  readonly url: Fresh<string | URL>;
  readonly subprotocols?: Fresh<readonly string[]>;
  /** @default the page's location */
  readonly base?: string;
  /** @default globalThis.WebSocket */
  readonly WebSocket?: new (
    url: string,
    protocols: string[],
  ) => NativeWebSocket;
}

export function nativeOpener(target: NativeTarget): Opener {
  return {
    async open(signal) {
      const { base = globalThis.location?.href, WebSocket = globalThis.WebSocket } = target;
      const url = parseWebSocketUrl(await freshValue(target.url, 'the URL'), base);
      const subprotocols = await freshValue(target.subprotocols ?? [], 'subprotocols');
      signal.throwIfAborted();
      return opened(new WebSocket(url.href, [...subprotocols]), signal);
    },
  };
}

function opened(native: NativeWebSocket, signal: AbortSignal): Promise<OpenConnection> {
  native.binaryType = 'arraybuffer';
  return new Promise((resolve, reject) => {
    const settle = () => {
      signal.removeEventListener('abort', abort);
      detach(native);
    };
    const abort = () => {
      settle();
      native.close();
      reject(signal.reason);
    };
    signal.addEventListener('abort', abort, { once: true });
    native.onopen = () => {
      settle();
      resolve(new NativeConnection(native));
    };
    native.onclose = () => {
      settle();
      // A page is not told why: it could else map the network behind the visitor (WHATWG WebSockets §5).
      reject(new Error(`No WebSocket connection to ${native.url} could be opened`));
    };
  });
}

class NativeConnection implements OpenConnection {
  readonly canPause = false;
  readonly hasHeartbeat = false;
  readonly #native: NativeWebSocket;
  #listener: ConnectionListener | undefined;
  #early: Message[] = [];
  #closed: Closed | undefined;
  #sent: { code: number; reason: string } | undefined;

  constructor(native: NativeWebSocket) {
    this.#native = native;
    native.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
      const message = typeof data === 'string' ? data : new Uint8Array(data);
      if (this.#listener === undefined) this.#early.push(message);
      else this.#listener.message(message);
    };
    native.onclose = ({ code, reason, wasClean }: CloseEvent) => {
      detach(native);
      const received = code === 1006 ? undefined : { code, reason };
      this.#closed = { code, reason, received, sent: this.#sent ?? received, clean: wasClean, error: undefined };
      this.#listener?.closed(this.#closed);
    };
  }

  get url(): string {
    return this.#native.url;
  }

  get subprotocol(): string {
    return this.#native.protocol;
  }

  get extensions(): string {
    return this.#native.extensions;
  }

  get bufferedAmount(): number {
    return this.#native.bufferedAmount;
  }

  listen(listener: ConnectionListener): void {
    this.#listener = listener;
    for (const message of this.#early.splice(0)) listener.message(message);
    if (this.#closed !== undefined) listener.closed(this.#closed);
  }

  send(data: Sendable): boolean {
    // 1: OPEN. In any other state a browser drops what is sent.
    if (this.#native.readyState !== 1) return false;
    this.#native.send(data as string | ArrayBuffer);
    return true;
  }

  close(code?: number, reason?: string): void {
    this.#sent ??= { code: code ?? 1005, reason: reason ?? '' };
    this.#native.close(code, reason);
  }

  terminate(): void {
    detach(this.#native);
    // There is no way to cut it; the browser goes on by itself, for minutes if the network is gone.
    this.#native.close();
  }
}

function detach(native: NativeWebSocket): void {
  native.onopen = null;
  native.onmessage = null;
  native.onclose = null;
}
