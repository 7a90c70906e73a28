/**
 * Bytes in, messages and control frames out: the receiving half of RFC 6455 §5 and §6.2, for both roles.
 *
 * The only state between two calls is the header whose payload is still arriving, and what arrived of it. A header is
 * parsed anew until it is whole (frame.ts); control frames may stand between the fragments of a message, so their payload
 * is gathered apart. A message that lies whole in one chunk is handed out as a view of it, anything else is gathered.
 *
 * Rule of this file: it judges and reports, it never answers. What is sent back is the connection's business.
 */
import { type FrameHeader, maxControlPayload, maxHeaderSize, opcodes, parseHeader } from './frame.ts';
import type { Limits } from './limits.ts';
import { rotateKey } from './mask.ts';
import { MessageBuffer } from './message-buffer.ts';
import type { Platform } from './platform.ts';
import type { Role } from './role.ts';
import { Utf8Check } from './utf8.ts';
import type { FrameViolation } from './violations.ts';

export type MessageKind = 'text' | 'binary';

/** The messages that come out, whole. */
export interface MessageEvents {
  /** A text message, `size` bytes long on the wire. */
  text(text: string, size: number): void;
  binary(payload: Uint8Array): void;
  /** A message that must be inflated, and then, if it is text, checked to be UTF-8. */
  compressed(payload: Uint8Array, kind: MessageKind): void;
}

/** What comes between messages. */
export interface ControlEvents {
  control(opcode: number, payload: Uint8Array): void;
  violation(violation: FrameViolation, detail?: string): void;
}

export interface ReceiverOptions {
  readonly limits: Limits;
  /** permessage-deflate was negotiated: RSV1 may be set on the first frame of a message. */
  readonly compression: boolean;
  readonly platform: Platform;
}

/** A message that does not lie whole in one chunk, while it arrives. */
interface Pieces {
  /** `undefined` between two such messages. */
  kind: MessageKind | undefined;
  compressed: boolean;
  ascii: boolean;
  fragments: number;
  readonly bytes: MessageBuffer;
}

const rsv1 = 0x40;

export class Receiver {
  readonly #role: Role;
  readonly #messages: MessageEvents;
  readonly #controls: ControlEvents;
  readonly #platform: Platform;
  readonly #compression: boolean;
  readonly #limits: Limits;

  /** The start of a header that was cut by the end of a chunk; most connections never need one. */
  #head: Uint8Array | undefined;
  #headLength = 0;
  /** The header whose payload is arriving, and how much of it has arrived. */
  #header: FrameHeader | undefined;
  #arrived = 0;

  // Most connections have no message in pieces, no text but ASCII, and no control frame that a chunk's end has cut: what is
  // for those is made for the first.
  #pieces: Pieces | undefined;
  #utf8: Utf8Check | undefined;
  #control: MessageBuffer | undefined;

  #state: 'parsing' | 'paused' | 'stopped' = 'parsing';
  #inside = false;
  /** What came and was not parsed yet. */
  #held: Uint8Array | undefined;

  constructor(role: Role, messages: MessageEvents, controls: ControlEvents, options: ReceiverOptions) {
    this.#role = role;
    this.#messages = messages;
    this.#controls = controls;
    this.#platform = options.platform;
    this.#compression = options.compression;
    this.#limits = options.limits;
  }

