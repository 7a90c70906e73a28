/**
 * The arena itself: discs, gems, and what happens between them in one tick. It is moved from outside, tick by tick, and knows
 * neither time nor people.
 *
 * A gem is worth a point, a golden one five. Whoever dashes into somebody throws them back and knocks up to three points out
 * of them, which lie about until somebody has them.
 */
import {
  type Body,
  between,
  type Direction,
  dash,
  dashRest,
  field,
  gemRadius,
  move,
  radius,
  ticksPerSecond,
} from './motion.ts';
import { type GemState, type Input, isLater, maxDiscs, type Snapshot } from './snapshot.ts';

const gemsAtOnce = 22;
const maxGems = 48;
const goldenValue = 5;
/** Ticks. */
const dashLasts = 11;
const safeFor = 45;
const gemEvery = 8;
const pushSpeed = 420;
const droppedAtOnce = 3;

export class Disc implements Body {
  x = 0;
  y = 0;
  vx = 0;
  vy = 0;
  readonly seat: number;
  readonly bot: boolean;
  wanted: Direction = { x: 0, y: 0 };
  /** The number of the newest input. */
  seen = 0;
  /** Whose inputs count. */
  turn = 0;
  away = false;
  score = 0;
  /** Ticks that are left of each. */
  dashing = 0;
  rest = 0;
  safe = safeFor;
  #dashes: number | undefined;
  #wantsDash = false;

  constructor(seat: number, bot: boolean) {
    this.seat = seat;
    this.bot = bot;
  }

  /** Takes what its player wants; an input that was overtaken by a later one does nothing. */
  take({ number, x, y, dashes }: Input): void {
    if (this.#dashes !== undefined && !isLater(number, this.seen)) return;
    this.wanted = { x, y };
    this.seen = number;
    this.#wantsDash ||= this.#dashes !== undefined && dashes !== this.#dashes;
    this.#dashes = dashes;
  }

  /** Its player begins anew, with numbers of their own. */
  begin(turn: number): void {
    this.turn = turn;
    this.away = false;
    this.seen = 0;
    this.#dashes = undefined;
    this.stop();
  }

  stop(): void {
    this.wanted = { x: 0, y: 0 };
    this.#wantsDash = false;
  }

  wantDash(): void {
    this.#wantsDash = true;
  }

  tick(): void {
    this.rest = Math.max(0, this.rest - 1);
    this.dashing = Math.max(0, this.dashing - 1);
    this.safe = Math.max(0, this.safe - 1);
    if (this.#wantsDash && this.rest === 0 && !this.away) {
      dash(this, this.wanted);
      this.rest = dashRest;
      this.dashing = dashLasts;
    }
    this.#wantsDash = false;
    move(this, this.wanted, 1 / ticksPerSecond);
  }
}

interface Gem {
  readonly id: number;
  readonly value: number;
  x: number;
  y: number;
}

export class World {
  readonly discs = new Map<number, Disc>();
  readonly #gems = new Map<number, Gem>();
  readonly #random: () => number;
  #tick = 0;

