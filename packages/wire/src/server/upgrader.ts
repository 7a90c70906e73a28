/**
 * The server's side of the opening handshake, RFC 6455 §4.2: from Node's `'upgrade'` event to an open socket, or to an HTTP
 * answer that says why not.
 *
 *   head ─▶ checkRequest ─▶ route ─▶ origin ─▶ upgrade hook ─▶ subprotocol, permessage-deflate ─▶ 101
 *             400 405 426 431   404      403       its Response          500
 *
 * Rule of this file: whatever a client sends, it gets one answer, and the stream is ended. Nothing is left behind.
 */
import type { IncomingMessage } from 'node:http';
import { Socket as TcpSocket } from 'node:net';
import type { Duplex } from 'node:stream';
import { checkRequest, type OpeningRequest } from '../protocol/handshake-request.ts';
import { responseFields } from '../protocol/handshake-response.ts';
import { HeaderFields, serializeExtensions } from '../protocol/header-fields.ts';
import { acceptDeflate } from '../protocol/permessage-deflate.ts';
import type { RequestViolation } from '../protocol/violations.ts';
import type { Clock } from '../socket/clock.ts';
import { nodePlatform } from '../socket/node-platform.ts';
import type { OnError } from '../socket/on-error.ts';
import type { Groups } from './group.ts';
import {
  answerFrom,
  answerToViolation,
  type HttpAnswer,
  headOf,
  ignoreError,
  plainAnswer,
  writeAnswer,
} from './http-answer.ts';
import { type Acceptance, chooseSubprotocol, type ResolvedRoute } from './route.ts';
import type { Match, Routes } from './routes.ts';
import { ServerSocket } from './server-socket.ts';
import { UpgradeRequest } from './upgrade-request.ts';

export interface UpgraderOptions {
  readonly routes: Routes<ResolvedRoute>;
  readonly groups: Groups;
  readonly clock: Clock;
  readonly onError: OnError;
  readonly maxHeaders: number;
  readonly handshakeTimeout: number;
  /** A socket is open; its handlers have not been called yet. */
  opened(socket: ServerSocket<any, any>): void;
  /** It has ended; its handlers have not been told yet. */
  readonly closed: (socket: unknown) => void;
  /** True when another listener may know a path that we don't. */
  shared(): boolean;
}

/** RFC 6455 §4.2.2: "the server … MUST return an appropriate HTTP error code (e.g., 403 Forbidden)". */
const otherOrigin = plainAnswer(403, 'Pages of this origin may not connect here');

export class Upgrader {
  readonly #options: UpgraderOptions;
  /** Those that wait for the hook's answer. */
  readonly #candidates = new Set<Candidate>();
  #closed = false;

  constructor(options: UpgraderOptions) {
    this.#options = options;
  }

