/**
 * A server: WebSockets by routes, beside plain HTTP, on a port of its own or on a server that the user has.
 *
 * Rule of this file: it listens and it closes. Who comes in is the upgrader's business (upgrader.ts).
 */
import type { Server as HttpServer, IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { ServerOptions as HttpsOptions, Server as HttpsServer } from 'node:https';
import type { AddressInfo, ListenOptions } from 'node:net';
import type { Duplex } from 'node:stream';
import { HeaderFields, listHasToken } from '../protocol/header-fields.ts';
import { type Clock, systemClock } from '../socket/clock.ts';
import { http, https } from '../socket/node-http.ts';
import { type OnError, reporter } from '../socket/on-error.ts';
import { inRange, type SocketOptions } from '../socket/socket-options.ts';
import { checkDrain, closeInBatches, type DrainOptions } from './drain.ts';
import { Group, Groups } from './group.ts';
import { answerToViolation, type HttpAnswer, plainAnswer, writeAnswer } from './http-answer.ts';
import type { OriginPolicy } from './origin.ts';
import { type ResolvedRoute, type Route, resolveRoute } from './route.ts';
import { type ParamsOf, Routes } from './routes.ts';
import type { ServerSocket } from './server-socket.ts';
import { Upgrader } from './upgrader.ts';

/** Routes by path; `/rooms/{room}` has a parameter. Each path's `data` and `params` are typed by its own route. */
export type RouteTable<Datas> = { readonly [Path in keyof Datas]: Route<Datas[Path], ParamsOf<Path & string>> };

export interface ServeOptions<Datas = Record<string, any>> extends SocketOptions {
  readonly routes: RouteTable<Datas>;

  // Where it listens
  /** 0 takes any free port. @default 0 */
  readonly port?: number;
  /** @default every address of the machine */
  readonly host?: string;
  /**
   * Connections that may wait to be accepted, when many come at once; those beyond it try again after 1 s, 3 s and so on. The
   * kernel caps it, on Linux at `net.core.somaxconn`. @default 4096
   */
  readonly backlog?: number;
  /** Serves TLS with these options of `node:https`. */
  readonly tls?: HttpsOptions;
  /** A server of yours to be attached to, instead of one of its own: it listens, closes and answers plain HTTP itself. */
  readonly server?: HttpServer | HttpsServer;
  /** Answers plain HTTP requests at all paths that are no route. @default 404 */
  readonly request?: (request: IncomingMessage, response: ServerResponse) => unknown;

  // Handshakes
  /** For all routes that do not say it themselves. @default 'same-origin' */
  readonly origin?: OriginPolicy;
  /** How long (ms) a client has for its request, and then the `upgrade` hook for its answer. @default 10_000 */
  readonly handshakeTimeout?: number;
  /** Bytes of a request's head; beyond it 431. Not for an attached server, whose own `maxHeaderSize` counts. @default 16 KiB */
  readonly maxHandshakeBytes?: number;
  /** Header fields of a request; beyond it 431. @default 100 */
  readonly maxHeaders?: number;

  /** What goes wrong behind the caller's back: handlers that throw, hooks that reject. @default to stderr */
  readonly onError?: OnError;
  /** Time, for tests. @default systemClock */
  readonly clock?: Clock;
}

export interface CloseOptions {
  /** 1001, going away, or 1012, service restart. @default 1001 */
  readonly code?: 1001 | 1012;
  /** Closes so many sockets at a time, so that not all clients come back in the same moment. @default all at once */
  readonly drain?: DrainOptions;
}

/** Listens, and resolves once it does. @throws RangeError, TypeError on bad options; what `listen` says of the port. */
export async function serve<Datas>(options: ServeOptions<Datas>): Promise<Server> {
  const where = { port: options.port ?? 0, host: options.host, backlog: inRange('backlog', options.backlog, 4096, 1) };
  const server = new Server(options as unknown as ServeOptions);
  if (options.server === undefined) await listen(server.http, where);
  return server;
}

async function listen(http: HttpServer | HttpsServer, where: ListenOptions): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  http.once('error', reject);
  http.listen(where, resolve);
  await promise;
  http.off('error', reject);
}

