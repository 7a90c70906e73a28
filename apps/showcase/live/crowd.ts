/** Simulated viewers: for a quarter of a minute they react two thousand times a second, inside the server. */
import { reactionKinds } from './contract.ts';

export const crowdLasts = 15_000;
export const crowdPerSecond = 2000;
/** ms. */
const wave = 20;

/** So many reactions, one by one; what the crowd likes changes with the seconds. */
export function crowdWave(count: number, now: number, random: () => number = Math.random): number[] {
  const counts = reactionKinds.map(() => 0);
  const favourite = Math.floor(now / 3000) % counts.length;
  for (let i = 0; i < count; i++) {
    const kind = random() < 0.5 ? favourite : Math.floor(random() * counts.length);
    counts[kind]!++;
  }
  return counts;
}

export class Crowd {
  readonly #react: (counts: number[]) => void;
  #timer: NodeJS.Timeout | undefined;
  #until = 0;
  /** Up to when it has reacted. */
  #at = 0;

  constructor(react: (counts: number[]) => void) {
    this.#react = react;
  }

  /** Until when it reacts, ms since 1970; 0 when it never did. */
  get until(): number {
    return this.#until;
  }

  start(): void {
    const now = Date.now();
    this.#until = now + crowdLasts;
    if (this.#timer !== undefined) return;
    this.#at = now;
    this.#timer = setInterval(() => this.#wave(), wave);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #wave(): void {
    const now = Date.now();
    // A timer is late now and then; the crowd is not.
    const count = Math.round((crowdPerSecond * Math.min(now - this.#at, 1000)) / 1000);
    this.#at = now;
    if (now >= this.#until) this.stop();
    else this.#react(crowdWave(count, now));
  }
}
