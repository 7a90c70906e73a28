/**
 * Whether to come back after a connection ended, or could not be opened, and what the server asked for when it ended it.
 *
 * Stop where the same attempt would get the same answer, go on where time may heal.
 */
import type { Closed } from '../protocol/connection.ts';
import type { DelayHint } from './backoff.ts';
import type { HandshakeRejected } from './handshake-rejected.ts';

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
export function shouldReconnect(closed: Closed): boolean {
  const { error } = closed;
  if (isRejection(error)) {
    const { status } = error;
    return status < 400 || status >= 500 || status === 408 || status === 425 || status === 429;
  }
  if (error !== undefined && (finalErrors.has(error.name) || isCertificateError(error))) return false;
  return !final.has(closed.code);
}

/** A server that goes away, or is busy, is left by all its clients at once, and they should not all be back at once. */
const spreadAfter: Readonly<Record<number, DelayHint>> = {
  1001: { spread: 5_000 },
  1012: { spread: 5_000 },
  1013: { atLeast: 1_000, spread: 10_000 },
};

/** What the server asked for; `Retry-After` counts for at most this many ms. */
const longestRetryAfter = 300_000;

/** @param now the date, ms since 1970, for a `Retry-After` that names one */
export function delayHint(closed: Closed, now: number): DelayHint | undefined {
  if (!isRejection(closed.error)) return spreadAfter[closed.code];
  const atLeast = retryAfter(closed.error.headers.get('Retry-After'), now);
  return atLeast === undefined ? undefined : { atLeast: Math.min(atLeast, longestRetryAfter) };
}

/** RFC 9110 §10.2.3: `Retry-After = HTTP-date / delay-seconds`, as ms from now; `undefined` when it is neither. */
function retryAfter(value: string | null, now: number): number | undefined {
  if (value === null) return undefined;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

function isRejection(error: Error | undefined): error is HandshakeRejected {
  return error?.name === 'HandshakeRejected';
}

/** Node names the errors of certificate checks in this way. In a browser they look like any other failure. */
function isCertificateError(error: Error): boolean {
  const { code } = error as { code?: unknown };
  return (
    typeof code === 'string' && /^(?:CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_(?:GET|VERIFY)_|ERR_TLS_CERT_)/.test(code)
  );
}
