/** The symbols that somebody watches, kept by the browser for all of its windows. */
import { browserStore, readJson, type Store } from '../shared/stored.ts';

const key = 'stocks-watchlist';
const most = 100;
const atFirst: readonly string[] = ['FJEN', 'KEFD', 'REOP', 'TIRL'];

export class Watchlist {
  readonly #store: Store;
  readonly #known: ReadonlySet<string>;
  #symbols: Set<string>;

  /** `known` are the symbols that there are. */
  constructor(known: ReadonlySet<string>, store: Store = browserStore) {
    this.#store = store;
    this.#known = known;
    this.#symbols = new Set(this.#load());
  }

  get size(): number {
    return this.#symbols.size;
  }

  has(symbol: string): boolean {
    return this.#symbols.has(symbol);
  }

  /** Takes it in, or out. Another window may have changed the list meanwhile. @returns whether it is in now */
  toggle(symbol: string): boolean {
    this.reload();
    if (!this.#symbols.delete(symbol) && this.#symbols.size < most) this.#symbols.add(symbol);
    this.#store.write(key, JSON.stringify([...this.#symbols]));
    return this.#symbols.has(symbol);
  }

  /** Reads what another window has written. */
  reload(): void {
    this.#symbols = new Set(this.#load());
  }

  #load(): readonly string[] {
    const stored = readJson(this.#store, key, isList) ?? atFirst;
    return stored.filter((symbol) => this.#known.has(symbol)).slice(0, most);
  }
}

function isList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((symbol) => typeof symbol === 'string');
}
