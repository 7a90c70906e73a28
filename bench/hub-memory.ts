/**
 * What a subscription takes of a server's memory: that of sessions which have many, less that of as many sessions which have
 * none, over their number.
 */
import { subscribersPlan } from './hub-plans.ts';
import { settledMemory } from './memory.ts';
import { type GeneratorProcess, startGenerator, startServer } from './processes.ts';
import type { Bench, Sample } from './work.ts';

export interface Subscriptions {
  readonly connections: number;
  /** Subscriptions of each, to topics one after the other, going round. */
  readonly each: number;
  readonly topics: number;
}

export function subscriptionMemory({ connections, each, topics }: Subscriptions): (bench: Bench) => Promise<Sample> {
  return async (bench) => {
    const server = await startServer(bench);
    const crowds: GeneratorProcess[] = [];
    const connect = async (subscriptions: number): Promise<void> => {
      const plan = subscribersPlan(bench.contender.rival, server.port, { connections, each: subscriptions, topics });
      crowds.push(await startGenerator(bench.generator, server.port, plan));
    };
    try {
      const empty = await settledMemory(server);
      await connect(0);
      const bare = await settledMemory(server);
      await connect(each);
      const subscribed = await settledMemory(server);
      const kibibytes = (of: 'resident' | 'heap'): number =>
        (subscribed[of] - bare[of] - (bare[of] - empty[of])) / (connections * each) / 1024;
      return { memory: kibibytes('resident'), heap: kibibytes('heap') };
    } finally {
      for (const crowd of crowds) await crowd.stop();
      await server.stop();
    }
  };
}
