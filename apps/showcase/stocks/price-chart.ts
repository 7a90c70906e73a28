/** The chart of one symbol, by uPlot: what the server remembers of its price, and each move that the page reads. */
import uPlot from 'uplot';
import { say } from '../shared/element.ts';
import { partOf } from '../shared/part-of.ts';
import type { PriceHistory } from './contract.ts';
import type { Row } from './quote-board.ts';
import type { Company } from './symbols.ts';

const maxPoints = 3_000;
const height = 240;
/** Prices that lie so far apart are not joined by a line: nobody looked between, ms. */
const gap = 15_000;
const shownSpan = 15 * 60_000;

export class PriceChart {
  readonly #root: HTMLElement = partOf(document, '#chart', HTMLElement);
  readonly #symbol: HTMLElement = partOf(document, '#chart-symbol', HTMLElement);
  readonly #company: HTMLElement = partOf(document, '#chart-company', HTMLElement);
  readonly #price: HTMLElement = partOf(document, '#chart-price', HTMLElement);
  readonly #change: HTMLElement = partOf(document, '#chart-change', HTMLElement);
  readonly #range: HTMLElement = partOf(document, '#chart-range', HTMLElement);
  readonly #plot: uPlot;
  /** Seconds since 1970, and prices; null where the line ends. */
  #times: number[] = [];
  #prices: (number | null)[] = [];
  #fresh = false;

  constructor() {
    this.#root.classList.add('plot');
    this.#root.role = 'img';
    this.#plot = new uPlot(this.#options(), [[], []], this.#root);
    new ResizeObserver(() => this.#resize()).observe(this.#root);
    addEventListener('themechange', () => this.#plot.redraw(false));
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#plot.redraw(false));
  }

  /** Begins anew, with another company. */
  show({ symbol, name }: Company): void {
    say(this.#symbol, symbol);
    say(this.#company, name);
    say(this.#price, '…');
    say(this.#change, '');
    this.#times = [];
    this.#prices = [];
    this.#fresh = true;
  }

  /** What was before the page looked: it goes before what has come since. */
  past({ times, prices }: PriceHistory): void {
    const [liveTimes, livePrices] = [this.#times, this.#prices];
    const first = (liveTimes[0] ?? Number.POSITIVE_INFINITY) * 1000;
    this.#times = [];
    this.#prices = [];
    times.forEach((time, index) => time < first && this.#push(time, prices[index]!));
    liveTimes.forEach((time, index) => this.#push(time * 1000, livePrices[index] ?? null));
    this.#fresh = true;
    this.draw();
  }

  /** A move; `time` in ms since 1970. */
  add(row: Row, time: number): void {
    const { price, change } = row.quote;
    say(this.#price, price.toFixed(2));
    say(this.#change, `${change < 0 ? '−' : '+'}${Math.abs(change).toFixed(2)} %`);
    this.#change.className = change < 0 ? 'fall' : 'rise';
    // A value that is told again to who comes back is older than what was drawn.
    if (time / 1000 <= (this.#times.at(-1) ?? 0)) return;
    this.#push(time, price);
    this.#fresh = true;
  }

  /** Draws what came since the last time. */
  draw(): void {
    if (!this.#fresh) return;
    this.#fresh = false;
    const since = (this.#times.at(-1) ?? 0) - shownSpan / 1000;
    const first = Math.max(
      0,
      this.#times.findIndex((time) => time >= since),
      this.#times.length - maxPoints,
    );
    this.#times.splice(0, first);
    this.#prices.splice(0, first);
    this.#plot.setData([this.#times, this.#prices]);
    const known = this.#prices.filter((price) => price !== null);
    if (known.length === 0) return;
    const [low, high] = [Math.min(...known).toFixed(2), Math.max(...known).toFixed(2)];
    say(this.#range, `From ${low} to ${high} in what is drawn`);
    this.#root.ariaLabel = `Price of ${this.#symbol.textContent}: from ${low} to ${high}`;
  }

  #push(time: number, price: number | null): void {
    const last = this.#times.at(-1);
    if (last !== undefined && time - last * 1000 > gap) {
      this.#times.push(last + 0.001);
      this.#prices.push(null);
    }
    this.#times.push(time / 1000);
    this.#prices.push(price);
  }

  #options(): uPlot.Options {
    const axis = {
      stroke: () => this.#colour('--quiet'),
      grid: { stroke: () => this.#colour('--line'), width: 1 },
      ticks: { show: false },
      font: '11px system-ui, sans-serif',
    } satisfies uPlot.Axis;
    return {
      width: Math.max(this.#root.clientWidth, 100),
      height,
      padding: [8, 34, 0, 0],
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
      axes: [
        { ...axis, size: 26, space: 70, values: (_, splits) => splits.map(clock) },
        { ...axis, size: 58, values: (_, splits) => splits.map((price) => price.toFixed(2)) },
      ],
      series: [
        {},
        {
          label: 'Price',
          stroke: () => this.#colour('--series-1'),
          width: 1.75,
          points: { show: false },
          spanGaps: false,
        },
      ],
    };
  }

  #resize(): void {
    const width = this.#root.clientWidth;
    if (width > 0) this.#plot.setSize({ width, height });
  }

  /** A canvas takes no variables: an element of the page says what one comes to. */
  #colour(token: string): string {
    const probe = this.#plot?.root ?? this.#root;
    probe.style.color = `var(${token})`;
    return getComputedStyle(probe).color;
  }
}

function clock(seconds: number): string {
  return new Date(seconds * 1000).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', second: '2-digit' });
}
