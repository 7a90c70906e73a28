/**
 * One connection after its opening handshake, as a pure machine: bytes and commands in, events and frames out. It knows
 * the rules of both halves together: who may still send what (RFC 6455 §5.5, §7), what is answered by itself (Pong, Close),
 * and how it ended.
 *
 *      send Close         ┌────────────────┐  receive Close
 *   ┌────────────────────▶│ closing-by-us  │────────────────┐
 *   │                     └────────────────┘                ▼      the stream ends
 * ┌──────┐                                       handshake complete ──────────────▶ closed
 * │ open │  receive Close  ┌─────────────────┐            ▲
 * └──────┘────────────────▶│ closing-by-peer │────────────┘
 *                          └─────────────────┘  our Close is the answer, sent at once
 *
 * A violation leaves by the upper way, without waiting for an answer (RFC 6455 §7.1.7). The end of the stream leads to
 * `closed` from everywhere.
 *
 * Rule of this file: no clocks, no streams. Who drives it owns time and bytes (socket/socket.ts).
 */
import { type CloseStatus, closeCodes, parseClose, serializeClose } from './close.ts';
import { LocalProtocolError, RemoteProtocolError } from './errors.ts';
import { opcodes } from './frame.ts';
import { type Frame, Framer, type FrameSpace } from './framer.ts';
import { type Limits, resolveLimits } from './limits.ts';
import { type Platform, universalPlatform } from './platform.ts';
import { type ControlEvents, type MessageEvents, type MessageKind, Receiver } from './receiver.ts';
import type { Role } from './role.ts';
import { type FrameViolation, frameViolations } from './violations.ts';

export type State = 'open' | 'closing-by-us' | 'closing-by-peer' | 'closed';

/** How a connection ended. */
export interface Closed {
  /** RFC 6455 §7.1.5: the code of the Close frame that was received, 1005 when it had none, 1006 when none came. */
  readonly code: number;
  readonly reason: string;
  /** The Close frame that came from the peer, if one did. */
  readonly received: CloseStatus | undefined;
  /** The Close frame that we sent, if we did. */
  readonly sent: CloseStatus | undefined;
  /** Both Close frames crossed: nothing that either side sent before its own was cut off. */
  readonly clean: boolean;
  /** What broke the connection, when something did: a `RemoteProtocolError`, or an error of the stream. */
  readonly error: Error | undefined;
}

/** What comes out of a connection. None of these may throw. */
export interface ConnectionEvents extends MessageEvents {
  /** A Ping came; its Pong has been put out already. */
  ping(payload: Uint8Array): void;
  pong(payload: Uint8Array): void;
  /** The peer's Close frame came, and ours has been put out: the closing handshake is complete. */
  closeReceived(status: CloseStatus): void;
  /** A whole frame for the wire, in order. */
  output(frame: Frame): void;
  /** Where small messages may be framed in place of being put out, as long as what is made there leaves in order, too. */
  space?(): FrameSpace | undefined;
  /** The connection failed (RFC 6455 §7.1.7): a Close frame with its code has been put out, nothing more is read. */
  failed(error: Error): void;
}

export interface ConnectionOptions {
  readonly limits?: Partial<Limits>;
  /** permessage-deflate was agreed on: compressed messages may come and go. @default false */
  readonly compression?: boolean;
  /** @default universalPlatform */
  readonly platform?: Platform;
}

const nothing = new Uint8Array(0);

/** What is known of a connection's end before it has come. */
interface Ending {
  sent?: CloseStatus;
  received?: CloseStatus;
  error?: Error;
}

export class Connection implements ControlEvents {
  readonly role: Role;
  readonly limits: Limits;
  readonly #events: ConnectionEvents;
  readonly #receiver: Receiver;
  readonly #framer: Framer;
  readonly #compression: boolean;
  #state: State = 'open';
  /** Once the end has begun. */
  #ending: Ending | undefined;
  #closed: Closed | undefined;
  #pendingPongs = 0;
  #latestPing: Uint8Array | undefined;

