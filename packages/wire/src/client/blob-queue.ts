/**
 * What a WHATWG WebSocket sends, in order though a Blob has to be read first, and counted as `bufferedAmount` wants it: bytes
 * of the application's data, which do not shrink within a task, and never once the connection is closed.
 */
import { Buffer } from 'node:buffer';

type Raw = string | ArrayBufferLike | ArrayBufferView;

export interface BlobQueueEvents {
  send(data: Raw): void;
  /** A Blob could not be read. */
  unreadable(): void;
}

export class BlobQueue {
  readonly #events: BlobQueueEvents;
  /** What has to wait, one after the other; `undefined` when nothing does. */
  #waiting: Promise<void> | undefined;
  #waitingBytes = 0;
  /** Handed on, and not known to have been taken by the network. */
  #handedOn = 0;
  /** Handed on in this turn of the event loop. */
  #thisTurn = 0;
  /** Sent when the connection was not open any more. */
  #lost = 0;
  #frozen = false;

  constructor(events: BlobQueueEvents) {
    this.#events = events;
  }

  /** Data that came too late to be sent counts nonetheless. */
  lose(data: Raw | Blob): void {
    this.#lost += sizeOf(data);
  }

  /** @param buffered bytes that the network had not taken before */
  send(data: Raw | Blob, buffered: number): void {
    const size = sizeOf(data);
    this.#settle(buffered);
    if (this.#waiting === undefined && !(data instanceof Blob)) return this.#handOn(data, size);
    // What waits must not change under its sender's hands.
    const kept = data instanceof Blob ? data : typeof data === 'string' ? data : copyOf(data);
    this.#waitingBytes += size;
    this.#wait(async () => {
      const raw = kept instanceof Blob ? await kept.arrayBuffer() : kept;
      this.#waitingBytes -= size;
      this.#handOn(raw, size);
    });
  }

  /** Runs `last` once all that was sent has been handed on. */
  end(last: () => void): void {
    if (this.#waiting === undefined) last();
    else this.#wait(async () => last());
  }

  /** The connection is gone: what the network has not taken by now, it never will. */
  freeze(buffered: number): void {
    this.#settle(buffered);
    this.#frozen = true;
  }

  bufferedAmount(buffered: number): number {
    this.#settle(buffered);
    return this.#lost + this.#waitingBytes + Math.max(this.#handedOn, this.#thisTurn);
  }

  #handOn(data: Raw, size: number): void {
    this.#handedOn += size;
    if (this.#thisTurn === 0) setImmediate(() => (this.#thisTurn = 0));
    this.#thisTurn += size;
    this.#events.send(data);
  }

  #settle(buffered: number): void {
    if (!this.#frozen) this.#handedOn = Math.min(this.#handedOn, buffered);
  }

  #wait(step: () => Promise<void>): void {
    const waiting = (this.#waiting ?? Promise.resolve())
      .then(step)
      .catch(() => this.#events.unreadable())
      .then(() => {
        if (this.#waiting === waiting) this.#waiting = undefined;
      });
    this.#waiting = waiting;
  }
}

function sizeOf(data: Raw | Blob): number {
  if (typeof data === 'string') return Buffer.byteLength(data);
  return data instanceof Blob ? data.size : data.byteLength;
}

function copyOf(data: ArrayBufferLike | ArrayBufferView): Uint8Array {
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
  return new Uint8Array(data).slice();
}
