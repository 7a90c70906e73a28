/** The parts of the stock ticker without a browser: the exchange, and what the page works out of what it reads. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { createHub, type Hub, memoryEngine } from '@tidewire/hub';
import { ManualClock } from '../../../packages/wire/test/support/manual-clock.ts';
import { memoryStore } from '../shared/stored.ts';
import { Ages } from '../stocks/ages.ts';
import { type Quote, type StocksContract, stocksContract } from '../stocks/contract.ts';
import { Exchange, type ExchangeOptions } from '../stocks/exchange.ts';
import { QueueEstimate } from '../stocks/queue-estimate.ts';
import { QuoteBoard } from '../stocks/quote-board.ts';
import { companies } from '../stocks/symbols.ts';
import { Watchlist } from '../stocks/watchlist.ts';

describe('the companies', () => {
  it('are 500, in the order of their symbols, each of four letters', () => {
    const symbols = companies.map(({ symbol }) => symbol);
    assert.equal(new Set(symbols).size, 500);
    assert.equal(new Set(companies.map(({ name }) => name)).size, 500);
    assert.deepEqual(symbols, symbols.toSorted());
    assert.ok(symbols.every((symbol) => /^[A-Z]{4}$/.test(symbol)));
  });
});

describe('the exchange', () => {
  it('makes 3,000 moves a second while it is awake, and none when nobody has come for two seconds', async (t) => {
    const { clock, exchange, moves } = await opened(t);
    await pass(clock, 10_000);
    assert.equal(moves(), 0);
    exchange.wake();
    await pass(clock, 1_000);
    const inOneSecond = moves();
    assert.ok(inOneSecond > 2_500 && inOneSecond <= 3_300, `${inOneSecond}`);
    await pass(clock, 2_000);
    const atRest = moves();
    assert.equal(exchange.isOpen, false);
    await pass(clock, 10_000);
    assert.equal(moves(), atRest);
    assert.equal(clock.pending, 0, 'not even a timer is left');
  });

  it('makes as many with timers that are late', async (t) => {
    const { clock, exchange, moves } = await opened(t);
    // A busy machine made 2,300 of 3,000.
    const inTime = clock.setTimeout.bind(clock);
    clock.setTimeout = (callback, ms) => inTime(callback, ms + 12);
    exchange.wake();
    await pass(clock, 1_000, 1);
    assert.ok(moves() >= 2_850 && moves() <= 3_150, `${moves()}`);
    // After a pause it does not hurry.
    const before = moves();
    clock.sleep(800);
    await pass(clock, 100, 1);
    assert.ok(moves() - before <= 450, `${moves() - before}`);
  });

  it('goes on where the one before it was, with what it remembers of each price', async (t) => {
    const hub = hubOf(t);
    const first = await opened(t, { hub });
    first.exchange.wake();
    await pass(first.clock, 8_000);
    first.exchange.stop();
    const [bar] = await hub.latest('stocks.bars', {}, 1);
    const second = await opened(t, { hub });
    const prices = second.exchange.prices();
    assert.deepEqual(
      prices.map(({ price }) => price),
      bar?.data.prices,
    );
    assert.notDeepEqual(prices, (await opened(t)).exchange.prices());
    const history = second.exchange.history('KERL');
    assert.deepEqual(
      [history.times.at(-1), history.prices.at(-1)],
      [bar?.data.at, prices.find(({ symbol }) => symbol === 'KERL')?.price],
    );
    assert.deepEqual(second.exchange.history('NONE'), { times: [], prices: [] });
  });

  it('makes up a past when there is none, once', async (t) => {
    const hub = hubOf(t);
    const { exchange } = await opened(t, { hub });
    const { times, prices } = exchange.history('KERL');
    assert.equal(times.length, 60);
    assert.ok(times.every((time, index) => index === 0 || time === times[index - 1]! + 5_000));
    assert.equal(prices.at(-1), exchange.prices().find(({ symbol }) => symbol === 'KERL')?.price);
    const again = await opened(t, { hub });
    assert.deepEqual(again.exchange.history('KERL'), { times, prices });
  });

  it('stands still while trading is halted', async (t) => {
    const market = { halted: true };
    const { clock, exchange, moves } = await opened(t, { halted: () => market.halted });
    exchange.wake();
    await pass(clock, 500);
    assert.equal(moves(), 0);
    market.halted = false;
    await pass(clock, 500);
    assert.ok(moves() > 1_000);
  });

  it('tells what goes wrong, and tries again after a second', async (t) => {
    const problems: unknown[] = [];
    const { clock, exchange, hub, moves } = await opened(t, { onError: (error) => problems.push(error) });
    const { append } = hub.core.engine;
    hub.core.engine.append = () => Promise.reject(new Error('no room'));
    exchange.wake();
    await pass(clock, 900);
    assert.equal(problems.length, 1);
    hub.core.engine.append = append;
    await pass(clock, 600);
    assert.ok(moves() > 0);
  });
});

describe('the board of quotes', () => {
  const quote = (update: number, price = 10): Quote => ({ symbol: 'KERL', price, change: 0, update });

  it('counts the moves that were skipped between two that were read', () => {
    const board = new QuoteBoard();
    for (const update of [5, 6, 10]) board.take(quote(update), 0, true);
    assert.deepEqual([board.read, board.skipped], [3, 3]);
  });

  it('takes what a newcomer is told as no move, and a server’s new count as no loss', () => {
    const board = new QuoteBoard();
    board.take(quote(5), 0, false);
    board.take(quote(90), 0, false);
    board.take(quote(1), 0, true);
    board.take(quote(2), 0, true);
    assert.deepEqual([board.read, board.skipped], [2, 0]);
  });

  it('says which way a price went, and when it was read', () => {
    const board = new QuoteBoard();
    const moved = (price: number, at: number) => {
      board.take(quote(at, price), at, true);
      return board.row('KERL')?.moved;
    };
    assert.deepEqual([moved(10, 1), moved(11, 2), moved(11, 3), moved(9, 4)], [undefined, 'up', 'up', 'down']);
    assert.deepEqual([board.row('KERL')?.at, board.row('KERL')?.before], [4, 3]);
  });
});

describe('ages', () => {
  it('have percentiles of the last seconds, and none when nothing was read', () => {
    const ages = new Ages(1_000);
    assert.equal(ages.percentiles(0), undefined);
    for (let age = 0; age < 100; age++) ages.add(500, age);
    assert.deepEqual(ages.percentiles(1_000), { p50: 50, p99: 99 });
    assert.equal(ages.percentiles(2_000), undefined);
  });

  it('are never below nothing, however the clocks are', () => {
    const ages = new Ages();
    ages.add(0, -7);
    assert.deepEqual(ages.percentiles(0), { p50: 0, p99: 0 });
  });

  it('keep a bounded number of samples', () => {
    const ages = new Ages();
    for (let n = 0; n < 50_000; n++) ages.add(0, n);
    assert.ok((ages.percentiles(0)?.p50 ?? 0) > 40_000, 'the newest');
  });
});

describe('the queue that keeps everything', () => {
  const at = (offset: number, epoch = 'e') => ({ epoch, offset });

  it('grows by what is published and not read, and so does the age of its head', () => {
    const queue = new QueueEstimate();
    // 1,000 a second are published, and ten a second are read, each newer than the last.
    for (let read = 0; read <= 100; read++) queue.took(at(1_000 + read * 100), read * 100);
    assert.equal(queue.published, 10_000);
    const { waiting, age } = queue.state(10_000)!;
    assert.equal(waiting, 10_000 - 100);
    // The next one that a queue would give was the 1,100th, published after 100 ms.
    assert.ok(Math.abs(age - 9_900) < 1, `${age}`);
  });

  it('is empty for a reader that keeps up', () => {
    const queue = new QueueEstimate();
    for (let offset = 1; offset <= 50; offset++) queue.took(at(offset), offset);
    assert.deepEqual(queue.state(60), { waiting: 0, age: 0 });
  });

  it('begins anew with another log, and when it is told to', () => {
    const queue = new QueueEstimate();
    assert.equal(queue.state(0), undefined);
    queue.took(at(1), 0);
    queue.took(at(900), 900);
    queue.took(at(5, 'other'), 1_000);
    assert.deepEqual(queue.state(1_000), { waiting: 0, age: 0 });
    queue.reset();
    assert.equal(queue.state(1_000), undefined);
  });

  it('remembers hours in a bounded number of samples, and still knows when its head was published', () => {
    const queue = new QueueEstimate();
    for (let second = 0; second <= 7_200; second++) queue.took(at(second * 100), second * 1_000);
    const { waiting, age } = queue.state(7_200_000)!;
    assert.equal(waiting, 720_000 - 7_200);
    assert.ok(Math.abs(age - (7_200_000 - 72_000)) < 5_000, `${age}`);
  });
});

describe('the watchlist', () => {
  const known = new Set(companies.map(({ symbol }) => symbol));

  it('is kept, for every window', () => {
    const store = memoryStore();
    const [one, two] = [new Watchlist(known, store), new Watchlist(known, store)];
    assert.equal(one.has('KERL'), false);
    assert.equal(one.toggle('KERL'), true);
    two.toggle('BRAI');
    one.reload();
    assert.deepEqual([one.has('KERL'), one.has('BRAI')], [true, true]);
    assert.equal(two.toggle('KERL'), false);
  });

  it('takes nothing from the store that is no list of symbols', () => {
    const store = memoryStore();
    store.write('stocks-watchlist', '{"a":1}');
    const size = new Watchlist(known, store).size;
    store.write('stocks-watchlist', '["KERL","NONE","__proto__"]');
    assert.deepEqual([size, new Watchlist(known, store).size], [4, 1]);
  });
});

function hubOf(t: TestContext): Hub<StocksContract> {
  const hub = createHub(stocksContract, { engine: memoryEngine() });
  hub.topic('stocks.quotes', { slowReader: 'latest', retain: false, key: ({ symbol }) => symbol, presence: 'count' });
  hub.topic('stocks.bars', { history: {} });
  t.after(() => hub.close());
  return hub;
}

async function opened(
  t: TestContext,
  options: Partial<ExchangeOptions> & { readonly hub?: Hub<StocksContract> } = {},
): Promise<{ clock: ManualClock; hub: Hub<StocksContract>; exchange: Exchange; moves(): number }> {
  const clock = new ManualClock();
  const { hub = hubOf(t), ...more } = options;
  const fail = (error: unknown): void => assert.fail(error as Error);
  const exchange = new Exchange(hub, { onError: fail, clock, date: () => 1_000_000 + clock.now(), ...more });
  await exchange.restore();
  const moves = (): number => exchange.prices().reduce((sum, { update }) => sum + update, 0);
  return { clock, hub, exchange, moves };
}

/** Lets time pass in steps, and what was begun in each settle. */
async function pass(clock: ManualClock, ms: number, step = 50): Promise<void> {
  for (let passed = 0; passed < ms; passed += step) {
    clock.advance(step);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
