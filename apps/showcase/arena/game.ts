/**
 * One arena with people in it: who has which seat, what they want, what their points are. It is stepped from outside, thirty
 * times a second while somebody plays, and keeps nothing for itself: players, points and the best are published, and a
 * game that starts anew goes on from what was published.
 *
 * A player who is gone keeps the seat, and the points, for ten seconds; so does everybody when the server starts again.
 */
import type { User } from '../shared/identity.ts';
import { botName, botsFor, steer } from './bots.ts';
import { type Best, bestKept, type Player, type Ticket } from './contract.ts';
import { maxDiscs, readInput, writeSnapshot } from './snapshot.ts';
import { type Disc, World } from './world.ts';

/** How long a seat is kept, ms. */
export const seatKept = 10_000;
/** Whoever is not heard of for so long is away, ms: a page that is seen says something twice a second. */
const heardWithin = 3000;
/** Ticks between the choices of the bots, and between two looks at who is still there and whose points have changed. */
const steerEvery = 5;
const lookEvery = 8;

/** A window that plays. */
export interface Window {
  readonly id: number;
  readonly ended: boolean;
}

interface Seat {
  readonly user: User;
  readonly disc: Disc;
  window: Window | undefined;
  heardAt: number;
  /** Since when its player is away. */
  awayAt: number | undefined;
}

/** Where it all goes. What is kept resolves when it is. */
export interface GameOutlet {
  state(snapshot: Uint8Array): void;
  players(players: Player[]): Promise<unknown>;
  best(best: Best[]): Promise<unknown>;
}

export interface GameOptions {
  readonly outlet: GameOutlet;
  /** ms. @default Date.now */
  readonly now?: () => number;
  readonly random?: () => number;
}

export class Game {
  readonly #world: World;
  readonly #outlet: GameOutlet;
  readonly #now: () => number;
  readonly #random: () => number;
  /** Of people, by user. */
  readonly #seats = new Map<string, Seat>();
  #best: readonly Best[] = [];
  #ticks = 0;
  #changed = false;
  #saving: Promise<void> | undefined;

  constructor({ outlet, now = Date.now, random = Math.random }: GameOptions) {
    this.#outlet = outlet;
    this.#now = now;
    this.#random = random;
    this.#world = new World(random);
  }

  /** People who have a seat, whether they are there or not. */
  get people(): number {
    return this.#seats.size;
  }

  get players(): Player[] {
    const people = [...this.#seats.values()].map(({ user: { id, name }, disc: { seat, score, away } }) => {
      return { seat, id, name, bot: false, away, score };
    });
    const bots = [...this.#world.discs.values()].filter(({ bot }) => bot);
    const machines = bots.map(({ seat, score }) => ({
      seat,
      id: `bot-${seat}`,
      name: botName(seat),
      bot: true,
      away: false,
      score,
    }));
    return [...people, ...machines];
  }

  /** Goes on from what was published last. Whoever had a seat has it, and some time to come back. */
  restore(players: readonly Player[], best: readonly Best[]): void {
    this.#best = best;
    for (const { seat, id, name, bot, score } of players) {
      const disc = bot ? undefined : this.#world.add(false, seat);
      if (disc === undefined) continue;
      disc.score = score;
      disc.away = true;
      const now = this.#now();
      this.#seats.set(id, { user: { id, name }, disc, window: undefined, heardAt: now, awayAt: now });
    }
    this.#changed = true;
  }

  /** Gives somebody their seat, or a free one; nothing, when there is none. From now on this window plays it. */
  join(user: User, window: Window): Ticket | undefined {
    const known = this.#seats.get(user.id);
    const disc = known?.disc ?? this.#newDisc();
    if (disc === undefined) return undefined;
    // One more than before: the window that played until now can tell.
    disc.begin(known ? (disc.turn + 1) % 256 : Math.floor(this.#random() * 256));
    this.#seats.set(user.id, { user, disc, window, heardAt: this.#now(), awayAt: undefined });
    this.#changed = true;
    this.#fillWithBots();
    return { seat: disc.seat, turn: disc.turn, kept: known !== undefined, score: disc.score };
  }

  /** What a window wants its player to do. Bytes that are no input, and windows that do not play, change nothing. */
  input(userId: string, windowId: number, bytes: Uint8Array): void {
    const seat = this.#seats.get(userId);
    const input = readInput(bytes);
    if (seat?.window?.id !== windowId || input === undefined) return;
    seat.heardAt = this.#now();
    seat.disc.take(input);
  }

  /** A tick. Returns whether somebody plays. */
  step(): boolean {
    if (this.#ticks % steerEvery === 0) steer(this.#world, this.#random);
    if (this.#world.tick()) this.#changed = true;
    if (++this.#ticks % lookEvery === 0) {
      this.#look();
      if (this.#changed && this.#saving === undefined) void this.save();
    }
    this.#outlet.state(writeSnapshot(this.#world.snapshot));
    return this.people > 0;
  }

  /** Publishes what has changed, after what is being published. */
  async save(): Promise<void> {
    await this.#saving;
    if (!this.#changed) return;
    this.#changed = false;
    this.#saving = this.#publish().finally(() => {
      this.#saving = undefined;
    });
    await this.#saving;
  }

  async #publish(): Promise<void> {
    const best = this.#bestNow();
    const better = best !== this.#best;
    this.#best = best;
    await Promise.all([this.#outlet.players(this.players), better && this.#outlet.best([...best])]);
  }

  /** Who is away, and who is for too long. */
  #look(): void {
    const now = this.#now();
    for (const [id, seat] of this.#seats) {
      const here = seat.window?.ended === false && now - seat.heardAt < heardWithin;
      if (here === seat.disc.away) this.#changed = true;
      seat.disc.away = !here;
      seat.awayAt = here ? undefined : (seat.awayAt ?? now);
      if (seat.awayAt === undefined) continue;
      seat.disc.stop();
      if (now - seat.awayAt < seatKept) continue;
      this.#seats.delete(id);
      this.#world.remove(seat.disc.seat);
      this.#fillWithBots();
      this.#changed = true;
    }
  }

  #newDisc(): Disc | undefined {
    if (this.#world.discs.size >= maxDiscs) {
      const bot = [...this.#world.discs.values()].find((disc) => disc.bot);
      if (bot === undefined) return undefined;
      this.#world.remove(bot.seat);
    }
    return this.#world.add(false);
  }

  #fillWithBots(): void {
    const bots = [...this.#world.discs.values()].filter(({ bot }) => bot);
    const wanted = botsFor(this.people);
    for (const { seat } of bots.slice(wanted)) this.#world.remove(seat);
    for (let count = bots.length; count < wanted; count++) this.#world.add(true);
  }

  /** The best with those who play now; the same list when that changes nothing. */
  #bestNow(): readonly Best[] {
    let list = this.#best;
    for (const { user, disc } of this.#seats.values()) {
      const known = list.find(({ id }) => id === user.id);
      if (disc.score <= (known?.score ?? 0)) continue;
      if (known === undefined && list.length === bestKept && disc.score <= list.at(-1)!.score) continue;
      const others = list.filter((one) => one !== known);
      const one: Best = { id: user.id, name: user.name, score: disc.score, at: this.#now() };
      list = [...others, one].sort((a, b) => b.score - a.score).slice(0, bestKept);
    }
    return list;
  }
}
