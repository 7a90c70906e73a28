/**
 * Frames on their way to one peer. They are gathered during a turn and handed to the kernel in one write; while it has not
 * taken that whole, everything else waits here, frame by frame, where it can still be counted and dropped.
 *
 * Replies to one read are framed back to back in a scratch that all sockets share (a read is over before another begins),
 * so that a burst of small messages costs neither an allocation nor a copy each.
 *
 * Rule of this file: whole frames only. Whatever was handed on ends at the end of a frame.
 */
import { Buffer } from 'node:buffer';
import { Socket as TcpSocket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type Frame, type FrameSpace, frameSize } from '../protocol/framer.ts';
import { flushAtEndOfTurn } from './turn.ts';

/** One write carries at most this many bytes, or one frame; more than that does not wait for the end of the turn. */
const writeSize = 64 * 1024;

/** Frames above this size are written from where they lie, those below are joined first. */
const joinBelow = 32 * 1024;

/** Called when a write has left. Plain TCP's are asked instead, so there it is none. */
type Written = (() => void) | undefined;

const nothing = new Uint8Array(0);
/** Frozen: it is what all outboxes have that hold nothing. */
const none: readonly Frame[] = Object.freeze([]);

export interface OutboxEvents {
  /** All that was put in has been taken by the kernel. Told after `tellFlushed()`, for as long as the answer is true. */
  flushed(): boolean;
  /** Some of what the kernel had not taken at once has left. */
  progress(): void;
}

export class Outbox {
  readonly #stream: Duplex;
  readonly #events: OutboxEvents;
  /** Made for the first write that the kernel does not take at once. */
  #written: (() => void) | undefined;
  /** Plain TCP has copied what it says it has taken. Any other stream may keep what it was given, so it gets its own. */
  readonly #plainTcp: boolean;
  /** An array of its own only while something waits. */
  #waiting: readonly Frame[] = none;
  #bytes = 0;
  #writing = false;
  #scheduled = false;
  #held = false;
  /** Somebody wants to know when all has left. Mostly nobody does, and to ask them with each write would cost much of it. */
  #tells = false;
  #space: FrameSpace | undefined;

  constructor(stream: Duplex, events: OutboxEvents) {
    this.#stream = stream;
    this.#events = events;
    this.#plainTcp = stream.constructor === TcpSocket;
  }

  /** Bytes that the kernel has not taken yet. */
  get bytes(): number {
    const waiting = this.#bytes + (this.#space?.length ?? 0);
    return this.#writing ? waiting + this.#stream.writableLength : waiting;
  }

  /** Frames that were not handed on yet; those that were made together and then had to wait count as one. */
  get frames(): number {
    return this.#waiting.length + (this.#space?.frames ?? 0);
  }

  /** True when nothing waits, here or in the stream. */
  get idle(): boolean {
    return this.frames === 0 && !this.#writing;
  }

  /** From now on, `flushed` is told. */
  tellFlushed(): void {
    this.#tells = true;
  }

  /** Where small frames can be made, while a read is under way. */
  get space(): FrameSpace | undefined {
    return this.#space;
  }

