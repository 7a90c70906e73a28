/**
 * The poll and its votes. Each vote is kept before it is counted, by user, so that it counts once whatever happens in
 * between; the results are published a few times a second at most, and counted anew from the votes when the server starts.
 */
import { randomBytes } from 'node:crypto';
import { type Hub, HubError } from '@tidewire/hub';
import type { User } from '../shared/identity.ts';
import type { LiveContract, Poll, Question, Voted } from './contract.ts';

/** People whose votes are kept. */
export const maxVoters = 10_000;
/** ms. */
const tellEvery = 200;

export class Polls {
  readonly #hub: Hub<LiveContract>;
  readonly #failed: (error: unknown) => void;
  readonly #chosen = new Map<string, number>();
  #poll: Poll | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;

  private constructor(hub: Hub<LiveContract>, failed: (error: unknown) => void) {
    this.#hub = hub;
    this.#failed = failed;
  }

  /** Reads what was before, and counts. Call it once the hub knows the topics. */
  static async read(hub: Hub<LiveContract>, failed: (error: unknown) => void): Promise<Polls> {
    const polls = new Polls(hub, failed);
    const [newest] = await hub.retained('live.poll', {});
    polls.#poll = newest?.data;
    for (const { data } of await hub.retained('live.votes', {}))
      if (data.poll === newest?.data.id) polls.#chosen.set(data.user, data.option);
    // The process may have ended between a vote and the next results.
    if (newest !== undefined && String(newest.data.votes) !== String(polls.#count())) await polls.tell();
    return polls;
  }

  start(by: User, { question, options }: Question): Promise<Poll> {
    return this.#next(async () => {
      if (this.#poll?.state === 'open') await this.#publish({ ...this.#poll, votes: this.#count(), state: 'closed' });
      this.#chosen.clear();
      const id = randomBytes(9).toString('hex');
      return await this.#publish({ id, question, options, votes: options.map(() => 0), state: 'open', by });
    });
  }

  close(): Promise<Poll> {
    return this.#next(async () => {
      if (this.#poll === undefined) throw new HubError('invalid', 'There is no poll');
      if (this.#poll.state === 'closed') return this.#poll;
      return await this.#publish({ ...this.#poll, votes: this.#count(), state: 'closed' });
    });
  }

  vote(user: string, id: string, option: number): Promise<Voted> {
    return this.#next(async () => {
      const before = this.voted(user, id);
      if (before.option !== undefined) return before;
      if (this.#poll?.id !== id || this.#poll.state !== 'open') throw new HubError('invalid', 'This poll is over');
      if (option >= this.#poll.options.length) throw new HubError('invalid', 'There is no such option');
      if (this.#chosen.size >= maxVoters) throw new HubError('too-many', 'Too many people have voted');
      await this.#hub.publish('live.votes', {}, { poll: id, user, option });
      this.#chosen.set(user, option);
      this.#timer ??= setTimeout(() => this.tell().catch(this.#failed), tellEvery);
      return { option };
    });
  }

  voted(user: string, id: string): Voted {
    const option = this.#poll?.id === id ? this.#chosen.get(user) : undefined;
    return option === undefined ? {} : { option };
  }

  /** Publishes the results, if there is a poll. */
  async tell(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#next(async () => {
      if (this.#poll && String(this.#poll.votes) !== String(this.#count()))
        await this.#publish({ ...this.#poll, votes: this.#count() });
    });
  }

  #count(): number[] {
    const votes = (this.#poll?.options ?? []).map(() => 0);
    for (const option of this.#chosen.values()) votes[option] = (votes[option] ?? 0) + 1;
    return votes;
  }

  async #publish(poll: Poll): Promise<Poll> {
    await this.#hub.publish('live.poll', {}, poll);
    this.#poll = poll;
    return poll;
  }

  /** One after the other: nobody votes twice by voting in two windows at once. */
  #next<T>(act: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(act);
    this.#turn = mine.catch(() => {});
    return mine;
  }
}
