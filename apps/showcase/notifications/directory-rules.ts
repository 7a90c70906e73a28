/** Who can be written to: whoever has opened the page, in their own name, and what a newcomer finds read. */
import { type Hub, type User as HubUser, signedIn } from '@tidewire/hub';
import type { User } from '../shared/identity.ts';
import type { Feed, Mark, NotificationsContract } from './contract.ts';

const maxPeople = 500;

export class Directory {
  readonly #hub: Hub<NotificationsContract>;
  readonly #known: Set<string> = new Set();

  constructor(hub: Hub<NotificationsContract>) {
    this.#hub = hub;
    hub.topic('notifications.people', {
      slowReader: 'latest',
      key: ({ id }) => id,
      maxKeys: maxPeople,
      presence: 'members',
      allow: { subscribe: signedIn, presence: signedIn, publish: signedIn },
      rate: { count: 10, per: '1m' },
      maxBytes: 512,
      accept: (_, { user }) => this.#enter(personOf(user)),
    });
  }

  /** Reads who was there before. */
  async read(): Promise<void> {
    for (const { data } of await this.#hub.retained('notifications.people', {})) this.#known.add(data.id);
  }

  /** One can always write to oneself. */
  mayWrite(user: HubUser | undefined, to: string): boolean {
    return user !== undefined && (user.id === to || this.#known.has(to));
  }

  async #enter(person: User): Promise<User> {
    // What was told to everyone before somebody came is no news for them.
    if ((await readUpTo(this.#hub, person.id, 'everyone')) === undefined) {
      const [newest] = await this.#hub.latest('notifications.everyone', {}, 1);
      const mark: Mark = { reach: 'all', feed: 'everyone', offset: newest?.position.offset ?? 0 };
      await this.#hub.publish('notifications.read.{id}', { id: person.id }, mark);
    }
    // As the topic does: whoever was longest without a word goes first.
    this.#known.delete(person.id);
    this.#known.add(person.id);
    if (this.#known.size > maxPeople) this.#known.delete(this.#known.values().next().value!);
    return person;
  }
}

/** How far a user has marked all of a feed as read; nothing, if they never have. */
export async function readUpTo(hub: Hub<NotificationsContract>, id: string, feed: Feed): Promise<number | undefined> {
  const marks = await hub.retained('notifications.read.{id}', { id });
  return marks.find(({ data }) => data.reach === 'all' && data.feed === feed)?.data.offset;
}

/** As the token says. Rules have let nobody through who has none. */
export function personOf(user: HubUser | undefined): User {
  return { id: user!.id, name: String(user!['name']) };
}
