/**
 * The WebSocket of the WHATWG standard (https://websockets.spec.whatwg.org/), in Node: the surface of a browser's, down to
 * its conversions, its exceptions and the order of its events.
 *
 * Rule of this file: what the standard says, as it says it; "step n" is a step of the algorithm that the standard has for
 * that member. The one thing added is the third argument of the constructor.
 */
import type { Closed } from '../protocol/connection.ts';
import { isToken } from '../protocol/header-fields.ts';
import type { Message } from '../socket/inbox.ts';
import type { Socket } from '../socket/socket.ts';
import { BlobQueue } from './blob-queue.ts';
import { createCloseEvent } from './close-event.ts';
import { type OpenOptions, openSocket } from './connect.ts';
import { EventHandlers } from './event-handlers.ts';
import { parseWebSocketUrl } from './websocket-url.ts';

/** What the third argument can say: everything of `connect` that the standard does not say itself. */
export type WebSocketOptions = Omit<OpenOptions, 'subprotocols'>;

type Handler<E extends Event> = ((this: WebSocket, event: E) => unknown) | null;
type Data = string | Blob | ArrayBufferLike | ArrayBufferView;

const connecting = 0;
const open = 1;
const closing = 2;
const closed = 3;

export class WebSocket extends EventTarget {
  declare static readonly CONNECTING: 0;
  declare static readonly OPEN: 1;
  declare static readonly CLOSING: 2;
  declare static readonly CLOSED: 3;
  declare readonly CONNECTING: 0;
  declare readonly OPEN: 1;
  declare readonly CLOSING: 2;
  declare readonly CLOSED: 3;

