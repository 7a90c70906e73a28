/**
 * One WebSocket: the protocol, a byte stream, a clock and zlib, put together once for both roles and every transport.
 *
 *   stream ─▶ connection ─▶ (inflate) ─▶ inbox ─▶ your handlers, or for await
 *   stream ◀─ outbox ◀─ connection ◀─ (deflate) ◀─ send
 *
 * Rule of this file: it connects. What is kept, bounded or decided has a file of its own.
 */
import { Buffer, constants, isUtf8 } from 'node:buffer';
import type { Duplex } from 'node:stream';
import { closeCodes, serializeClose } from '../protocol/close.ts';
import { type Closed, Connection, type State } from '../protocol/connection.ts';
import { LocalProtocolError } from '../protocol/errors.ts';
import type { DeflateAgreement } from '../protocol/permessage-deflate.ts';
import type { MessageKind } from '../protocol/receiver.ts';
import type { Role } from '../protocol/role.ts';
import type { FrameViolation } from '../protocol/violations.ts';
import { type Clock, systemClock } from './clock.ts';
import { Compression } from './compression.ts';
import { type Beating, Heartbeat } from './heartbeat.ts';
import { Inbox, type Message } from './inbox.ts';
import { bytesOf, nodePlatform } from './node-platform.ts';
import { type OnError, reporter } from './on-error.ts';
import { Outbox } from './outbox.ts';
import type { PreparedMessage } from './prepared-message.ts';
import { RoundTrips } from './round-trips.ts';
import type { ResolvedSocketOptions } from './socket-options.ts';
import { StreamEnd } from './stream-end.ts';
import { Waiters } from './waiters.ts';

/** What may be sent: a string as text, everything else as binary. */
export type Sendable = string | ArrayBufferLike | ArrayBufferView;

export interface SendOptions {
  /** Compress this message, or not, whatever the threshold says; without permessage-deflate nothing is. */
  readonly compress?: boolean;
}

/** What a user does with a socket. They are called one at a time: while a returned promise is pending, the next waits. */
export interface SocketHandlers<S> {
  /** The socket is open. Without a `message` handler, this is where a `for await` over its messages may start. */
  open?(socket: S): unknown;
  /** A message: text as a string, binary as bytes that are the handler's own. */
  message?(socket: S, data: Message): unknown;
  /** The connection has ended, and every message that came before has been handled. */
  close?(socket: S, closed: Closed): unknown;
}

export interface SocketInit<Data> {
  readonly role: Role;
  /** Bytes in both directions, after the opening handshake. */
  readonly stream: Duplex;
  /** Bytes that came right behind the opening handshake. */
  readonly head?: Uint8Array;
  readonly url: string;
  readonly subprotocol: string;
  /** What was agreed on for permessage-deflate, if it was. */
  readonly deflate?: DeflateAgreement;
  /** The negotiated extensions as they stand in `Sec-WebSocket-Extensions`. */
  readonly extensions?: string;
  readonly options: ResolvedSocketOptions;
  readonly data: Data;
  /** @default to stderr */
  readonly onError?: OnError | undefined;
  /** @default systemClock */
  readonly clock?: Clock;
}

/** The peer read too slowly for what was sent to it: `limits.maxOutboxBytes` or `maxOutboxFrames` was passed. */
export class SlowPeerError extends Error {
  override readonly name = 'SlowPeerError';
}

/** Nothing was heard from the peer for a heartbeat's interval. */
export class HeartbeatError extends Error {
  override readonly name = 'HeartbeatError';
}

export class Socket<Data = unknown> implements AsyncIterable<Message> {
  readonly role: Role;
  /** The URL that was asked for; a server's socket has the request's path and query. */
  readonly url: string;
  /** The subprotocol that was agreed on, `''` when there is none. */
  readonly subprotocol: string;
  /** The extensions that were agreed on, as in `Sec-WebSocket-Extensions`. */
  readonly extensions: string;
  /** Yours, typed by the route. */
  data: Data;

