/** The storm, small: it ends with everyone recovered, and its figures are made of what the processes say. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sampleOf, stormWork } from '../storm.ts';
import type { Bench, Work } from '../work.ts';

const bench: Bench = {
  work: { name: 'storm' } as Work,
  contender: { rival: 'tidewire-hub' },
  task: { does: 'storm' },
  generator: [],
  timing: { warmUp: 0, stretch: 0 },
  nodeOptions: [],
};

describe('a storm', () => {
  test('ends when everyone has recovered what was published meanwhile', async () => {
    const shape = { clients: 60, topics: 3, others: 4, each: 10, all: 5, settling: 50, quiet: 200, outage: 100 };
    const { recovered, firstHalf = 2, p99 = 0, quietP99 = 0 } = await stormWork(shape)(bench);
    assert.equal(recovered, 60);
    assert.ok(firstHalf <= 1);
    assert.ok(p99 > 0 && quietP99 > 0);
  });

  test('has its costs by client, and its latencies by what they were before', () => {
    const before = { samples: 100, p50: 100, p99: 400, max: 900 };
    const during = { samples: 100, p50: 200, p99: 2_000, max: 9_000 };
    const times = [10, 500, 990, 1_000] as const;
    const arrival = { recovered: 50, upgraded: times, arrived: times, cpuMilliseconds: 200 };
    const sample = sampleOf({ clients: 50, before, during, arrival, took: 2_000, user: 1_000, system: 500 });
    assert.deepEqual(
      [sample.user, sample.system, sample.total, sample.p99, sample.longest, sample.p99Growth],
      [20, 10, 30, 2, 9, 5],
    );
    assert.deepEqual([sample.firstHalf, sample.wholeTime, sample.perSecond, sample.generatorBusy], [0.5, 1, 50, 0.1]);
  });
});