export class Server {
  /** Node's HTTP server underneath. */
  readonly http: HttpServer | HttpsServer;
  readonly #attached: boolean;
  readonly #clock: Clock;
  readonly #upgrader: Upgrader;
  readonly #onError: OnError;
  readonly #closeTimeout: number;
  readonly #request: ServeOptions['request'];
  /** Answers to plain requests that have not ended. */
  readonly #pages = new Set<ServerResponse>();
  readonly #groups = new Groups();
  readonly #sockets = new Set<ServerSocket<any, any>>();
  readonly #onUpgrade: (request: IncomingMessage, stream: Duplex, head: Uint8Array) => void;
  #closed: Promise<void> | undefined;

  /** Made by `serve`. */
  constructor(options: ServeOptions) {
    const handshakeTimeout = inRange('handshakeTimeout', options.handshakeTimeout, 10_000, 1);
    this.#clock = options.clock ?? systemClock;
    this.#attached = options.server !== undefined;
    this.#onError = reporter(options.onError);
    this.#closeTimeout = inRange('closeTimeout', options.closeTimeout, 10_000, 1);
    this.#request = options.request;
    this.#upgrader = new Upgrader({
      routes: new Routes(resolveRoutes(options)),
      groups: this.#groups,
      clock: this.#clock,
      onError: this.#onError,
      maxHeaders: inRange('maxHeaders', options.maxHeaders, 100, 1),
      handshakeTimeout,
      opened: (socket) => this.#sockets.add(socket),
      closed: (socket) => this.#sockets.delete(socket as ServerSocket<any, any>),
      shared: () => this.#attached && this.http.listenerCount('upgrade') > 1,
    });
    this.#onUpgrade = (request, stream, head) => this.#upgrader.upgrade(request, stream, head);
    this.http = options.server ?? this.#createHttpServer(options, handshakeTimeout);
    this.http.on('upgrade', this.#onUpgrade);
  }

  /** The port that it listens on. */
  get port(): number {
    return (this.http.address() as AddressInfo | null)?.port ?? 0;
  }

  /** Where it can be reached on this machine, for example `ws://localhost:8080`. */
  get url(): string {
    const { address, family } = (this.http.address() as AddressInfo | null) ?? { address: '::', family: 'IPv6' };
    const everywhere = address === '::' || address === '0.0.0.0';
    const host = everywhere ? 'localhost' : family === 'IPv6' ? `[${address}]` : address;
    return `${'setSecureContext' in this.http ? 'wss' : 'ws'}://${host}:${this.port}`;
  }

  /** The sockets that have not been closed. */
  get sockets(): ReadonlySet<ServerSocket<any, any>> {
    return this.#sockets;
  }

  /** The sockets that have joined a group of this name. */
  group(name: string): Group {
    return new Group(name, this.#groups);
  }

  /**
   * Lets nobody in any more, closes every socket with a closing handshake, and resolves when all are gone. A peer that does
   * not answer is cut off after its `closeTimeout`, and so is the answer to a plain request. An attached server goes on
   * listening. Further calls are the same call.
   * @throws RangeError on a code or a drain that makes no sense.
   */
  async close(options: CloseOptions = {}): Promise<void> {
    const { code = 1001, drain } = options;
    if (code !== 1001 && code !== 1012) throw new RangeError(`A server closes with 1001 or 1012, not with ${code}`);
    checkDrain(drain);
    this.#closed ??= this.#close(code, drain);
    await this.#closed;
  }

  async #close(code: number, drain: DrainOptions | undefined): Promise<void> {
    this.#upgrader.close();
    const stopped = this.#attached ? undefined : new Promise((resolve) => this.http.close(resolve));
    await closeInBatches(this.#sockets, code, drain, this.#clock);
    if (this.#attached) {
      this.http.off('upgrade', this.#onUpgrade);
      return;
    }
    await this.#pagesAnswered();
    this.http.closeAllConnections();
    await stopped;
  }

  /** Resolves when no plain request is being answered, or at the end of its time. */
  async #pagesAnswered(): Promise<void> {
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = this.#clock.setTimeout(resolve, this.#closeTimeout);
    const ends = [...this.#pages].map((response) => new Promise((ended) => response.once('close', ended)));
    await Promise.race([Promise.all(ends), late]);
    this.#clock.clearTimeout(timer);
  }

  #createHttpServer(options: ServeOptions, handshakeTimeout: number): HttpServer | HttpsServer {
    const httpOptions = {
      maxHeaderSize: inRange('maxHandshakeBytes', options.maxHandshakeBytes, 16 * 1024, 1),
      headersTimeout: handshakeTimeout,
      // Node's own defaults for the body of a request and for TLS's handshake, held against ours.
      requestTimeout: Math.max(300_000, handshakeTimeout),
      handshakeTimeout,
      connectionsCheckingInterval: Math.max(100, Math.min(1000, handshakeTimeout / 4)),
      // A route may let in requests without Host (`insecureAllowMissingHost`); all others are refused here.
      requireHostHeader: false,
      // Other upgrades than ours are not spoken, so such requests are plain ones (RFC 9110 §7.8). Node 24.9 and later.
      shouldUpgradeCallback: (request: IncomingMessage) => wantsWebSocket(request),
    };
    const answer: RequestListener = (request, response) => this.#answer(request, response);
    const server = options.tls
      ? https.createServer({ ...options.tls, ...httpOptions }, answer)
      : http.createServer(httpOptions, answer);
    // Node would drop header fields beyond 2000 silently; they are counted, and refused, instead (CVE-2024-37890).
    server.maxHeadersCount = 0;
    server.on('clientError', (error, stream) => this.#refuseBroken(error, stream));
    return server;
  }

  /** A request that is no upgrade. */
  #answer(request: IncomingMessage, response: ServerResponse): void {
    const match = this.#upgrader.matchOf(request);
    // RFC 9112 §3.2: "A server MUST respond with a 400 (Bad Request) status code to any HTTP/1.1 request message that lacks a
    // Host header field".
    const hosts = request.headersDistinct.host?.length ?? 0;
    if (match === undefined && hosts !== 1 && request.httpVersion === '1.1')
      return respond(response, plainAnswer(400, 'One Host is needed', []));
    if (match === undefined) {
      if (this.#request === undefined) respond(response, plainAnswer(404, 'There is nothing at this path', []));
      else void this.#answerPage(this.#request, request, response);
      return;
    }
    const violation = this.#upgrader.check(request, match.route);
    // Node hands over every request that asks for an upgrade properly, so one that came here does not.
    const answer = answerToViolation(typeof violation === 'string' ? violation : 'request-upgrade');
    respond(response, answer);
  }

  async #answerPage(
    listener: NonNullable<ServeOptions['request']>,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    this.#pages.add(response);
    response.once('close', () => this.#pages.delete(response));
    try {
      await listener(request, response);
    } catch (error) {
      // Cut short, an answer that has begun is at least not taken for a whole one.
      if (response.headersSent) response.destroy();
      else respond(response, plainAnswer(500, 'The request failed'));
      this.#onError(error, { stage: 'request' });
    }
  }

  /** Answers a request that Node's parser gave up on, or waited for too long. */
  #refuseBroken(error: NodeJS.ErrnoException, stream: Duplex): void {
    // Behind a request whose answer is under way, another one would be taken for a part of it.
    const answering = [...this.#pages].some((response) => response.socket === stream && response.headersSent);
    if (!stream.writable || answering || error.code === 'ECONNRESET') stream.destroy();
    else writeAnswer(stream, answerToBroken(error), this.#clock);
  }
}

function resolveRoutes(options: ServeOptions): Record<string, ResolvedRoute> {
  const { server, request, tls, port, host, backlog } = options;
  if (server !== undefined && (request ?? tls ?? port ?? host ?? backlog) !== undefined) {
    throw new TypeError('An attached server has its own port, backlog, TLS and request listener');
  }
  const routes = Object.entries(options.routes as Record<string, Route<any, any>>);
  return Object.fromEntries(routes.map(([path, route]) => [path, resolveRoute(route, options)]));
}

function answerToBroken(error: NodeJS.ErrnoException): HttpAnswer {
  if (error.code === 'HPE_HEADER_OVERFLOW') return answerToViolation('request-too-large');
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') return plainAnswer(408, 'The request took too long');
  return plainAnswer(400, 'This is not HTTP');
}

function wantsWebSocket(request: IncomingMessage): boolean {
  return listHasToken(new HeaderFields(request.rawHeaders).all('Upgrade'), 'websocket');
}

function respond(response: ServerResponse, { status, headers, body }: HttpAnswer): void {
  response.statusCode = status;
  response.setHeaders(new Map(headers)).end(body);
}
