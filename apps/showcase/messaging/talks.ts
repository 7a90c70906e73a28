/**
 * The people and the groups. Both live in retained topics: what is kept here is read from them at the start, and changed only
 * once the hub has the change, one change after the other.
 */
import { type Hub, HubError } from '@tidewire/hub';
import type { User } from '../shared/identity.ts';
import {
  directId,
  type Entry,
  type MessagingContract,
  maxMembers,
  type NewGroup,
  pairOf,
  type Talk,
} from './contract.ts';

/** How many the topics keep. */
export const maxPeople = 1000;
export const maxGroups = 1000;
const maxGroupsOfOne = 30;

export class Talks {
  readonly #hub: Hub<MessagingContract>;
  /** Names by id; the one that came last is at the end. */
  readonly #people = new Map<string, string>();
  readonly #groups = new Map<string, Talk>();
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(hub: Hub<MessagingContract>) {
    this.#hub = hub;
  }

  /** Reads what was before. Call it once the hub knows the topics. */
  static async read(hub: Hub<MessagingContract>): Promise<Talks> {
    const talks = new Talks(hub);
    for (const { data } of await hub.retained('messaging.people', {})) talks.#people.set(data.id, data.name);
    for (const { data } of await hub.retained('messaging.groups', {})) {
      talks.#groups.set(data.id, data);
      // The process may have ended between the group and the inboxes.
      await talks.#tell(data, data.members);
    }
    return talks;
  }

  get groupCount(): number {
    return this.#groups.size;
  }

  /** Whether somebody is in a talk, and so may read and write it. */
  isIn(user: { readonly id: string } | undefined, talk: string): boolean {
    if (user === undefined) return false;
    const pair = pairOf(talk);
    return pair ? pair.includes(user.id) : (this.#groups.get(talk)?.members ?? []).some(({ id }) => id === user.id);
  }

  enter({ id, name }: User): Promise<void> {
    return this.#next(async () => {
      if (this.#people.get(id) === name) return;
      await this.#hub.publish('messaging.people', {}, { id, name });
      this.#people.delete(id);
      this.#people.set(id, name);
      // As the topic does.
      if (this.#people.size > maxPeople) this.#people.delete(this.#people.keys().next().value!);
    });
  }

  direct(one: User, other: string): Promise<Talk> {
    return this.#next(async () => {
      if (one.id === other) throw new HubError('invalid', 'That is yourself');
      const members = [one, this.#person(other)];
      const talk: Talk = { id: directId(one.id, other), title: '', members };
      await this.#tell(talk, members);
      return talk;
    });
  }

  create(by: User, { id, title, members }: NewGroup): Promise<Talk> {
    return this.#next(async () => {
      const known = this.#groups.get(id);
      if (known?.by?.id === by.id) return known;
      const own = [...this.#groups.values()].filter((group) => group.by?.id === by.id);
      if (known || id.includes('~')) throw new HubError('invalid', 'A group needs an id of its own');
      if (own.length >= maxGroupsOfOne)
        throw new HubError('too-many', `Nobody makes more than ${maxGroupsOfOne} groups`);
      if (this.#groups.size >= maxGroups) throw new HubError('too-many', 'There are too many groups');
      const group = { id, title: title.trim(), members: this.#joined([by], members), by };
      return await this.#change(group, { type: 'event', what: 'created', by, whom: '' });
    });
  }

  add(by: User, id: string, people: readonly string[]): Promise<Talk> {
    return this.#next(async () => {
      const group = this.#group(by, id);
      const members = this.#joined(group.members, people);
      const added = members.slice(group.members.length).map(({ name }) => name);
      if (added.length === 0) return group;
      return await this.#change({ ...group, members }, { type: 'event', what: 'added', by, whom: added.join(', ') });
    });
  }

  leave(by: User, id: string): Promise<Talk> {
    return this.#next(async () => {
      const group = this.#group(by, id);
      const members = group.members.filter((member) => member.id !== by.id);
      const left = await this.#change({ ...group, members }, { type: 'event', what: 'left', by, whom: '' });
      await this.#tell(left, [by]);
      await this.#hub.recheck(by.id);
      return left;
    });
  }

  #person(id: string): User {
    const name = this.#people.get(id);
    if (name === undefined) throw new HubError('invalid', 'There is nobody of this id');
    return { id, name };
  }

  #group(user: User, id: string): Talk {
    const group = this.#groups.get(id);
    if (group === undefined || !this.isIn(user, id)) throw new HubError('denied', 'This group is not yours');
    return group;
  }

  #joined(members: readonly User[], people: readonly string[]): readonly User[] {
    const known = new Set(members.map(({ id }) => id));
    const added = [...new Set(people)].filter((id) => !known.has(id)).map((id) => this.#person(id));
    if (known.size + added.length > maxMembers)
      throw new HubError('too-many', `A group has at most ${maxMembers} members`);
    return [...members, ...added];
  }

  async #change(group: Talk, entry: Entry): Promise<Talk> {
    await this.#hub.publish('messaging.groups', {}, group);
    this.#groups.set(group.id, group);
    await this.#hub.publish('messaging.talk.{talk}', { talk: group.id }, entry);
    await this.#tell(group, group.members);
    return group;
  }

  /** Puts a talk into inboxes; where it stands already, nothing is done. */
  async #tell(talk: Talk, people: readonly User[]): Promise<void> {
    const says = JSON.stringify(talk);
    for (const { id: owner } of people) {
      const inbox = await this.#hub.retained('messaging.inbox.{owner}', { owner });
      const known = inbox.find(({ data }) => data.id === talk.id)?.data;
      if (JSON.stringify(known) !== says) await this.#hub.publish('messaging.inbox.{owner}', { owner }, talk);
    }
  }

  #next<T>(act: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(act);
    this.#turn = mine.catch(() => {});
    return mine;
  }
}
