/**
 * A user's notifications and which of them are read, without a page: two feeds put together, and marks that only grow. The
 * order in which marks and notifications come does not matter.
 */
import type { Feed, Mark, Told } from './contract.ts';

/** A notification at its place. */
export interface Entry {
  readonly feed: Feed;
  readonly offset: number;
  readonly told: Told;
  /** ms since 1970. */
  readonly time: number;
}

/** As the topics keep. */
const maxOfFeed = 200;

export class Inbox {
  readonly #me: string;
  readonly #entries = new Map<string, Entry>();
  readonly #single = new Set<string>();
  readonly #upTo: Record<Feed, number> = { own: 0, everyone: 0 };

  /** @param me the user's id */
  constructor(me: string) {
    this.#me = me;
  }

  /** Newest first. */
  get entries(): readonly Entry[] {
    return [...this.#entries.values()].sort((a, b) => b.time - a.time || b.offset - a.offset);
  }

  get unread(): number {
    let count = 0;
    for (const entry of this.#entries.values()) if (!this.isRead(entry)) count++;
    return count;
  }

  /** Takes a notification; the oldest of its feed goes when there are too many. False: it is known. */
  add(entry: Entry): boolean {
    const key = keyOf(entry);
    if (this.#entries.get(key)?.told.id === entry.told.id) return false;
    this.#entries.set(key, entry);
    const old = `${entry.feed}.${entry.offset - maxOfFeed}`;
    this.#entries.delete(old);
    this.#single.delete(old);
    return true;
  }

  has(entry: Entry): boolean {
    return this.#entries.get(keyOf(entry)) === entry;
  }

  mark(mark: Mark): void {
    if (mark.reach === 'one') this.#single.add(keyOf(mark));
    else this.#upTo[mark.feed] = Math.max(this.#upTo[mark.feed], mark.offset);
  }

  isRead(entry: Entry): boolean {
    // What one told everyone is no news for oneself.
    if (entry.feed === 'everyone' && entry.told.from.id === this.#me) return true;
    return entry.offset <= this.#upTo[entry.feed] || this.#single.has(keyOf(entry));
  }

  /** The marks that make read what is here now; none where nothing is unread. */
  marksForAll(): readonly Mark[] {
    const newest: Partial<Record<Feed, number>> = {};
    for (const entry of this.#entries.values()) {
      if (!this.isRead(entry)) newest[entry.feed] = Math.max(newest[entry.feed] ?? 0, entry.offset);
    }
    return Object.entries(newest).map(([feed, offset]) => ({ reach: 'all', feed: feed as Feed, offset }));
  }
}

/** Tells apart the places of both feeds. */
export function keyOf({ feed, offset }: Pick<Entry, 'feed' | 'offset'>): string {
  return `${feed}.${offset}`;
}
