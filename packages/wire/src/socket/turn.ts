/**
 * The end of a turn of the event loop, when what was put out during it is written: one write per socket, however many
 * messages it carries. Nobody waits for it: the check phase comes before the loop blocks again.
 */

interface Flushable {
  flush(): void;
}

let waiting: Flushable[] = [];

/** Flushes `outbox` when this turn's callbacks have run. */
export function flushAtEndOfTurn(outbox: Flushable): void {
  if (waiting.push(outbox) === 1) setImmediate(flushAll);
}

function flushAll(): void {
  const flushing = waiting;
  waiting = [];
  let flushed = 0;
  try {
    while (flushed < flushing.length) flushing[flushed++]!.flush();
  } finally {
    // A stream that throws must not keep the others' bytes.
    for (const outbox of flushing.slice(flushed)) flushAtEndOfTurn(outbox);
  }
}
