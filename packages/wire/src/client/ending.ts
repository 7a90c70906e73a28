/** How a reconnecting socket ends: what it is told when there was no Close frame, and what may be put in ours. */
import type { Closed } from '../protocol/connection.ts';
import { sizeOf } from './offline-queue.ts';

/** There was no closing handshake (RFC 6455 §7.1.5). */
export function abnormal(error: Error | undefined): Closed {
  return { code: 1006, reason: '', received: undefined, sent: undefined, clean: false, error };
}

/** Whatever was thrown, as an error. */
export function failure(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error), { cause: error });
}

/** The error of whoever waited for a connection that will not come. */
export function whyClosed(closed: Closed): Error {
  return closed.error ?? new Error(`The socket was closed with ${closed.code}${closed.reason && `: ${closed.reason}`}`);
}

/** @throws RangeError on what no page may send, so that the same call means the same everywhere */
export function checkClose(code?: number, reason = ''): void {
  if (code === undefined ? reason !== '' : code !== 1000 && !(Number.isInteger(code) && code >= 3000 && code <= 4999)) {
    throw new RangeError(`A close code is 1000, or from 3000 to 4999, not ${code}`);
  }
  if (sizeOf(reason) > 123) throw new RangeError('A close reason takes at most 123 bytes of UTF-8 (RFC 6455 §5.5)');
}