  /** Lets nobody in any more, those who wait included. */
  close(): void {
    this.#closed = true;
    for (const { abort } of this.#candidates) abort.abort(new Error('This server is going away'));
  }

  /** Takes a request over from Node's HTTP server. Never throws, never rejects. */
  upgrade(request: IncomingMessage, stream: Duplex, head: Uint8Array): void {
    const match = this.matchOf(request);
    if (match === undefined && this.#options.shared()) return;
    const opening = this.check(request, match?.route);
    if (typeof opening === 'string') return this.#refuse(stream, answerToViolation(opening));
    if (match === undefined) return this.#refuse(stream, plainAnswer(404, 'There is nothing at this path'));
    if (this.#closed) return this.#refuse(stream, plainAnswer(503, 'This server is going away'));
    const candidate = new Candidate(request, stream, head, opening, match);
    if (match.route.asksNobody) this.#decideAtOnce(candidate);
    else {
      // While the answer is awaited, a stream that breaks must not take the process with it.
      stream.on('error', ignoreError);
      void this.#decide(candidate);
    }
  }

  /** The route of a request's path, if it has one. */
  matchOf(request: IncomingMessage): Match<ResolvedRoute> | undefined {
    const target = request.url ?? '';
    // RFC 6455 §4.2.1 lets the target be an absolute URI too.
    const path = target.startsWith('/') ? withoutQuery(target) : (URL.parse(target)?.pathname ?? '');
    return this.#options.routes.match(path);
  }

  /** Judges a request as an opening handshake; a string is the violation. */
  check(request: IncomingMessage, route: ResolvedRoute | undefined): OpeningRequest | RequestViolation {
    const head = {
      method: request.method ?? '',
      target: request.url ?? '',
      httpVersion: request.httpVersion,
      headers: new HeaderFields(request.rawHeaders),
    };
    const { maxHeaders } = this.#options;
    return checkRequest(head, { maxHeaders, insecureAllowMissingHost: route?.insecureAllowMissingHost ?? false });
  }

  /** Most routes ask no code of their user's, which could take its time: then nothing has to be watched meanwhile. */
  #decideAtOnce(candidate: Candidate): void {
    const { stream, match, request } = candidate;
    try {
      if (match.route.mayConnect(request.origin, request)) this.#accept(candidate, {});
      else this.#refuse(stream, otherOrigin);
    } catch (error) {
      this.#options.onError(error, { stage: 'upgrade' });
      this.#refuse(stream, plainAnswer(500, 'The handshake failed'));
    }
  }

  async #decide(candidate: Candidate): Promise<void> {
    const { stream, match, request, abort } = candidate;
    const { clock, handshakeTimeout, onError } = this.#options;
    const late = () => abort.abort(new DOMException('The handshake took too long', 'TimeoutError'));
    const timer = clock.setTimeout(late, handshakeTimeout);
    const unwatch = watchEnd(stream, () => {
      abort.abort(new Error('The client has gone away'));
      stream.destroy();
    });
    this.#candidates.add(candidate);
    let answer: Acceptance<unknown> | HttpAnswer;
    try {
      answer = await Promise.race([this.#ask(match.route, request), aborted(abort.signal)]).finally(unwatch);
      abort.signal.throwIfAborted();
      if (!isAnswer(answer)) this.#accept(candidate, answer);
    } catch (error) {
      if (abort.signal.aborted) answer = plainAnswer(503, abort.signal.reason.message);
      else {
        answer = plainAnswer(500, 'The handshake failed');
        onError(error, { stage: 'upgrade' });
      }
    } finally {
      clock.clearTimeout(timer);
      this.#candidates.delete(candidate);
    }
    if (isAnswer(answer)) this.#refuse(stream, answer);
  }

  #refuse(stream: Duplex, answer: HttpAnswer): void {
    writeAnswer(stream, answer, this.#options.clock);
  }

  /** Asks the origin policy and the route's hook. */
  async #ask(route: ResolvedRoute, request: UpgradeRequest): Promise<Acceptance<unknown> | HttpAnswer> {
    if (!(await route.mayConnect(request.origin, request))) return otherOrigin;
    const answer = await route.handlers.upgrade?.(request);
    return isResponse(answer) ? answerFrom(answer) : (answer ?? {});
  }

  /** Answers 101 and opens the socket. Throws only before the first byte is written. */
  #accept(candidate: Candidate, acceptance: Acceptance<unknown>): void {
    const { stream, opening, match, request } = candidate;
    if (stream.destroyed) {
      stream.on('error', ignoreError);
      return;
    }
    const { handlers, options } = match.route;
    const subprotocol = acceptance.subprotocol ?? chooseSubprotocol(handlers.subprotocols, request);
    const deflate = options.compression && acceptDeflate(opening.extensions, options.compression);
    const extensions = deflate ? [deflate.extension] : [];
    const headers = acceptance.headers === undefined ? undefined : new Headers(acceptance.headers);
    const fields = responseFields(opening, { subprotocol, extensions, headers }, nodePlatform);
    stream.write(headOf(101, fields), 'latin1');
    if (stream instanceof TcpSocket) stream.setNoDelay(true).setTimeout(0);
    const socket = new ServerSocket({
      role: 'server',
      stream,
      head: candidate.head,
      url: shared(request.target),
      subprotocol: subprotocol ?? '',
      deflate: deflate?.agreement,
      extensions: serializeExtensions(extensions),
      options,
      data: acceptance.data,
      onError: this.#options.onError,
      clock: this.#options.clock,
      params: match.params,
      origin: opening.origin,
      groups: this.#options.groups,
      onClosed: this.#options.closed,
    });
    this.#options.opened(socket);
    socket.consume(handlers);
  }
}

/** One client that wants to come in. */
class Candidate {
  readonly stream: Duplex;
  readonly head: Uint8Array;
  readonly opening: OpeningRequest;
  readonly match: Match<ResolvedRoute>;
  readonly request: UpgradeRequest;
  #abort: AbortController | undefined;

  constructor(
    raw: IncomingMessage,
    stream: Duplex,
    head: Uint8Array,
    opening: OpeningRequest,
    match: Match<ResolvedRoute>,
  ) {
    this.stream = stream;
    this.head = head;
    this.opening = opening;
    this.match = match;
    this.request = new UpgradeRequest(raw, opening, match.params, () => this.abort.signal);
  }

  /** Ends the wait for the hook's answer. */
  get abort(): AbortController {
    this.#abort ??= new AbortController();
    return this.#abort;
  }
}

/** Calls when the peer has ended the stream, of which only a reader is told. What comes stays in the stream, and bounded. */
function watchEnd(stream: Duplex, ended: () => void): () => void {
  const read = () => {
    if (stream.readableLength === 0) stream.read();
  };
  stream.on('readable', read).once('end', ended).once('close', ended);
  return () => stream.off('readable', read).off('end', ended).off('close', ended);
}

/** `instanceof Response` would make Node load its whole Fetch implementation, which a server may never need. */
function isResponse(answer: object | undefined | void): answer is Response {
  return typeof answer === 'object' && answer !== null && 'arrayBuffer' in answer;
}

function isAnswer(answer: Acceptance<unknown> | HttpAnswer): answer is HttpAnswer {
  return 'status' in answer;
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

/** Nearly all come to the same place, and each would keep a text of its own for it. */
let latestTarget = '';

function shared(target: string): string {
  if (target !== latestTarget) latestTarget = target;
  return latestTarget;
}

function withoutQuery(target: string): string {
  const query = target.indexOf('?');
  return query === -1 ? target : target.slice(0, query);
}
