/** Whose presence one session watches: bounded in number, and ended with the right to it. */

import { HubError } from '../contract/errors.ts';
import { accessOf, demand } from './access.ts';
import type { HubCore } from './hub-core.ts';
import type { LiveTopic } from './live-topic.ts';
import type { PresenceChange } from './presence.ts';
import type { Session } from './session.ts';

/** Is told who is there, and then who comes and goes. */
export type Told = (change: PresenceChange) => number;
/** Hears that a watcher was ended because its session may not see that any more. */
export type Denied = (error: HubError) => void;

interface Watching {
  readonly topic: LiveTopic;
  readonly denied: Denied | undefined;
  end(): void;
}

export class Watchers {
  readonly #session: Session;
  readonly #hub: HubCore;
  readonly #all = new Set<Watching>();
  /** Those on their way included. */
  #count = 0;
  /** Counts `recheck`, so that who was on their way meanwhile is asked again. */
  #rechecks = 0;

  constructor(session: Session, hub: HubCore) {
    this.#session = session;
    this.#hub = hub;
  }

  /** @throws HubError `denied`, `too-many` */
  async watch(name: string, told: Told, denied?: Denied): Promise<{ end(): void }> {
    if (this.#count >= this.#hub.limits.maxWatchers) throw new HubError('too-many', 'Too many watchers');
    this.#count++;
    try {
      let asked: number;
      do {
        asked = this.#rechecks;
        await this.demand(name);
      } while (asked !== this.#rechecks);
      return await this.#hub.topics.use(name, (topic) => {
        this.#session.mustBeOpen();
        return this.#begin(topic, told, denied);
      });
    } catch (error) {
      this.#count--;
      throw error;
    }
  }

  /** @throws HubError `denied` unless the session may see who is on a topic */
  async demand(name: string): Promise<void> {
    const { value: policy, params } = this.#hub.topics.find(name);
    await demand(policy.allow.presence, accessOf(this.#session, name, params), 'see who is on');
    if (policy.presence === undefined) throw new HubError('denied', `${name} tells nobody who is there`);
    await this.#hub.ready();
  }

  /** Asks all rules again, and ends what they do not allow any more. */
  async recheck(): Promise<void> {
    this.#rechecks++;
    for (const watching of [...this.#all]) {
      try {
        await this.demand(watching.topic.name);
      } catch (error) {
        if (!(error instanceof HubError)) this.#session.report(error, 'recheck');
        watching.end();
        watching.denied?.(error instanceof HubError ? error : new HubError('denied'));
      }
    }
  }

  end(): void {
    for (const { end } of [...this.#all]) end();
  }

  #begin(topic: LiveTopic, told: Told, denied: Denied | undefined): { end(): void } {
    const watcher = topic.presence!.watcher(this.#session.deliveries, told);
    const watching: Watching = {
      topic,
      denied,
      end: () => {
        if (!this.#all.delete(watching)) return;
        this.#count--;
        watcher.end();
        this.#hub.topics.left(topic);
      },
    };
    this.#all.add(watching);
    watcher.begin();
    return { end: watching.end };
  }
}
