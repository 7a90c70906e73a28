/** What conflation.test.ts and its hub have agreed on. */
import { anything, defineContract } from '../../../src/index.ts';
import { type Num, number, schema } from '../../client/fake-hub.ts';

export interface Price {
  readonly key: string;
  readonly n: number;
}

const price: ReturnType<typeof schema<Price>> = schema(
  (value) => typeof value?.key === 'string' && typeof value.n === 'number',
  'no price',
);

/** What the hub says of itself. */
export interface Figures {
  readonly published: number;
  /** When that was, ms. */
  readonly now: number;
  /** What the operating system has given it, MB. */
  readonly rss: number;
  /** What is reachable, by a collection of all garbage: objects, and buffers outside of the heap, MB. */
  readonly held: number;
}

interface HubContract {
  readonly topics: { readonly prices: typeof price; readonly pulse: Num };
  readonly calls: { readonly figures: { readonly input: typeof anything; readonly output: typeof anything } };
}

export const contract: HubContract = defineContract({
  topics: { prices: price, pulse: number },
  calls: { figures: { input: anything, output: anything } },
});

/** So many prices there are. */
export const keys = 1_000;
