/**
 * What waits behind one subscriber's window, by the topic's policy. Bounded in number and in bytes.
 *
 * `latest` keeps one publication for each key. A newer one takes the place of the older one *in line*: a key that changes
 * all the time still has its turn.
 */

import type { Publication } from '../contract/publication.ts';
import type { SlowReader } from './policy.ts';

/** A publication, and how many before it were not for this subscriber. */
interface Waiting {
  readonly publication: Publication;
  readonly skipped: number;
}

export class Backlog {
  readonly #policy: SlowReader;
  readonly #most: { readonly count: number; readonly bytes: number };
  /** By key for `latest`, by offset otherwise; in line. */
  readonly #waiting = new Map<string | number, Waiting>();
  #bytes = 0;
  #dropped = 0;
  /** Before those that were dropped. */
  #skipped = 0;

  constructor(policy: SlowReader, most: { readonly count: number; readonly bytes: number }) {
    this.#policy = policy;
    this.#most = most;
  }

  get length(): number {
    return this.#waiting.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /**
   * False: it is too much, and the policy has no way out but to disconnect. `skipped`: so many since the one before were not
   * for this subscriber.
   */
  push(publication: Publication, skipped = 0): boolean {
    if (this.#policy === 'disconnect') return false;
    const place = this.#policy === 'latest' ? publication.key : publication.offset;
    this.#bytes += publication.size - (this.#waiting.get(place)?.publication.size ?? 0);
    this.#waiting.set(place, { publication, skipped });
    if (!this.#isOver()) return true;
    if (this.#policy === 'wait') return false;
    // The newest itself stays, whatever its size: there is nothing newer to keep instead.
    while (this.#isOver() && this.#waiting.size > 1) {
      this.#skipped += this.#take()!.skipped;
      this.#dropped++;
    }
    return true;
  }

  /** The next in line, and how many before it were dropped, and skipped, since the last one. */
  shift(): (Waiting & { readonly dropped: number }) | undefined {
    const next = this.#take();
    if (next === undefined) return undefined;
    const { publication } = next;
    const dropped = this.#dropped;
    const skipped = this.#skipped + next.skipped;
    this.#dropped = 0;
    this.#skipped = 0;
    return { publication, dropped, skipped };
  }

  #isOver(): boolean {
    return this.#waiting.size > this.#most.count || this.#bytes > this.#most.bytes;
  }

  #take(): Waiting | undefined {
    for (const [place, next] of this.#waiting) {
      this.#waiting.delete(place);
      this.#bytes -= next.publication.size;
      return next;
    }
    return undefined;
  }
}
