/** Closing many sockets without sending all their clients back in the same moment. */
import type { Clock } from '../socket/clock.ts';
import type { ServerSocket } from './server-socket.ts';

export interface DrainOptions {
  /** Sockets closed at a time. */
  readonly batch: number;
  /** ms from one batch to the next. */
  readonly interval: number;
}

/** @throws RangeError on what would never end. */
export function checkDrain(drain: DrainOptions | undefined): void {
  if (drain !== undefined && !(drain.batch >= 1 && drain.interval >= 0)) {
    throw new RangeError('drain needs a batch of at least 1 and an interval of at least 0 ms');
  }
}

/** Closes every socket of the set, which shrinks as they go, and resolves when it is empty. */
export async function closeInBatches(
  sockets: ReadonlySet<ServerSocket<any, any>>,
  code: number,
  drain: DrainOptions | undefined,
  clock: Clock,
): Promise<void> {
  const closing = new Set<ServerSocket<any, any>>();
  for (;;) {
    // Some may have left by themselves between two batches.
    const open = [...sockets].filter((socket) => !closing.has(socket));
    if (open.length === 0) break;
    for (const socket of open.slice(0, drain?.batch)) {
      closing.add(socket);
      socket.close(code);
    }
    if (drain !== undefined && open.length > drain.batch) await pause(clock, drain.interval);
    else await Promise.all([...closing].map((socket) => socket.closed));
  }
}

function pause(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.setTimeout(resolve, ms);
  });
}
