/**
 * An engine keeps the logs of topics. This is all that the hub asks of one, and what it may rely on:
 *
 * - **Append is one atomic step per topic**: idempotency, offset and log agree, or nothing has happened. Offsets of a topic
 *   count up by one, without holes, in the order in which `append` was called.
 * - **Acknowledged means kept** as far as the engine promises (its `promise`); nobody is told of a publication, neither by
 *   the result nor by `published`, before it is.
 * - **`published` is a hint**: it comes for every publication of every process that shares the log, in the order of offsets per topic, but
 *   one may be lost. The hub compares offsets and reads what it missed.
 * - **Trimming** keeps the position of the newest entry that was let go, so that a reader exactly there has missed nothing.
 *   What is retained stays when history lets it go.
 * - **A bound on topics**: an engine holds so many. At the bound it forgets topics that hold nothing any more, those that lie
 *   idle first, and otherwise refuses the first publication of a new one (`HubError`, `too-many`): nothing that is kept goes for it.
 * - **An epoch is a log's life**: new when the log is made, kept as long as it is kept, and never used again for the same topic
 *   when that was forgotten. Whoever restores an older copy keeps the epoch;
 *   then ids tell.
 *
 * An engine without a wait may answer at once instead of by a promise. The suite for every engine is in test/suites.
 */
import type { Draft, Position, Publication } from '../contract/publication.ts';

/** What a topic keeps. The retention of the newest append holds for all that is there, and for reads until the next one. */
export interface Retention {
  /** Publications that the log keeps, and for how long; `null` keeps none, and positions then only give an order. */
  readonly history: {
    readonly count: number;
    /** ms, from a publication's `time`. One that is older stays while one before it is younger: history has no holes. */
    readonly age: number;
    /** Sum of `size`. */
    readonly bytes: number;
  } | null;
  /** The newest publication of each key is kept beyond history, for so many keys; 0 retains none. The oldest key goes first. */
  readonly retainedKeys: number;
}

/** A publication that is made at most once: a second one with the same scope and key gets the first one's position. */
export interface Once {
  /** Whose key it is. */
  readonly scope: string;
  readonly key: string;
  /** How long the key is remembered, ms. */
  readonly age: number;
  /** How many keys a topic remembers; the oldest go first. */
  readonly count: number;
}

export interface Appended {
  readonly position: Position;
  /** The key had been used before: nothing was appended, and `position` is the first one's. */
  readonly duplicate: boolean;
}

/** A part of a log, oldest first, and where the log ends. */
export interface LogPage {
  /**
   * The newest position of the topic; offset 0 and id 0 when nothing was ever published. Its epoch is then the one that the log
   * gets with its first publication, unless the engine forgets a topic or starts anew before.
   */
  readonly top: Position;
  readonly publications: readonly Publication[];
}

export interface LogRead extends LogPage {
  /** The log holds everything after the position that was asked for. When it does not, `publications` is empty. */
  readonly held: boolean;
}

export interface EngineListener {
  /** A publication is in the log. Called synchronously, in order per topic, before `append`'s own promise resolves. */
  published(publication: Publication): void;
  /**
   * Whether somebody is subscribed to a topic: then an engine that has to forget another one's position looks further, or
   * they would lose what comes next. @default nobody is
   */
  isLive?(topic: string): boolean;
  /** The engine can't go on as it promises; what goes wrong in the background. */
  failed(error: Error): void;
}

export type Soon<T> = T | Promise<T>;

/** Goes on with a value: at once where it is here, so that nothing is waited for that nobody waits for. */
export function then<T, U>(value: Soon<T>, next: (value: T) => Soon<U>): Soon<U> {
  return value instanceof Promise ? value.then(next) : next(value);
}

/** The publication that a draft becomes at its place in the log. */
export function publicationOf(draft: Draft, topic: string, epoch: string, offset: number): Publication {
  return { ...draft, topic, epoch, offset };
}

export interface Engine {
  /** Such as `memory`. */
  readonly name: string;
  /** What "acknowledged" survives, for people: `while the process lives`. */
  readonly promise: string;
  /** Called once, before anything else. @throws when the store can't be opened */
  start(listener: EngineListener): Soon<void>;
  /** @throws (or rejects with) HubError when it was not, or may not have been, kept */
  append(topic: string, draft: Draft, retention: Retention, once?: Once): Soon<Appended>;
  /** What comes after `position`, at most `limit` publications and about `maxBytes` (at least one). */
  readAfter(topic: string, position: Position, limit: number, maxBytes: number): Soon<LogRead>;
  /** The newest `limit` publications of the history. 0 asks for the top alone. */
  readLatest(topic: string, limit: number): Soon<LogPage>;
  /** The newest publication of each retained key, oldest first. */
  readRetained(topic: string): Soon<LogPage>;
  /** The tops of topics, in the same order: to notice that a hint was lost. */
  tops(topics: readonly string[]): Soon<readonly Position[]>;
  /** Waits for what is under way. Nothing may be called after it. */
  stop(): Soon<void>;
}
