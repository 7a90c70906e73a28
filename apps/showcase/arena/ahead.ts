/**
 * One's own disc, shown as it will be when the server hears of what the player does now: what the newest snapshot says of
 * it, carried forward by the inputs that the snapshot can't know yet. Other discs are not foreseen, so a collision is corrected when
 * the server tells of it, evenly.
 */
import { type Body, type Direction, dash, dashRest, move, ticksPerSecond } from './motion.ts';
import type { DiscState } from './snapshot.ts';

interface Given extends Direction {
  readonly at: number;
  readonly dashes: boolean;
}

/** More than this is not foreseen, ms. */
const furthest = 400;
const maxGiven = 60;
/** A difference that is larger is shown at once, units. */
const tooFar = 220;
/** How quickly a smaller one goes, as a rate per second. */
const mends = 9;
const step = 1000 / ticksPerSecond;

export class Ahead {
  #given: Given[] = [];
  #shown: Body | undefined;
  #shownAt = 0;
  /** What is shown less what is foreseen. */
  #error = { x: 0, y: 0 };
  #tick = -1;

  /** An input was sent. */
  gave(wanted: Direction, dashes: boolean, now: number): void {
    this.#given.push({ x: wanted.x, y: wanted.y, at: now, dashes });
    if (this.#given.length > maxGiven) this.#given.shift();
  }

  forget(): void {
    this.#given = [];
    this.#shown = undefined;
    this.#error = { x: 0, y: 0 };
  }

  /**
   * Where the disc is now.
   * @param tick of the snapshot that `disc` is from
   * @param age how old that is, ms
   * @param lag how long an input takes until a snapshot knows of it, ms
   */
  place(disc: DiscState, tick: number, age: number, lag: number, now: number): Body {
    const foreseen = this.#foresee(disc, Math.min(furthest, Math.max(0, age) + lag), now);
    const passed = Math.max(0, now - this.#shownAt) / 1000;
    if (tick !== this.#tick && this.#shown !== undefined) {
      // What was shown goes on from where it would be by now; only the difference to the news is mended.
      const expected = { x: this.#shown.x + this.#shown.vx * passed, y: this.#shown.y + this.#shown.vy * passed };
      this.#error = { x: expected.x - foreseen.x, y: expected.y - foreseen.y };
      if (Math.hypot(this.#error.x, this.#error.y) > tooFar) this.#error = { x: 0, y: 0 };
    }
    const left = Math.exp(-mends * passed);
    this.#error = { x: this.#error.x * left, y: this.#error.y * left };
    this.#tick = tick;
    this.#shownAt = now;
    this.#shown = { ...foreseen, x: foreseen.x + this.#error.x, y: foreseen.y + this.#error.y };
    return this.#shown;
  }

  #foresee({ x, y, vx, vy, rest }: DiscState, span: number, now: number): Body {
    const body: Body = { x, y, vx, vy };
    const begin = now - span;
    let readyAt = begin + rest * step;
    let wanted: Direction = this.#given.findLast(({ at }) => at <= begin) ?? { x: 0, y: 0 };
    let time = begin;
    const until = (moment: number): void => {
      for (; time < moment; time += step) move(body, wanted, Math.min(step, moment - time) / 1000);
      time = moment;
    };
    for (const given of this.#given) {
      if (given.at <= begin) continue;
      until(given.at);
      wanted = given;
      if (!given.dashes || given.at < readyAt) continue;
      dash(body, wanted);
      readyAt = given.at + dashRest * step;
    }
    until(now);
    return body;
  }
}
