/** What peers can grow in a hub, and how far. */
import { positive } from './policy.ts';

/** The longest that a timer can run, ms. */
export const longestTimer: number = 2 ** 31 - 1;

export interface HubLimits {
  /** Topics that are live at once: somebody is subscribed, or was within `topicIdle`. @default 100_000 */
  readonly maxLiveTopics: number;
  /** Subscriptions of one session, those to many topics counted once. @default 1_000 */
  readonly maxSubscriptions: number;
  /** Topics that one session has joined through subscriptions to many; at one more the session is ended. @default 10_000 */
  readonly maxPatternTopics: number;
  /** Watchers of presence of one session. @default 100 */
  readonly maxWatchers: number;
  /** Procedures that one session has registered. @default 1_000 */
  readonly maxRegistrations: number;
  /**
   * Calls of one session that run, and as many other requests (history, presence, renewal) that wait for their answers. What a
   * handler of the hub is given stays in memory while it runs: for each call as much as a message may have. @default 100
   */
  readonly maxCalls: number;
  /** Publications of one session that wait to be acknowledged. @default 1_000 */
  readonly maxPublishing: number;
  /** Bytes that wait behind the window of one session, over all of its subscriptions. @default 4 MiB */
  readonly maxBacklogBytes: number;
  /** Publications of one topic that are kept in memory for those who come back. @default 256 */
  readonly maxTailCount: number;
  /** The same in bytes. @default 256 KiB */
  readonly maxTailBytes: number;
  /** Bytes of all topics' tails together. @default 64 MiB */
  readonly maxTailBytesInAll: number;
  /** Users whose older credentials are refused after `revoke`. @default 100_000 */
  readonly maxRevoked: number;
}

export const defaultHubLimits: HubLimits = {
  maxLiveTopics: 100_000,
  maxSubscriptions: 1_000,
  maxPatternTopics: 10_000,
  maxWatchers: 100,
  maxRegistrations: 1_000,
  maxCalls: 100,
  maxPublishing: 1_000,
  maxBacklogBytes: 4 << 20,
  maxTailCount: 256,
  maxTailBytes: 256 * 1024,
  maxTailBytesInAll: 64 << 20,
  maxRevoked: 100_000,
};

/** @throws RangeError on a limit that is no whole number above 0 */
export function resolveHubLimits(limits: Partial<HubLimits> = {}): HubLimits {
  const names = Object.keys(defaultHubLimits) as (keyof HubLimits)[];
  return Object.fromEntries(
    names.map((name) => [name, positive(name, limits[name], defaultHubLimits[name])]),
  ) as unknown as HubLimits;
}
