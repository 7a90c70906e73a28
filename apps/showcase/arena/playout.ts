/**
 * When which snapshot is shown. They come as the line lets them; what is drawn is a moment a little behind the newest one,
 * between the two snapshots around it. So everything but one's own disc moves evenly, and is a tenth of a second old.
 */
import { ticksPerSecond } from './motion.ts';
import type { DiscState, Snapshot } from './snapshot.ts';

const interval = 1000 / ticksPerSecond;
/** How far behind the newest snapshot the drawing is, ms: about two of them, and some unrest of the line. */
const behind = 85;
/** A snapshot whose moment is so far from what was expected begins a new time, ms: the server was restarted, or the line stood. */
const jump = 1000;
const maxKept = 40;
/** How much of a difference is believed at once: early ones at once, late ones hardly. */
const trust = { early: 0.3, late: 0.04 };

export class Playout {
  #snapshots: Snapshot[] = [];
  /** When tick 0 would have come by a line as quick as the quickest so far, by the page's clock. */
  #origin: number | undefined;

  get newest(): Snapshot | undefined {
    return this.#snapshots.at(-1);
  }

  /** Takes what came; false when it is not newer than what is here. */
  add(snapshot: Snapshot, now: number): boolean {
    const origin = now - snapshot.tick * interval;
    if (this.#origin === undefined || Math.abs(origin - this.#origin) > jump) {
      this.#origin = origin;
      this.#snapshots = [];
    } else {
      const late = origin - this.#origin;
      this.#origin += late * (late < 0 ? trust.early : trust.late);
    }
    if (this.newest !== undefined && snapshot.tick <= this.newest.tick) return false;
    this.#snapshots.push(snapshot);
    if (this.#snapshots.length > maxKept) this.#snapshots.shift();
    return true;
  }

  /** How old the newest snapshot is, as far as one can tell here, ms. */
  age(now: number): number {
    return this.newest === undefined ? 0 : now - (this.#origin! + this.newest.tick * interval);
  }

  /** The discs as they are drawn now. */
  discs(now: number): readonly DiscState[] {
    const newest = this.newest;
    if (newest === undefined) return [];
    const moment = (now - behind - this.#origin!) / interval;
    const next = this.#snapshots.find(({ tick }) => tick >= moment) ?? newest;
    const before = this.#snapshots[this.#snapshots.indexOf(next) - 1];
    if (before === undefined || next.tick <= moment) return next.discs;
    const part = (moment - before.tick) / (next.tick - before.tick);
    return next.discs.map((disc) =>
      mixed(
        before.discs.find(({ seat }) => seat === disc.seat),
        disc,
        part,
      ),
    );
  }
}

/** `part` of the way from one state to the next. */
function mixed(from: DiscState | undefined, to: DiscState, part: number): DiscState {
  if (from === undefined) return to;
  return { ...to, x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part };
}
