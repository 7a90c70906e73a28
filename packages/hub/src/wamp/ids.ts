/**
 * WAMP's ids, Basic Profile "IDs": integers from 1 to 2^53, both included.
 *
 * Session and publication ids (global scope) are random and uniform; request ids (session scope) count from 1 in each
 * direction. `2^53` is the one id that is no "safe integer" of JavaScript, though a number holds it exactly.
 */

/** The largest id: 2^53. */
export const maxId: number = 2 ** 53;

/** Whether a value that came from a peer is an id. */
export function isId(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= maxId;
}

// Random numbers are drawn 128 ids at a time: a call of getRandomValues costs more than most of a publication's other work.
const poolSize = 256;
const pool: Uint32Array<ArrayBuffer> = /* @__PURE__ */ new Uint32Array(poolSize);
let drawn = poolSize;

/** A random id of the global scope, drawn uniformly from 1 to 2^53 by a cryptographic generator. */
export function randomId(): number {
  if (drawn === poolSize) {
    globalThis.crypto.getRandomValues(pool);
    drawn = 0;
  }
  const high = pool[drawn++]! & 0x1f_ffff;
  const low = pool[drawn++]!;
  return high * 2 ** 32 + low + 1;
}

/** The request id that follows `previous` in one direction of a session: 1 after 0 (no request yet) and after 2^53. */
export function nextRequestId(previous: number): number {
  return previous >= maxId ? 1 : previous + 1;
}

/** The request ids of one direction of a session, in sequence. */
export class RequestIds {
  #last = 0;

  next(): number {
    this.#last = nextRequestId(this.#last);
    return this.#last;
  }
}
