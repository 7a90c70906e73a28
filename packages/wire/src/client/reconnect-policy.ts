/**
 * Whether to come back after a connection ended, or could not be opened, and what the server asked for when it ended it.
 *
 * Stop where the same attempt would get the same answer, go on where time may heal. What only some openers meet (an HTTP
 * answer, a certificate) their errors say themselves, so that a page does not carry what is Node's.
 */
import type { Closed } from '../protocol/connection.ts';
import type { DelayHint } from './backoff.ts';

/** What an error may say of another attempt. */
export interface JudgedError extends Error {
  /** Whether another attempt with the same arguments may do better. */
  readonly temporary?: boolean;
  /** How long the server wants to be left alone, ms from when it said so. */
  readonly retryAfter?: number | undefined;
}

/** Close codes after which the conversation is over, or would break in the same way again. */
const final: ReadonlySet<number> = new Set([
  1000, // normal closure: the peer has said all
  1002, // protocol error
  1003, // unsupported data
  1007, // invalid payload
  1008, // policy violation
  1009, // message too big
  1010, // an extension that the server lacks
  3000, // unauthorized (IANA registry)
  3003, // forbidden (IANA registry)
]);

/** Errors that another attempt with the same arguments can't mend. */
const finalErrors: ReadonlySet<string> = new Set(['LocalProtocolError', 'RemoteProtocolError', 'SyntaxError']);

/**
 * The default decision. It stops after the close codes 1000, 1002, 1003, 1007 to 1010, 3000 and 3003, after a refusal by
 * HTTP 4xx other than 408, 425 and 429, after a broken handshake, a URL that is none, and a certificate that is not
 * trusted. It goes on after everything else: 1001, 1005, 1006, 1011 to 1014, other codes from 3000 on, HTTP 5xx.
 */
export function shouldReconnect({ code, error }: Closed): boolean {
  const judged = (error as JudgedError | undefined)?.temporary;
  return judged ?? !(final.has(code) || (error !== undefined && finalErrors.has(error.name)));
}

/** A server that goes away, or is busy, is left by all its clients at once, and they should not all be back at once. */
const spreadAfter: Readonly<Record<number, DelayHint>> = {
  1001: { spread: 5_000 },
  1012: { spread: 5_000 },
  1013: { atLeast: 1_000, spread: 10_000 },
};

/** What the server asked for. */
export function delayHint({ code, error }: Closed): DelayHint | undefined {
  const atLeast = (error as JudgedError | undefined)?.retryAfter;
  return atLeast === undefined ? spreadAfter[code] : { atLeast };
}
