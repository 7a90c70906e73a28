/** What the router announces in WELCOME: the roles that it plays, and of the Advanced Profile what it really does. */
import type { RoleDetails } from './options.ts';

export const routerRoles: Readonly<Record<'broker' | 'dealer', RoleDetails>> = {
  broker: {
    features: {
      publisher_identification: true,
      publisher_exclusion: true,
      subscriber_blackwhite_listing: true,
      pattern_based_subscription: true,
      subscription_revocation: true,
    },
  },
  dealer: {
    features: {
      progressive_call_results: true,
      call_canceling: true,
      call_timeout: true,
      caller_identification: true,
      pattern_based_registration: true,
      shared_registration: true,
    },
  },
};
