/**
 * The last step of sockets that have ended: their close handlers. When a network fails, thousands end in one turn of the event
 * loop, and what their handlers do would keep everybody else waiting: so the first of a turn are told in it, and the others in
 * the next turns, as many in each. In between the loop reads and writes for those who are still there.
 */
import { Fifo } from './fifo.ts';

interface Ending {
  end(): void;
}

/** So many in a turn; at 10 µs each, half a millisecond. */
const mostInTurn = 64;

const waiting = new Fifo<Ending>();
let inTurn = 0;
let scheduled = false;

/** Calls `end` of a socket's inbox behind what is under way now, in the order in which they ended. */
export function endSoon(inbox: Ending): void {
  if (inTurn < mostInTurn && waiting.length === 0) {
    inTurn++;
    queueMicrotask(() => inbox.end());
  } else waiting.push(inbox);
  schedule();
}

function schedule(): void {
  if (scheduled) return;
  scheduled = true;
  setImmediate(nextTurn);
}

function nextTurn(): void {
  scheduled = false;
  inTurn = 0;
  try {
    while (inTurn < mostInTurn && waiting.length > 0) {
      inTurn++;
      waiting.shift()!.end();
    }
  } finally {
    // Also when one of them has thrown, or there would be no more turns for the others.
    if (inTurn > 0) schedule();
  }
}
