/**
 * Publications of one topic that came in one turn, one right behind the other. Its subscribers are told of them at once, and
 * what they share (frames, sizes, who is left out) is worked out once for all of them.
 */
import type { Audience, Publication } from '../contract/publication.ts';
import { isFor } from './audience.ts';
import type { Session } from './session.ts';

export class Run {
  /** At least one; none is changed or added. */
  readonly publications: readonly Publication[];
  /** The key that was asked for last, and what it has: as a rule the next receiver asks for the same. */
  #key: object | undefined;
  #made: unknown;
  #others: Map<object, unknown> | undefined;
  /** Sessions that must not have all of it. */
  #except: Set<number> | undefined;
  /** Somebody is meant by more than the ids of sessions, so each audience has to be asked. */
  #isSelective = false;

  constructor(publications: readonly Publication[]) {
    this.publications = publications;
    for (const { audience } of publications) if (audience !== undefined) this.#note(audience);
  }

  /** What an adapter has made of it for all of its receivers, by a key of its own. It lives as long as the run. */
  made<T>(key: object, make: () => T): T {
    if (this.#key !== key) {
      if (this.#key !== undefined) (this.#others ??= new Map()).set(this.#key, this.#made);
      this.#made = this.#others?.get(key) ?? make();
      this.#key = key;
    }
    return this.#made as T;
  }

  /** Whether a session may get every one of them. */
  isWholeFor(session: Session): boolean {
    if (this.#isSelective) return this.publications.every(({ audience }) => isFor(audience, session));
    return this.#except === undefined || !this.#except.has(session.id);
  }

  /** As a rule the publisher itself is left out, and nothing else is said. */
  #note({ except, only }: Audience): void {
    if (only !== undefined || except?.users !== undefined || except?.roles !== undefined) this.#isSelective = true;
    else for (const session of except?.sessions ?? []) (this.#except ??= new Set()).add(session);
  }
}
