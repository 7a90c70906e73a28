/**
 * Notifications of the system, outside of the page: one for each browser, whatever the number of its windows, and none while
 * one of them is in sight.
 *
 * Two Web Locks decide (https://w3c.github.io/web-locks/): one window holds the first and shows for all; those that are in
 * sight share the second. A lock goes with its window, however that ends, and then the next window shows.
 */
import { browserStore, readJson } from '../shared/stored.ts';
import { type Entry, keyOf } from './inbox.ts';

/** What can be said of it: not here, one may ask, on, off by choice, forbidden in the browser's settings. */
export type SystemState = 'unsupported' | 'ask' | 'on' | 'off' | 'blocked';

export interface SystemOptions {
  /** The user's id. */
  readonly me: string;
  /** The window becomes somebody else. */
  readonly signal: AbortSignal;
  isRead(entry: Entry): boolean;
  /** Somebody pressed it. */
  opened(entry: Entry): void;
  changed(state: SystemState): void;
}

/** What is older is not shown any more when the window that should have is gone, ms. */
const maxAge = 300_000;
const maxQueue = 50;
const maxRemembered = 100;
const offKey = 'system-notifications-off';

export class SystemNotifications {
  readonly #options: SystemOptions;
  readonly #shown = new Map<string, { readonly entry: Entry; readonly notification: Notification }>();
  readonly #supported = isSecureContext && 'Notification' in globalThis && navigator.locks !== undefined;
  #queue: Entry[] = [];
  #leads = false;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: SystemOptions) {
    this.#options = options;
    if (this.#supported) this.#watch();
    this.#tell();
  }

  get state(): SystemState {
    if (!this.#supported) return 'unsupported';
    if (Notification.permission === 'denied') return 'blocked';
    if (Notification.permission !== 'granted') return 'ask';
    return browserStore.read(offKey) === undefined ? 'on' : 'off';
  }

  /** Asks the person, or goes back to on. Call it when they press something, and never else. */
  async turnOn(): Promise<void> {
    if (!this.#supported) return;
    if (Notification.permission !== 'granted') await Notification.requestPermission();
    browserStore.remove(offKey);
    this.#tell();
  }

  turnOff(): void {
    browserStore.write(offKey, 'off');
    this.#tell();
  }

  /** Something came that was not there before. */
  offer(entry: Entry): void {
    if (!this.#supported) return;
    this.#queue.push(entry);
    if (this.#queue.length > maxQueue) this.#queue.shift();
    this.#drain();
  }

  /** What has been read in some window needs no notification any more. */
  marked(): void {
    for (const [key, { entry, notification }] of this.#shown) {
      if (!this.#options.isRead(entry)) continue;
      notification.close();
      this.#shown.delete(key);
    }
  }

  #watch(): void {
    const { me, signal } = this.#options;
    const ended = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    const lead = async (): Promise<void> => {
      this.#leads = true;
      this.#drain();
      await ended;
      this.#leads = false;
    };
    // It rejects when the signal ends the wait.
    navigator.locks.request(`tidewire-shows-${me}`, { signal }, lead).catch(() => {});
    this.#holdWhileInSight();
    addEventListener('storage', () => this.#tell(), { signal });
    navigator.permissions
      ?.query({ name: 'notifications' })
      .then((status) => status.addEventListener('change', () => this.#tell(), { signal }))
      .catch(() => {});
  }

  #holdWhileInSight(): void {
    const { me, signal } = this.#options;
    let hidden: (() => void) | undefined;
    const decide = (): void => {
      const inSight = document.visibilityState === 'visible' && !signal.aborted;
      if (inSight && hidden === undefined) {
        const { promise, resolve } = Promise.withResolvers<void>();
        hidden = resolve;
        void navigator.locks.request(inSightName(me), { mode: 'shared' }, () => promise);
      } else if (!inSight) {
        hidden?.();
        hidden = undefined;
      }
    };
    document.addEventListener('visibilitychange', decide, { signal });
    signal.addEventListener('abort', decide, { once: true });
    decide();
  }

  #drain(): void {
    if (!this.#leads) return;
    this.#turn = this.#turn.then(async () => {
      const entries = this.#queue;
      this.#queue = [];
      for (const entry of entries) await this.#decide(entry);
    });
  }

  /** Each is decided once in this browser: another window may have had its turn before. */
  async #decide(entry: Entry): Promise<void> {
    const { me, isRead } = this.#options;
    const key = `${keyOf(entry)}.${entry.told.id}`;
    const store = `system-notified-${me}`;
    const decided = readJson(browserStore, store, isTexts) ?? [];
    if (decided.includes(key)) return;
    browserStore.write(store, JSON.stringify([...decided, key].slice(-maxRemembered)));
    const { held = [] } = await navigator.locks.query();
    const inSight = held.some(({ name }) => name === inSightName(me));
    const tooOld = Date.now() - entry.time > maxAge;
    if (!inSight && !tooOld && this.state === 'on' && !isRead(entry)) this.#show(key, entry);
  }

  #show(key: string, entry: Entry): void {
    const { from, title, text } = entry.told;
    let notification: Notification;
    try {
      notification = new Notification(`${from.name}: ${title}`, { body: text, tag: key, icon: '/favicon.svg' });
    } catch {
      // On Android, Chromium shows them for service workers alone.
      return;
    }
    this.#shown.set(key, { entry, notification });
    notification.addEventListener('close', () => this.#shown.delete(key));
    notification.addEventListener('click', () => {
      focus();
      notification.close();
      this.#options.opened(entry);
    });
  }

  #tell(): void {
    if (!this.#options.signal.aborted) this.#options.changed(this.state);
  }
}

function inSightName(me: string): string {
  return `tidewire-in-sight-${me}`;
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}