  put(frame: Frame): void {
    this.#keepSpace();
    this.#append(frame);
    this.#bytes += frameSize(frame);
    if (this.#bytes >= writeSize) this.flush();
    else this.#schedule();
  }

  /** Until `release()`, what is put in waits: the caller is in the middle of a read and will have more. */
  hold(): void {
    this.#held = true;
    // A stream in memory can bring the next read from within this one.
    this.#space ??= scratch.take();
  }

  release(): void {
    this.#held = false;
    const space = this.#space;
    this.#space = undefined;
    if (space === undefined) return this.flush();
    const direct = space.frames > 0 && this.#waiting.length === 0 && !this.#writing && this.#canWrite();
    if (direct) writeScratch(this.#stream, space, this.#told);
    else if (space.frames > 0) this.#keep(space);
    scratch.giveBack(space);
    if (direct) this.#wrote();
    else this.flush();
  }

  /** Hands on as much as the kernel takes. */
  flush(): void {
    this.#scheduled = false;
    this.#keepSpace();
    if (this.#writing || this.#waiting.length === 0) return;
    if (!this.#canWrite()) {
      this.drop();
      return;
    }
    while (this.#waiting.length > 0) {
      this.#writeBatch();
      this.#wrote();
      if (this.#writing) return;
    }
  }

  /** Forgets every frame that was not handed on; returns how many. */
  drop(): number {
    const dropped = this.frames;
    if (this.#space !== undefined) empty(this.#space);
    this.#waiting = none;
    this.#bytes = 0;
    return dropped;
  }

  #canWrite(): boolean {
    return this.#stream.writable;
  }

  #schedule(): void {
    if (this.#scheduled || this.#held) return;
    this.#scheduled = true;
    flushAtEndOfTurn(this);
  }

  #keepSpace(): void {
    if (this.#space !== undefined && this.#space.frames > 0) this.#keep(this.#space);
  }

  /** What was framed in the scratch joins what waits, in its order, in memory of its own. */
  #keep(space: FrameSpace): void {
    this.#append(Buffer.from(space.bytes.subarray(0, space.length)));
    this.#bytes += space.length;
    empty(space);
  }

  #append(frame: Frame): void {
    if (this.#waiting.length === 0) this.#waiting = [frame];
    else (this.#waiting as Frame[]).push(frame);
  }

  /** What a write calls when it has left; none on plain TCP. */
  get #told(): Written {
    if (this.#plainTcp) return undefined;
    this.#written ??= () => this.#afterWrite();
    return this.#written;
  }

  #wrote(): void {
    if (this.#stream.writableLength > 0) {
      this.#writing = true;
      if (!this.#plainTcp) return;
      // Nearly every write to plain TCP is taken at once, and a callback for each would cost a tick. An empty write says
      // when those before it have left.
      this.#written ??= () => this.#afterWrite();
      this.#stream.write(nothing, this.#written);
    } else if (this.#tells && this.#waiting.length === 0) this.#tells = this.#events.flushed();
  }

  #afterWrite(): void {
    if (!this.#writing || this.#stream.writableLength > 0) return;
    this.#writing = false;
    if (this.#waiting.length > 0) this.flush();
    else if (this.#tells) this.#tells = this.#events.flushed();
    this.#events.progress();
  }

  #writeBatch(): void {
    let frames = this.#waiting;
    let bytes = this.#bytes;
    this.#waiting = none;
    if (bytes > writeSize) {
      const count = countWithin(frames, writeSize);
      if (count < frames.length) this.#waiting = frames.slice(count);
      frames = frames.slice(0, count);
      bytes = frames.reduce((sum, frame) => sum + frameSize(frame), 0);
    }
    this.#bytes -= bytes;
    writeFrames(this.#stream, frames, bytes, this.#told);
  }
}

/** How many of the frames make up at most so many bytes; one at the least. */
function countWithin(frames: readonly Frame[], most: number): number {
  let bytes = 0;
  const over = frames.findIndex((frame) => (bytes += frameSize(frame)) > most);
  return over === -1 ? frames.length : Math.max(1, over);
}

/** Hands frames to the stream as one write. */
function writeFrames(stream: Duplex, frames: readonly Frame[], bytes: number, written: Written): void {
  const first = frames[0]!;
  if (frames.length === 1 && first instanceof Uint8Array) {
    stream.write(first, written);
    return;
  }
  // Members of a group mostly wait for the same frames: what was joined for one is written for the next.
  const joined = isSame(frames, scratch.joined);
  if (joined || (frames.length > 1 && frames.every(isSmall))) {
    writeJoined(stream, frames as readonly Uint8Array[], bytes, joined, written);
    return;
  }
  stream.cork();
  const buffers = frames.flat() as Uint8Array[];
  const last = buffers.length - 1;
  for (let i = 0; i <= last; i++) stream.write(buffers[i], i === last ? written : undefined);
  stream.uncork();
}

function isSmall(frame: Frame): frame is Uint8Array {
  return frame instanceof Uint8Array && frame.length < joinBelow;
}

function writeJoined(
  stream: Duplex,
  frames: readonly Uint8Array[],
  bytes: number,
  joined: boolean,
  written: Written,
): void {
  const space = bytes <= writeSize ? scratch.take() : undefined;
  if (space === undefined) {
    stream.write(Buffer.concat(frames, bytes), written);
    return;
  }
  if (!joined) {
    for (const frame of frames) {
      space.bytes.set(frame, space.length);
      space.length += frame.length;
    }
  }
  space.length = bytes;
  scratch.joined = frames;
  writeScratch(stream, space, written);
  scratch.giveBack(space);
}

function isSame(frames: readonly Frame[], others: readonly Frame[]): boolean {
  if (frames.length !== others.length) return false;
  for (let i = 0; i < frames.length; i++) if (frames[i] !== others[i]) return false;
  return true;
}

/** Writes what stands in the scratch, and leaves it empty. */
function writeScratch(stream: Duplex, space: FrameSpace, written: Written): void {
  const bytes = space.bytes.subarray(0, space.length);
  // Plain TCP has copied what it says it has taken. Any other stream may keep what it was given, so it gets its own.
  const copies = written === undefined;
  stream.write(copies ? bytes : Buffer.from(bytes), written);
  if (copies && stream.writableLength > 0) scratch.lose(space);
  else empty(space);
}

function empty(space: FrameSpace): void {
  space.length = 0;
  space.frames = 0;
}

/** The scratch: memory for one write, lent to one outbox at a time. */
const scratch = {
  free: undefined as FrameSpace | undefined,
  /** The frames that stand in its memory since they were joined there, or none. */
  joined: none,

  take(): FrameSpace | undefined {
    const space = this.free;
    this.free = undefined;
    this.joined = none;
    return space;
  },

  giveBack(space: FrameSpace): void {
    this.free = space;
  },

  /** The kernel did not take it whole, so the stream keeps its memory for the rest. */
  lose(space: FrameSpace): void {
    space.bytes = Buffer.allocUnsafeSlow(writeSize);
    this.joined = none;
    empty(space);
  },
};
scratch.giveBack({ bytes: Buffer.allocUnsafeSlow(writeSize), length: 0, frames: 0 });
