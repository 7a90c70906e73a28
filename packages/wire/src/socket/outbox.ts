/**
 * Frames on their way to one peer. They are gathered during a turn and handed to the kernel in one write; while it has not
 * taken that whole, everything else waits here, frame by frame, where it can still be counted and dropped.
 *
 * Rule of this file: whole frames only. Whatever was handed on ends at the end of a frame.
 */
import { Socket as TcpSocket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type Frame, frameSize } from '../protocol/framer.ts';
import { flushAtEndOfTurn } from './turn.ts';

/** One write carries at most this many bytes, or one frame; more than that does not wait for the end of the turn. */
const writeSize = 64 * 1024;

/** Frames above this size are written from where they lie, those below are joined first. */
const joinBelow = 16 * 1024;

export interface OutboxEvents {
  /** Some of what waited has left. */
  progress(): void;
  /** All that was put in has been taken by the kernel. */
  flushed(): void;
}

export class Outbox {
  readonly #stream: Duplex;
  readonly #events: OutboxEvents;
  readonly #written: () => void;
  #frames: Frame[] = [];
  #bytes = 0;
  #writing = false;
  #scheduled = false;
  #held = false;

  constructor(stream: Duplex, events: OutboxEvents) {
    this.#stream = stream;
    this.#events = events;
    this.#written = () => this.#afterWrite();
  }

  /** Bytes that the kernel has not taken yet. */
  get bytes(): number {
    return this.#bytes + this.#stream.writableLength;
  }

  /** Frames that were not handed on yet. */
  get frames(): number {
    return this.#frames.length;
  }

  /** True when nothing waits, here or in the stream. */
  get idle(): boolean {
    return this.#frames.length === 0 && !this.#writing;
  }

  put(frame: Frame): void {
    this.#frames.push(frame);
    this.#bytes += frameSize(frame);
    if (this.#bytes >= writeSize) this.flush();
    else if (!this.#scheduled && !this.#held) {
      this.#scheduled = true;
      flushAtEndOfTurn(this);
    }
  }

  /** Until `release()`, what is put in waits: the caller is in the middle of a read and will have more. */
  hold(): void {
    this.#held = true;
  }

  release(): void {
    this.#held = false;
    this.flush();
  }

  /** Hands on as much as the kernel takes. */
  flush(): void {
    this.#scheduled = false;
    if (this.#writing || this.#frames.length === 0) return;
    if (this.#stream.destroyed || this.#stream.writableEnded) {
      this.drop();
      return;
    }
    while (this.#frames.length > 0) {
      this.#writeBatch();
      if (this.#stream.writableLength > 0) {
        this.#writing = true;
        return;
      }
    }
    this.#events.flushed();
  }

  /** Forgets every frame that was not handed on; returns how many. */
  drop(): number {
    const dropped = this.#frames.length;
    this.#frames = [];
    this.#bytes = 0;
    return dropped;
  }

  #afterWrite(): void {
    if (!this.#writing || this.#stream.writableLength > 0) return;
    this.#writing = false;
    if (this.#frames.length > 0) this.flush();
    else this.#events.flushed();
    this.#events.progress();
  }

  #writeBatch(): void {
    const frames = this.#frames;
    let bytes = frameSize(frames[0]!);
    let count = 1;
    for (; count < frames.length; count++) {
      const size = frameSize(frames[count]!);
      if (bytes + size > writeSize) break;
      bytes += size;
    }
    this.#bytes -= bytes;
    if (count === frames.length) this.#frames = [];
    else this.#frames = frames.splice(count);
    writeFrames(this.#stream, frames, bytes, this.#written);
  }
}

/** Hands frames to the stream as one write. */
function writeFrames(stream: Duplex, frames: readonly Frame[], bytes: number, written: () => void): void {
  const first = frames[0]!;
  if (frames.length === 1 && first instanceof Uint8Array) {
    stream.write(first, written);
    return;
  }
  if (frames.length > 1 && frames.every(isSmall)) {
    writeJoined(stream, frames, bytes, written);
    return;
  }
  stream.cork();
  for (const frame of frames) {
    if (frame instanceof Uint8Array) stream.write(frame, written);
    else {
      stream.write(frame[0]);
      stream.write(frame[1], written);
    }
  }
  stream.uncork();
}

function isSmall(frame: Frame): frame is Uint8Array {
  return frame instanceof Uint8Array && frame.length < joinBelow;
}

function isPlainTcp(stream: Duplex): boolean {
  return stream.constructor === TcpSocket;
}

/** Where small frames are joined, for all sockets: when the kernel takes a write whole, its bytes are free again. */
let scratch: Uint8Array = new Uint8Array(writeSize);

function writeJoined(stream: Duplex, frames: readonly Uint8Array[], bytes: number, written: () => void): void {
  // Only plain TCP is known to copy before it says that it is done; any other stream may keep what it was given.
  const shared = isPlainTcp(stream);
  const joined = shared ? scratch.subarray(0, bytes) : new Uint8Array(bytes);
  let at = 0;
  for (const frame of frames) {
    joined.set(frame, at);
    at += frame.length;
  }
  stream.write(joined, written);
  if (shared && stream.writableLength > 0) scratch = new Uint8Array(writeSize);
}