  /** `random` from 0 to below 1. */
  constructor(random: () => number = Math.random) {
    this.#random = random;
    while (this.#gems.size < gemsAtOnce) this.#addGem();
  }

  get gems(): readonly GemState[] {
    return [...this.#gems.values()];
  }

  get snapshot(): Snapshot {
    const discs = [...this.discs.values()].map((disc) => ({
      ...{ seat: disc.seat, bot: disc.bot, away: disc.away, turn: disc.turn, seen: disc.seen, rest: disc.rest },
      ...{ x: disc.x, y: disc.y, vx: disc.vx, vy: disc.vy },
      dashing: disc.dashing > 0,
      safe: disc.safe > 0,
    }));
    return { tick: this.#tick, discs, gems: this.gems };
  }

  /** Puts a disc on a free seat, somewhere. Nothing, when there is none. */
  add(bot: boolean, seat: number | undefined = this.#freeSeat()): Disc | undefined {
    if (seat === undefined || this.discs.has(seat)) return undefined;
    const disc = new Disc(seat, bot);
    disc.x = this.#within(field.width, radius);
    disc.y = this.#within(field.height, radius);
    this.discs.set(seat, disc);
    return disc;
  }

  remove(seat: number): void {
    this.discs.delete(seat);
  }

  /** Moves everything. Returns whether anybody's points have changed. */
  tick(): boolean {
    this.#tick = (this.#tick + 1) % 2 ** 32;
    const present = [...this.discs.values()].filter(({ away }) => !away);
    for (const disc of this.discs.values()) disc.tick();
    let scored = false;
    for (const [i, one] of present.entries()) {
      for (const other of present.slice(i + 1)) if (this.#meet(one, other)) scored = true;
      for (const gem of this.#gems.values()) if (this.#collect(one, gem)) scored = true;
    }
    if (this.#tick % gemEvery === 0 && this.#gems.size < gemsAtOnce) this.#addGem();
    return scored;
  }

  /** Discs that touch push each other off. Returns whether one of them lost points. */
  #meet(one: Disc, other: Disc): boolean {
    const dx = other.x - one.x;
    const dy = other.y - one.y;
    const distance = Math.hypot(dx, dy) || 0.01;
    const overlap = radius * 2 - distance;
    if (overlap <= 0) return false;
    const [nx, ny] = [dx / distance, dy / distance];
    shift(one, -nx * (overlap / 2), -ny * (overlap / 2));
    shift(other, nx * (overlap / 2), ny * (overlap / 2));
    const closing = (one.vx - other.vx) * nx + (one.vy - other.vy) * ny;
    if (closing > 0) {
      one.vx -= closing * nx;
      one.vy -= closing * ny;
      other.vx += closing * nx;
      other.vy += closing * ny;
    }
    if (one.dashing > 0 === other.dashing > 0) return false;
    return one.dashing > 0 ? this.#hit(other, nx, ny) : this.#hit(one, -nx, -ny);
  }

  #hit(disc: Disc, nx: number, ny: number): boolean {
    if (disc.safe > 0) return false;
    disc.safe = safeFor;
    disc.vx += nx * pushSpeed;
    disc.vy += ny * pushSpeed;
    const lost = Math.min(droppedAtOnce, disc.score, maxGems - this.#gems.size);
    disc.score -= lost;
    for (let i = 0; i < lost; i++) {
      // Well away from who lost them: they are for whoever is quicker.
      const angle = this.#random() * Math.PI * 2;
      this.#addGem(1, disc.x + Math.cos(angle) * radius * 3.5, disc.y + Math.sin(angle) * radius * 3.5);
    }
    return lost > 0;
  }

  #collect(disc: Disc, gem: Gem): boolean {
    if (Math.hypot(disc.x - gem.x, disc.y - gem.y) > radius + gemRadius) return false;
    this.#gems.delete(gem.id);
    disc.score += gem.value;
    return true;
  }

  #addGem(
    value: number = this.#random() < 0.08 ? goldenValue : 1,
    x: number = this.#within(field.width, gemRadius * 3),
    y: number = this.#within(field.height, gemRadius * 3),
  ): void {
    let id = 0;
    while (this.#gems.has(id)) id++;
    const margin = gemRadius * 2;
    const at = { x: between(margin, x, field.width - margin), y: between(margin, y, field.height - margin) };
    this.#gems.set(id, { id, value, ...at });
  }

  #freeSeat(): number | undefined {
    for (let seat = 0; seat < maxDiscs; seat++) if (!this.discs.has(seat)) return seat;
    return undefined;
  }

  #within(size: number, margin: number): number {
    return margin + this.#random() * (size - margin * 2);
  }
}

function shift(disc: Disc, x: number, y: number): void {
  disc.x = between(radius, disc.x + x, field.width - radius);
  disc.y = between(radius, disc.y + y, field.height - radius);
}
