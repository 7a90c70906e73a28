/**
 * The strip: the newest headlines in a row that moves by itself, slowly, and stops when it is pointed at, focused or told to.
 * Where motion is unwanted it stands, and one moves it by hand. The copy that makes the row endless is hidden from who
 * listens.
 */
import { element, fill, words } from '../shared/element.ts';
import { partOf } from '../shared/part-of.ts';
import { timeOfDay } from '../shared/times.ts';
import type { NewsItem } from './contract.ts';

/** Pixels a second: slow enough to read. */
const speed = 55;

export class TickerStrip {
  readonly #window: HTMLElement = partOf(document, '#strip-window', HTMLElement);
  readonly #row: HTMLElement = partOf(document, '#strip-row', HTMLElement);
  readonly #pause: HTMLButtonElement = partOf(document, '#strip-pause', HTMLButtonElement);
  readonly #still: MediaQueryList = matchMedia('(prefers-reduced-motion: reduce)');
  #motion: Animation | undefined;
  #shown = '';

  constructor() {
    this.#pause.addEventListener('click', () => this.#toggle());
    this.#still.addEventListener('change', () => this.#move());
    new ResizeObserver(() => this.#move()).observe(this.#window);
    for (const [event, stops] of [
      ['pointerenter', true],
      ['pointerleave', false],
      ['focusin', true],
      ['focusout', false],
    ] as const) {
      this.#window.addEventListener(event, () => this.#hold(stops));
    }
  }

  show(items: readonly NewsItem[]): void {
    const key = JSON.stringify(items.map(({ id, headline, breaking }) => [id, headline, breaking]));
    if (key === this.#shown) return;
    this.#shown = key;
    this.#fill(items, false);
    this.#move(items);
  }

  #fill(items: readonly NewsItem[], twice: boolean): void {
    const list = (hidden: boolean): HTMLElement =>
      element('ul', { 'aria-hidden': hidden ? 'true' : undefined }, ...items.map(entry));
    fill(this.#row, list(false), twice && list(true));
  }

  /** Starts the motion over, where there is to be some and the row is longer than its window. */
  #move(items?: readonly NewsItem[]): void {
    const from = Number(this.#motion?.currentTime ?? 0);
    this.#motion?.cancel();
    this.#motion = undefined;
    const list = this.#row.firstElementChild;
    if (!(list instanceof HTMLElement)) return;
    this.#row.querySelector('[aria-hidden]')?.remove();
    const width = list.offsetWidth;
    const moves = !this.#still.matches && width > 0;
    this.#pause.hidden = !moves;
    this.#window.dataset['moves'] = String(moves);
    if (!moves) return;
    const copy = list.cloneNode(true) as HTMLElement;
    copy.setAttribute('aria-hidden', 'true');
    this.#row.append(copy);
    const duration = (width / speed) * 1000;
    const steps = [{ transform: 'translateX(0)' }, { transform: `translateX(-${width}px)` }];
    this.#motion = this.#row.animate(steps, { duration, iterations: Number.POSITIVE_INFINITY });
    // A headline more must not throw the reader back to the beginning; other words begin anew.
    if (items === undefined) this.#motion.currentTime = from % duration;
    if (this.#isPaused) this.#motion.pause();
  }

  get #isPaused(): boolean {
    return this.#pause.getAttribute('aria-pressed') === 'true';
  }

  #toggle(): void {
    this.#pause.setAttribute('aria-pressed', String(!this.#isPaused));
    this.#hold(this.#isPaused);
  }

  #hold(stops: boolean): void {
    if (stops || this.#isPaused) this.#motion?.pause();
    else this.#motion?.play();
  }
}

function entry({ headline, breaking, published }: NewsItem): HTMLElement {
  return element(
    'li',
    { 'data-breaking': breaking },
    published !== undefined && element('span', { class: 'strip-time' }, timeOfDay(published)),
    words(headline),
  );
}
