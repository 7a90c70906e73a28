/** A hub whose time stands still, whose ids count up, and whose peers remember what they were told. */
import { ManualClock } from '../../../wire/test/support/manual-clock.ts';
import { anything, type Contract } from '../../src/contract/contract.ts';
import { memoryEngine } from '../../src/engine/memory.ts';
import { everyone } from '../../src/hub/access.ts';
import { Hub, type HubOptions } from '../../src/hub/hub.ts';
import type { HubCore } from '../../src/hub/hub-core.ts';
import type { TopicPolicy } from '../../src/hub/policy.ts';
import type { Session } from '../../src/hub/session.ts';
import type { User } from '../../src/hub/user.ts';
import { RecordingPeer } from './recording-peer.ts';

/** Whoever comes may do everything. */
export const open = { subscribe: everyone, publish: everyone, history: everyone, presence: everyone };

export const startOfTime = 1_700_000_000_000;

export interface Guest {
  readonly session: Session;
  readonly peer: RecordingPeer;
}

export interface TestHub {
  readonly hub: Hub<Contract>;
  readonly core: HubCore;
  readonly clock: ManualClock;
  readonly date: () => number;
  /** What `onError` was told: `stage: message`. */
  readonly errors: string[];
  /** Lets somebody in. */
  join(user?: User | string, more?: { expires?: number; issued?: number; probed?: boolean }): Guest;
}

type Policies = Readonly<Record<string, TopicPolicy<any, any, any>>>;

/** A hub with these topics, on which everything is allowed unless their policies say otherwise. */
export function testHub(policies: Policies = {}, options: HubOptions = {}, calls: Contract['calls'] = {}): TestHub {
  const clock = new ManualClock();
  const date = (): number => startOfTime + clock.now();
  const errors: string[] = [];
  let lastId = 0;
  const topics = Object.fromEntries(Object.keys(policies).map((pattern) => [pattern, anything]));
  const hub = new Hub<Contract>(
    { topics, calls },
    {
      engine: memoryEngine({ now: date }),
      clock,
      date,
      random: () => 0,
      newId: () => ++lastId,
      // Told at once, so that what is published stands where a test looks next; telling.test.ts has turns.
      atEndOfTurn: (work) => work(),
      onError: (error, { stage }) => errors.push(`${stage}: ${(error as Error).message}`),
      ...options,
    },
  );
  for (const [pattern, policy] of Object.entries(policies)) hub.topic(pattern, { allow: open, ...policy });
  const join: TestHub['join'] = (user, { probed = false, ...admission } = {}) => {
    const peer = new RecordingPeer(probed);
    const who = typeof user === 'string' ? { id: user } : user;
    return { peer, session: hub.core.open(peer, who && { user: who, ...admission }) };
  };
  return { hub, core: hub.core, clock, date, errors, join };
}

/** Publishes plain values, one after the other. */
export async function publish({ session }: Guest, topic: string, ...values: unknown[]): Promise<void> {
  for (const data of values) await session.publish(topic, { data });
}
