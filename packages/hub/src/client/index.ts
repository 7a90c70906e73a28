/** The front door in Node: the same client as in a browser, over Tidewire's own socket. */
import { type NodeOpenerOptions, nodeOpener } from 'tidewire';
import type { Contract } from '../contract/contract.ts';
import type { ClientOptions } from './client-options.ts';
import { type HubClient, openHub } from './hub-client.ts';
import { subprotocolOf } from './link.ts';

export * from './public.ts';

/** How a connection is opened, beside what every client can be told. */
export interface HubOptions extends ClientOptions, Pick<NodeOpenerOptions, 'headers' | 'origin' | 'tls' | 'agent'> {}

/**
 * Connects to a hub, and comes back whenever the connection is lost. Nothing is thrown later: `closed`, `watch` and
 * `onError` tell how it goes.
 * @param url `ws:`, `wss:`, `http:` or `https:`
 */
export function connectHub<C extends Contract>(contract: C, url: string | URL, options: HubOptions = {}): HubClient<C> {
  const { headers, origin, tls, agent } = options;
  const subprotocols = [subprotocolOf(options.serializer)];
  return openHub(contract, nodeOpener(url, { headers, origin, tls, agent, subprotocols }), options);
}