  /**
   * Takes bytes from the wire. They belong to the receiver from now on: payloads are unmasked where they lie. What comes
   * while parsing is paused, or from within an event, is held, in its order; a driver pauses its stream meanwhile.
   * @param lent they are the caller's again when this returns: what is held of them is a copy. Payloads that events get are
   *   views of them all the same.
   */
  receive(bytes: Uint8Array, lent = false): void {
    this.#held = this.#held === undefined ? bytes : join(this.#held, bytes);
    if (!this.#inside) this.#parseHeld();
    if (lent && this.#held !== undefined) this.#held = new Uint8Array(this.#held);
  }

  /**
   * Where the next bytes from the wire may be put before they are received: memory of the message that is arriving, when there
   * is room for at least `least` bytes of its frame. Then they are not copied any more.
   */
  landing(least: number): Uint8Array | undefined {
    const header = this.#header;
    if (header === undefined || header.opcode >= opcodes.close || this.#pieces === undefined) return undefined;
    if (header.length - this.#arrived < least || this.#state !== 'parsing') return undefined;
    const room = this.#pieces.bytes.spare(header.length - this.#arrived);
    return room.length < least ? undefined : room;
  }

  /** No further frame is parsed until `resume()`; may be called from an event. Bytes that come meanwhile are held. */
  pause(): void {
    if (this.#state === 'parsing') this.#state = 'paused';
  }

  resume(): void {
    if (this.#state !== 'paused') return;
    this.#state = 'parsing';
    // From within an event, the loop that raised it goes on by itself.
    if (!this.#inside) this.#parseHeld();
  }

  /** Nothing is parsed any more (RFC 6455 §7.1.7), and what was gathered is let go. */
  stop(): void {
    this.#state = 'stopped';
    this.#held = undefined;
    this.#pieces?.bytes.clear();
    this.#control?.clear();
  }

  #parseHeld(): void {
    this.#inside = true;
    try {
      while (this.#held !== undefined && this.#state === 'parsing') {
        const bytes = this.#held;
        this.#held = undefined;
        const at = this.#parse(bytes);
        if (at < bytes.length) {
          const rest = bytes.subarray(at);
          this.#held = this.#held === undefined ? rest : join(rest, this.#held);
        }
      }
    } finally {
      this.#inside = false;
    }
    if (this.#state === 'stopped') this.#held = undefined;
  }

  /** Parses until the bytes are used up, or an event says to pause or stop; returns how far it came. */
  #parse(bytes: Uint8Array): number {
    let at = 0;
    while (this.#state === 'parsing' && (at < bytes.length || this.#header !== undefined)) {
      if (this.#header !== undefined) {
        at = this.#takePart(this.#header, bytes, at);
        if (this.#header !== undefined) return at;
        continue;
      }
      const before = this.#headLength;
      const header = before === 0 ? parseHeader(bytes, at, bytes.length) : this.#completeHeader(bytes);
      if (header === undefined) {
        if (before === 0) this.#keepHead(bytes.subarray(at));
        return bytes.length;
      }
      this.#headLength = 0;
      at += header.size - before;
      const violation = this.#judge(header);
      if (violation !== undefined) {
        this.#violate(violation);
      } else if (isMessage(header) && at + header.length <= bytes.length) {
        this.#takeMessage(header, bytes, at, at + header.length);
        at += header.length;
      } else {
        this.#header = header;
        this.#arrived = 0;
      }
    }
    return at;
  }

  /** Goes on with a header of which the start came in an earlier chunk. */
  #completeHeader(bytes: Uint8Array): FrameHeader | undefined {
    this.#keepHead(bytes.subarray(0, maxHeaderSize - this.#headLength));
    // What is kept beyond the header is payload; the caller reads that from `bytes`.
    return parseHeader(this.#head!, 0, this.#headLength);
  }

  #keepHead(piece: Uint8Array): void {
    this.#head ??= new Uint8Array(maxHeaderSize);
    this.#head.set(piece, this.#headLength);
    this.#headLength += piece.length;
  }

  /** What RFC 6455 §5 and our limits say of a header in its place, before any of its payload has come. */
  #judge(header: FrameHeader): FrameViolation | undefined {
    const { opcode, length } = header;
    if (header.reserved !== 0) {
      // RFC 6455 §5.2: "MUST be 0 unless an extension is negotiated that defines meanings for non-zero values."
      if (header.reserved !== rsv1 || !this.#compression) return 'reserved-bit-set';
      if (opcode >= opcodes.close) return 'compressed-control-frame';
      if (opcode === opcodes.continuation) return 'compressed-continuation';
    }
    if (opcode > opcodes.pong || (opcode > opcodes.binary && opcode < opcodes.close)) return 'reserved-opcode';
    if (header.masked !== (this.#role === 'server')) {
      return this.#role === 'server' ? 'unmasked-frame-from-client' : 'masked-frame-from-server';
    }
    if (!header.minimal) return 'length-not-minimal';
    if (opcode >= opcodes.close) {
      if (!header.fin) return 'fragmented-control-frame';
      return length > maxControlPayload ? 'control-frame-too-long' : undefined;
    }
    if (length === Number.POSITIVE_INFINITY) return 'length-too-large';
    if (opcode === opcodes.continuation) {
      if (this.#pieces?.kind === undefined) return 'continuation-without-start';
    } else if (this.#pieces?.kind !== undefined) return 'message-inside-message';
    return this.#measure(opcode, length);
  }

  #measure(opcode: number, length: number): FrameViolation | undefined {
    const { maxFrameBytes, maxMessageBytes, maxFragments } = this.#limits;
    const before = opcode === opcodes.continuation ? this.#pieces : undefined;
    if (maxFrameBytes !== null && length > maxFrameBytes) return 'frame-too-large';
    if (maxMessageBytes !== null && (before?.bytes.length ?? 0) + length > maxMessageBytes) return 'message-too-large';
    return maxFragments !== null && (before?.fragments ?? 0) >= maxFragments ? 'too-many-fragments' : undefined;
  }

  /** Nearly all there is: a message in one frame, in one chunk. */
  #takeMessage(header: FrameHeader, bytes: Uint8Array, start: number, end: number): void {
    const kind = header.opcode === opcodes.text ? 'text' : 'binary';
    const compressed = header.reserved !== 0;
    const checked = kind === 'text' && !compressed;
    const union = this.#unmask(header, checked, 0, bytes, start, end);
    if (checked && union >= 0x80 && !(this.#text.push(bytes, start, end) && this.#text.end())) {
      return this.#violate('text-not-utf8');
    }
    this.#deliver(kind, compressed, union < 0x80, bytes, start, end);
  }

  /** What a chunk has of the frame whose header came before: a fragment's, a control frame's, or a large message's. */
  #takePart(header: FrameHeader, bytes: Uint8Array, start: number): number {
    const end = Math.min(bytes.length, start + header.length - this.#arrived);
    if (header.opcode >= opcodes.close) this.#takeControl(header, bytes, start, end);
    else this.#takeFragment(header, bytes, start, end);
    return end;
  }

  #takeFragment(header: FrameHeader, bytes: Uint8Array, start: number, end: number): void {
    const pieces = this.#pieces?.kind === undefined ? this.#startMessage(header) : this.#pieces;
    const checked = pieces.kind === 'text' && !pieces.compressed;
    const union = this.#unmask(header, checked, this.#arrived, bytes, start, end);
    if (checked && start < end && !this.#checkText(pieces, bytes, start, end, union < 0x80)) {
      return this.#violate('text-not-utf8');
    }
    const length = end - start;
    const rest = header.length - this.#arrived - length;
    // RFC 6455 §8.1 judges the message, so a character may be cut by a frame's end as well as by a chunk's.
    pieces.bytes.append(bytes, start, end, pieces.bytes.length + length + rest, header.fin);
    this.#arrived += length;
    if (rest > 0) return;
    this.#header = undefined;
    pieces.fragments++;
    if (header.fin) this.#endMessage(pieces);
  }

  /** Unmasks in place. Below 0x80, the result says that all of it is ASCII; it is asked for text alone. */
  #unmask(header: FrameHeader, asked: boolean, arrived: number, bytes: Uint8Array, start: number, end: number): number {
    // Without a mask, the key is zero: nothing is changed by looking.
    if (!header.masked && !asked) return 0x80;
    return this.#platform.mask(bytes, start, end, rotateKey(header.maskingKey, arrived));
  }

  #startMessage(header: FrameHeader): Pieces {
    const { bytes } = this.#pieces ?? { bytes: new MessageBuffer(this.#platform.allocate) };
    const kind = header.opcode === opcodes.text ? 'text' : 'binary';
    this.#pieces = { kind, compressed: header.reserved !== 0, ascii: true, fragments: 0, bytes };
    return this.#pieces;
  }

  #checkText(pieces: Pieces, bytes: Uint8Array, at: number, end: number, ascii: boolean): boolean {
    if (ascii) return this.#text.pushAscii();
    pieces.ascii = false;
    return this.#text.push(bytes, at, end);
  }

  get #text(): Utf8Check {
    this.#utf8 ??= new Utf8Check();
    return this.#utf8;
  }

  #endMessage(pieces: Pieces): void {
    const kind = pieces.kind!;
    pieces.kind = undefined;
    if (kind === 'text' && !pieces.compressed && !this.#text.end()) return this.#violate('text-not-utf8');
    const whole = pieces.bytes.take();
    this.#deliver(kind, pieces.compressed, pieces.ascii, whole, 0, whole.length);
  }

  #deliver(
    kind: MessageKind,
    compressed: boolean,
    ascii: boolean,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    if (compressed) return this.#messages.compressed(bytes.subarray(start, end), kind);
    if (kind === 'binary') return this.#messages.binary(bytes.subarray(start, end));
    let text: string;
    try {
      text = this.#platform.decodeUtf8(bytes, start, end, ascii);
    } catch {
      return this.#violate('message-too-large'); // for a string, whatever the limits allow
    }
    this.#messages.text(text, end - start);
  }

  #takeControl(header: FrameHeader, bytes: Uint8Array, at: number, end: number): void {
    this.#unmask(header, false, this.#arrived, bytes, at, end);
    const whole = this.#arrived === 0 && end - at === header.length;
    if (!whole) {
      this.#control ??= new MessageBuffer(this.#platform.allocate);
      this.#control.append(bytes, at, end, header.length, true);
    }
    this.#arrived += end - at;
    if (this.#arrived < header.length) return;
    this.#header = undefined;
    this.#controls.control(header.opcode, whole ? bytes.subarray(at, end) : this.#control!.take());
  }

  #violate(violation: FrameViolation): void {
    this.stop();
    this.#controls.violation(violation);
  }
}

/** A data frame that is a message by itself. */
function isMessage(header: FrameHeader): boolean {
  return header.fin && header.opcode !== opcodes.continuation && header.opcode < opcodes.close;
}

function join(left: Uint8Array, right: Uint8Array): Uint8Array {
  const joined = new Uint8Array(left.length + right.length);
  joined.set(left);
  joined.set(right, left.length);
  return joined;
}
