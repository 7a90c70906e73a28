/** A hub that can be put into a server's table of routes as it is. */
import type { Closed, Route, ServerSocket, UpgradeRequest } from 'tidewire';
import type { Contract } from './contract/contract.ts';
import { Hub, type HubOptions } from './hub/hub.ts';
import { type HubRouteOptions, type HubSocketData, hubRoute } from './hub-route.ts';

export interface CreateHubOptions extends HubOptions {
  /** How it behaves as a route. */
  readonly route?: HubRouteOptions;
}

type Own = Route<HubSocketData, any>;

/** A hub, and the route that leads to it. Further routes to the same hub are made by `hubRoute`. */
export class RoutedHub<C extends Contract = Contract> extends Hub<C> implements Own {
  readonly limits: Own['limits'];
  readonly compression: Own['compression'];
  readonly heartbeat: Own['heartbeat'];
  readonly closeTimeout: Own['closeTimeout'];
  readonly highWaterMark: Own['highWaterMark'];
  readonly origin: Own['origin'];
  readonly insecureAllowMissingHost: Own['insecureAllowMissingHost'];
  readonly #route: Own;

  /** Made by `createHub`. @throws RangeError, TypeError on options that make no sense */
  constructor(contract: C, options: CreateHubOptions = {}) {
    super(contract, options);
    const route = hubRoute(this, options.route);
    this.#route = route;
    this.limits = route.limits;
    this.compression = route.compression;
    this.heartbeat = route.heartbeat;
    this.closeTimeout = route.closeTimeout;
    this.highWaterMark = route.highWaterMark;
    this.origin = route.origin;
    this.insecureAllowMissingHost = route.insecureAllowMissingHost;
  }

  /** For the server. */
  upgrade(request: UpgradeRequest<any>): ReturnType<NonNullable<Own['upgrade']>> {
    return this.#route.upgrade!(request);
  }

  /** For the server. */
  open(socket: ServerSocket<HubSocketData, any>): unknown {
    return this.#route.open!(socket);
  }

  /** For the server. */
  message(socket: ServerSocket<HubSocketData, any>, data: string | Uint8Array): unknown {
    return this.#route.message!(socket, data);
  }

  /** For the server. */
  pong(socket: ServerSocket<HubSocketData, any>, payload: Uint8Array): void {
    this.#route.pong!(socket, payload);
  }

  /**
   * Ends every session, lets nobody in any more, and stops the engine. The server calls it with a socket, which says only
   * that this socket has ended.
   */
  override async close(socket?: ServerSocket<HubSocketData, any>, closed?: Closed): Promise<void> {
    if (socket === undefined) await super.close();
    else this.#route.close!(socket, closed!);
  }
}

/**
 * Makes a hub for a contract. `serve({ routes: { '/realtime': hub } })` lets WAMP clients in, the SDK among them.
 * @throws RangeError, TypeError on options that make no sense
 */
export function createHub<C extends Contract>(contract: C, options: CreateHubOptions = {}): RoutedHub<C> {
  return new RoutedHub(contract, options);
}
