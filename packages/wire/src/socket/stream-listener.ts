/**
 * What a byte stream tells, told to one listener. The functions that a stream calls are the same for all streams, and find
 * their listener on the stream itself: a closure for each event of each connection is memory that stays as long as it does.
 */
import type { Duplex } from 'node:stream';
import { lendReads, readNextInto } from './lent-reads.ts';
import { lendable } from './simd-mask.ts';

export interface StreamListener {
  /** Bytes came. @param lent they are the stream's again when this returns */
  received(bytes: Uint8Array, lent: boolean): void;
  /** Where the next bytes had better be read to, when at least `least` are awaited there. */
  landing(least: number): Uint8Array | undefined;
  /** The peer has ended its side. */
  ended(): void;
  broken(error: Error): void;
  /** Nothing follows. */
  streamClosed(): void;
}

const listening = Symbol('tidewire.listener');

interface HeardStream extends Duplex {
  [listening]: StreamListener;
}

/** Listens from now on; `head` is what was read of the stream already. */
export function listenTo(stream: Duplex, listener: StreamListener, head: Uint8Array | undefined): void {
  (stream as HeardStream)[listening] = listener;
  stream.on('error', tellBroken).on('data', tellBytes).on('end', tellEnded).on('close', tellClosed);
  lendReads(stream, tellLent);
  // It may have broken or ended between the handshake and now.
  if (stream.errored) listener.broken(stream.errored);
  if (stream.closed) setImmediate(() => listener.streamClosed());
  else if (stream.readableEnded) setImmediate(() => listener.ended());
  if (head !== undefined && head.length > 0) stream.unshift(head);
}

function tellBytes(this: HeardStream, bytes: Uint8Array): void {
  this[listening].received(bytes, false);
}

function tellLent(this: Duplex, length: number, memory: Uint8Array): void {
  const listener = (this as HeardStream)[listening];
  listener.received(memory.subarray(0, length), memory === lendable);
  // The rest of a large message is read to where it is gathered.
  const landing = listener.landing(lendable.length);
  if (landing !== undefined || memory !== lendable) readNextInto(this, landing ?? lendable);
}

function tellEnded(this: HeardStream): void {
  this[listening].ended();
}

function tellBroken(this: HeardStream, error: Error): void {
  this[listening].broken(error);
}

function tellClosed(this: HeardStream): void {
  this[listening].streamClosed();
}
