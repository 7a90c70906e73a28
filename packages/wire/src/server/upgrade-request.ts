/** What a client asked for, as the `upgrade` hook sees it. What it needs later, it takes out: nothing of this is kept. */
import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { OpeningRequest } from '../protocol/handshake-request.ts';

export class UpgradeRequest<Params = Record<string, string>> {
  /** The values of the names in braces of the route's path. */
  readonly params: Params;
  /** The subprotocols that the client offers, the one that it likes best first. */
  readonly subprotocols: readonly string[];
  /** The origin of the page that asks; `undefined` when it is not a browser. */
  readonly origin: string | undefined;
  /** Node's own request. */
  readonly raw: IncomingMessage;
  readonly #signal: () => AbortSignal;
  #headers: Headers | undefined;

  /** @param signal makes the signal for the first who asks. */
  constructor(raw: IncomingMessage, opening: OpeningRequest, params: Params, signal: () => AbortSignal) {
    this.raw = raw;
    this.params = params;
    this.subprotocols = opening.subprotocols;
    this.origin = opening.origin;
    this.#signal = signal;
  }

  /** Aborted when the client goes away, or `handshakeTimeout` is over, before the hook has answered. */
  get signal(): AbortSignal {
    return this.#signal();
  }

  /** The path and query as they came. */
  get target(): string {
    return this.raw.url ?? '/';
  }

  /** The URL that was asked for; its host is what the client says it is. */
  get url(): URL {
    // Put together, not resolved: to a URL parser, "//rooms/42" would be a path on the host "rooms".
    const here = `${this.secure ? 'wss' : 'ws'}://${this.raw.headers.host ?? 'localhost'}`;
    return new URL(this.target.startsWith('/') ? here + this.target : this.target);
  }

  get headers(): Headers {
    if (this.#headers !== undefined) return this.#headers;
    const headers = new Headers();
    const { rawHeaders } = this.raw;
    for (let i = 0; i < rawHeaders.length; i += 2) headers.append(rawHeaders[i]!, rawHeaders[i + 1]!);
    this.#headers = headers;
    return headers;
  }

  /** The connection has TLS up to this very process. */
  get secure(): boolean {
    return (this.raw.socket as TLSSocket).encrypted === true;
  }

  /** The IP address at the other end of the stream, a proxy's where there is one. */
  get remoteAddress(): string {
    return this.raw.socket.remoteAddress ?? '';
  }
}
