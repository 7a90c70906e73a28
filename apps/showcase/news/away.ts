/**
 * What came while nobody looked: while the page was closed, hidden or cut off. How far somebody has looked is a position of
 * the topic, kept by the browser.
 */

/** A place in the topic, and the hub's clock there, ms since 1970. */
export interface Place {
  readonly epoch: string;
  readonly offset: number;
  readonly time: number;
}

/** Where it is kept. */
export interface SeenStore {
  load(): Place | undefined;
  save(place: Place): void;
}

export class Away {
  readonly #store: SeenStore;
  /** How far somebody has looked; undefined on a first visit, when everything is as good as new. */
  #seen: Place | undefined;
  #newest: Place | undefined;

  constructor(store: SeenStore) {
    this.#store = store;
    this.#seen = store.load();
  }

  /** A publication came. `looked`: it came live, to a page that was in sight. Returns whether it is new to who comes back. */
  came(place: Place, looked: boolean): boolean {
    const isNew = !looked && this.#seen !== undefined && isAfter(place, this.#seen);
    if (this.#newest === undefined || isAfter(place, this.#newest)) this.#newest = place;
    return isNew;
  }

  /** Everything that came is in sight now. */
  look(): void {
    if (this.#newest === undefined) return;
    if (this.#seen === undefined || isAfter(this.#newest, this.#seen)) {
      this.#seen = this.#newest;
      this.#store.save(this.#newest);
    }
  }
}

/** Offsets tell within one life of the log; across two, only the clock does. */
function isAfter(place: Place, other: Place): boolean {
  return place.epoch === other.epoch ? place.offset > other.offset : place.time > other.time;
}

export function isPlace(value: unknown): value is Place {
  const { epoch, offset, time } = (value ?? {}) as Partial<Place>;
  return typeof epoch === 'string' && typeof offset === 'number' && typeof time === 'number';
}

/** `3 new`, `2 new, 1 corrected`, `1 corrected`. */
export function awayWords(fresh: number, corrected: number): string {
  const parts = [fresh > 0 && `${fresh} new`, corrected > 0 && `${corrected} corrected`];
  return `${parts.filter(Boolean).join(', ')} while you were away`;
}
