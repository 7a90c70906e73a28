/**
 * The end of a turn of the event loop, when what was put out during it is written: one write per socket, however many
 * messages it carries. Nobody waits for it: the check phase comes before the loop blocks again.
 *
 * Whoever gathers messages of a turn has its say first, so that what it sends still goes into that write.
 */

interface Flushable {
  flush(): void;
}

let gathering: (() => void)[] = [];
let waiting: Flushable[] = [];
let scheduled = false;

/**
 * Calls `work` when this turn's callbacks have run, before what was sent in it is written: for whoever wants to send at once
 * what came up in several callbacks. What `work` throws is an uncaught exception.
 */
export function atEndOfTurn(work: () => void): void {
  gathering.push(work);
  schedule();
}

/** Flushes `outbox` when this turn's callbacks have run. */
export function flushAtEndOfTurn(outbox: Flushable): void {
  waiting.push(outbox);
  schedule();
}

function schedule(): void {
  if (scheduled) return;
  scheduled = true;
  setImmediate(endTurn);
}

/** So many streams that end in a turn make it a long one. */
const manyEnds = 64;
let ends = 0;

/**
 * A stream has broken or ended. When thousands do in one turn, what waits for the end of it is written in between: those who
 * are still there would else wait for all of them.
 */
export function streamEnded(): void {
  if (++ends % manyEnds === 0 && scheduled) runTurn();
}

function endTurn(): void {
  try {
    runTurn();
  } finally {
    scheduled = false;
    if (gathering.length > 0 || waiting.length > 0) schedule();
  }
}

function runTurn(): void {
  const works = gathering;
  let flushing: Flushable[] = [];
  let worked = 0;
  let flushed = 0;
  gathering = [];
  try {
    while (worked < works.length) works[worked++]!();
    flushing = waiting;
    waiting = [];
    while (flushed < flushing.length) flushing[flushed++]!.flush();
  } finally {
    // Work or a stream that throws must not keep the others' bytes.
    if (worked < works.length) gathering = [...works.slice(worked), ...gathering];
    if (flushed < flushing.length) waiting = [...flushing.slice(flushed), ...waiting];
  }
}
