/** (being written) The link. */
export type HubState = 'connecting' | 'connected' | 'waiting' | 'closed';

export type HubStatus =
  | { readonly state: 'connecting' }
  | {
      readonly state: 'connected';
      readonly session: number;
      /** The user's id and role, as the hub knows them. */
      readonly user?: string;
      readonly role?: string;
    }
  | {
      readonly state: 'waiting';
      /** ms until the next attempt; sooner when the machine comes online or the page is seen again. */
      readonly delay: number;
      /** Which attempt in a row that will be, from 1. */
      readonly attempt: number;
    }
  | { readonly state: 'closed'; readonly error?: Error };

/** How a client ended. */
export interface HubClosed {
  /** The WebSocket close code. */
  readonly code: number;
  readonly reason: string;
  /** Why, unless `close()` was called. */
  readonly error?: Error;
}
