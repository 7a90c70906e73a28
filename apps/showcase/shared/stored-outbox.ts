/** What one user wrote in this window and the hub has not acknowledged: it outlives a reload of the page, and goes out once. */
import { type ClientOptions, outboxStorage } from '@tidewire/hub/client';
import type { User } from './identity.ts';

/** The options of `onHub` for one application. */
export function storedOutbox(application: string): (user: User) => Pick<ClientOptions, 'outbox'> {
  return ({ id }) => {
    try {
      return { outbox: outboxStorage(sessionStorage, `tidewire-${application}-outbox-${id}`) };
    } catch {
      // A browser that is told to keep nothing: then a reload loses it.
      return {};
    }
  };
}
