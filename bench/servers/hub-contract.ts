/** What the hub's works speak of: topics of short texts, and one procedure. */
import { defineContract } from '@tidewire/hub/contract';
import * as v from 'valibot';

const Text = v.pipe(v.string(), v.maxLength(500));
const Sum = v.tuple([v.number(), v.number()]);

export const contract = defineContract({
  topics: { 'bench.{topic}': Text, 'storm.{topic}': Text },
  calls: { 'bench.add': { input: Sum, output: v.number() } },
});
