/**
 * Reads of plain TCP into memory that all sockets share, instead of memory that Node allocates for each read: a socket at
 * rest holds no buffer, and what is read is unmasked where SIMD reaches it (simd-mask.ts).
 *
 * Node does so for sockets that are made with the option `onread`; the ones that a server accepts are made without. What
 * that option sets, three symbols and a call on the handle, is set here afterwards. None of it is public, so all of it is
 * looked for, and where anything is missing the stream is read by its `'data'` events as every other is.
 */
import { Socket as TcpSocket } from 'node:net';
import type { Duplex } from 'node:stream';
import { lendable } from './simd-mask.ts';

interface Lendable {
  readonly _handle?: { readonly useUserBuffer?: (memory: Uint8Array) => void } | null;
  [symbol: symbol]: unknown;
}

interface Symbols {
  readonly memory: symbol;
  readonly take: symbol;
  readonly next: symbol;
}

/** Looked for on the first socket that asks; null when they are not there. */
let symbols: Symbols | null | undefined;

/**
 * Reads into `lendable` from now on, and tells `take`, called on the stream, how many bytes have come, and where; it has them
 * until it returns. What waits in the stream already comes by `'data'` events, before that. False, and nothing is changed, when this
 * can't be done with this stream.
 */
export function lendReads(stream: Duplex, take: (this: Duplex, length: number, memory: Uint8Array) => void): boolean {
  if (stream.constructor !== TcpSocket) return false;
  const socket = stream as unknown as Lendable;
  const handle = socket._handle;
  if (typeof handle?.useUserBuffer !== 'function') return false;
  symbols ??= symbolsOf(socket);
  if (symbols === null || socket[symbols.memory] !== null) return false;
  handle.useUserBuffer(lendable);
  socket[symbols.memory] = lendable;
  // Node reads on unless it returns false; a stream is paused by `pause()`.
  socket[symbols.take] = take;
  return true;
}

/** Where the next read goes, and those after it. To be called from `take` alone. */
export function readNextInto(stream: Duplex, memory: Uint8Array): void {
  const socket = stream as unknown as Lendable;
  const { next } = symbols!;
  socket[next] = () => {
    socket[next] = null;
    return memory;
  };
}

function symbolsOf(socket: Lendable): Symbols | null {
  const named = (name: string): symbol | undefined =>
    Object.getOwnPropertySymbols(socket).find((symbol) => symbol.description === name && socket[symbol] === null);
  const [memory, take, next] = [named('kBuffer'), named('kBufferCb'), named('kBufferGen')];
  return memory && take && next ? { memory, take, next } : null;
}