  constructor(role: Role, events: ConnectionEvents, options: ConnectionOptions = {}) {
    const platform = options.platform ?? universalPlatform;
    this.role = role;
    this.limits = resolveLimits(options.limits);
    this.#events = events;
    this.#framer = Framer.of(role, platform);
    this.#compression = options.compression ?? false;
    const { limits } = this;
    this.#receiver = new Receiver(role, events, this, { limits, compression: this.#compression, platform });
  }

  get state(): State {
    return this.#state;
  }

  /** How the connection ended; `undefined` until it has. */
  get closed(): Closed | undefined {
    return this.#closed;
  }

  /**
   * Takes bytes from the wire. They belong to the connection from now on: payloads are unmasked where they lie.
   * @param lent they are the caller's again when this returns, and so are the payloads that events got until then
   */
  receive(bytes: Uint8Array, lent = false): void {
    this.#receiver.receive(bytes, lent);
  }

  /**
   * Where the next bytes from the wire may be put before they are received, so that they need not be copied: there is such
   * memory while a message arrives of whose frame at least `least` bytes are missing.
   */
  landing(least: number): Uint8Array | undefined {
    return this.#receiver.landing(least);
  }

  /** No further frame is taken in until `resume()`; may be called from within an event. */
  pause(): void {
    this.#receiver.pause();
  }

  resume(): void {
    this.#receiver.resume();
  }

