/**
 * The table: one row for each company, made once; those in sight are written five times a second where they have changed,
 * the others once a second, and what comes after a while lights up for a moment. One of the rows is in the order of the Tab
 * key; the arrows go to the others.
 */
import { button, element, fill, say } from '../shared/element.ts';
import { partOf } from '../shared/part-of.ts';
import type { QuoteBoard } from './quote-board.ts';
import { type Company, companies } from './symbols.ts';
import type { Watchlist } from './watchlist.ts';

export type View = 'all' | 'watched';
export type Order = 'symbol' | 'risers' | 'fallers';

interface RowView {
  readonly company: Company;
  readonly row: HTMLTableRowElement;
  readonly star: HTMLButtonElement;
  readonly name: HTMLButtonElement;
  readonly price: HTMLTableCellElement;
  readonly change: HTMLTableCellElement;
}

/** As page.css has it, px. */
const rowHeight = 46;
/** A price that was read so long ago is faded, ms. */
const staleAfter = 5_000;
/** One that comes after so long lights up, for so long, ms: where all of them move all the time, all would be alight. */
const lightsAfter = 1_000;
const lightsFor = 700;

export class QuoteTable {
  readonly #board: QuoteBoard;
  readonly #watchlist: Watchlist;
  readonly #select: (company: Company) => void;
  readonly #frame: HTMLElement = partOf(document, '#quotes-frame', HTMLElement);
  readonly #body: HTMLElement = partOf(document, '#quotes-body', HTMLElement);
  readonly #none: HTMLElement = partOf(document, '#quotes-none', HTMLElement);
  readonly #views = new Map<string, RowView>();
  readonly #dirty = new Set<string>();
  /** Symbols of the rows that are shown, in their order. */
  #shown: string[] = [];
  #filter = { view: 'all' as View, order: 'symbol' as Order, text: '' };

  constructor(board: QuoteBoard, watchlist: Watchlist, select: (company: Company) => void) {
    this.#board = board;
    this.#watchlist = watchlist;
    this.#select = select;
    for (const company of companies) this.#views.set(company.symbol, this.#make(company));
    this.#body.addEventListener('keydown', (event) => this.#onKey(event));
    this.#frame.addEventListener('scroll', () => this.draw(performance.now(), false));
    this.arrange({});
  }

  /** This symbol's quote has changed. */
  changed(symbol: string): void {
    this.#dirty.add(symbol);
  }

  /** Which rows are shown, and in what order. */
  arrange(filter: Partial<{ view: View; order: Order; text: string }>): void {
    this.#filter = { ...this.#filter, ...filter };
    const { view, order, text } = this.#filter;
    const wanted = text.trim().toLowerCase();
    const fits = ({ symbol, name }: Company): boolean =>
      (view === 'all' || this.#watchlist.has(symbol)) && `${symbol} ${name}`.toLowerCase().includes(wanted);
    const found = companies.filter(fits).map(({ symbol }) => symbol);
    if (order !== 'symbol') {
      const sign = order === 'risers' ? -1 : 1;
      found.sort((a, b) => sign * (this.#change(a) - this.#change(b)));
    }
    if (found.join() === this.#shown.join()) return;
    const focused = this.#body.contains(document.activeElement) ? (document.activeElement as HTMLElement) : undefined;
    this.#shown = found;
    fill(this.#body, ...found.map((symbol) => this.#views.get(symbol)!.row));
    focused?.focus();
    this.#none.hidden = found.length > 0;
    this.#reach(found.find((symbol) => this.#views.get(symbol)?.name.tabIndex === 0) ?? found[0]);
  }

  /** Marks the row that the chart is about. */
  mark(symbol: string): void {
    for (const { company, row, name } of this.#views.values()) {
      row.classList.toggle('selected', company.symbol === symbol);
      name.setAttribute('aria-pressed', String(company.symbol === symbol));
    }
  }

  /** Writes what has changed, of the rows in sight or of `all`; `now` by the page's clock, ms. */
  draw(now: number, all: boolean): void {
    const first = Math.floor(this.#frame.scrollTop / rowHeight) - 1;
    const last = first + Math.ceil(this.#frame.clientHeight / rowHeight) + 1;
    const inSight = new Set(this.#shown.slice(Math.max(0, first), last));
    for (const symbol of all ? this.#dirty : [...inSight].filter((symbol) => this.#dirty.has(symbol))) {
      this.#write(this.#views.get(symbol)!);
      this.#dirty.delete(symbol);
    }
    for (const symbol of inSight) {
      const { at = now, before } = this.#board.row(symbol) ?? {};
      const classes = this.#views.get(symbol)!.row.classList;
      classes.toggle('stale', now - at > staleAfter);
      classes.toggle('fresh', before !== undefined && at - before > lightsAfter && now - at < lightsFor);
    }
  }

  /** Shows who is watched, after the list has changed elsewhere. */
  stars(): void {
    for (const { company, star } of this.#views.values()) this.#star(star, this.#watchlist.has(company.symbol));
    this.arrange({});
  }

  #make(company: Company): RowView {
    const { symbol } = company;
    const star = button('☆', () => this.#toggle(symbol), {
      class: 'star',
      tabindex: -1,
      'aria-label': `Watch ${symbol}`,
    });
    const name = button('', () => this.#select(company), { class: 'name', tabindex: -1, 'aria-pressed': 'false' });
    name.append(element('span', { class: 'symbol' }, symbol), element('span', { class: 'company' }, company.name));
    const price = element('td', { class: 'price' }, '…');
    const change = element('td', { class: 'change' });
    const cells = [element('td', {}, star), element('th', { scope: 'row' }, name), price, change];
    const row = element('tr', { 'data-symbol': symbol }, ...cells);
    this.#star(star, this.#watchlist.has(symbol));
    return { company, row, star, name, price, change };
  }

  #write({ company, row, price, change }: RowView): void {
    const known = this.#board.row(company.symbol);
    if (known === undefined) return;
    const { quote, moved } = known;
    say(price, quote.price.toFixed(2));
    say(change, `${quote.change > 0 ? '+' : quote.change < 0 ? '−' : ''}${Math.abs(quote.change).toFixed(2)} %`);
    row.dataset['update'] = String(quote.update);
    row.dataset['moved'] = moved ?? '';
    change.className = `change ${quote.change < 0 ? 'fall' : 'rise'}`;
  }

  #toggle(symbol: string): void {
    this.#watchlist.toggle(symbol);
    this.stars();
  }

  #star(star: HTMLButtonElement, watched: boolean): void {
    star.setAttribute('aria-pressed', String(watched));
    say(star, watched ? '★' : '☆');
  }

  #change(symbol: string): number {
    return this.#board.row(symbol)?.quote.change ?? 0;
  }

  /** Makes this row the one that the Tab key reaches. */
  #reach(symbol: string | undefined): void {
    for (const { company, star, name } of this.#views.values()) {
      star.tabIndex = name.tabIndex = company.symbol === symbol ? 0 : -1;
    }
  }

  #onKey(event: KeyboardEvent): void {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 }[event.key];
    const row = event.target instanceof Element ? event.target.closest('tr') : null;
    if (step === undefined || row === null) return;
    event.preventDefault();
    const at = this.#shown.indexOf(row.dataset['symbol'] ?? '');
    const next = this.#shown[Math.min(Math.max(at + step, 0), this.#shown.length - 1)];
    const view = this.#views.get(next ?? '');
    if (view === undefined) return;
    this.#reach(next);
    (event.target === this.#views.get(this.#shown[at] ?? '')?.star ? view.star : view.name).focus();
  }
}
