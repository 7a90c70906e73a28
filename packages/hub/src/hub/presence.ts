/**
 * Who is here: the sessions that are subscribed to one topic, and those who watch them come and go. What happens within a
 * short while is told at once. A watcher that does not read gets what it missed merged into one.
 */
import type { Clock } from 'tidewire';
import type { Deliveries, Outlet } from './deliveries.ts';
import type { Session } from './session.ts';

export interface Member {
  /** The session's id. */
  readonly session: number;
  /** The user's id. */
  readonly user?: string;
  readonly role?: string;
  /** The user's `name`, if the authenticator knows one. */
  readonly name?: string;
}

/**
 * How many are here, and with `members` who: at first everyone, then who came and who left. When more came or went at once than
 * are named, `members` has everyone anew.
 */
export interface PresenceChange {
  readonly count: number;
  readonly members?: readonly Member[];
  readonly joined?: readonly Member[];
  readonly left?: readonly Member[];
}

/** How long changes are gathered, ms. */
const gatherFor = 50;
/** So many members are named; the count is of all. */
export const maxMembersNamed = 1_000;

export class Presence {
  readonly #named: boolean;
  readonly #clock: Clock;
  readonly #members = new Map<Session, { readonly member: Member; subscriptions: number }>();
  readonly #watchers = new Set<PresenceWatcher>();
  #joined = new Map<number, Member>();
  #left = new Map<number, Member>();
  #timer: unknown;

  constructor(named: boolean, clock: Clock) {
    this.#named = named;
    this.#clock = clock;
  }

  get count(): number {
    return this.#members.size;
  }

  get isIdle(): boolean {
    return this.#watchers.size === 0;
  }

  /** Everyone who is here now, as far as the policy names them. */
  now(): PresenceChange {
    if (!this.#named) return { count: this.count };
    const members: Member[] = [];
    for (const { member } of this.#members.values()) {
      if (members.length === maxMembersNamed) break;
      members.push(member);
    }
    return { count: this.count, members };
  }

  enter(session: Session): void {
    const known = this.#members.get(session);
    if (known !== undefined) {
      known.subscriptions++;
      return;
    }
    const member = memberOf(session);
    this.#members.set(session, { member, subscriptions: 1 });
    if (!this.#left.delete(session.id)) this.#joined.set(session.id, member);
    this.#gather();
  }

  leave(session: Session): void {
    const known = this.#members.get(session);
    if (known === undefined || --known.subscriptions > 0) return;
    this.#members.delete(session);
    if (!this.#joined.delete(session.id)) this.#left.set(session.id, known.member);
    this.#gather();
  }

  /** One who tells `told`, once begun, who is here, and from then on what changes. */
  watcher(deliveries: Deliveries, told: (change: PresenceChange) => number): PresenceWatcher {
    return new PresenceWatcher(this, deliveries, told);
  }

  /** @returns who is here */
  add(watcher: PresenceWatcher): PresenceChange {
    this.#tell();
    this.#watchers.add(watcher);
    return this.now();
  }

  delete(watcher: PresenceWatcher): void {
    this.#watchers.delete(watcher);
  }

  close(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #gather(): void {
    if (this.#watchers.size === 0) {
      this.#joined.clear();
      this.#left.clear();
      return;
    }
    this.#timer ??= this.#clock.setTimeout(() => this.#tell(), gatherFor);
  }

  #tell(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#joined.size === 0 && this.#left.size === 0) return;
    const joined = [...this.#joined.values()];
    const left = [...this.#left.values()];
    this.#joined = new Map();
    this.#left = new Map();
    const change = this.#named ? bounded({ count: this.count, joined, left }, () => this.now()) : { count: this.count };
    for (const watcher of this.#watchers) watcher.tell(change);
  }
}

/** One who watches. */
export class PresenceWatcher implements Outlet {
  readonly latest = false;
  readonly #presence: Presence;
  readonly #deliveries: Deliveries;
  readonly #told: (change: PresenceChange) => number;
  #pending: PresenceChange | undefined;

  constructor(presence: Presence, deliveries: Deliveries, told: (change: PresenceChange) => number) {
    this.#presence = presence;
    this.#deliveries = deliveries;
    this.#told = told;
  }

  begin(): void {
    this.tell(this.#presence.add(this));
  }

  tell(change: PresenceChange): void {
    this.#pending =
      this.#pending === undefined ? change : bounded(merged(this.#pending, change), () => this.#presence.now());
    if (this.#deliveries.hasRoom(false)) this.sendNext();
    else this.#deliveries.wait(this);
  }

  sendNext(): boolean {
    const pending = this.#pending;
    this.#pending = undefined;
    // It is not counted in the window, which counts publications; but it waits for the same room.
    if (pending !== undefined) this.#told(pending);
    return false;
  }

  end(): void {
    this.#pending = undefined;
    this.#deliveries.leave(this);
    this.#presence.delete(this);
  }
}

function memberOf({ id, user }: Session): Member {
  if (user === undefined) return { session: id };
  const { id: userId, role, name } = user;
  return {
    session: id,
    user: userId,
    ...(role !== undefined && { role }),
    ...(typeof name === 'string' && { name }),
  };
}

/** When too many came or went to name them all, everyone is named anew. */
function bounded(change: PresenceChange, now: () => PresenceChange): PresenceChange {
  const { joined = [], left = [] } = change;
  return joined.length > maxMembersNamed || left.length > maxMembersNamed ? now() : change;
}

/** Two changes as one: who came and went in between, or went and came back, is not mentioned. */
function merged(first: PresenceChange, next: PresenceChange): PresenceChange {
  const { count } = next;
  if (next.members !== undefined) return next;
  if (next.joined === undefined || next.left === undefined) return { count };
  if (first.members !== undefined) {
    const members = bySession(first.members);
    for (const { session } of next.left) members.delete(session);
    for (const member of next.joined) if (members.size < maxMembersNamed) members.set(member.session, member);
    return { count, members: [...members.values()] };
  }
  const joined = bySession(first.joined);
  const left = bySession(first.left);
  for (const member of next.left) if (!joined.delete(member.session)) left.set(member.session, member);
  for (const member of next.joined) if (!left.delete(member.session)) joined.set(member.session, member);
  return { count, joined: [...joined.values()], left: [...left.values()] };
}

function bySession(members: readonly Member[] = []): Map<number, Member> {
  return new Map(members.map((member) => [member.session, member]));
}
