/**
 * Our own frames: messages and control frames become bytes for the wire, masked when we are a client (RFC 6455 §5.1).
 *
 * A server's frame does not depend on who receives it, so one framing serves any number of peers.
 */

import { LocalProtocolError } from './errors.ts';
import { headerSize, maxControlPayload, maxHeaderSize, opcodes, writeHeader } from './frame.ts';
import type { Platform } from './platform.ts';
import type { Role } from './role.ts';

/**
 * One whole frame. A payload that is large and needs no masking is not copied behind its header but stands beside it;
 * the two are always written together.
 */
export type Frame = Uint8Array | readonly [header: Uint8Array, payload: Uint8Array];

/** Memory in which frames are made one behind the other, instead of each in its own. */
export interface FrameSpace {
  bytes: Uint8Array;
  /** How much of it is taken, and by how many frames. */
  length: number;
  frames: number;
}

/** From here on a copy costs more than a second buffer does. */
const copyBelow = 32 * 1024;

/** Masking keys are drawn by the kilobyte: RFC 6455 §10.3 wants them unpredictable, and one call costs the same for all. */
const keysAtOnce = 256;

const serverFramers = new WeakMap<Platform, Framer>();

export class Framer {
  readonly #masks: boolean;
  readonly #platform: Platform;
  #keys: Int32Array | undefined;
  #nextKey = 0;

  constructor(role: Role, platform: Platform) {
    this.#masks = role === 'client';
    this.#platform = platform;
  }

  /** The framer of a connection: a server's keeps nothing, so one serves all. */
  static of(role: Role, platform: Platform): Framer {
    if (role === 'client') return new Framer(role, platform);
    const framer = serverFramers.get(platform) ?? new Framer(role, platform);
    serverFramers.set(platform, framer);
    return framer;
  }

  /** A text message in one frame. */
  text(text: string): Frame {
    const length = this.#platform.utf8Length(text);
    const size = headerSize(length, this.#masks);
    const frame = this.#platform.allocate(size + length);
    const maskingKey = this.#drawKey();
    writeHeader(frame, length, { opcode: opcodes.text, fin: true, compressed: false, maskingKey });
    this.#platform.writeUtf8(text, frame, size);
    if (maskingKey !== undefined) this.#platform.mask(frame, size, frame.length, maskingKey);
    return frame;
  }

  /** As `text`, at the end of `space`; false, and nothing is done, when it may not have the room. */
  textInto(space: FrameSpace, text: string): boolean {
    const { bytes, length: at } = space;
    if (at + maxHeaderSize + 3 * text.length > bytes.length) return false;
    // Most text is ASCII, which is as long in bytes as in UTF-16 units; any other may need a longer header.
    const guessed = headerSize(text.length, this.#masks);
    const length = this.#platform.writeUtf8(text, bytes, at + guessed);
    const size = headerSize(length, this.#masks);
    if (size !== guessed) bytes.copyWithin(at + size, at + guessed, at + guessed + length);
    this.#finishInto(space, size, length, opcodes.text, false);
    return true;
  }

  /** As `message`, at the end of `space`; false, and nothing is done, when it has not the room. */
  messageInto(space: FrameSpace, payload: Uint8Array, opcode: number, compressed: boolean): boolean {
    const size = headerSize(payload.length, this.#masks);
    if (payload.length >= copyBelow || space.length + size + payload.length > space.bytes.length) return false;
    space.bytes.set(payload, space.length + size);
    this.#finishInto(space, size, payload.length, opcode, compressed);
    return true;
  }

  /** Puts the header before a payload that stands in its place already. */
  #finishInto(space: FrameSpace, size: number, length: number, opcode: number, compressed: boolean): void {
    const at = space.length;
    const maskingKey = this.#drawKey();
    writeHeader(space.bytes, length, { opcode, fin: true, compressed, maskingKey }, at);
    space.length = at + size + length;
    space.frames++;
    if (maskingKey !== undefined) this.#platform.mask(space.bytes, at + size, space.length, maskingKey);
  }

  /**
   * A message in one frame; `compressed` sets RSV1 on it (RFC 7692 §6.1). A payload of 32 KiB or more is not copied when
   * it need not be masked: it must not be changed before it is sent.
   */
  message(payload: Uint8Array, opcode: number, compressed: boolean): Frame {
    return this.#frame(opcode, payload, compressed);
  }

  /** A control frame. @throws LocalProtocolError when the payload is longer than 125 bytes. */
  control(opcode: number, payload: Uint8Array): Frame {
    if (payload.length > maxControlPayload) {
      throw new LocalProtocolError(`A control frame takes at most 125 bytes, not ${payload.length} (RFC 6455 §5.5)`);
    }
    return this.#frame(opcode, payload, false);
  }

  #frame(opcode: number, payload: Uint8Array, compressed: boolean): Frame {
    const { length } = payload;
    const maskingKey = this.#drawKey();
    const size = headerSize(length, this.#masks);
    const apart = maskingKey === undefined && length >= copyBelow;
    const frame = this.#platform.allocate(apart ? size : size + length);
    writeHeader(frame, length, { opcode, fin: true, compressed, maskingKey });
    if (apart) return [frame, payload];
    frame.set(payload, size);
    if (maskingKey !== undefined) this.#platform.mask(frame, size, frame.length, maskingKey);
    return frame;
  }

  #drawKey(): number | undefined {
    if (!this.#masks) return undefined;
    if (this.#keys === undefined || this.#nextKey === keysAtOnce) {
      this.#keys ??= new Int32Array(keysAtOnce);
      this.#platform.random(new Uint8Array(this.#keys.buffer));
      this.#nextKey = 0;
    }
    return this.#keys[this.#nextKey++];
  }
}

/** How many bytes a frame puts on the wire. */
export function frameSize(frame: Frame): number {
  return frame instanceof Uint8Array ? frame.length : frame[0].length + frame[1].length;
}
