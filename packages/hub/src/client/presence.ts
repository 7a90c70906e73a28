/**
 * Who is on a topic, by `tidewire.topic.watch_presence`: watched anew in every session. What is told is the difference to
 * what was told before, so a reader that was slow, or away, gets one step to the present.
 */
import { Feed } from './feed.ts';
import type { Link } from './link.ts';
import { entryIn, isCount, toPublisher } from './shapes.ts';
import { StandingCall } from './standing-call.ts';
import type { Dict } from './wamp-lists.ts';

/** Somebody who is there: one session. */
export interface Member {
  readonly session: number;
  readonly user?: string;
  readonly role?: string;
  /** For people, where the user has one. */
  readonly name?: string;
}

/** Who is there. The lists are empty where the topic tells only the number. */
export interface Presence {
  readonly count: number;
  readonly members: readonly Member[];
  /** Who came, and who went, since the item before. */
  readonly joined: readonly Member[];
  readonly left: readonly Member[];
}

/** More are counted and not listed. */
const maxMembers = 10_000;

export class PresenceWatch {
  readonly feed: Feed<Presence>;
  readonly #call: StandingCall;
  #first = true;
  #count = 0;
  #members = new Map<number, Member>();
  /** As they were when the application was told last. */
  #told: ReadonlyMap<number, Member> = new Map();
  #changed = false;

  constructor(link: Link, topic: string) {
    const leave = () => {
      this.#changed = false;
      this.#call.stop(true);
    };
    this.feed = new Feed(() => this.#next(), leave);
    this.#call = new StandingCall(link, 'tidewire.topic.watch_presence', {
      ask: () => {
        this.#first = true;
        return { topic };
      },
      progress: (kwargs) => this.#change(kwargs),
      done: () => this.#call.again(this.#call.backoff.next()),
      ended: (error) => {
        this.#call?.stop();
        this.feed.end(error);
      },
    });
  }

  #next(): Presence | undefined {
    if (!this.#changed) return undefined;
    this.#changed = false;
    const [now, before] = [this.#members, this.#told];
    this.#told = new Map(now);
    const members = [...now.values()];
    const joined = members.filter(({ session }) => !before.has(session));
    const left = [...before.values()].filter(({ session }) => !now.has(session));
    return { count: this.#count, members, joined, left };
  }

  #change(kwargs: Dict): void {
    this.#call.backoff.reset();
    if (this.#first) this.#members.clear();
    this.#first = false;
    this.#count = entryIn(kwargs, 'count', isCount);
    for (const { session } of membersOf(kwargs['left'])) this.#members.delete(session);
    for (const member of [...membersOf(kwargs['members']), ...membersOf(kwargs['joined'])]) {
      if (this.#members.size < maxMembers) this.#members.set(member.session, member);
    }
    this.#changed = true;
    this.feed.wake();
  }
}

function membersOf(list: unknown): Member[] {
  return Array.isArray(list) ? list.flatMap((member) => toPublisher(member) ?? []) : [];
}
