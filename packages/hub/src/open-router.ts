/**
 * A WAMP router as the ecosystem's clients expect one by default: anybody publishes and subscribes to any URI, registers and
 * calls any procedure. Nothing is kept, and nobody is asked who they are, so it is for trusted networks and for trying out.
 */

import { anything } from './contract/contract.ts';
import { type CreateHubOptions, createHub, type RoutedHub } from './create-hub.ts';
import { everyone } from './hub/access.ts';

/** Every topic, of whatever. */
const openContract: { readonly topics: { readonly '**': typeof anything }; readonly calls: Record<never, never> } = {
  topics: { '**': anything },
  calls: {},
};

/** Makes one, for the realm `realm1`. Calls take as long as they take, and publications up to 1 MiB, unless `options` say otherwise. */
export function openRouter(options: CreateHubOptions = {}): RoutedHub<typeof openContract> {
  const route = { allowDisclosure: true, ...options.route };
  const hub = createHub(openContract, { callTimeout: null, ...options, route });
  hub.topic('**', { allow: { subscribe: everyone, publish: everyone }, maxBytes: 1 << 20 });
  hub.procedures('**', { allow: { register: everyone, call: everyone } });
  return hub;
}
