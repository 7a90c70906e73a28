/** What a route is told, and what of it is worked out once, before the first client comes. */
import { isToken } from '../protocol/header-fields.ts';
import type { SocketHandlers } from '../socket/socket.ts';
import { type ResolvedSocketOptions, resolveSocketOptions, type SocketOptions } from '../socket/socket-options.ts';
import { type OriginCheck, type OriginPolicy, originCheck } from './origin.ts';
import type { ServerSocket } from './server-socket.ts';
import type { UpgradeRequest } from './upgrade-request.ts';

/** What the `upgrade` hook may say when it lets a client in. */
export interface Acceptance<Data> {
  /** The socket's `data`. */
  readonly data?: Data;
  /** Header fields for the 101 response. */
  readonly headers?: HeadersInit;
  /** One of `request.subprotocols`; goes before the route's own choice. */
  readonly subprotocol?: string;
}

/** Chooses among the subprotocols that a client offers: a list of those that are spoken here, or a function. */
export type SubprotocolChoice =
  | readonly string[]
  | ((offered: readonly string[], request: UpgradeRequest<any>) => string | undefined);

export interface Route<Data = unknown, Params = Record<string, string>>
  extends SocketOptions,
    SocketHandlers<ServerSocket<Data, Params>> {
  /**
   * Asked before the handshake is answered: a `Response` refuses with just that answer, anything else lets the client in.
   * It may take its time, up to `handshakeTimeout`. When it throws, the client gets a 500 without detail.
   */
  upgrade?(
    request: UpgradeRequest<Params>,
  ): Response | Acceptance<Data> | undefined | void | Promise<Response | Acceptance<Data> | undefined | void>;
  /** Which pages may connect. @default 'same-origin' */
  readonly origin?: OriginPolicy | undefined;
  /**
   * With a list, the first that the client offers and the list has is chosen (RFC 6455 §4.1 lets clients order by preference);
   * when nothing fits, none is, and the client decides whether it stays. @default none is spoken
   */
  readonly subprotocols?: SubprotocolChoice;
  /**
   * Lets in handshakes without a Host field, which RFC 6455 §4.2.1 forbids. The default origin policy then refuses every
   * browser that comes without one, as there is nothing to compare with. @default false
   */
  readonly insecureAllowMissingHost?: boolean | undefined;
}

/** A route made ready. */
export interface ResolvedRoute {
  readonly handlers: Route<any, any>;
  readonly options: ResolvedSocketOptions;
  readonly mayConnect: OriginCheck;
  readonly insecureAllowMissingHost: boolean;
  /** No code of the user's decides who may connect, so that it is decided at once. */
  readonly asksNobody: boolean;
}

/**
 * Gives a route back as it is. Around a route in a table it lets TypeScript see that `data`, which an `upgrade` hook with a
 * request returns, is the `data` of the sockets in the handlers below it.
 */
export function route<Data, Params = Record<string, string>>(route: Route<Data, Params>): Route<Data, Params> {
  return route;
}

/** @throws RangeError, TypeError on options that make no sense. */
export function resolveRoute(
  route: Route<any, any>,
  defaults: SocketOptions & { readonly origin?: OriginPolicy },
): ResolvedRoute {
  const { subprotocols = [] } = route;
  if (typeof subprotocols !== 'function' && !(Array.isArray(subprotocols) && subprotocols.every(isToken))) {
    throw new TypeError(`subprotocols is a list of tokens or a function, not ${JSON.stringify(subprotocols)}`);
  }
  return {
    handlers: route,
    options: resolveSocketOptions({
      limits: { ...defaults.limits, ...route.limits },
      compression: route.compression ?? defaults.compression,
      heartbeat: route.heartbeat === undefined ? defaults.heartbeat : route.heartbeat,
      closeTimeout: route.closeTimeout ?? defaults.closeTimeout,
      highWaterMark: route.highWaterMark ?? defaults.highWaterMark,
    }),
    mayConnect: originCheck(route.origin ?? defaults.origin),
    asksNobody: route.upgrade === undefined && typeof (route.origin ?? defaults.origin) !== 'function',
    insecureAllowMissingHost: route.insecureAllowMissingHost ?? false,
  };
}

/** The subprotocol for a client, or none. */
export function chooseSubprotocol(
  choice: SubprotocolChoice | undefined,
  request: UpgradeRequest<any>,
): string | undefined {
  if (typeof choice === 'function') return choice(request.subprotocols, request);
  return request.subprotocols.find((offered) => choice?.includes(offered));
}
