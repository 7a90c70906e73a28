/** What killed-hub.test.ts and its hub have agreed on. */
import { anything, defineContract } from '../../../src/index.ts';
import { type Text, text } from '../../client/fake-hub.ts';

/** What the hub itself says of its sessions. */
export interface Figures {
  readonly sessions: readonly number[];
  /** Those that are subscribed, by room. */
  readonly rooms: Readonly<Record<Room, readonly number[]>>;
}

export type Room = 'a' | 'b';
export const rooms: readonly Room[] = ['a', 'b'];

interface HubContract {
  readonly topics: { readonly 'room.{room}': Text };
  readonly calls: { readonly figures: { readonly input: typeof anything; readonly output: typeof anything } };
}

export const contract: HubContract = defineContract({
  topics: { 'room.{room}': text },
  calls: { figures: { input: anything, output: anything } },
});
