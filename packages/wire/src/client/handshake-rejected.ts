/** The server answered the opening handshake with something other than 101: RFC 6455 §4.1 leaves the answer to HTTP. */

export interface HandshakeAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** The body as text, at most its first 64 KiB. */
  readonly body: string;
}

/** The server refused: a redirect, a challenge, an error page. Redirects are not followed; `headers` has their target. */
export class HandshakeRejected extends Error {
  override readonly name = 'HandshakeRejected';
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;

  constructor(answer: HandshakeAnswer) {
    super(`The server answered the opening handshake with status ${answer.status} instead of 101`);
    this.status = answer.status;
    this.headers = answer.headers;
    this.body = answer.body;
  }
}
