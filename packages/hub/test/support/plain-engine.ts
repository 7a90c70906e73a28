/**
 * A log in the plainest way, for tests of the hub: an engine that a test can make slow, forgetful of hints, broken, or put
 * back to an older copy.
 */

import type { Draft, Position, Publication } from '../../src/contract/publication.ts';
import { positionOf } from '../../src/contract/publication.ts';
import {
  type Appended,
  type Engine,
  type EngineListener,
  type LogPage,
  type LogRead,
  type Once,
  publicationOf,
  type Retention,
  type Soon,
} from '../../src/engine/engine.ts';

interface Log {
  readonly epoch: string;
  readonly trimmed: Position;
  readonly kept: readonly Publication[];
  readonly retained: ReadonlyMap<string, Publication>;
  readonly used: ReadonlyMap<string, Position>;
}

export class PlainEngine implements Engine {
  readonly name = 'plain';
  readonly promise = 'while the test runs';
  /** Hints that are not given. */
  loses: (publication: Publication) => boolean = () => false;
  /** What every call that reads fails with. */
  failure: Error | undefined;
  calls = 0;
  #logs = new Map<string, Log>();
  #epoch = 1;
  #listener: EngineListener | undefined;
  /** What waits until it is answered, when the engine is slow. */
  #waiting: (() => void)[] | undefined;

  get isSlow(): boolean {
    return this.#waiting !== undefined;
  }

  /** From now on nothing is answered before `answer`. */
  slow(): void {
    this.#waiting ??= [];
  }

  /** Answers what waits, in its order, and what it leads to; from then on at once. */
  async fast(): Promise<void> {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const answer of waiting) answer();
    await settled();
  }

  /** Answers the first `count` that wait. */
  async answer(count = 1): Promise<void> {
    for (const answer of this.#waiting?.splice(0, count) ?? []) answer();
    await settled();
  }

  /** A copy to be put back. */
  copy(): ReadonlyMap<string, unknown> {
    return new Map(this.#logs);
  }

  putBack(copy: ReadonlyMap<string, unknown>): void {
    this.#logs = new Map(copy as ReadonlyMap<string, Log>);
  }

  /** Forgets a topic: its next life has another epoch. */
  forget(topic: string): void {
    this.#logs.delete(topic);
    this.#epoch++;
  }

  start(listener: EngineListener): void {
    this.#listener = listener;
  }

  append(topic: string, draft: Draft, retention: Retention, once?: Once): Soon<Appended> {
    return this.#soon(() => {
      const log = this.#log(topic);
      const key = once && `${once.scope.length} ${once.scope}${once.key}`;
      const first = key === undefined ? undefined : log.used.get(key);
      if (first !== undefined) return { position: first, duplicate: true };
      const top = topOf(log);
      const publication = publicationOf(draft, topic, top.epoch, top.offset + 1);
      const kept = [...log.kept, publication];
      const gone = kept.slice(0, Math.max(0, kept.length - (retention.history?.count ?? 0)));
      const retained = new Map(log.retained);
      retained.delete(draft.key);
      if (retention.retainedKeys > 0) retained.set(draft.key, publication);
      const used = new Map(log.used);
      if (key !== undefined) used.set(key, positionOf(publication));
      const trimmed = gone.length > 0 ? positionOf(gone.at(-1)!) : log.trimmed;
      this.#logs.set(topic, { ...log, kept: kept.slice(gone.length), trimmed, retained, used });
      if (!this.loses(publication)) this.#listener!.published(publication);
      return { position: positionOf(publication), duplicate: false };
    });
  }

  readAfter(topic: string, position: Position, limit: number): Soon<LogRead> {
    return this.#read(() => {
      const { kept, trimmed, ...log } = this.#log(topic);
      const top = topOf({ ...log, kept, trimmed });
      const at = [trimmed, ...kept].findIndex(
        ({ epoch, offset, id }) => epoch === position.epoch && offset === position.offset && id === position.id,
      );
      return { top, held: at >= 0, publications: at < 0 ? [] : kept.slice(at, at + limit) };
    });
  }

  readLatest(topic: string, limit: number): Soon<LogPage> {
    return this.#read(() => {
      const log = this.#log(topic);
      return { top: topOf(log), publications: limit === 0 ? [] : log.kept.slice(-limit) };
    });
  }

  readRetained(topic: string): Soon<LogPage> {
    return this.#read(() => {
      const log = this.#log(topic);
      return { top: topOf(log), publications: [...log.retained.values()] };
    });
  }

  tops(topics: readonly string[]): Soon<readonly Position[]> {
    return this.#read(() => topics.map((topic) => topOf(this.#log(topic))));
  }

  stop(): void {}

  #log(topic: string): Log {
    const known = this.#logs.get(topic);
    if (known !== undefined) return known;
    const epoch = `e${this.#epoch}`;
    return { epoch, trimmed: { epoch, offset: 0, id: 0 }, kept: [], retained: new Map(), used: new Map() };
  }

  #read<T>(work: () => T): Soon<T> {
    return this.#soon(() => {
      if (this.failure !== undefined) throw this.failure;
      return work();
    });
  }

  #soon<T>(worked: () => T): Soon<T> {
    this.calls++;
    if (this.#waiting === undefined) return worked();
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.#waiting.push(() => {
      try {
        resolve(worked());
      } catch (error) {
        reject(error);
      }
    });
    return promise;
  }
}

function topOf({ kept, trimmed }: Log): Position {
  return positionOf(kept.at(-1) ?? trimmed);
}

/** Everything that waits for nothing but promises has happened. */
export async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
