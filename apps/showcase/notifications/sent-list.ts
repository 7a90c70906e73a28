/** What was sent from here and how far it has come, and what is put off, with the time that is left. The newest is first. */
import { button, element, say, words } from '../shared/element.ts';
import { heldBackWords } from '../shared/held-back.ts';
import { span } from '../shared/times.ts';
import type { Scheduled } from './contract.ts';

export type Way = 'under-way' | 'sent' | 'refused' | 'waiting' | 'canceled';

interface Row {
  readonly item: HTMLLIElement;
  readonly says: HTMLElement;
  readonly cancel: HTMLButtonElement;
  /** Why it waits though there is a connection. */
  heldBack?: string | undefined;
  way: Way;
  /** ms since 1970, for what waits. */
  due: number;
  why: string;
}

export interface SentListOptions {
  readonly list: HTMLOListElement;
  readonly signal: AbortSignal;
  /** The hub's clock. */
  now(): number;
  connected(): boolean;
  cancel(told: string): void;
}

const maxRows = 8;

export class SentList {
  readonly #options: SentListOptions;
  readonly #rows = new Map<string, Row>();

  constructor(options: SentListOptions) {
    this.#options = options;
    options.list.replaceChildren();
    const timer = setInterval(() => this.show(), 250);
    options.signal.addEventListener('abort', () => clearInterval(timer), { once: true });
  }

  /** Something is on its way to `to`. */
  add(told: string, title: string, to: string): void {
    if (this.#rows.has(told)) return;
    const says = element('span', { class: 'sent-says' });
    const cancel = button('Cancel', () => this.#options.cancel(told), {
      class: 'plain',
      hidden: true,
      'aria-label': `Cancel: ${title}`,
    });
    const what = element('span', { class: 'sent-what' }, words(title), ' → ', words(to));
    const item = element('li', { 'data-told': told }, what, says, cancel);
    this.#rows.set(told, { item, says, cancel, way: 'under-way', due: 0, why: '' });
    this.#options.list.prepend(item);
    this.#trim();
    this.show();
  }

  /** It waits: by the code of a refusal for now, or for the connection alone. */
  waits(told: string, heldBack: string | undefined): void {
    const row = this.#rows.get(told);
    if (row === undefined) return;
    row.heldBack = heldBack;
    this.show();
  }

  settle(told: string, way: 'sent' | 'refused', why = ''): void {
    const row = this.#rows.get(told);
    if (row?.way !== 'under-way') return;
    row.way = way;
    row.why = why;
    this.show();
  }

  /** What the hub says of something that was put off. What was done before this page began is not shown. */
  scheduled({ told, to, due, state }: Scheduled): void {
    if (state === 'waiting') this.add(told.id, told.title, to.name);
    const row = this.#rows.get(told.id);
    if (row === undefined) return;
    row.way = state;
    row.due = due;
    this.show();
  }

  show(): void {
    for (const row of this.#rows.values()) {
      row.item.dataset['way'] = row.way;
      row.cancel.hidden = row.way !== 'waiting';
      say(row.says, this.#wordsFor(row));
    }
  }

  #wordsFor({ way, due, why, heldBack }: Row): string {
    if (way === 'refused') return `not sent: ${why}`;
    if (way === 'waiting') {
      const left = due - this.#options.now();
      if (left > 0) return `in ${span(left + 999)}`;
      return this.#options.connected() ? 'due' : 'due; not connected';
    }
    if (way !== 'under-way') return way;
    if (!this.#options.connected()) return 'waits for the connection';
    return heldBack ? heldBackWords(heldBack) : 'sending …';
  }

  #trim(): void {
    for (const [told, { item, way }] of this.#rows) {
      if (this.#rows.size <= maxRows) return;
      if (way === 'under-way' || way === 'waiting') continue;
      item.remove();
      this.#rows.delete(told);
    }
  }
}
