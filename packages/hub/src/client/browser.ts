/** (being written) The front door for pages and workers. */
import type { Contract } from '../hub/contract.ts';
import type { BrowserHubOptions, ClientOptions } from './client-options.ts';
import type { HubClient } from './hub-client.ts';

export { anything, type Contract, defineContract } from '../hub/contract.ts';
export { HubError } from '../hub/errors.ts';
export type { BrowserHubOptions, ClientOptions };

/** Connects to a hub. @param url may be relative to the page: `/realtime` */
export function connectHub<C extends Contract>(
  _contract: C,
  _url: string | URL,
  _options: BrowserHubOptions = {},
): HubClient<C> {
  throw new Error('being written');
}
