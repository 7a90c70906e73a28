/**
 * What `latest` is for: 1,000 keys at 50,000 updates a second, and one reader that takes 10 messages a second. In time that a
 * test moves, so that the figures are of the rule and not of the machine.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { memoryEngine } from '../../src/engine/memory.ts';
import { startOfTime, testHub } from '../support/test-hub.ts';

const keys = 1_000;
const updatesPerSecond = 50_000;
const seconds = 10;
/** ms between two steps of the simulation. */
const step = 10;

interface Update {
  readonly key: string;
  readonly time: number;
}

const quantile = (values: readonly number[], q: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * q))] ?? Number.NaN;

describe('conflation', () => {
  it('gives a slow reader values that are at most a window old, within its budget, and others do not notice', async (t) => {
    const { core, hub, clock, join, date } = testHub(
      { quotes: { slowReader: 'latest', key: ({ key }: Update) => key } },
      { engine: memoryEngine({ now: () => startOfTime }) },
    );
    const [slow, quick] = [join(), join()];
    await slow.session.subscribe('quotes', { replay: 'retained' });
    await quick.session.subscribe('quotes', { replay: 'retained' });
    const { value: policy } = core.topics.find('quotes');
    const ages: number[] = [];
    let published = 0;
    let seen = 0;
    let inOrder = true;
    quick.peer.during = ({ publication }) => {
      inOrder &&= publication.offset === ++seen;
      quick.peer.delivered.length = 0;
    };
    let under = 0;
    for (let now = 0; now < seconds * 1000; now += step) {
      for (let i = 0; i < (updatesPerSecond * step) / 1000; i++) {
        const data: Update = { key: String(published++ % keys), time: date() };
        void core.append('quotes', policy, { payload: { data } });
        if (i % 8 === 7) quick.session.acknowledge(seen);
      }
      quick.session.acknowledge(seen);
      assert.equal(seen, published);
      under = Math.max(under, slow.peer.delivered.length - ages.length);
      // The slow one takes the next message of those that have reached it, ten times a second, and says so.
      if (now % 100 === 0) {
        const { publication } = slow.peer.delivered[ages.length]!;
        ages.push(date() - (publication.data as Update).time);
        slow.session.acknowledge(ages.length);
      }
      clock.advance(step);
    }
    const [p50, p99, most] = [quantile(ages, 0.5), quantile(ages, 0.99), Math.max(...ages)];
    t.diagnostic(`age of values as read: p50 ${p50} ms, p99 ${p99} ms, most ${most} ms, of ${ages.length} read`);
    assert.ok(p99 <= 3_000);
    // 16 under way, each read 100 ms after the one before it.
    assert.equal(under, 16);
    assert.ok(most <= 1_700);
    assert.equal(inOrder, true);
    assert.deepEqual(slow.peer.endings, []);
    assert.ok(hub.status.tailBytes <= 256 * 1024);
    assert.ok(slow.session.subscriptions.backlogBytes <= 1 << 20);
  });

  it('gives each key its turn, however often others change', async () => {
    const { core, join } = testHub(
      { a: { slowReader: 'latest', key: ({ key }: Update) => key } },
      { window: { latest: 1 } },
    );
    const reader = join();
    await reader.session.subscribe('a');
    const { value: policy } = core.topics.find('a');
    const put = async (key: string): Promise<unknown> =>
      core.append('a', policy, { payload: { data: { key, time: 0 } } });
    for (const key of ['busy', 'busy', 'rare', 'busy']) await put(key);
    for (let total = 1; total <= 3; total++) {
      reader.session.acknowledge(total);
      for (let i = 0; i < 10; i++) await put('busy');
    }
    const read = reader.peer.delivered.map(({ publication }) => (publication.data as Update).key);
    assert.deepEqual(read, ['busy', 'busy', 'rare', 'busy']);
  });
});
