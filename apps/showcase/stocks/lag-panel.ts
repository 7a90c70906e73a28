/**
 * "Slow my connection", and what comes of it: how old a price is when the page reads it, how many moves it was spared, and
 * what a queue that spares nothing would have come to by now. The latter is computed (queue-estimate.ts), and the page
 * says so.
 */
import { say } from '../shared/element.ts';
import { whole } from '../shared/numbers.ts';
import { partOf } from '../shared/part-of.ts';
import { RollingPlot } from '../shared/rolling-plot.ts';
import { span } from '../shared/times.ts';
import type { AgePercentiles } from './ages.ts';
import type { Pace } from './pace.ts';
import type { QueueState } from './queue-estimate.ts';

/** All that the panel shows at a moment. */
export interface Lag {
  readonly ages: AgePercentiles | undefined;
  readonly skipped: number;
  /** Totals, from which the panel makes rates. */
  readonly read: number;
  readonly published: number;
  readonly queue: QueueState | undefined;
}

const rateWindow = 5_000;

export class LagPanel {
  readonly #switch: HTMLInputElement = partOf(document, '#slow', HTMLInputElement);
  readonly #rate: HTMLSelectElement = partOf(document, '#slow-rate', HTMLSelectElement);
  readonly #plot: RollingPlot;
  #totals: { readonly at: number; readonly read: number; readonly published: number }[] = [];

  /** `changed` is called when the pace was changed. */
  constructor(pace: Pace, changed: () => void) {
    this.#plot = new RollingPlot(partOf(document, '#lag-plot', HTMLElement), {
      label: 'Age of what is read: conflated, and in a queue',
      series: [
        { name: 'conflated, p99', colour: '--series-1' },
        { name: 'in a queue, computed', colour: '--series-2' },
      ],
      span: 60_000,
      height: 150,
      least: 2,
      format: (seconds) => `${seconds} s`,
    });
    const apply = (): void => {
      pace.perSecond = this.#switch.checked ? Number(this.#rate.value) : undefined;
      this.#totals = [];
      changed();
    };
    this.#switch.addEventListener('change', apply);
    this.#rate.addEventListener('change', () => this.#switch.checked && apply());
  }

  /** `now` by the page's clock, ms. */
  show(now: number, lag: Lag): void {
    const { ages, skipped, queue } = lag;
    this.#totals.push({ at: now, read: lag.read, published: lag.published });
    const first = this.#totals.findIndex(({ at }) => now - at <= rateWindow);
    this.#totals.splice(0, first);
    this.#say('read', this.#perSecond('read'));
    this.#say('published', this.#perSecond('published'));
    this.#say('p50', ages ? age(ages.p50) : '–');
    this.#say('p99', ages ? age(ages.p99) : '–');
    this.#say('skipped', whole(skipped));
    const slow = this.#switch.checked;
    this.#say('queue-waiting', slow && queue ? whole(queue.waiting) : '–');
    this.#say('queue-age', slow && queue ? span(queue.age) : '–');
    this.#say(
      'turn',
      slow ? `Each of the 500 has its turn every ${span((500 / Number(this.#rate.value)) * 1000)}.` : '',
    );
    this.#plot.add(now, [ages ? ages.p99 / 1000 : null, slow && queue ? queue.age / 1000 : null]);
    this.#plot.draw(now);
  }

  #say(part: string, text: string): void {
    say(partOf(document, `[data-lag="${part}"]`, HTMLElement), text);
  }

  #perSecond(of: 'read' | 'published'): string {
    const [first, last] = [this.#totals[0], this.#totals.at(-1)];
    if (first === undefined || last === undefined || last.at - first.at < 900) return '–';
    return whole(Math.max(0, ((last[of] - first[of]) / (last.at - first.at)) * 1000));
  }
}

function age(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
