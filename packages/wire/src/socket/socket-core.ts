/**
 * The works of a socket: the protocol, a byte stream, a clock and zlib, put together once for both roles and every transport.
 *
 *   stream ─▶ connection ─▶ (inflate) ─▶ inbox ─▶ your handlers, or for await
 *   stream ◀─ outbox ◀─ connection ◀─ (deflate) ◀─ send
 *
 * It hears the events of its parts itself, as methods: a closure for each would be an object more for every message to
 * touch, and with thousands of connections what a message touches is what it costs.
 *
 * Rule of this file: it connects. What is kept, bounded or decided has a file of its own.
 */
import { Buffer, constants, isUtf8 } from 'node:buffer';
import type { Duplex } from 'node:stream';
import { closeCodes, serializeClose } from '../protocol/close.ts';
import { type Closed, Connection, type ConnectionEvents, type State } from '../protocol/connection.ts';
import { LocalProtocolError } from '../protocol/errors.ts';
import { maxControlPayload } from '../protocol/frame.ts';
import type { Frame, FrameSpace } from '../protocol/framer.ts';
import type { DeflateAgreement } from '../protocol/permessage-deflate.ts';
import type { MessageKind } from '../protocol/receiver.ts';
import type { Role } from '../protocol/role.ts';
import type { FrameViolation } from '../protocol/violations.ts';
import { type Clock, systemClock } from './clock.ts';
import { Compression } from './compression.ts';
import { type Beating, Heartbeat } from './heartbeat.ts';
import { Inbox, type InboxEvents, type Message } from './inbox.ts';
import { endSoon } from './last-steps.ts';
import { nodePlatform } from './node-platform.ts';
import { type OnError, reporter } from './on-error.ts';
import { Outbox, type OutboxEvents } from './outbox.ts';
import { type PreparedMessage, PreparedMessages } from './prepared-message.ts';
import { RoundTrips } from './round-trips.ts';
import { lendable } from './simd-mask.ts';
import type { SocketHandlers } from './socket.ts';
import type { ResolvedSocketOptions } from './socket-options.ts';
import { StreamEnd } from './stream-end.ts';
import { listenTo, type StreamListener } from './stream-listener.ts';
import { streamEnded } from './turn.ts';
import { Waiters } from './waiters.ts';

export interface SocketInit<Data> {
  readonly role: Role;
  /** Bytes in both directions, after the opening handshake. */
  readonly stream: Duplex;
  /** Bytes that came right behind the opening handshake. */
  readonly head?: Uint8Array;
  readonly url: string;
  readonly subprotocol: string;
  /** What was agreed on for permessage-deflate, if it was. */
  readonly deflate?: DeflateAgreement | undefined;
  /** The negotiated extensions as they stand in `Sec-WebSocket-Extensions`. */
  readonly extensions?: string;
  readonly options: ResolvedSocketOptions;
  readonly data: Data;
  /** @default to stderr */
  readonly onError?: OnError | undefined;
  /** Told of the socket's end before anyone else is: one function for all sockets of a server. */
  readonly onClosed?: (socket: unknown) => void;
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

export class SocketCore implements ConnectionEvents, OutboxEvents, InboxEvents, StreamListener, Beating {
  /** The socket as its user has it. */
  readonly #face: unknown;
  readonly #stream: Duplex;
  readonly #connection: Connection;
  readonly #outbox: Outbox;
  readonly #inbox: Inbox;
  readonly #compression: Compression | undefined;
  readonly #options: ResolvedSocketOptions;
  readonly #onError: OnError;
  readonly #onClosed: ((socket: unknown) => void) | undefined;
  readonly #clock: Clock;
  /** Made for the first Ping. */
  #roundTrips: RoundTrips | undefined;
  #heartbeatPlace = 0;
  /** Pings of ours whose Pong may still be on its way. */
  #unanswered = 0;
  /** Whoever consumes it, unless that is a `for await`. */
  #handlers: SocketHandlers<any> | undefined;
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
  /** Those who wait for `closed`. */
  #closedListeners: ((closed: Closed) => void)[] | undefined;

  constructor(init: SocketInit<unknown>, face: unknown) {
    const { role, stream, options, deflate } = init;
    const { limits } = options;
    this.#face = face;
    this.#stream = stream;
    this.#options = options;
    this.#onError = reporter(init.onError);
    this.#onClosed = init.onClosed;
    this.#clock = init.clock ?? systemClock;
    this.#outbox = new Outbox(stream, this);
    this.#inbox = new Inbox(limits, this);
    const compression = deflate !== undefined;
    this.#connection = new Connection(role, this, { limits, compression, platform: nodePlatform });
    if (deflate !== undefined) {
      this.#compression = new Compression(
        role,
        deflate,
        options.compression!,
        limits.maxMessageBytes,
        this.#connection,
      );
    }
    listenTo(stream, this, init.head);
    if (options.heartbeatInterval !== null) {
      this.#heartbeatPlace = Heartbeat.of(this.#clock, options.heartbeatInterval).add(this);
    }
  }

