/** The stock ticker's page. While it is out of sight it is subscribed to nothing, so that nothing moves for nobody. */
import type { HubClient } from '@tidewire/hub/client';
import { ClockOffset } from '../shared/clock-offset.ts';
import type { ConnectionBadge } from '../shared/connection-badge.ts';
import { follow, type HubPage, onHub } from '../shared/on-hub.ts';
import { partOf } from '../shared/part-of.ts';
import { browserStore } from '../shared/stored.ts';
import { Ages } from './ages.ts';
import { type StocksContract, stocksContract } from './contract.ts';
import { LagPanel } from './lag-panel.ts';
import { Pace } from './pace.ts';
import { PriceChart } from './price-chart.ts';
import { QueueEstimate } from './queue-estimate.ts';
import { QuoteBoard } from './quote-board.ts';
import { type Order, QuoteTable, type View } from './quote-table.ts';
import { type Company, companies } from './symbols.ts';
import { Watchlist } from './watchlist.ts';

type Client = HubClient<StocksContract>;

/** How often is drawn, ms: prices in sight, all prices, then figures and plots, then the order of risers and fallers. */
const drawInterval = 200;
const drawAllInterval = 1_000;
const figuresInterval = 500;
const sortInterval = 2_000;
const clockInterval = 5_000;

const board = new QuoteBoard();
const watchlist = new Watchlist(new Set(companies.map(({ symbol }) => symbol)));
const table = new QuoteTable(board, watchlist, select);
const chart = new PriceChart();
const ages = new Ages();
const pace = new Pace();
const queue = new QueueEstimate();
const panel = new LagPanel(pace, () => queue.reset());

let client: Client | undefined;
let clock = new ClockOffset();
let clockKnown = false;
let selected: Company =
  companies.find(({ symbol }) => symbol === browserStore.read('stocks-selected')) ?? companies[82]!;

listen();
select(selected);
onHub(stocksContract, start);
every(drawInterval, () => table.draw(performance.now(), false));
every(drawAllInterval, () => table.draw(performance.now(), true));
every(figuresInterval, showLag);
every(sortInterval, () => table.arrange({}));

function start(page: HubPage<StocksContract>): void {
  const { signal } = page;
  client = page.client;
  clock = new ClockOffset();
  clockKnown = false;
  void loadPast(client, selected);
  client.watch(({ state }) => {
    if (state === 'connected') void learnClock(page.client);
  });
  every(clockInterval, () => page.client.state === 'connected' && void learnClock(page.client), signal);
  let watching: AbortController | undefined;
  const decide = (): void => {
    const inSight = document.visibilityState === 'visible' && !signal.aborted;
    if (inSight === (watching !== undefined)) return;
    watching?.abort();
    watching = inSight ? new AbortController() : undefined;
    if (watching) void watch(page, watching.signal);
  };
  document.addEventListener('visibilitychange', decide);
  signal.addEventListener('abort', decide);
  decide();
}

async function watch({ client, badge }: HubPage<StocksContract>, signal: AbortSignal): Promise<void> {
  const items = client.topic('stocks.quotes').subscribe({ signal });
  await follow(items, {
    joined: (_, again) => void loadPrices(client, again ? badge : undefined),
    publication({ data, replayed, position, time }) {
      const now = performance.now();
      board.take(data, now, !replayed);
      table.changed(data.symbol);
      if (data.symbol === selected.symbol) chart.add(board.row(data.symbol)!, time);
      if (!replayed) {
        ages.add(now, serverNow() - time);
        queue.took(position, time);
      }
      // The next message is not taken before this has passed.
      return pace.turn();
    },
  });
}

/** All prices at once, for who has just come, or come back; what has come live since is newer. */
async function loadPrices(from: Client, badge: ConnectionBadge | undefined): Promise<void> {
  const asked = performance.now();
  try {
    let changed = 0;
    for (const quote of await from.call('stocks.prices', null)) {
      const known = board.row(quote.symbol);
      if (known !== undefined && known.at >= asked) continue;
      if (known?.quote.price !== quote.price) changed++;
      board.take(quote, performance.now(), false);
      table.changed(quote.symbol);
      if (quote.symbol === selected.symbol) chart.add(board.row(quote.symbol)!, serverNow());
    }
    badge?.show({ state: 'caught-up', count: changed });
  } catch {
    // They come one by one as they move.
  }
}

function select(company: Company): void {
  selected = company;
  browserStore.write('stocks-selected', company.symbol);
  table.mark(company.symbol);
  chart.show(company);
  const row = board.row(company.symbol);
  if (row) chart.add(row, serverNow());
  if (client) void loadPast(client, company);
}

async function loadPast(from: Client, company: Company): Promise<void> {
  try {
    const past = await from.call('stocks.history', company.symbol);
    if (company === selected) chart.past(past);
  } catch {
    // The chart then begins with what comes from now on.
  }
}

/** Asks for the server's clock, as ages are by it. */
async function learnClock(from: Client): Promise<void> {
  const asked = performance.now();
  try {
    const now = await from.call('stocks.clock', null, { timeout: 2_000 });
    clock.learn(asked, performance.now(), now);
    clockKnown = true;
  } catch {
    // The next time, then.
  }
}

function serverNow(): number {
  return clockKnown ? clock.toServer(performance.now()) : (client?.now() ?? Date.now());
}

function showLag(): void {
  const now = performance.now();
  const { read, skipped } = board;
  panel.show(now, {
    ages: ages.percentiles(now),
    skipped,
    read,
    published: queue.published,
    queue: queue.state(serverNow()),
  });
  chart.draw();
}

function listen(): void {
  const search = partOf(document, '#search', HTMLInputElement);
  search.addEventListener('input', () => table.arrange({ text: search.value }));
  const order = partOf(document, '#order', HTMLSelectElement);
  order.addEventListener('change', () => table.arrange({ order: order.value as Order }));
  for (const view of ['all', 'watched'] as const satisfies readonly View[]) {
    partOf(document, `#view-${view}`, HTMLInputElement).addEventListener('change', () => table.arrange({ view }));
  }
  addEventListener('storage', () => {
    watchlist.reload();
    table.stars();
  });
}

function every(interval: number, run: () => unknown, signal?: AbortSignal): void {
  const timer = setInterval(() => document.visibilityState === 'visible' && run(), interval);
  signal?.addEventListener('abort', () => clearInterval(timer));
}
