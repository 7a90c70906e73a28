/**
 * What is to be sent later. The truth is a topic with a fixed number of slots, each a key, so that nothing that waits can be
 * pushed out by what comes after it; timers are made from it when the server starts.
 *
 * A notification is sent first, under a key of its own, then its sender is told, then its slot is free. Wherever the process
 * ends in between, the next one does the rest again, and the key makes sure that it was sent once.
 */
import { type Hub, HubError } from '@tidewire/hub';
import type { Clock } from 'tidewire';
import type { User } from '../shared/identity.ts';
import type { NotificationsContract, Scheduled } from './contract.ts';

/** How many can wait, of all users and of one. */
export const maxSlots = 500;
const maxWaiting = 20;
/** How many of one user's, waiting or done, are remembered. */
export const maxRemembered = 40;

export interface TimetableOptions {
  readonly clock: Clock;
  /** ms since 1970. */
  readonly date: () => number;
  onError(error: unknown): void;
}

interface Waiting {
  readonly slot: number;
  readonly scheduled: Scheduled;
  timer: unknown;
}

export class Timetable {
  readonly #hub: Hub<NotificationsContract>;
  readonly #options: TimetableOptions;
  /** By the id of the notification and its sender. */
  readonly #waiting = new Map<string, Waiting>();
  readonly #sending = new Set<Promise<void>>();
  #stopped = false;

  private constructor(hub: Hub<NotificationsContract>, options: TimetableOptions) {
    this.#hub = hub;
    this.#options = options;
  }

  /** Reads what waits, and sends what became due meanwhile. Call it once the hub knows the topics. */
  static async read(hub: Hub<NotificationsContract>, options: TimetableOptions): Promise<Timetable> {
    const timetable = new Timetable(hub, options);
    for (const { data } of await hub.retained('notifications.timetable', {})) {
      if (data.scheduled) await timetable.#resume(data.slot, data.scheduled);
    }
    return timetable;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /**
   * Takes what `sender` puts off, and gives it back as it is kept. What it had taken before, it gives back as that is now.
   * @throws HubError when too many wait
   */
  async take(draft: Scheduled, sender: User): Promise<Scheduled> {
    const remembered = await this.#remembered(sender.id, draft.told.id);
    const known = this.#waiting.get(keyOf(draft.told.id, sender.id))?.scheduled ?? remembered;
    if (known) return known;
    const due = this.#options.date() + draft.after * 1000;
    const scheduled: Scheduled = { ...draft, told: { ...draft.told, from: sender }, due, state: 'waiting' };
    const slot = this.#freeSlot(sender.id);
    const entry = this.#wait(slot, scheduled);
    try {
      await this.#hub.publish('notifications.timetable', {}, { slot, scheduled });
    } catch (error) {
      this.#forget(entry);
      throw error;
    }
    return scheduled;
  }

  /** Whether it was still to be had. */
  async cancel(told: string, sender: string): Promise<boolean> {
    const entry = this.#waiting.get(keyOf(told, sender));
    if (entry === undefined || entry.timer === undefined) return false;
    this.#options.clock.clearTimeout(entry.timer);
    entry.timer = undefined;
    try {
      await this.#settle(entry, 'canceled');
    } catch (error) {
      // Nobody was told, so it is to be sent still.
      this.#arm(entry);
      throw error;
    }
    return true;
  }

  /** Sends no more. What waits stays in the topic. Resolves when what was under way is done. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const { timer } of this.#waiting.values()) this.#options.clock.clearTimeout(timer);
    await Promise.all(this.#sending);
  }

  /** As its sender was told last. */
  async #remembered(sender: string, told: string): Promise<Scheduled | undefined> {
    const remembered = await this.#hub.retained('notifications.scheduled.{id}', { id: sender });
    return remembered.find(({ data }) => data.told.id === told)?.data;
  }

  async #resume(slot: number, scheduled: Scheduled): Promise<void> {
    const { id, from } = scheduled.told;
    const canceled = (await this.#remembered(from.id, id))?.state === 'canceled';
    // The process ended between the two topics.
    if (canceled) await this.#hub.publish('notifications.timetable', {}, { slot, scheduled: null });
    else this.#wait(slot, scheduled);
  }

  #freeSlot(sender: string): number {
    const waiting = [...this.#waiting.values()];
    const mine = waiting.filter(({ scheduled }) => scheduled.told.from.id === sender);
    if (mine.length >= maxWaiting) throw new HubError('full', `You have put off ${maxWaiting} already`);
    const taken = new Set(waiting.map(({ slot }) => slot));
    for (let slot = 0; slot < maxSlots; slot++) if (!taken.has(slot)) return slot;
    throw new HubError('too-many', 'Too many wait already');
  }

  #wait(slot: number, scheduled: Scheduled): Waiting {
    const entry: Waiting = { slot, scheduled, timer: undefined };
    this.#waiting.set(keyOf(scheduled.told.id, scheduled.told.from.id), entry);
    this.#arm(entry);
    return entry;
  }

  #arm(entry: Waiting): void {
    const { clock, date } = this.#options;
    if (this.#stopped) return;
    entry.timer = clock.setTimeout(() => this.#isDue(entry), Math.max(0, entry.scheduled.due - date()));
  }

  #isDue(entry: Waiting): void {
    if (this.#stopped) return;
    entry.timer = undefined;
    const sending = this.#send(entry).catch((error: unknown) => {
      this.#options.onError(error);
      // It is due still. The engine may have been busy.
      if (!this.#stopped) entry.timer = this.#options.clock.setTimeout(() => this.#isDue(entry), 5_000);
    });
    this.#sending.add(sending);
    void sending.finally(() => this.#sending.delete(sending));
  }

  async #send(entry: Waiting): Promise<void> {
    const { to, told } = entry.scheduled;
    const once = `scheduled-${keyOf(told.id, told.from.id)}`;
    await this.#hub.publish('notifications.user.{id}', { id: to.id }, told, { once });
    await this.#settle(entry, 'sent');
  }

  async #settle(entry: Waiting, state: 'sent' | 'canceled'): Promise<void> {
    const { slot, scheduled } = entry;
    const sender = { id: scheduled.told.from.id };
    await this.#hub.publish('notifications.scheduled.{id}', sender, { ...scheduled, state });
    await this.#hub.publish('notifications.timetable', {}, { slot, scheduled: null });
    this.#forget(entry);
  }

  #forget(entry: Waiting): void {
    this.#options.clock.clearTimeout(entry.timer);
    const { id, from } = entry.scheduled.told;
    this.#waiting.delete(keyOf(id, from.id));
  }
}

function keyOf(told: string, sender: string): string {
  return `${sender}.${told}`;
}
