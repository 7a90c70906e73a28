/**
 * Slow readers of a `latest` topic: 1,000 keys that change 50,000 times a second, and somebody who takes ten values a second.
 * What they get is few and new, the hub keeps each key once for them and no more, and their neighbours don't notice.
 */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { connectHub, type HubClient, type Topic } from '../../src/client/index.ts';
import { HubProcess } from '../support/hub-process.ts';
import { contract, type Figures, keys } from './conflation/contract.ts';
import { Reading } from './conflation/reading.ts';
import { SlowLine } from './conflation/slow-line.ts';

const script = new URL('./conflation/hub.ts', import.meta.url);
/** ms that a slow reader takes for each value. */
const pause = 100;
/** ms. The default window has 16 values of `latest` topics, which take 1.6 s to read; the rest is for a machine that is busy. */
const oldest = 3_000;
/** ms by which neighbours may be worse off than without slow readers: far less than they would be if they stood in the same line. */
const noticeable = 1_000;
/** MB. Each slow reader may have 1 MiB of values waiting, and the objects that hold them; what all were sent is 100 MB and more. */
const budget = 8;
/** MB, of what V8 keeps for itself while it runs: it takes more time than a test to settle. */
const slack = 128;

type Client = HubClient<typeof contract>;

/** A hub in a process that publishes as much as it can, and clients of it. */
class Market {
  readonly #context: TestContext;
  readonly #hub: HubProcess;
  readonly #observer: Client;

  private constructor(context: TestContext, hub: HubProcess) {
    this.#context = context;
    this.#hub = hub;
    this.#observer = this.client();
  }

  static async open(context: TestContext): Promise<Market> {
    const hub = await HubProcess.start(script);
    context.after(() => hub.kill());
    return new Market(context, hub);
  }

  client(): Client {
    const client = connectHub(contract, `ws://127.0.0.1:${this.#hub.port}/realtime`);
    this.#context.after(() => client.close());
    return client;
  }

  async figures(): Promise<Figures> {
    return await this.#observer.call('figures', null);
  }

  /** Reads a topic by the SDK, with a wait after each value. */
  read(name: 'prices' | 'pulse', wait?: number): Reading {
    const reading = new Reading();
    void this.#follow(this.client(), name, reading, wait);
    return reading;
  }

  /** Reads the prices by a plain client that is slow at its TCP socket. */
  readByLine(): { readonly reading: Reading; readonly line: SlowLine } {
    const reading = new Reading();
    const line = new SlowLine(this.#hub.port, 'prices', pause, ({ key }, { _tidewire_time: time }) => {
      reading.add(Date.now() - time, key);
    });
    this.#context.after(() => line.close());
    return { reading, line };
  }

  async #follow(client: Client, name: 'prices' | 'pulse', reading: Reading, wait?: number): Promise<void> {
    const topic: Topic = client.topic(name);
    for await (const item of topic.subscribe()) {
      if (item.type === 'gap') reading.gaps++;
      if (item.type !== 'publication') continue;
      reading.add(client.now() - item.time, item.data.key);
      if (wait !== undefined) await delay(wait);
    }
  }
}

/** Few values, each of them new, and every key in its turn. */
function checkSlow(reading: Reading): void {
  assert.ok(reading.age(0.99) <= oldest, `p99 is ${reading.age(0.99)} ms`);
  assert.ok(reading.count >= 30 && reading.count < keys, `${reading.count} values`);
  assert.equal(new Set(reading.keys).size, reading.count, 'a key came again before the others had come');
}

function rate(before: Figures, after: Figures): string {
  return `${Math.round(((after.published - before.published) / (after.now - before.now)) * 1_000)} updates a second`;
}

describe('conflation', { timeout: 120_000 }, () => {
  it('gives slow readers few values and new ones, within a budget, and their neighbours notice nothing', async (t) => {
    const market = await Market.open(t);
    const neighbours = { prices: market.read('prices'), pulse: market.read('pulse') };
    await delay(2_500);
    const counts = { prices: neighbours.prices.count, pulse: neighbours.pulse.count };
    const before = await market.figures();
    await delay(3_000);
    const without = { prices: neighbours.prices.since(counts.prices), pulse: neighbours.pulse.since(counts.pulse) };
    const then = { prices: neighbours.prices.count, pulse: neighbours.pulse.count };
    const start = await market.figures();
    const bySdk = market.read('prices', pause);
    const { reading: byLine, line } = market.readByLine();
    await delay(12_000);
    const end = await market.figures();
    const beside = { prices: neighbours.prices.since(then.prices), pulse: neighbours.pulse.since(then.pulse) };

    t.diagnostic(`${rate(before, start)}, then with slow readers ${rate(start, end)}`);
    t.diagnostic(`slow by the SDK: ${bySdk}`);
    t.diagnostic(`slow at its TCP socket: ${byLine}; ${line.pings} Pings`);
    for (const name of ['prices', 'pulse'] as const) {
      t.diagnostic(`a neighbour of ${name}: ${without[name]}; beside slow readers: ${beside[name]}`);
    }
    const memory = ({ held, rss }: Figures) => `${held.toFixed(1)} MB held, ${rss.toFixed(0)} MB resident`;
    t.diagnostic(`memory: ${memory(start)}; beside slow readers: ${memory(end)}`);

    checkSlow(bySdk);
    checkSlow(byLine);
    assert.ok(end.held - start.held <= budget);
    assert.ok(end.rss - start.rss <= slack);
    for (const name of ['prices', 'pulse'] as const) {
      assert.ok(beside[name].age(0.99) <= without[name].age(0.99) + noticeable, name);
      assert.equal(neighbours[name].gaps, 0, name);
    }
    assert.ok(beside.prices.count > 10 * bySdk.count, 'a neighbour of the same topic reads at its own speed');
  });
});
