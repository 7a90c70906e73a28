/** One transport of the comparison: what it last brought, how old that is, and what it costs, as numbers. */

import type { ClockOffset } from '../shared/clock-offset.ts';
import type { ConnectionStatus } from '../shared/connection-words.ts';
import { wordsFor } from '../shared/connection-words.ts';
import { say } from '../shared/element.ts';
import { bytes, tenths, whole } from '../shared/numbers.ts';
import { partOf } from '../shared/part-of.ts';
import type { TickerUpdate } from '../ticker.ts';
import { type Cost, Freshness, type Rates } from './freshness.ts';
import type { Sink } from './transports.ts';

/** The company whose price every panel shows. */
const symbol = 'TIDE';

/** Takes updates, costs and states from a transport and shows them. */
export class TransportPanel implements Sink {
  readonly #root: HTMLElement;
  readonly #offset: ClockOffset;
  #freshness: Freshness = new Freshness(performance.now());
  #shown: TickerUpdate | undefined;

  /** `id` is that of its element. */
  constructor(id: string, offset: ClockOffset) {
    this.#offset = offset;
    this.#root = partOf(document, `#${id}`, HTMLElement);
    this.#root.append(partOf(document, '#transport-body', HTMLTemplateElement).content.cloneNode(true));
  }

  /** In ms: nothing while nothing is shown. A clock that was estimated a little wrong makes nothing younger than new. */
  get age(): number | undefined {
    return this.#shown && Math.max(0, this.#offset.toServer(Date.now()) - this.#shown.time);
  }

  status(status: ConnectionStatus): void {
    const pill = partOf(this.#root, '[data-part="state"]', HTMLElement);
    pill.dataset['state'] = status.state;
    say(pill, wordsFor(status));
  }

  update(update: TickerUpdate): void {
    this.#shown = update;
    const quote = update.quotes.find((each) => each.symbol === symbol);
    if (quote) this.#write('price', quote.price.toFixed(2));
  }

  spend(cost: Cost): void {
    this.#freshness.spend(performance.now(), cost);
  }

  /** Takes the age of what is on the screen; call it at each frame. */
  sample(): void {
    const { age } = this;
    if (age !== undefined) this.#freshness.sample(performance.now(), age);
  }

  /** What it costs now, each second. */
  rates(): Rates {
    return this.#freshness.rates(performance.now());
  }

  /** Shows the figures. */
  show(): void {
    this.#freshness.trim(performance.now());
    const ages = this.#freshness.ages();
    this.#write('age', ages ? whole(ages.mean) : '–');
    this.#write('oldest', ages ? `${whole(ages.oldest)} ms` : '–');
    const rates = this.rates();
    this.#write('requests', tenths(rates.requests));
    this.#write('updates', tenths(rates.updates));
    this.#write('bytes', bytes(rates.bytes));
    this.#write('bytes-each', rates.updates > 0 ? whole(rates.bytes / rates.updates) : '–');
  }

  /** Forgets what was measured: time that nobody saw makes no age. */
  reset(): void {
    this.#freshness = new Freshness(performance.now());
    this.#shown = undefined;
  }

  #write(part: string, says: string): void {
    say(partOf(this.#root, `[data-part="${part}"]`, HTMLElement), says);
  }
}
