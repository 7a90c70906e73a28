/** The front door for pages and workers: the same client as in Node, over the WebSocket that the browser brings. */
import { browserPage, nativeOpener } from 'tidewire/browser';
import type { Contract } from '../contract/contract.ts';
import type { BrowserHubOptions } from './client-options.ts';
import { type HubClient, openHub } from './hub-client.ts';
import { subprotocolOf } from './link.ts';

export * from './public.ts';

/**
 * Connects to a hub, and comes back whenever the connection is lost. Nothing is thrown later: `closed`, `watch` and
 * `onError` tell how it goes.
 * @param url may be relative to the page: `/realtime`
 */
export function connectHub<C extends Contract>(
  contract: C,
  url: string | URL,
  options: BrowserHubOptions = {},
): HubClient<C> {
  const { base, WebSocket } = options;
  const opener = nativeOpener({ url, base, WebSocket, subprotocols: [subprotocolOf(options.serializer)] });
  // A browser sends no Pings of its own accord.
  return openHub(contract, opener, { page: browserPage(), watchdog: { interval: 25_000 }, ...options });
}
