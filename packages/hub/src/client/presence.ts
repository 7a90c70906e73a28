/**
 * Who is on a topic, by `tidewire.topic.watch_presence`: watched anew in every session. What is told is the difference to
 * what was told before, so a reader that was slow, or away, gets one step to the present.
 */
import { Backoff } from 'tidewire/browser';
import { Feed } from './feed.ts';
import type { Link, Member as LinkMember } from './link.ts';
import { countIn, toPublisher } from './shapes.ts';
import type { Reply, WampConnection } from './wamp-connection.ts';
import type { Payload } from './wamp-lists.ts';

/** Somebody who is there: one session. */
export interface Member {
  readonly session: number;
  readonly user?: string;
  readonly role?: string;
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

export class PresenceWatch implements LinkMember {
  readonly feed: Feed<Presence>;
  readonly #link: Link;
  readonly #topic: string;
  readonly #backoff: Backoff;
  readonly #detach: () => void;
  #session: WampConnection | undefined;
  #request: number | undefined;
  /** Hears what comes of the newest call. */
  #present: Reply | undefined;
  #timer: unknown;
  #count = 0;
  #members = new Map<number, Member>();
  /** As they were when the application was told last. */
  #told: ReadonlyMap<number, Member> = new Map();
  #changed = false;

  constructor(link: Link, topic: string) {
    this.#link = link;
    this.#topic = topic;
    this.#backoff = new Backoff({}, link.options.random);
    this.feed = new Feed(
      () => this.#next(),
      () => {
        if (this.#request !== undefined) this.#session?.cancel(this.#request);
        this.#changed = false;
        this.closed();
      },
    );
    this.#detach = link.add(this);
  }

  connected(session: WampConnection): void {
    this.#session = session;
    this.#watch();
  }

  disconnected(): void {
    this.#session = undefined;
    this.#request = undefined;
    this.#present = undefined;
    this.#link.clock.clearTimeout(this.#timer);
  }

  closed(error?: Error): void {
    this.disconnected();
    this.#detach?.();
    this.feed.end(error);
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

  #watch(): void {
    let first = true;
    const reply: Reply = {
      progress: (payload) => {
        if (this.#present !== reply) return;
        this.#backoff.reset();
        if (first) this.#members.clear();
        first = false;
        this.#change(payload);
      },
      done: () => this.#present === reply && this.#again(),
      failed: (error) => {
        if (this.#present !== reply) return;
        if (error.temporary) this.#again();
        else this.closed(error);
      },
    };
    this.#present = reply;
    const kwargs = { topic: this.#topic };
    this.#request = this.#session?.call('tidewire.topic.watch_presence', { kwargs }, { receive_progress: true }, reply);
  }

  #change({ kwargs = {} }: Payload): void {
    this.#count = countIn(kwargs, 'count');
    for (const { session } of membersOf(kwargs['left'])) this.#members.delete(session);
    for (const member of [...membersOf(kwargs['members']), ...membersOf(kwargs['joined'])]) {
      if (this.#members.size < maxMembers) this.#members.set(member.session, member);
    }
    this.#changed = true;
    this.feed.wake();
  }

  #again(): void {
    this.#present = undefined;
    this.#timer = this.#link.clock.setTimeout(() => this.#watch(), this.#backoff.next());
  }
}

function membersOf(list: unknown): Member[] {
  return Array.isArray(list) ? list.map(toPublisher).filter((member) => member !== undefined) : [];
}
