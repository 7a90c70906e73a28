/** The list of items: each is one element, made anew when it changes and moved to its place. */
import { say } from '../shared/element.ts';
import { partOf } from '../shared/part-of.ts';
import type { NewsItem } from './contract.ts';
import { itemView } from './item-view.ts';
import type { Newsboard } from './newsboard.ts';

export class NewsList {
  readonly #list: HTMLOListElement = partOf(document, '#items', HTMLOListElement);
  readonly #empty: HTMLElement = partOf(document, '#items-empty', HTMLElement);
  readonly #spoken: HTMLElement = partOf(document, '#news-spoken', HTMLElement);
  readonly #views = new Map<string, HTMLLIElement>();
  readonly #board: Newsboard;
  readonly #dirty = new Set<string>();
  #correct: ((item: NewsItem) => void) | undefined;

  constructor(board: Newsboard) {
    this.#board = board;
  }

  /** Draws this item before the next frame. */
  changed(id: string): void {
    if (this.#dirty.size === 0) queueMicrotask(() => this.#draw());
    this.#dirty.add(id);
  }

  /** Shows a button for corrections at each item, or takes it away. */
  editable(correct: ((item: NewsItem) => void) | undefined): void {
    if ((correct === undefined) === (this.#correct === undefined)) return;
    this.#correct = correct;
    for (const id of this.#views.keys()) this.changed(id);
  }

  /** Reads an item out: one that came live. */
  announce({ headline, breaking, corrected }: NewsItem): void {
    const kind = corrected !== undefined ? 'Corrected' : breaking ? 'Breaking' : 'News';
    say(this.#spoken, `${kind}: ${headline}`);
  }

  #draw(): void {
    for (const id of this.#dirty) this.#make(id);
    this.#dirty.clear();
    let place: Element | null = this.#list.firstElementChild;
    for (const id of this.#board.order()) {
      const view = this.#views.get(id);
      if (view === undefined) continue;
      // Moving an element closes nothing and loses no focus as long as it is not moved without need.
      if (view === place) place = place.nextElementSibling;
      else this.#list.insertBefore(view, place);
    }
    this.#empty.hidden = this.#views.size > 0;
  }

  #make(id: string): void {
    const old = this.#views.get(id);
    const shown = this.#board.shown(id);
    if (shown === undefined) {
      old?.remove();
      this.#views.delete(id);
      return;
    }
    const view = itemView(shown, shown.sending === undefined ? this.#correct : undefined);
    const wasOpen = old?.querySelector('details')?.open ?? false;
    const details = view.querySelector('details');
    if (details) details.open = wasOpen;
    const hadFocus = old?.contains(document.activeElement) === true;
    old?.replaceWith(view);
    if (hadFocus) view.querySelector<HTMLElement>('button, summary')?.focus();
    this.#views.set(id, view);
  }
}
