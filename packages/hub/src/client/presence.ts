/**
 * Who is on a topic, by `tidewire.topic.watch_presence`: watched anew in every session. What is told is the difference to
 * what was told before, so a reader that was slow, or away, gets one step to the present.
 */
import { Backoff } from 'tidewire/browser';
import type { HubError } from '../hub/errors.ts';
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

type Members = Map<number, Member>;

export class PresenceWatch implements AsyncIterableIterator<Presence, undefined>, LinkMember {
  readonly #link: Link;
  readonly #topic: string;
  readonly #backoff: Backoff;
  readonly #detach: () => void;
  #session: WampConnection | undefined;
  #request: number | undefined;
  #present: Reply | undefined;
  #timer: unknown;
  #count = 0;
  #members: Members = new Map();
  #told: Members = new Map();
  #changed = false;
  #ended = false;
  #error: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(link: Link, topic: string) {
    this.#link = link;
    this.#topic = topic;
    this.#backoff = new Backoff({}, link.options.random);
    this.#detach = link.add(this);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Presence, undefined>> {
    while (!this.#changed) {
      if (this.#ended) {
        const error = this.#error;
        this.#error = undefined;
        if (error !== undefined) throw error;
        return { done: true, value: undefined };
      }
      const before = this.#wake;
      await new Promise<void>((resolve) => {
        this.#wake = () => {
          before?.();
          resolve();
        };
      });
    }
    this.#changed = false;
    const [members, told] = [this.#members, this.#told];
    this.#told = new Map(members);
    const joined = [...members.values()].filter(({ session }) => !told.has(session));
    const left = [...told.values()].filter(({ session }) => !members.has(session));
    return { done: false, value: { count: this.#count, members: [...members.values()], joined, left } };
  }

  return(): Promise<IteratorResult<Presence, undefined>> {
    if (this.#request !== undefined) this.#session?.cancel(this.#request);
    this.#changed = false;
    this.#end(undefined);
    return Promise.resolve({ done: true, value: undefined });
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

  closed(error: Error | undefined): void {
    this.#end(error);
  }

  #watch(): void {
    let first = true;
    const reply: Reply = {
      progress: (payload) => {
        if (this.#present !== reply) return;
        this.#backoff.reset();
        this.#change(payload, first);
        first = false;
      },
      done: () => this.#present === reply && this.#again(),
      failed: (error) => this.#present === reply && this.#failed(error),
    };
    this.#present = reply;
    const kwargs = { topic: this.#topic };
    this.#request = this.#session?.call('tidewire.topic.watch_presence', { kwargs }, { receive_progress: true }, reply);
  }

  #change({ kwargs = {} }: Payload, first: boolean): void {
    this.#count = countIn(kwargs, 'count');
    if (first) this.#members = new Map();
    const { members, joined, left } = kwargs;
    for (const { session } of membersOf(left)) this.#members.delete(session);
    for (const member of [...membersOf(members), ...membersOf(joined)]) {
      if (this.#members.size < maxMembers) this.#members.set(member.session, member);
    }
    this.#changed = true;
    this.#wake?.();
    this.#wake = undefined;
  }

  #failed(error: HubError): void {
    if (error.temporary) this.#again();
    else this.#end(error);
  }

  #again(): void {
    this.#present = undefined;
    this.#timer = this.#link.clock.setTimeout(() => this.#watch(), this.#backoff.next());
  }

  #end(error: Error | undefined): void {
    if (this.#ended) return;
    this.disconnected();
    this.#ended = true;
    this.#error = error;
    this.#detach?.();
    this.#wake?.();
    this.#wake = undefined;
  }
}

function membersOf(list: unknown): Member[] {
  return Array.isArray(list) ? list.map(toPublisher).filter((member) => member !== undefined) : [];
}
