/** Somebody who publishes all the time, and keeps account of what was acknowledged, and of what nobody knows. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Position } from '../../../src/index.ts';
import { type Room, rooms } from './contract.ts';

export interface Acknowledged {
  readonly room: Room;
  readonly text: string;
  readonly position: Position;
  /** The hub knew the key already: an earlier attempt had come through, and its answer had not. */
  readonly duplicate: boolean;
}

/** Publishes once. Nothing: it was given up, or the answer was lost. */
export type Publish = (
  room: Room,
  text: string,
) => Promise<{ readonly position: Position; readonly duplicate: boolean } | undefined>;

/** So many publications wait for their answers at once. */
const most = 20;

export class Writer {
  readonly name: string;
  readonly acknowledged: Acknowledged[] = [];
  /** Each may be in the log, once. */
  readonly unknown: string[] = [];
  /** Why the hub refused one; there is no reason for that. */
  readonly refused: unknown[] = [];
  readonly #publish: Publish;
  readonly #random: () => number;
  readonly #underWay = new Set<Promise<void>>();
  #writing: Promise<void> | undefined;
  #stopped = false;
  #count = 0;

  constructor(name: string, random: () => number, publish: Publish) {
    this.name = name;
    this.#random = random;
    this.#publish = publish;
  }

  start(): void {
    this.#writing = this.#write();
  }

  /** Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#writing;
    await Promise.all(this.#underWay);
  }

  async #write(): Promise<void> {
    while (!this.#stopped) {
      const room = rooms[this.#random() < 0.5 ? 0 : 1]!;
      const one = this.#one(room, `${this.name} ${++this.#count}`).finally(() => this.#underWay.delete(one));
      this.#underWay.add(one);
      await delay(1 + this.#random() * 4);
      if (this.#underWay.size >= most) await Promise.race(this.#underWay);
    }
  }

  async #one(room: Room, text: string): Promise<void> {
    const published = await this.#publish(room, text).catch((error) => {
      this.refused.push(error);
      return undefined;
    });
    if (published === undefined) this.unknown.push(text);
    else this.acknowledged.push({ room, text, ...published });
  }
}
