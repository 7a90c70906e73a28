/**
 * A message for many peers: framed once, and compressed at most once, however many members a group has.
 *
 * It is compressed without looking back at earlier messages, so that every peer can read it whatever its own window holds;
 * a peer whose window is smaller than the one it was compressed with gets it plain, as RFC 7692 §6 always allows.
 */
import { opcodes } from '../protocol/frame.ts';
import { type Frame, Framer, frameSize } from '../protocol/framer.ts';
import { type DeflateEffort, deflateMessage } from './deflate.ts';
import { bytesOf, nodePlatform } from './node-platform.ts';

const framer = new Framer('server', nodePlatform);

/** A compressed message as it goes out, and the smallest window that can read it. */
export interface DeflatedFrame {
  readonly frame: Frame;
  readonly windowBits: number;
}

/** Compressed with no larger window than is agreed on by default, so that it does not depend on which peer asks first. */
const sharedWindowBits = 11;

type MaybeDeflated = DeflatedFrame | null;

export class PreparedMessage {
  /** The message, uncompressed, in one unmasked frame. */
  readonly frame: Frame;
  readonly size: number;
  readonly #opcode: number;
  #deflated: MaybeDeflated | Promise<MaybeDeflated> | undefined;

  /** Binary data of 32 KiB or more is not copied: it must not change as long as this message is sent. */
  constructor(data: string | ArrayBufferLike | ArrayBufferView) {
    if (typeof data === 'string') {
      this.#opcode = opcodes.text;
      this.frame = framer.text(data);
      this.size = nodePlatform.utf8Length(data);
    } else {
      this.#opcode = opcodes.binary;
      const payload = bytesOf(data);
      this.frame = framer.message(payload, this.#opcode, false);
      this.size = payload.length;
    }
  }

  /** The message's bytes, as they stand in its frame: the same for every peer, whenever its turn comes. */
  get payload(): Uint8Array {
    if (!(this.frame instanceof Uint8Array)) return this.frame[1];
    return this.frame.subarray(this.frame.length - this.size);
  }

  /**
   * The message compressed, made for the first peer that asks; `null` where that does not make it smaller, or where this
   * peer's window is too small for it.
   */
  deflated(windowBits: number, effort: DeflateEffort): MaybeDeflated | Promise<MaybeDeflated> {
    this.#deflated ??= this.#deflate(windowBits, effort);
    if (this.#deflated instanceof Promise) return this.#deflated.then((made) => fitting(made, windowBits));
    return fitting(this.#deflated, windowBits);
  }

  #deflate(windowBits: number, effort: DeflateEffort): MaybeDeflated | Promise<MaybeDeflated> {
    const bits = Math.min(windowBits, sharedWindowBits);
    const frame = (deflated: Uint8Array): MaybeDeflated =>
      deflated.length < this.size ? { frame: framer.message(deflated, this.#opcode, true), windowBits: bits } : null;
    const result = deflateMessage(this.payload, bits, effort);
    if (result instanceof Uint8Array) return frame(result);
    // zlib failing here means no memory: the plain frame still serves.
    return result.then(frame, () => null);
  }
}

function fitting(made: MaybeDeflated, windowBits: number): MaybeDeflated {
  return made !== null && made.windowBits <= windowBits ? made : null;
}

/**
 * Several messages that go out one right behind the other: their frames are joined once, however many peers get them. To a
 * peer with whom compression was agreed on they go one by one.
 */
export class PreparedMessages {
  readonly messages: readonly PreparedMessage[];
  /** All frames, uncompressed. */
  readonly frame: Uint8Array;
  /** Of all messages, without what frames add. */
  readonly size: number;

  constructor(messages: readonly PreparedMessage[]) {
    this.messages = messages;
    this.frame = nodePlatform.allocate(messages.reduce((sum, { frame }) => sum + frameSize(frame), 0));
    this.size = messages.reduce((sum, { size }) => sum + size, 0);
    let at = 0;
    for (const { frame } of messages) {
      for (const part of frame instanceof Uint8Array ? [frame] : frame) {
        this.frame.set(part, at);
        at += part.length;
      }
    }
  }
}
