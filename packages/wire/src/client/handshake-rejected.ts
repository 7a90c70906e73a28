/**
 * The server answered the opening handshake with something other than 101: RFC 6455 §4.1 leaves the answer to HTTP, and HTTP
 * says whether, and when, another attempt makes sense.
 */
import type { JudgedError } from './reconnect-policy.ts';

export interface HandshakeAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** The body as text, at most its first 64 KiB. */
  readonly body: string;
}

/** The server refused: a redirect, a challenge, an error page. Redirects are not followed; `headers` has their target. */
export class HandshakeRejected extends Error implements JudgedError {
  override readonly name = 'HandshakeRejected';
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
  /** Whether another attempt may be answered otherwise: it is false after 4xx other than 408, 425 and 429. */
  readonly temporary: boolean;
  /** `Retry-After` (RFC 9110 §10.2.3) in ms, five minutes at most; `undefined` when there is none that can be read. */
  readonly retryAfter: number | undefined;

  /** @param now the date, ms since 1970, for a `Retry-After` that names one */
  constructor(answer: HandshakeAnswer, now: number = Date.now()) {
    super(`The server answered the opening handshake with status ${answer.status} instead of 101`);
    this.status = answer.status;
    this.headers = answer.headers;
    this.body = answer.body;
    const { status } = answer;
    this.temporary = status < 400 || status >= 500 || status === 408 || status === 425 || status === 429;
    this.retryAfter = retryAfter(answer.headers.get('Retry-After'), now);
  }
}

const longestRetryAfter = 300_000;

/** RFC 9110 §10.2.3: `Retry-After = HTTP-date / delay-seconds`. */
function retryAfter(value: string | null, now: number): number | undefined {
  if (value === null) return undefined;
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Math.max(0, Date.parse(value) - now);
  return Number.isNaN(ms) ? undefined : Math.min(ms, longestRetryAfter);
}
