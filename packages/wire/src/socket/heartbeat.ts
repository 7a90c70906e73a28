/**
 * The pulse of many connections from one timer. Every member is visited twice within the interval: the first visit sends a
 * Ping, the next wants to have heard something since. So a peer that is gone is noticed within one interval.
 *
 * Members are spread over slots, so that ten thousand connections do not ping in the same millisecond.
 */
import type { Clock } from './clock.ts';

export interface Beating {
  beat(): void;
}

/** Slots of half an interval: as many as leave at least this many milliseconds between two ticks. */
const mostSlots = 32;
const shortestTick = 25;

export class Heartbeat {
  readonly #clock: Clock;
  readonly #tick: number;
  readonly #slots: Set<Beating>[];
  #members = 0;
  #current = 0;
  #timer: unknown;

  private constructor(clock: Clock, interval: number) {
    const half = interval / 2;
    const slots = Math.max(1, Math.min(mostSlots, Math.floor(half / shortestTick)));
    this.#clock = clock;
    this.#tick = half / slots;
    this.#slots = Array.from({ length: slots }, () => new Set());
  }

  /** The one pulse that all connections with this clock and this interval (ms) share. */
  static of(clock: Clock, interval: number): Heartbeat {
    let byInterval = pulses.get(clock);
    if (byInterval === undefined) pulses.set(clock, (byInterval = new Map()));
    let pulse = byInterval.get(interval);
    if (pulse === undefined) byInterval.set(interval, (pulse = new Heartbeat(clock, interval)));
    return pulse;
  }

  /** Returns the member's place, which `remove` asks for. */
  add(member: Beating): number {
    this.#members++;
    this.#slots[this.#current]!.add(member);
    this.#timer ??= this.#clock.setTimeout(() => this.#turn(), this.#tick);
    return this.#current;
  }

  remove(member: Beating, place: number): void {
    if (!this.#slots[place]!.delete(member)) return;
    this.#members--;
    if (this.#members > 0) return;
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #turn(): void {
    this.#timer = undefined;
    this.#current = (this.#current + 1) % this.#slots.length;
    // First, so that the pulse of all goes on whatever comes of one.
    if (this.#members > 0) this.#timer = this.#clock.setTimeout(() => this.#turn(), this.#tick);
    for (const member of this.#slots[this.#current]!) member.beat();
  }
}

const pulses = new WeakMap<Clock, Map<number, Heartbeat>>();
