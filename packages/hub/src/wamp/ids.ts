/**
 * WAMP's ids, Basic Profile "IDs": integers from 1 to 2^53, both included.
 *
 * Session and publication ids (global scope) are random and uniform, and the hub's (hub/random-id.ts); request ids (session scope) count from 1 in each
 * direction. `2^53` is the one id that is no "safe integer" of JavaScript, though a number holds it exactly.
 */

/** The largest id: 2^53. */
export const maxId: number = 2 ** 53;

/** Whether a value that came from a peer is an id. */
export function isId(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= maxId;
}

/** The request id that follows `previous` in one direction of a session: 1 after 0 (no request yet) and after 2^53. */
export function nextRequestId(previous: number): number {
  return previous >= maxId ? 1 : previous + 1;
}
