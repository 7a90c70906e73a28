/**
 * The client's side of the opening handshake over node:http and node:https: they open the stream and parse HTTP, the rules
 * are those of protocol/. Whatever way it fails, the stream is destroyed and nobody's listener stays behind.
 */
import { Buffer } from 'node:buffer';
import type { Agent, ClientRequest, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ConnectionOptions as TlsOptions } from 'node:tls';
import { LocalProtocolError, RemoteProtocolError } from '../protocol/errors.ts';
import { createKey } from '../protocol/handshake.ts';
import { requestFields } from '../protocol/handshake-request.ts';
import { checkResponse, type OpeningResponse } from '../protocol/handshake-response.ts';
import { HeaderFields } from '../protocol/header-fields.ts';
import { type DeflateOptions, offerDeflate } from '../protocol/permessage-deflate.ts';
import type { Clock } from '../socket/clock.ts';
import { http, https } from '../socket/node-http.ts';
import { nodePlatform } from '../socket/node-platform.ts';
import { HandshakeRejected } from './handshake-rejected.ts';

/** Header fields as `fetch` takes them, and lists of values as well. */
export type HeaderOptions =
  | Iterable<readonly [name: string, value: string]>
  | Readonly<Record<string, string | readonly string[]>>;

export interface Upgrade {
  readonly url: URL;
  readonly headers: HeaderOptions;
  readonly subprotocols: readonly string[];
  readonly origin: string | undefined;
  readonly deflate: DeflateOptions | undefined;
  readonly tls: TlsOptions;
  readonly agent: Agent | undefined;
  readonly handshakeTimeout: number;
  readonly maxHandshakeBytes: number;
  readonly maxHeaders: number;
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
}

export interface Upgraded extends OpeningResponse {
  readonly stream: Duplex;
  readonly head: Uint8Array;
  /** `Sec-WebSocket-Extensions` of the response. */
  readonly extensions: string;
}

/** What is kept of the body of a refusal, in bytes. */
const maxBodyBytes = 64 * 1024;

/** @throws HandshakeRejected, RemoteProtocolError, LocalProtocolError, a TimeoutError, the signal's reason, or Node's error */
export async function upgrade(target: Upgrade): Promise<Upgraded> {
  const { url, signal, subprotocols, maxHeaders } = target;
  signal?.throwIfAborted();
  const key = createKey(nodePlatform.random);
  const deflate = target.deflate && offerDeflate(target.deflate);
  const fields = requestFields({
    host: url.host,
    key,
    subprotocols,
    extensions: deflate && [deflate.extension],
    origin: target.origin,
    headers: withCredentials(url, [...pairs(target.headers)]),
  });
  const request = send(target, fields);
  return new Promise<Upgraded>((resolve, reject) => {
    const check = (rawHeaders: readonly string[]): Omit<Upgraded, 'stream' | 'head'> | RemoteProtocolError => {
      const headers = new HeaderFields(rawHeaders);
      const response = checkResponse(
        { status: 101, headers },
        { key, subprotocols, deflate: deflate?.offer, maxHeaders },
      );
      if (typeof response === 'string') return new RemoteProtocolError(response);
      return { ...response, extensions: headers.all('Sec-WebSocket-Extensions').join(', ') };
    };
    const settle = () => {
      target.clock.clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    };
    const fail = (error: unknown) => {
      settle();
      // What is destroyed may still report errors, to which nobody listens any more.
      request.on('error', () => {});
      request.destroy();
      reject(error);
    };
    const abort = () => fail(signal!.reason);
    let refused = false;
    const timeOut = () => {
      // A refusal whose body does not end is told with what there is of it: its status says more than the time.
      if (refused) request.destroy();
      else fail(timeoutError(target.handshakeTimeout));
    };
    const timer = target.clock.setTimeout(timeOut, target.handshakeTimeout);
    signal?.addEventListener('abort', abort, { once: true });
    request.on('error', (error) => fail(explained(error, target.maxHandshakeBytes)));
    request.on('upgrade', (response, stream, head) => {
      stream.on('error', ignore);
      const upgraded = check(response.rawHeaders);
      if (upgraded instanceof Error) {
        stream.destroy();
        return fail(upgraded);
      }
      settle();
      resolve({ ...upgraded, stream, head });
    });
    request.on('response', (response) => {
      // To Node, a 101 without the two header fields of an upgrade is a response like any other.
      if (response.statusCode === 101) return fail(check(response.rawHeaders));
      refused = true;
      readBody(response).then((body) => {
        const headers = new Headers();
        for (const [name, value] of new HeaderFields(response.rawHeaders)) headers.append(name, value);
        fail(new HandshakeRejected({ status: response.statusCode!, headers, body }));
      });
    });
    request.end();
  });
}

function send(target: Upgrade, fields: readonly (readonly [string, string])[]): ClientRequest {
  const { url, maxHeaders, maxHandshakeBytes } = target;
  const secure = url.protocol === 'wss:';
  const request = (secure ? https : http).request({
    ...(secure ? target.tls : undefined),
    // Each connection is one of its own, unless the caller's agent knows another way (a proxy, a Unix socket).
    agent: target.agent ?? false,
    method: 'GET',
    // Node wants an IPv6 address without its brackets.
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? (secure ? 443 : 80) : url.port,
    path: url.pathname + url.search,
    // In this order, and nothing else.
    headers: fields.flat() as unknown as OutgoingHttpHeaders,
    setDefaultHeaders: false,
    maxHeaderSize: maxHandshakeBytes,
    insecureHTTPParser: false,
  });
  // Node drops what is above the maximum silently: one more lets it be noticed.
  request.maxHeadersCount = maxHeaders + 1;
  return request;
}

/** The body of a refusal as far as it comes: cut at 64 KiB, and where the stream or the patience ends. */
function readBody(response: IncomingMessage): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    response.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size >= maxBodyBytes) done();
    });
    const done = () => resolve(Buffer.concat(chunks).subarray(0, maxBodyBytes).toString());
    response.on('error', done);
    response.on('close', done);
    response.on('end', done);
  });
}

/** RFC 7617: user and password of the URL, unless the caller has an `Authorization` of his own. */
function withCredentials(url: URL, headers: (readonly [string, string])[]): (readonly [string, string])[] {
  if (url.username === '' && url.password === '') return headers;
  if (headers.some(([name]) => name.toLowerCase() === 'authorization')) return headers;
  let credentials: string;
  try {
    credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  } catch (cause) {
    throw new LocalProtocolError('User and password in the URL are not percent-encoded UTF-8', { cause });
  }
  return [...headers, ['Authorization', `Basic ${Buffer.from(credentials).toString('base64')}`]];
}

function* pairs(headers: HeaderOptions): Generator<readonly [string, string]> {
  if (Symbol.iterator in headers) {
    for (const [name, value] of headers as Iterable<readonly [string, string]>) yield [name, `${value}`];
    return;
  }
  for (const [name, values] of Object.entries(headers)) {
    for (const value of Array.isArray(values) ? values : [values]) yield [name, `${value}`];
  }
}

function explained(error: Error & { code?: string }, maxBytes: number): Error {
  if (error.code !== 'HPE_HEADER_OVERFLOW') return error;
  return new RemoteProtocolError('response-too-large', `more than ${maxBytes} bytes`, { cause: error });
}

function timeoutError(ms: number): DOMException {
  return new DOMException(`The server did not complete the opening handshake within ${ms} ms`, 'TimeoutError');
}

function ignore(): void {}