  /** The byte stream ended, or broke with `error`. Returns how the connection ended. */
  end(error?: Error): Closed {
    this.#receiver.stop();
    this.#latestPing = undefined;
    this.#state = 'closed';
    const { received, sent, error: failure } = this.#ending ?? {};
    this.#closed ??= {
      // RFC 6455 §7.1.5: "If _The WebSocket Connection is Closed_ and no Close control frame was received by the endpoint
      // […], _The WebSocket Connection Close Code_ is considered to be 1006."
      code: received?.code ?? closeCodes.abnormal,
      reason: received?.reason ?? '',
      received,
      sent,
      clean: received !== undefined && sent !== undefined && failure === undefined,
      error: failure ?? error,
    };
    return this.#closed;
  }

  /** Sends a text message. False, and nothing is sent, once a Close frame has gone out (RFC 6455 §5.5.1). */
  sendText(text: string): boolean {
    if (this.#state !== 'open') return false;
    const space = this.#events.space?.();
    if (space === undefined || !this.#framer.textInto(space, text)) this.#events.output(this.#framer.text(text));
    return true;
  }

  /**
   * Sends a message whose payload is ready, compressed or not. A text's payload must be UTF-8.
   * @throws LocalProtocolError when it is compressed and permessage-deflate was not agreed on.
   */
  sendMessage(payload: Uint8Array, kind: MessageKind, compressed = false): boolean {
    // RFC 6455 §5.2: RSV1 "MUST be 0 unless an extension is negotiated that defines meanings for non-zero values."
    if (compressed && !this.#compression) throw new LocalProtocolError('Compression was not agreed on (RFC 6455 §5.2)');
    if (this.#state !== 'open') return false;
    const opcode = opcodes[kind];
    const space = this.#events.space?.();
    if (space === undefined || !this.#framer.messageInto(space, payload, opcode, compressed)) {
      this.#events.output(this.#framer.message(payload, opcode, compressed));
    }
    return true;
  }

  /** Sends a frame made elsewhere, for all members of a group once. @throws LocalProtocolError on a client. */
  sendFrame(frame: Frame): boolean {
    // RFC 6455 §5.3: "When preparing a masked frame, the client MUST pick a fresh masking key", so none can be shared.
    if (this.role === 'client') throw new LocalProtocolError('A client masks every frame anew (RFC 6455 §5.3)');
    if (this.#state !== 'open') return false;
    this.#events.output(frame);
    return true;
  }

  /** @throws LocalProtocolError when the payload is longer than 125 bytes. */
  ping(payload: Uint8Array = nothing): boolean {
    return this.#sendControl(opcodes.ping, payload);
  }

  /** An unsolicited Pong, a one-way heartbeat (RFC 6455 §5.5.3). @throws LocalProtocolError as `ping` does. */
  pong(payload: Uint8Array = nothing): boolean {
    return this.#sendControl(opcodes.pong, payload);
  }

  /**
   * Starts the closing handshake (RFC 6455 §7.1.2); nothing happens when it has begun already.
   * @throws LocalProtocolError on a code or reason that may not be sent.
   */
  close(code?: number, reason?: string): void {
    const payload = serializeClose(code, reason);
    if (this.#state !== 'open') return;
    this.#state = 'closing-by-us';
    this.#sendClose({ code: code ?? closeCodes.noStatus, reason: reason ?? '' }, payload);
  }

  /** Fails the connection because the peer broke a rule: it gets the rule's close code, and is not listened to any more. */
  fail(violation: FrameViolation, detail?: string): void {
    this.#fail(frameViolations[violation].close, '', new RemoteProtocolError(violation, detail));
  }

  /** For its receiver alone: the peer broke a rule. */
  violation(violation: FrameViolation): void {
    this.fail(violation);
  }

  /**
   * Fails the connection because something broke on our side: 1011 unless told otherwise, and no detail (RFC 6455 §7.4.1).
   * @throws LocalProtocolError on a code or reason that may not be sent.
   */
  failLocally(error: Error, code: number = closeCodes.internalError, reason = ''): void {
    this.#fail(code, reason, error);
  }

  /** All that was put out has left for the peer, so what waited for room to answer may be answered now. */
  outputFlushed(): void {
    this.#pendingPongs = 0;
    const latest = this.#latestPing;
    if (latest === undefined) return;
    this.#latestPing = undefined;
    this.#answerPing(latest);
  }

  #fail(code: number, reason: string, error: Error): void {
    const payload = serializeClose(code, reason);
    this.#ending ??= {};
    if (this.#state === 'closed' || this.#ending.error !== undefined) return;
    this.#ending.error = error;
    this.#receiver.stop();
    this.#latestPing = undefined;
    if (this.#ending.sent === undefined) {
      this.#state = 'closing-by-us';
      this.#sendClose({ code, reason }, payload);
    }
    this.#events.failed(error);
  }

  #sendControl(opcode: number, payload: Uint8Array): boolean {
    const frame = this.#framer.control(opcode, payload); // throws on our caller's mistake, in every state
    if (this.#state !== 'open') return false;
    this.#events.output(frame);
    return true;
  }

  #sendClose(status: CloseStatus, payload: Uint8Array): void {
    this.#ending ??= {};
    this.#ending.sent = status;
    this.#events.output(this.#framer.control(opcodes.close, payload));
  }

  /** For its receiver alone: a control frame came. */
  control(opcode: number, payload: Uint8Array): void {
    if (opcode === opcodes.close) return this.#takeClose(payload);
    if (opcode === opcodes.pong) return this.#events.pong(payload);
    this.#answerPing(payload);
    this.#events.ping(payload);
  }

  /** RFC 6455 §5.5.2: "Upon receipt of a Ping frame, an endpoint MUST send a Pong frame in response, unless it already received a Close frame." */
  #answerPing(payload: Uint8Array): void {
    if (this.#pendingPongs >= this.limits.maxPendingPongs) {
      // RFC 6455 §5.5.3: "the endpoint MAY elect to send a Pong frame for only the most recently processed Ping frame."
      this.#latestPing = new Uint8Array(payload);
      return;
    }
    this.#pendingPongs++;
    this.#events.output(this.#framer.control(opcodes.pong, payload));
  }

  #takeClose(payload: Uint8Array): void {
    const status = parseClose(payload);
    if (typeof status === 'string') return this.fail(status);
    this.#ending ??= {};
    this.#ending.received = status;
    // RFC 6455 §1.4: "After receiving a control frame indicating the connection should be closed, a peer discards any
    // further data received."
    this.#receiver.stop();
    this.#latestPing = undefined;
    if (this.#ending.sent === undefined) {
      this.#state = 'closing-by-peer';
      // RFC 6455 §5.5.1: "When sending a Close frame in response, the endpoint typically echos the status code it received."
      const code = status.code === closeCodes.noStatus ? undefined : status.code;
      this.#sendClose({ code: status.code, reason: '' }, serializeClose(code));
    }
    this.#events.closeReceived(status);
  }
}
