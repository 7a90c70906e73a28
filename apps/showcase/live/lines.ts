/**
 * Private lines between two viewers: asked for, accepted or declined, and ended by either. Who may read one is in its name;
 * who may write, in its state, which is kept in a topic and told to both.
 */
import { type Hub, HubError } from '@tidewire/hub';
import type { User } from '../shared/identity.ts';
import { isOnLine, type Line, type LiveContract, lineOf } from './contract.ts';

export const maxLines = 2000;
/** Of one user: that they have asked for, and nobody has answered. */
const maxAsked = 5;
/** Whoever was declined may ask the same person again after so long, ms. */
const declinedFor = 60_000;
/** Whose names are known. */
const maxKnown = 2000;

export class Lines {
  readonly #hub: Hub<LiveContract>;
  readonly #now: () => number;
  readonly #lines = new Map<string, Line>();
  /** People who have commented. */
  readonly #known = new Map<string, User>();
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(hub: Hub<LiveContract>, now: () => number) {
    this.#hub = hub;
    this.#now = now;
  }

  /** Reads what was before. Call it once the hub knows the topics. */
  static async read(hub: Hub<LiveContract>, now: () => number = Date.now): Promise<Lines> {
    const lines = new Lines(hub, now);
    for (const { data } of await hub.retained('live.lines', {})) lines.#keep(data);
    for (const { data } of await hub.latest('live.comments', {}, 100)) lines.commented(data.from);
    return lines;
  }

  /** Somebody can be asked from now on. */
  commented(user: User): void {
    this.#known.delete(user.id);
    this.#known.set(user.id, user);
    if (this.#known.size > maxKnown) this.#known.delete(this.#known.keys().next().value!);
  }

  mayWrite(user: { readonly id: string } | undefined, line: string): boolean {
    return isOnLine(user, line) && this.#lines.get(line)?.state === 'open';
  }

  ask(from: User, id: string): Promise<Line> {
    return this.#next(async () => {
      const to = this.#known.get(id);
      if (to === undefined) throw new HubError('invalid', 'Nobody is known by this id');
      if (id === from.id) throw new HubError('invalid', 'That is you');
      const line = this.#lines.get(lineOf(from.id, id));
      if (line?.state === 'open') return line;
      if (line?.state === 'asked') return line.to.id === from.id ? await this.#change(line, 'open') : line;
      const declined = line?.state === 'declined' && line.from.id === from.id;
      if (declined && this.#now() - line.since < declinedFor) throw new HubError('denied', `${to.name} has declined`);
      const asked = [...this.#lines.values()].filter((one) => one.state === 'asked' && one.from.id === from.id);
      if (asked.length >= maxAsked) throw new HubError('denied', 'Wait until somebody has answered');
      return await this.#change({ id: lineOf(from.id, id), from, to }, 'asked');
    });
  }

  /** Only who was asked answers. */
  answer(user: { readonly id: string }, id: string, accept: boolean): Promise<Line> {
    return this.#next(async () => {
      const line = this.#lines.get(id);
      if (line?.to.id !== user.id) throw new HubError('denied', 'You were not asked');
      return line.state === 'asked' ? await this.#change(line, accept ? 'open' : 'declined') : line;
    });
  }

  /** Either of the two ends it; who asked takes the question back. */
  end(user: { readonly id: string }, id: string): Promise<Line> {
    return this.#next(async () => {
      const line = isOnLine(user, id) ? this.#lines.get(id) : undefined;
      if (line === undefined) throw new HubError('denied', 'This line is not yours');
      if (line.state === 'ended' || line.state === 'declined') return line;
      return await this.#change(line, 'ended');
    });
  }

  async #change({ id, from, to }: Pick<Line, 'id' | 'from' | 'to'>, state: Line['state']): Promise<Line> {
    const line: Line = { id, from, to, state, since: this.#now() };
    await this.#hub.publish('live.lines', {}, line);
    this.#keep(line);
    await Promise.all([from, to].map((user) => this.#hub.publish('live.inbox.{viewer}', { viewer: user.id }, line)));
    return line;
  }

  #keep(line: Line): void {
    this.#lines.delete(line.id);
    this.#lines.set(line.id, line);
    if (this.#lines.size > maxLines) this.#lines.delete(this.#lines.keys().next().value!);
  }

  #next<T>(act: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(act);
    this.#turn = mine.catch(() => {});
    return mine;
  }
}
