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

/** How many are here, and with `members` who: at first everyone, then who came and who left. */
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

  /** Tells `told` who is here, and from then on what changes. */
  watch(deliveries: Deliveries, told: (change: PresenceChange) => number): PresenceWatcher {
    this.#tell();
    const watcher = new PresenceWatcher(deliveries, told, () => this.#watchers.delete(watcher));
    this.#watchers.add(watcher);
    watcher.add(this.now());
    return watcher;
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
    const change = this.#named ? { count: this.count, joined, left } : { count: this.count };
    for (const watcher of this.#watchers) watcher.add(change);
  }
}

/** One who watches. */
export class PresenceWatcher implements Outlet {
  readonly latest = false;
  readonly #deliveries: Deliveries;
  readonly #told: (change: PresenceChange) => number;
  readonly #forget: () => void;
  #pending: PresenceChange | undefined;

  constructor(deliveries: Deliveries, told: (change: PresenceChange) => number, forget: () => void) {
    this.#deliveries = deliveries;
    this.#told = told;
    this.#forget = forget;
  }

  add(change: PresenceChange): void {
    this.#pending = this.#pending === undefined ? change : merged(this.#pending, change);
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
    this.#forget();
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

/** Two changes as one: who came and went in between is not mentioned. */
function merged(first: PresenceChange, next: PresenceChange): PresenceChange {
  const { count } = next;
  if (next.members !== undefined) return next;
  if (next.joined === undefined || next.left === undefined) return { count };
  const gone = new Set(next.left.map(({ session }) => session));
  if (first.members !== undefined) {
    const members = [...first.members.filter(({ session }) => !gone.has(session)), ...next.joined];
    return { count, members: members.slice(0, maxMembersNamed) };
  }
  const came = new Set(first.joined?.map(({ session }) => session));
  return {
    count,
    joined: [...(first.joined ?? []).filter(({ session }) => !gone.has(session)), ...next.joined],
    left: [...(first.left ?? []), ...next.left.filter(({ session }) => !came.has(session))],
  };
}
