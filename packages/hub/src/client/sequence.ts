/**
 * Where a subscription is in its topic, and so what a publication that comes is to it: new, delivered before, or a sign
 * that some are missing. Pure: no clock, no session.
 *
 * Two rules. Within a log that goes on, offsets tell: live ones go up by one, and what is not above the last was had. Where
 * the log may be another one (an older copy was put back, so an offset may stand for another publication), and in topics
 * with `latest`, whose offsets skip and go back, only ids tell; of those the newest are remembered.
 */
import type { Position } from '../contract/publication.ts';

/** So many ids are remembered. A value that was retained before them may be told twice, as replayed. */
const remembered = 1024;

export class Sequence {
  #last: Position | undefined;
  readonly #ids = new Set<number>();
  /** The topic's policy is `latest`. */
  #skips = false;
  /** What is replayed goes on where we were. */
  #goesOn = false;

  /** @param position where an earlier life had got to */
  constructor(position?: Position) {
    this.#last = position;
  }

  /** Where to go on from. */
  get position(): Position | undefined {
    return this.#last;
  }

  /** The topic was joined. */
  joined(recovered: boolean | 'fresh', latest: boolean): void {
    this.#goesOn = recovered === true;
    this.#skips = latest;
  }

  /** What a replayed publication is. */
  replayed(position: Position): 'new' | 'seen' {
    const last = this.#last;
    if (this.#ids.has(position.id)) return 'seen';
    if (this.#goesOn && last?.epoch === position.epoch && position.offset <= last.offset) return 'seen';
    return this.#delivered(position);
  }

  /** Everything up to here has been replayed, or was not for this reader. */
  caughtUp(position: Position): void {
    this.#last = position;
  }

  /**
   * What one that was published since then is.
   * @param absent so many before this one do not come, says the hub
   */
  live(position: Position, absent: number): 'new' | 'seen' | 'gap' {
    const last = this.#last;
    if (this.#ids.has(position.id)) return 'seen';
    if (!this.#skips && last !== undefined) {
      if (position.epoch !== last.epoch) return 'gap';
      if (position.offset <= last.offset) return 'seen';
      if (position.offset !== last.offset + 1 + absent) return 'gap';
    }
    return this.#delivered(position);
  }

  #delivered(position: Position): 'new' {
    const last = this.#last;
    // Where values skip, the position is the furthest that was seen.
    if (!this.#skips || last?.epoch !== position.epoch || position.offset > last.offset) this.#last = position;
    this.#ids.add(position.id);
    if (this.#ids.size > remembered) this.#ids.delete(this.#ids.values().next().value!);
    return 'new';
  }
}
