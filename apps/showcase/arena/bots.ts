/** How a bot plays: to the gem that is nearest, not at full speed, and now and then at somebody who has points to lose. */
import { maxDiscs } from './snapshot.ts';
import type { Disc, World } from './world.ts';

/** Bots fill up to so many discs, so that whoever is alone has somebody to play with. */
const company = 5;
const pace = 0.62;
const names = ['Pip', 'Dot', 'Bo', 'Kit', 'Moe', 'Zip', 'Fig', 'Tam'] as const;

/** A bot's name says what it is. */
export function botName(seat: number): string {
  return `${names[seat % names.length]} (bot)`;
}

/** How many bots so many people get. */
export function botsFor(people: number): number {
  return people === 0 ? 0 : Math.max(0, Math.min(company, maxDiscs) - people);
}

/** Has every bot choose where to go; to be asked a few times a second. */
export function steer(world: World, random: () => number = Math.random): void {
  for (const disc of world.discs.values()) if (disc.bot) steerOne(disc, world, random);
}

function steerOne(disc: Disc, world: World, random: () => number): void {
  const prey = nearest(
    disc,
    [...world.discs.values()].filter((other) => other !== disc && isPrey(other)),
  );
  const gem = nearest(disc, world.gems);
  const target = prey !== undefined && distance(disc, prey) < 170 && disc.rest === 0 ? prey : gem;
  if (target === undefined) return disc.stop();
  const reach = distance(disc, target) || 1;
  const wobble = (random() - 0.5) * 0.5;
  disc.wanted = {
    x: ((target.x - disc.x) / reach) * pace + wobble,
    y: ((target.y - disc.y) / reach) * pace - wobble,
  };
  if (target === prey && random() < 0.3) disc.wantDash();
}

function isPrey({ away, safe, score }: Disc): boolean {
  return !away && safe === 0 && score > 0;
}

interface Place {
  readonly x: number;
  readonly y: number;
}

function nearest<T extends Place>(from: Place, places: readonly T[]): T | undefined {
  let best: T | undefined;
  for (const place of places) if (best === undefined || distance(from, place) < distance(from, best)) best = place;
  return best;
}

function distance(one: Place, other: Place): number {
  return Math.hypot(other.x - one.x, other.y - one.y);
}