  // What its user asks for: see socket.ts

  get state(): State {
    return this.#closing && this.#connection.state === 'open' ? 'closing-by-us' : this.#connection.state;
  }

  get latency(): number | undefined {
    return this.#roundTrips?.latest;
  }

  get bufferedAmount(): number {
    const bytes = this.#outbox.bytes;
    return this.#compression === undefined ? bytes : bytes + this.#compression.sequence.bytes;
  }

  get closed(): Promise<Closed> {
    const { closed } = this.#connection;
    if (closed !== undefined) return Promise.resolve(closed);
    this.#closedListeners ??= [];
    return new Promise((resolve) => this.#closedListeners!.push(resolve));
  }

  send(message: Message, compress: boolean | undefined): boolean {
    if (!this.#mayPut()) return false;
    if (this.#compression !== undefined) this.#compression.send(message, compress);
    else if (typeof message === 'string') this.#connection.sendText(message);
    else this.#connection.sendMessage(message, 'binary');
    return this.#hasRoom();
  }

  sendPrepared(message: PreparedMessage | PreparedMessages, compress: boolean | undefined): boolean {
    // RFC 6455 §5.3: a client masks each frame with a new key, so no two of its peers could share one.
    if (this.#connection.role === 'client')
      throw new LocalProtocolError('A client masks every frame anew: send the data itself');
    if (!this.#mayPut()) return false;
    if (this.#compression === undefined) this.#connection.sendFrame(message.frame);
    else if (!(message instanceof PreparedMessages)) this.#compression.sendPrepared(message, compress);
    else for (const each of message.messages) this.#compression.sendPrepared(each, compress);
    return this.#hasRoom();
  }

  writable(signal: AbortSignal | undefined): Promise<boolean> {
    if (this.state !== 'open') return Promise.resolve(false);
    if (this.#hasRoom()) return Promise.resolve(true);
    this.#waiters ??= new Waiters();
    this.#outbox.tellFlushed();
    return this.#waiters.wait(signal);
  }

  sendPing(payload: Uint8Array | undefined): void {
    // A payload that is too long is our caller's mistake in every state.
    const tooLong = (payload?.length ?? 0) > maxControlPayload;
    if (!this.#mayPut() && !tooLong) return;
    // Its Pong says that everything before it has arrived, so it must not overtake a message that is being compressed.
    const ping = () => {
      if (this.#connection.ping(payload)) this.#unanswered++;
    };
    if (tooLong || this.#compression === undefined) ping();
    else this.#compression.sequence.add(0, ping);
  }

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

  terminate(): void {
    this.#stream.destroy();
  }

  handle(handlers: SocketHandlers<any>): void {
    const { open, message, close } = handlers;
    const before = this.#handlers;
    this.#handlers = handlers;
    try {
      this.#inbox.handle(open && this.#callOpen, message && this.#callMessage, close && this.#callClose);
    } catch (error) {
      this.#handlers = before;
      throw error;
    }
  }

  // The inbox's steps, each one function for all sockets

  #callOpen(): unknown {
    return this.#handlers!.open!(this.#face);
  }

  #callMessage(data: Message): unknown {
    return this.#handlers!.message!(this.#face, data);
  }

  #callClose(): unknown {
    return this.#handlers!.close!(this.#face, this.#connection.closed!);
  }

  next(): Promise<IteratorResult<Message, undefined>> {
    return this.#inbox.next();
  }

  // What its connection tells

  text(text: string, size: number): void {
    this.#deliver(text, size);
  }

  binary(payload: Uint8Array): void {
    this.#deliver(ownBytes(payload), payload.length);
  }

  compressed(payload: Uint8Array, kind: MessageKind): void {
    this.#inflate(ownBytes(payload), kind);
  }

  ping(): void {
    // Its Pong was put out. So many may wait in the outbox, and no more.
    if (this.#outbox.idle) this.#connection.outputFlushed();
    else this.#outbox.tellFlushed();
  }

  pong(payload: Uint8Array): void {
    // One that answers several at a time (RFC 6455 §5.5.3) leaves some open: it is the lengthier end that it then gets.
    if (this.#unanswered > 0) this.#unanswered--;
    this.#roundTrips?.pongReceived(payload);
    if (this.#handlers?.pong === undefined) return;
    try {
      this.#handlers.pong(this.#face, ownBytes(payload));
    } catch (error) {
      this.handlerFailed(error);
    }
  }

  closeReceived(): void {
    this.#waiters?.settle(false);
    // RFC 6455 §7.1.1: the server ends the stream first, so that it is the one to hold TCP's TIME_WAIT state.
    if (this.#connection.role === 'server') {
      if (this.#unanswered === 0) this.#end().atOnce();
      else this.#end().now();
    }
    this.#end().within(this.#options.closeTimeout);
  }

  output(frame: Frame): void {
    this.#outbox.put(frame);
  }

  space(): FrameSpace | undefined {
    return this.#outbox.space;
  }

  failed(): void {
    this.#waiters?.settle(false);
    this.#end().afterFailure(this.#options.closeTimeout);
    // What a failed peer still sends is read, to let our Close frame arrive, and thrown away.
    this.#deaf = true;
    this.#paused = false;
    this.#stream.resume();
  }

  // What its outbox, its inbox and the heartbeat tell

  progress(): void {
    if (this.#waiters !== undefined && this.#hasRoom()) this.#waiters.settle(true);
  }

  flushed(): boolean {
    this.#connection.outputFlushed();
    this.#ending?.flushed();
    this.progress();
    // The Pong that was owed has been put out meanwhile: that it leaves matters, too.
    return this.#ending !== undefined || this.#waiters?.waiting === true || !this.#outbox.idle;
  }

  room(): void {
    this.#updateReading();
  }

  handlerFailed(error: unknown): void {
    this.#onError(error, { stage: 'handler', socket: this.#face });
    this.#connection.failLocally(error instanceof Error ? error : new Error(String(error)));
  }

  beat(): void {
    // While it is us who don't read, the peer's answer can't have been heard.
    if (this.#paused || this.state !== 'open') return;
    if (!this.#heard) {
      this.#streamError ??= new HeartbeatError('Nothing was heard from the peer for a heartbeat');
      this.#stream.destroy();
      return;
    }
    this.#heard = false;
    if (!this.#mayPut()) return;
    this.#roundTrips ??= new RoundTrips(this.#clock);
    if (this.#connection.ping(this.#roundTrips.pingSent())) this.#unanswered++;
  }

  // What its stream tells

  received(bytes: Uint8Array, lent: boolean): void {
    this.#receive(bytes, lent);
  }

  landing(least: number): Uint8Array | undefined {
    return this.#connection.landing(least);
  }

  broken(error: Error): void {
    this.#streamError ??= error;
    streamEnded();
  }

  ended(): void {
    streamEnded();
    this.#end().within(this.#options.closeTimeout);
    this.#end().now();
  }

  streamClosed(): void {
    if (this.#connection.closed !== undefined) return;
    const { heartbeatInterval } = this.#options;
    if (heartbeatInterval !== null) Heartbeat.of(this.#clock, heartbeatInterval).remove(this, this.#heartbeatPlace);
    this.#ending?.ended();
    this.#outbox.drop();
    this.#compression?.sequence.clear();
    const closed = this.#connection.end(this.#streamError);
    this.#waiters?.settle(false);
    this.#onClosed?.(this.#face);
    for (const listener of this.#closedListeners ?? []) listener(closed);
    this.#closedListeners = undefined;
    // Whoever waits for `closed` is told first: a server and its groups have let go of a socket whose handler hears of it.
    endSoon(this.#inbox);
  }

  /** Parses a chunk, or goes on with what was held. What it makes us send leaves in one write when it is over. */
  #receive(chunk?: Uint8Array, lent?: boolean): void {
    this.#heard = true;
    this.#outbox.hold();
    try {
      if (chunk === undefined) this.#connection.resume();
      else this.#connection.receive(chunk, lent);
    } catch (error) {
      this.#broken(error);
    }
    this.#outbox.release();
  }

  /** A mistake of ours, which no peer must be able to make the process's end. */
  #broken(error: unknown): void {
    this.#onError(error, { stage: 'receive', socket: this.#face });
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
    if (this.bufferedAmount < maxOutboxBytes && this.#waitingFrames < maxOutboxFrames) return true;
    this.#outbox.drop();
    this.#compression?.sequence.clear();
    const error = new SlowPeerError('The peer reads too slowly: too much waits to be sent to it');
    this.#connection.failLocally(error, closeCodes.tryAgainLater);
    return false;
  }

  #hasRoom(): boolean {
    return this.bufferedAmount <= this.#options.highWaterMark && this.state === 'open';
  }

  get #waitingFrames(): number {
    const frames = this.#outbox.frames;
    return this.#compression === undefined ? frames : frames + this.#compression.sequence.length;
  }

  #end(): StreamEnd {
    this.#ending ??= new StreamEnd(this.#stream, this.#outbox, this.#clock);
    return this.#ending;
  }
}

/** Bytes to keep: what was lent is copied, and a small message out of its chunk, which would be kept along with it. */
function ownBytes(payload: Uint8Array): Uint8Array {
  const { buffer } = payload;
  return buffer === lendable.buffer || payload.length * 4 < buffer.byteLength ? Buffer.from(payload) : payload;
}
