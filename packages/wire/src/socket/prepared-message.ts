/**
 * A message for many peers: framed once, and compressed at most once, however many members a group has.
 *
 * It is compressed without looking back at earlier messages, so that every peer can read it whatever its own window holds;
 * a peer whose window is smaller than the one it was compressed with gets it plain, as RFC 7692 §6 always allows.
 */
import { opcodes } from '../protocol/frame.ts';
import { type Frame, Framer } from '../protocol/framer.ts';
import { type DeflateEffort, deflateMessage } from './deflate.ts';
import { asBuffer, bytesOf, nodePlatform } from './node-platform.ts';

const framer = new Framer('server', nodePlatform);

/** A compressed message as it goes out, with the bytes that enter each reader's window. */
export interface DeflatedFrame {
  readonly frame: Frame;
  readonly windowBits: number;
}

export class PreparedMessage {
  /** The message, uncompressed, in one unmasked frame. */
  readonly frame: Frame;
  readonly size: number;
  readonly #opcode: number;
  readonly #payload: Uint8Array | undefined;
  #deflated: DeflatedFrame | Promise<DeflatedFrame | undefined> | undefined;

  constructor(data: string | ArrayBufferLike | ArrayBufferView) {
    if (typeof data === 'string') {
      this.#opcode = opcodes.text;
      this.frame = framer.text(data);
      this.size = nodePlatform.utf8Length(data);
    } else {
      this.#opcode = opcodes.binary;
      this.#payload = bytesOf(data);
      this.frame = framer.message(this.#payload, this.#opcode, false);
      this.size = this.#payload.length;
    }
  }

  /** The message's bytes. */
  get payload(): Uint8Array {
    if (this.#payload !== undefined) return this.#payload;
    const frame = this.frame as Uint8Array;
    return asBuffer(frame).subarray(frame.length - this.size);
  }

  /** The message compressed, made for the first peer that asks; `undefined` where its window is too small for that one. */
  deflated(windowBits: number, effort: DeflateEffort): DeflatedFrame | Promise<DeflatedFrame | undefined> | undefined {
    this.#deflated ??= this.#deflate(windowBits, effort);
    if (this.#deflated instanceof Promise) return this.#deflated.then((made) => fitting(made, windowBits));
    return fitting(this.#deflated, windowBits);
  }

  #deflate(windowBits: number, effort: DeflateEffort): DeflatedFrame | Promise<DeflatedFrame | undefined> {
    const frame = (deflated: Uint8Array) => ({ frame: framer.message(deflated, this.#opcode, true), windowBits });
    const result = deflateMessage(this.payload, windowBits, effort);
    if (result instanceof Uint8Array) return frame(result);
    // zlib failing here means no memory: the plain frame still serves.
    return result.then(frame, () => undefined);
  }
}

function fitting(made: DeflatedFrame | undefined, windowBits: number): DeflatedFrame | undefined {
  return made !== undefined && made.windowBits <= windowBits ? made : undefined;
}
