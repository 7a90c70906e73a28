/**
 * What the page knows of the news: each item once, by its id, with what an editor here has written and the hub has not
 * confirmed laid over it. Whoever draws is told which item changed.
 */
import type { NewsDraft, NewsItem } from './contract.ts';

/** How far something written here has got. */
export type Sending = 'waiting' | 'sending' | 'sent';

export interface Shown {
  readonly item: NewsItem;
  /** Came, or was corrected, while nobody looked. */
  readonly isNew: 'new' | 'corrected' | undefined;
  readonly sending: Sending | undefined;
}

/** As many as the topic retains. */
const maxItems = 200;

export class Newsboard {
  readonly #items = new Map<string, NewsItem>();
  readonly #new = new Map<string, 'new' | 'corrected'>();
  readonly #drafts = new Map<string, { readonly draft: NewsDraft; sending: Sending }>();
  readonly #changed: (id: string) => void;

  constructor(changed: (id: string) => void) {
    this.#changed = changed;
  }

  /** An item came from the hub. */
  take(item: NewsItem, isNew: boolean): void {
    const { id } = item;
    const known = this.#items.has(id);
    this.#items.set(id, item);
    if (isNew) this.#new.set(id, known || item.corrected !== undefined ? 'corrected' : 'new');
    const draft = this.#drafts.get(id)?.draft;
    if (draft && draft.headline === item.headline && draft.text === item.text && draft.breaking === item.breaking) {
      this.#drafts.delete(id);
    }
    this.#changed(id);
    while (this.#items.size > maxItems) this.#drop(this.#oldest());
  }

  /** An editor here wrote this. */
  write(draft: NewsDraft, sending: Sending): void {
    this.#drafts.set(draft.id, { draft, sending });
    this.#changed(draft.id);
  }

  sending(id: string, sending: Sending): void {
    const draft = this.#drafts.get(id);
    if (draft === undefined) return;
    draft.sending = sending;
    this.#changed(id);
  }

  /** The hub did not take it. */
  refused(id: string): void {
    this.#drafts.delete(id);
    this.#changed(id);
  }

  /** What is to be shown of an item; nothing when it is gone. */
  shown(id: string): Shown | undefined {
    const item = this.#items.get(id);
    const written = this.#drafts.get(id);
    if (written !== undefined) {
      return { item: { ...item, ...written.draft }, isNew: undefined, sending: written.sending };
    }
    return item && { item, isNew: this.#new.get(id), sending: undefined };
  }

  /** Ids in the order of the page: breaking ones first, then the newest. */
  order(): string[] {
    const rank = (id: string): number => this.shown(id)?.item.published ?? Number.MAX_SAFE_INTEGER;
    const pinned = (id: string): number => (this.shown(id)?.item.breaking ? 1 : 0);
    const ids = [...new Set([...this.#items.keys(), ...this.#drafts.keys()])];
    return ids.sort((a, b) => pinned(b) - pinned(a) || rank(b) - rank(a));
  }

  /** The newest headlines, whatever is pinned. */
  newest(count: number): NewsItem[] {
    return [...this.#items.values()].sort((a, b) => (b.published ?? 0) - (a.published ?? 0)).slice(0, count);
  }

  /** How many came, and were corrected, while nobody looked. */
  away(): { readonly fresh: number; readonly corrected: number } {
    const kinds = [...this.#new.values()];
    const fresh = kinds.filter((kind) => kind === 'new').length;
    return { fresh, corrected: kinds.length - fresh };
  }

  /** The marks are taken off. */
  read(): void {
    const ids = [...this.#new.keys()];
    this.#new.clear();
    for (const id of ids) this.#changed(id);
  }

  #oldest(): string {
    return [...this.#items.values()].reduce((a, b) => ((b.published ?? 0) < (a.published ?? 0) ? b : a)).id;
  }

  #drop(id: string): void {
    this.#items.delete(id);
    this.#new.delete(id);
    this.#changed(id);
  }
}
