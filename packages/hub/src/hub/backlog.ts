/**
 * What waits behind one subscriber's window, by the topic's policy. Bounded in number and in bytes.
 *
 * `latest` keeps one publication for each key. A newer one takes the place of the older one *in line*: a key that changes
 * all the time still has its turn.
 */
import type { SlowReader } from './policy.ts';
import type { Publication } from './publication.ts';

export class Backlog {
  readonly #policy: SlowReader;
  readonly #most: { readonly count: number; readonly bytes: number };
  /** By key for `latest`, by offset otherwise; in line. */
  readonly #waiting = new Map<string | number, Publication>();
  #bytes = 0;
  #dropped = 0;

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

  /** False: it is too much, and the policy has no way out but to disconnect. */
  push(publication: Publication): boolean {
    if (this.#policy === 'disconnect') return false;
    const place = this.#policy === 'latest' ? publication.key : publication.offset;
    this.#bytes += publication.size - (this.#waiting.get(place)?.size ?? 0);
    this.#waiting.set(place, publication);
    if (!this.#isOver()) return true;
    if (this.#policy === 'wait') return false;
    // The newest itself stays, whatever its size: there is nothing newer to keep instead.
    while (this.#isOver() && this.#waiting.size > 1) {
      this.#take();
      this.#dropped++;
    }
    return true;
  }

  /** The next in line, and how many before it were dropped since the last one. */
  shift(): { readonly publication: Publication; readonly dropped: number } | undefined {
    const publication = this.#take();
    if (publication === undefined) return undefined;
    const dropped = this.#dropped;
    this.#dropped = 0;
    return { publication, dropped };
  }

  #isOver(): boolean {
    return this.#waiting.size > this.#most.count || this.#bytes > this.#most.bytes;
  }

  #take(): Publication | undefined {
    for (const [place, publication] of this.#waiting) {
      this.#waiting.delete(place);
      this.#bytes -= publication.size;
      return publication;
    }
    return undefined;
  }
}