  readonly #url: URL;
  readonly #handlers = new EventHandlers(this);
  readonly #attempt = new AbortController();
  readonly #outgoing: BlobQueue = new BlobQueue({
    send: (data) => this.#socket!.send(data),
    unreadable: () => this.#fail(),
  });
  #readyState: 0 | 1 | 2 | 3 = connecting;
  #binaryType: 'blob' | 'arraybuffer' = 'blob';
  #socket: Socket | undefined;
  #failed = false;

  /**
   * Begins to connect.
   * @param options beyond the standard: header fields, TLS, compression, limits
   * @throws DOMException SyntaxError on a URL that is none, or subprotocols that may not be named
   */
  constructor(url: string | URL, protocols: string | Iterable<string> = [], options: WebSocketOptions = {}) {
    // biome-ignore lint/complexity/noArguments: an absent argument is an error, `undefined` is the string "undefined"
    if (arguments.length === 0) throw new TypeError('WebSocket needs a URL');
    super();
    this.#url = urlOf(usvString(url)); // steps 1 to 7
    const subprotocols = subprotocolsOf(protocols); // steps 8 and 9
    // Step 11, "in parallel": whatever goes wrong from here on is told by events.
    openSocket(this.#url, { ...options, subprotocols }, this.#attempt.signal).then(
      (socket) => this.#established(socket, subprotocols),
      () => this.#notEstablished(),
    );
  }

  get url(): string {
    return this.#url.href;
  }

  get readyState(): 0 | 1 | 2 | 3 {
    // "When the WebSocket closing handshake is started …": the peer may have begun it.
    if (this.#readyState === open && this.#socket!.state !== 'open') return closing;
    return this.#readyState;
  }

  get bufferedAmount(): number {
    return this.#outgoing.bufferedAmount(this.#socket?.bufferedAmount ?? 0);
  }

  get extensions(): string {
    return this.#socket?.extensions ?? '';
  }

  get protocol(): string {
    return this.#socket?.subprotocol ?? '';
  }

  get binaryType(): 'blob' | 'arraybuffer' {
    return this.#binaryType;
  }

  /** Web IDL: what is not a value of the enumeration is ignored. */
  set binaryType(value: 'blob' | 'arraybuffer') {
    const type = `${value}`;
    if (type === 'blob' || type === 'arraybuffer') this.#binaryType = type;
  }

  get onopen(): Handler<Event> {
    return this.#handlers.get('open') as Handler<Event>;
  }

  set onopen(handler: Handler<Event>) {
    this.#handlers.set('open', handler);
  }

  get onerror(): Handler<Event> {
    return this.#handlers.get('error') as Handler<Event>;
  }

  set onerror(handler: Handler<Event>) {
    this.#handlers.set('error', handler);
  }

  get onclose(): Handler<CloseEvent> {
    return this.#handlers.get('close') as Handler<CloseEvent>;
  }

  set onclose(handler: Handler<CloseEvent>) {
    this.#handlers.set('close', handler);
  }

  get onmessage(): Handler<MessageEvent> {
    return this.#handlers.get('message') as Handler<MessageEvent>;
  }

  set onmessage(handler: Handler<MessageEvent>) {
    this.#handlers.set('message', handler);
  }

  /** @throws DOMException InvalidStateError while connecting */
  send(data: Data): void {
    // biome-ignore lint/complexity/noArguments: an absent argument is an error, `undefined` is the string "undefined"
    if (arguments.length === 0) throw new TypeError('send needs data');
    const message = sendable(data);
    if (this.#readyState === connecting) {
      throw new DOMException('The WebSocket is not open yet', 'InvalidStateError');
    }
    // In any other state the data goes nowhere, yet counts for `bufferedAmount`.
    if (this.readyState === open) this.#outgoing.send(message, this.#socket!.bufferedAmount);
    else this.#outgoing.lose(message);
  }

  /** @throws DOMException InvalidAccessError on a code other than 1000 and 3000 to 4999, SyntaxError on a long reason */
  close(code?: number, reason?: string): void {
    const status = code === undefined ? undefined : clampToUnsignedShort(code);
    const text = reason === undefined ? '' : usvString(reason);
    // Step 1
    if (status !== undefined && status !== 1000 && !(status >= 3000 && status <= 4999)) {
      throw new DOMException(`${status} is neither 1000 nor from 3000 to 4999`, 'InvalidAccessError');
    }
    // Step 2
    if (Buffer.byteLength(text) > 123) {
      throw new DOMException('The reason has more than 123 bytes in UTF-8', 'SyntaxError');
    }
    if (this.#readyState === closing || this.#readyState === closed) return;
    const wasConnecting = this.#readyState === connecting;
    this.#readyState = closing;
    if (wasConnecting) {
      this.#attempt.abort();
      return;
    }
    // What was sent before goes out before, Blobs that are still being read as well. RFC 6455 §5.5.1 has no reason without
    // a code, so a reason alone brings 1000 with it, as in browsers.
    this.#outgoing.end(() => this.#socket!.close(status ?? (text === '' ? undefined : 1000), text));
  }

  /** "When the WebSocket connection is established" */
  #established(socket: Socket, subprotocols: readonly string[]): void {
    // Fetch, "establish a WebSocket connection": with subprotocols offered, the server must have chosen one; RFC 6455 lets
    // it choose none.
    const disagreed = subprotocols.length > 0 && socket.subprotocol === '';
    if (this.#readyState !== connecting || disagreed) {
      socket.terminate();
      return this.#notEstablished();
    }
    this.#socket = socket;
    this.#readyState = open;
    this.dispatchEvent(new Event('open'));
    socket.consume({ message: (_, data) => this.#message(data), close: (_, status) => this.#closed(status) });
  }

  #fail(): void {
    this.#failed = true;
    this.#socket?.terminate();
  }

  #notEstablished(): void {
    this.#failed = true;
    this.#closed({ code: 1006, reason: '', received: undefined, sent: undefined, clean: false, error: undefined });
  }

  /** "When a WebSocket message has been received" */
  #message(data: Message): void {
    if (this.#readyState !== open) return;
    const { origin } = this.#url;
    this.dispatchEvent(new MessageEvent('message', { data: this.#exposed(data), origin }));
  }

  #exposed(data: Message): string | Blob | ArrayBuffer {
    if (typeof data === 'string') return data;
    if (this.#binaryType === 'blob') return new Blob([data as Uint8Array<ArrayBuffer>]);
    const whole = data.byteLength === data.buffer.byteLength && data.buffer instanceof ArrayBuffer;
    return whole ? (data.buffer as ArrayBuffer) : new Uint8Array(data).buffer;
  }

  /** "When the WebSocket connection is closed" */
  #closed({ code, reason, received, clean, error }: Closed): void {
    const closedByUs = this.#readyState === closing && !this.#failed;
    this.#outgoing.freeze(this.#socket?.bufferedAmount ?? 0);
    this.#readyState = closed;
    // Step 2: the connection was failed, or broke without a Close frame.
    if (this.#failed || error !== undefined || (received === undefined && !closedByUs)) {
      this.dispatchEvent(new Event('error'));
    }
    this.dispatchEvent(createCloseEvent({ code, reason, wasClean: clean }));
  }
}

function urlOf(url: string): URL {
  try {
    return parseWebSocketUrl(url);
  } catch (error) {
    throw new DOMException((error as Error).message, 'SyntaxError');
  }
}

/** Web IDL `(DOMString or sequence<DOMString>)`, then step 9. */
function subprotocolsOf(protocols: unknown): string[] {
  const isList = protocols !== null && (typeof protocols === 'object' || typeof protocols === 'function');
  const list = isList && Symbol.iterator in protocols ? Array.from(protocols as Iterable<unknown>) : [protocols];
  const names = list.map((name) => `${name}`);
  if (names.every(isToken) && new Set(names).size === names.length) return names;
  throw new DOMException('Subprotocols are tokens, each named once (RFC 6455 §4.1)', 'SyntaxError');
}

/** Web IDL `(BufferSource or Blob or USVString)`. */
function sendable(data: unknown): string | Blob | ArrayBufferLike | ArrayBufferView {
  if (ArrayBuffer.isView(data) && !(data.buffer instanceof ArrayBuffer))
    throw new TypeError('Shared memory cannot be sent');
  if (data instanceof Blob || ArrayBuffer.isView(data) || data instanceof ArrayBuffer) return data;
  return usvString(data);
}

/** Web IDL `USVString`: lone surrogates become U+FFFD. */
function usvString(value: unknown): string {
  return `${value}`.toWellFormed();
}

/** Web IDL `[Clamp] unsigned short`: to the nearest number in range, a half to the even one. */
function clampToUnsignedShort(value: unknown): number {
  const number = Number(value);
  if (Number.isNaN(number)) return 0;
  const clamped = Math.min(Math.max(number, 0), 0xffff);
  const below = Math.floor(clamped);
  if (clamped - below === 0.5) return below + (below % 2);
  return Math.round(clamped);
}

/** Web IDL: constants stand on the interface and its prototype; attributes and methods can be enumerated. */
for (const [name, value] of Object.entries({ CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 })) {
  Object.defineProperty(WebSocket, name, { value, enumerable: true });
  Object.defineProperty(WebSocket.prototype, name, { value, enumerable: true });
}
for (const name of Object.getOwnPropertyNames(WebSocket.prototype)) {
  if (name !== 'constructor' && !/^[A-Z]+$/.test(name))
    Object.defineProperty(WebSocket.prototype, name, { enumerable: true });
}
Object.defineProperty(WebSocket.prototype, Symbol.toStringTag, { value: 'WebSocket', configurable: true });
