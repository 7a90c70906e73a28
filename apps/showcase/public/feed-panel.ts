/** One side of the comparison: the prices a feed last brought, their age, and what they cost. */
import type { TickerUpdate } from '../ticker.ts';
import type { ClockOffset } from './clock-offset.ts';
import { type Cost, Freshness } from './freshness.ts';
import { partOf } from './part-of.ts';
import { QuoteTable } from './quote-table.ts';
import { Sparkline } from './sparkline.ts';

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** Takes updates, costs and states from a feed and shows them. */
export class FeedPanel {
  readonly #root: HTMLElement;
  readonly #offset: ClockOffset;
  readonly #freshness: Freshness = new Freshness(performance.now());
  readonly #ageCurve: Sparkline;
  readonly #quotes: QuoteTable;
  #shown: TickerUpdate | undefined;

  constructor(id: string, offset: ClockOffset) {
    this.#offset = offset;
    this.#root = partOf(document, `#${id}`, HTMLElement);
    this.#root.append(partOf(document, '#feed-body', HTMLTemplateElement).content.cloneNode(true));
    this.#ageCurve = new Sparkline(partOf(this.#root, '[data-part="age-spark"]', SVGSVGElement), {
      span: 30_000,
      floor: 0,
    });
    this.#quotes = new QuoteTable(partOf(this.#root, '[data-part="quotes"]', HTMLTableSectionElement));
  }

  state(state: 'connecting' | 'connected' | 'reconnecting' | 'closed', says: string): void {
    const pill = partOf(this.#root, '[data-part="state"]', HTMLElement);
    pill.dataset['state'] = state;
    if (pill.textContent !== says) pill.textContent = says;
  }

  update(update: TickerUpdate): void {
    this.#shown = update;
    this.#quotes.show(update.quotes, performance.now());
  }

  spend(cost: Cost): void {
    this.#freshness.spend(performance.now(), cost);
  }

  /** Takes the age of what is on the screen; call it at each frame. */
  sample(): void {
    const age = this.#age();
    if (age !== undefined) this.#freshness.sample(performance.now(), age);
  }

  get highestAge(): number {
    return this.#ageCurve.highest;
  }

  /** Shows the figures; `highest` is the age at the upper edge of the curve. */
  show(highest: number): void {
    const now = performance.now();
    this.#freshness.trim(now);
    const ages = this.#freshness.ages();
    if (ages !== undefined) {
      this.#write('age', whole.format(ages.mean));
      this.#write('oldest', `${whole.format(ages.oldest)} ms`);
    }
    const age = this.#age();
    if (age !== undefined) this.#ageCurve.add(now, age);
    this.#ageCurve.draw(now, highest);
    const { requests, updates, bytes } = this.#freshness.rates(now);
    this.#write('requests', tenths.format(requests));
    this.#write('updates', tenths.format(updates));
    this.#write('bytes', whole.format(bytes));
    this.#write('bytes-each', updates > 0 ? whole.format(bytes / updates) : '–');
  }

  /** In ms; a clock that was estimated a little wrong does not make anything younger than new. */
  #age(): number | undefined {
    return this.#shown && Math.max(0, this.#offset.toServer(Date.now()) - this.#shown.time);
  }

  #write(part: string, says: string): void {
    partOf(this.#root, `[data-part="${part}"]`, HTMLElement).textContent = says;
  }
}