  readonly #stream: Duplex;
  readonly #connection: Connection;
  readonly #outbox: Outbox;
  readonly #inbox: Inbox;
  readonly #compression: Compression | undefined;
  readonly #options: ResolvedSocketOptions;
  readonly #onError: OnError;
  readonly #clock: Clock;
  readonly #roundTrips: RoundTrips;
  readonly #beating: Beating = { beat: () => this.#beat() };
  #heartbeat: Heartbeat | undefined;
  /** Those who wait for room to send; most sockets never have any. */
  #waiters: Waiters | undefined;
  /** The end of the stream, once it has begun. */
  #ending: StreamEnd | undefined;
  /** Something came from the peer since the last beat. */
  #heard = true;
  /** Reading has stopped until there is room, or until a message is inflated. */
  #paused = false;
  #inflating = false;
  /** The connection has failed: what still comes is thrown away. */
  #deaf = false;
  /** `close` was called, though its frame may wait behind a message that is being compressed. */
  #closing = false;
  #streamError: Error | undefined;
  #closed: Closed | undefined;
  #closedListeners: ((closed: Closed) => void)[] = [];

  constructor(init: SocketInit<Data>) {
    const { role, stream, options } = init;
    const clock = init.clock ?? systemClock;
    this.#clock = clock;
    this.role = role;
    this.url = init.url;
    this.subprotocol = init.subprotocol;
    this.extensions = init.extensions ?? '';
    this.data = init.data;
    this.#stream = stream;
    this.#options = options;
    this.#onError = reporter(init.onError);
    this.#roundTrips = new RoundTrips(clock);
    this.#outbox = new Outbox(stream, { progress: () => this.#madeProgress(), flushed: () => this.#flushed() });
    this.#inbox = new Inbox(options.limits, {
      room: () => this.#updateReading(),
      handlerFailed: (error) => this.#handlerFailed(error),
    });
    this.#connection = new Connection(
      role,
      {
        text: (text, size) => this.#deliver(text, size),
        binary: (payload) => this.#deliver(ownBytes(payload), payload.length),
        compressed: (payload, kind) => this.#inflate(payload, kind),
        ping: () => {},
        pong: (payload) => this.#roundTrips.pongReceived(payload),
        closeReceived: () => this.#closeReceived(),
        output: (frame) => this.#outbox.put(frame),
        space: () => this.#outbox.space,
        failed: () => this.#failed(),
      },
      { limits: options.limits, compression: init.deflate !== undefined, platform: nodePlatform },
    );
    if (init.deflate !== undefined) {
      this.#compression = new Compression(
        role,
        init.deflate,
        options.compression!,
        options.limits.maxMessageBytes,
        this.#connection,
      );
    }
    this.#listen(init.head);
    if (options.heartbeatInterval !== null) {
      this.#heartbeat = Heartbeat.of(clock, options.heartbeatInterval);
      this.#heartbeat.add(this.#beating);
    }
  }

  /** Where the closing handshake stands: `'open'` until either side begins it. */
  get state(): State {
    return this.#closing && this.#connection.state === 'open' ? 'closing-by-us' : this.#connection.state;
  }

  /** The newest round-trip time in ms, from a heartbeat's Ping to its Pong; `undefined` before the first. */
  get latency(): number | undefined {
    return this.#roundTrips.latest;
  }

  /** Bytes that were sent and not taken by the kernel yet. */
  get bufferedAmount(): number {
    return this.#outbox.bytes + (this.#compression?.sequence.bytes ?? 0);
  }

  /** How the connection ended, once it has. Never rejects. */
  get closed(): Promise<Closed> {
    if (this.#closed !== undefined) return Promise.resolve(this.#closed);
    return new Promise((resolve) => this.#closedListeners.push(resolve));
  }

  /**
   * Sends a message. False means: over the high-water mark, so wait for `writable()`, or no longer open. The peer never
   * makes it throw. Binary data of 16 KiB or more is not copied by a server: don't change it before it is sent.
   * @throws TypeError when `data` is none of the types that can be sent.
   */
  send(data: Sendable, options?: SendOptions): boolean {
    const message = typeof data === 'string' ? data : bytesOf(data);
    if (!this.#mayPut()) return false;
    if (this.#compression !== undefined) this.#compression.send(message, options?.compress);
    else if (typeof message === 'string') this.#connection.sendText(message);
    else this.#connection.sendMessage(message, 'binary');
    return this.#hasRoom();
  }

  /** Sends a message that was framed once for many. A server's sockets only. Returns as `send` does. */
  sendPrepared(message: PreparedMessage, options?: SendOptions): boolean {
    // RFC 6455 §5.3: a client masks each frame with a new key, so no two of its peers could share one.
    if (this.role === 'client') throw new LocalProtocolError('A client masks every frame anew: send the data itself');
    if (!this.#mayPut()) return false;
    if (this.#compression !== undefined) this.#compression.sendPrepared(message, options?.compress);
    else this.#connection.sendFrame(message.frame);
    return this.#hasRoom();
  }

  /** Resolves to true when `send` may be called again, to false once the connection is not open any more. */
  writable(options: { readonly signal?: AbortSignal } = {}): Promise<boolean> {
    if (this.state !== 'open') return Promise.resolve(false);
    if (this.#hasRoom()) return Promise.resolve(true);
    this.#waiters ??= new Waiters();
    return this.#waiters.wait(options.signal);
  }

  /** Sends a Ping of at most 125 bytes. The heartbeat does so by itself. @throws LocalProtocolError */
  ping(payload?: ArrayBufferLike | ArrayBufferView): void {
    if (this.#mayPut()) this.#connection.ping(payload && bytesOf(payload));
  }

  /**
   * Begins the closing handshake; nothing happens when it has begun. Messages that are on their way from the peer still
   * come, as long as their consumer takes them: at twice the bounds of `limits.maxQueued…` they are dropped. A connection
   * that has not ended within `closeTimeout` of this call is cut.
   * @throws LocalProtocolError on a code that may not be sent, or a reason over 123 bytes.
   */
  close(code?: number, reason?: string): void {
    serializeClose(code, reason); // our caller's mistakes are thrown here, even when the frame has to wait
    if (this.state !== 'open') return;
    this.#closing = true;
    this.#waiters?.settle(false);
    this.#end().within(this.#options.closeTimeout);
    const close = () => this.#connection.close(code, reason);
    if (this.#compression === undefined) close();
    else this.#compression.sequence.add(0, close);
    this.#updateReading();
  }

  /** Cuts the connection at once, without a closing handshake: the peer sees 1006. */
  terminate(): void {
    this.#stream.destroy();
  }

  /** Hands the socket to handlers. Messages that have come already are handled first. @throws Error when it has a consumer. */
  consume(handlers: SocketHandlers<this>): void {
    const { open, message, close } = handlers;
    this.#inbox.handle(
      open && (() => open.call(handlers, this)),
      message && ((data: Message) => message.call(handlers, this, data)),
      close && (() => close.call(handlers, this, this.#closed!)),
    );
  }

  /** The messages, in order, until the connection ends. Reading stops while too many wait. */
  [Symbol.asyncIterator](): AsyncIterator<Message, undefined> {
    return {
      next: () => this.#inbox.next(),
      return: () => Promise.resolve({ done: true, value: undefined }),
    };
  }

  #listen(head: Uint8Array | undefined): void {
    const stream = this.#stream;
    stream.on('error', (error) => {
      this.#streamError ??= error;
    });
    stream.on('data', (chunk: Uint8Array) => this.#receive(chunk));
    stream.on('end', () => this.#streamEnded());
    stream.on('close', () => this.#streamClosed());
    // It may have broken or ended between the handshake and now.
    this.#streamError = stream.errored ?? undefined;
    if (stream.closed) setImmediate(() => this.#streamClosed());
    else if (stream.readableEnded) setImmediate(() => this.#streamEnded());
    if (head !== undefined && head.length > 0) stream.unshift(head);
  }

  /** Parses a chunk, or goes on with what was held. What it makes us send leaves in one write when it is over. */
  #receive(chunk?: Uint8Array): void {
    this.#heard = true;
    this.#outbox.hold();
    try {
      if (chunk === undefined) this.#connection.resume();
      else this.#connection.receive(chunk);
    } catch (error) {
      this.#broken(error);
    }
    this.#outbox.release();
  }

  /** A mistake of ours, which no peer must be able to make the process's end. */
  #broken(error: unknown): void {
    this.#onError(error, { stage: 'receive', socket: this });
    this.#connection.failLocally(error instanceof Error ? error : new Error(String(error)));
  }

  #deliver(message: Message, size: number): void {
    if (this.#closing && this.#inbox.overfull) return;
    if (this.#inbox.put(message, size) && this.#inbox.full) this.#updateReading();
  }

  #inflate(payload: Uint8Array, kind: MessageKind): void {
    const inflated = this.#compression!.inflate(payload);
    if (!(inflated instanceof Promise)) return this.#deliverInflated(inflated, kind);
    this.#inflating = true;
    this.#updateReading();
    const done = inflated.then((result) => {
      this.#inflating = false;
      this.#deliverInflated(result, kind);
      this.#updateReading();
    });
    done.catch((error) => this.#broken(error));
  }

  #deliverInflated(inflated: Uint8Array | FrameViolation, kind: MessageKind): void {
    if (typeof inflated === 'string') return this.#connection.fail(inflated);
    if (kind === 'binary') return this.#deliver(ownBytes(inflated), inflated.length);
    if (!isUtf8(inflated)) return this.#connection.fail('text-not-utf8');
    if (inflated.length > constants.MAX_STRING_LENGTH) return this.#connection.fail('message-too-large');
    this.#deliver(nodePlatform.decodeUtf8(inflated, 0, inflated.length, false), inflated.length);
  }

  #updateReading(): void {
    // Once we close, reading goes on, or the peer's Close frame could not come.
    const pause = this.#inflating || (this.#inbox.full && !this.#closing);
    if (pause === this.#paused || this.#deaf || this.#connection.state === 'closed') return;
    this.#paused = pause;
    if (pause) {
      this.#connection.pause();
      this.#stream.pause();
      return;
    }
    this.#receive();
    if (!this.#paused) this.#stream.resume();
  }

  #mayPut(): boolean {
    if (this.#closing || this.#connection.state !== 'open') return false;
    const { maxOutboxBytes, maxOutboxFrames } = this.#options.limits;
    const waiting = this.#compression?.sequence.length ?? 0;
    if (this.bufferedAmount < maxOutboxBytes && this.#outbox.frames + waiting < maxOutboxFrames) return true;
    this.#outbox.drop();
    this.#compression?.sequence.clear();
    const error = new SlowPeerError('The peer reads too slowly: too much waits to be sent to it');
    this.#connection.failLocally(error, closeCodes.tryAgainLater);
    return false;
  }

  #hasRoom(): boolean {
    return this.bufferedAmount <= this.#options.highWaterMark && this.state === 'open';
  }

  #madeProgress(): void {
    if (this.#waiters !== undefined && this.#hasRoom()) this.#waiters.settle(true);
  }

  #flushed(): void {
    this.#connection.outputFlushed();
    this.#ending?.flushed();
    this.#madeProgress();
  }

  #end(): StreamEnd {
    this.#ending ??= new StreamEnd(this.#stream, this.#outbox, this.#clock);
    return this.#ending;
  }

  #handlerFailed(error: unknown): void {
    this.#onError(error, { stage: 'handler', socket: this });
    this.#connection.failLocally(error instanceof Error ? error : new Error(String(error)));
  }

  #closeReceived(): void {
    this.#waiters?.settle(false);
    this.#end().within(this.#options.closeTimeout);
    // RFC 6455 §7.1.1: the server ends the stream first, so that it is the one to hold TCP's TIME_WAIT state.
    if (this.role === 'server') this.#end().now();
  }

  #failed(): void {
    this.#waiters?.settle(false);
    this.#end().afterFailure(this.#options.closeTimeout);
    // What a failed peer still sends is read, to let our Close frame arrive, and thrown away.
    this.#deaf = true;
    this.#paused = false;
    this.#stream.resume();
  }

  #beat(): void {
    // While it is us who don't read, the peer's answer can't have been heard.
    if (this.#paused || this.state !== 'open') return;
    if (!this.#heard) {
      this.#streamError ??= new HeartbeatError('Nothing was heard from the peer for a heartbeat');
      this.#stream.destroy();
      return;
    }
    this.#heard = false;
    if (this.#mayPut()) this.#connection.ping(this.#roundTrips.pingSent());
  }

  #streamEnded(): void {
    this.#end().within(this.#options.closeTimeout);
    this.#end().now();
  }

  #streamClosed(): void {
    if (this.#closed !== undefined) return;
    this.#heartbeat?.remove(this.#beating);
    this.#ending?.ended();
    this.#outbox.drop();
    this.#compression?.sequence.clear();
    this.#closed = this.#connection.end(this.#streamError);
    this.#waiters?.settle(false);
    for (const listener of this.#closedListeners.splice(0)) listener(this.#closed);
    // Whoever waits for `closed` is told first: a server and its groups have let go of a socket whose handler hears of it.
    queueMicrotask(() => this.#inbox.end());
  }
}

/** A small message is copied out of its chunk to Node's pool, so that keeping the one does not keep the other. */
function ownBytes(payload: Uint8Array): Uint8Array {
  return payload.length * 4 < payload.buffer.byteLength ? Buffer.from(payload) : payload;
}
