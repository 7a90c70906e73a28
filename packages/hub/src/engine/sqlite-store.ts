/**
 * The logs in a database: a batch of operations is one transaction, so that either all of it is kept or nothing happened.
 *
 * Within a batch the rows of its topics are held in memory, and written back, trimmed, at the end or before a read of the same
 * topic. Nothing is held from one batch to the next but prepared statements and the number of topics.
 */
import type { DatabaseSync } from 'node:sqlite';
import type { Position } from '../contract/publication.ts';
import type { Appended } from './engine.ts';
import type { Epochs } from './epochs.ts';
import type { Answer, LogRow, Operation, RowPage } from './sqlite-protocol.ts';
import { type StoreStatements, storeStatements } from './sqlite-statements.ts';
import { StoredTopic } from './sqlite-topic.ts';

type Append = Extract<Operation, { does: 'append' }>;
type ReadAfter = Extract<Operation, { does: 'readAfter' }>;

/** How many topics one sweep trims, and how many are looked at for room before a new topic is refused. */
const sweptAtOnce = 256;
const lookedAtForRoom = 64;

export interface BatchResult {
  readonly answers: readonly Answer[];
  readonly forgotten: readonly string[];
}

export class SqliteStore {
  readonly #database: DatabaseSync;
  readonly #epochs: Epochs;
  readonly #maxTopics: number;
  readonly #do: StoreStatements;
  /** Topics of the batch. */
  readonly #open = new Map<string, StoredTopic>();
  /** What logs are called that are made in this file. */
  readonly run: string;
  #count: number;
  /** As the file has it. */
  #generation: number;
  #forgotten: string[] = [];
  #sweepCursor = 0;
  #roomCursor = 0;

  constructor(database: DatabaseSync, epochs: Epochs, maxTopics: number) {
    this.#database = database;
    this.#epochs = epochs;
    this.#maxTopics = maxTopics;
    this.#do = storeStatements(database);
    this.#count = this.#do.countTopics();
    const { run, generation } = this.#do.life();
    this.run = run;
    this.#generation = generation;
    epochs.continue(run);
    Atomics.store(epochs.cell, 0, generation);
  }

  get topics(): string[] {
    return this.#do.names();
  }

  /** Does a batch as one transaction. @throws when it could not be kept; then nothing of it happened */
  perform(operations: readonly Operation[]): BatchResult {
    const writes = operations.some(({ does }) => does === 'append' || does === 'sweep');
    this.#forgotten = [];
    if (writes) this.#database.exec('BEGIN IMMEDIATE');
    try {
      const answers = operations.map((operation) => this.#perform(operation));
      for (const topic of this.#open.values()) topic.flush();
      if (writes) this.#database.exec('COMMIT');
      return { answers, forgotten: this.#forgotten };
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      this.#count = this.#do.countTopics();
      this.#generation = this.#do.life().generation;
      throw error;
    } finally {
      this.#open.clear();
    }
  }

  #perform(operation: Operation): Answer {
    switch (operation.does) {
      case 'append':
        return this.#append(operation);
      case 'readAfter':
        return this.#readAfter(operation);
      case 'readLatest': {
        const topic = this.#toRead(operation.topic);
        return page(topic?.top ?? this.#noTop, topic?.latest(operation.limit, operation.now));
      }
      case 'readRetained': {
        const topic = this.#toRead(operation.topic);
        return page(topic?.top ?? this.#noTop, topic?.retained());
      }
      case 'tops':
        return operation.topics.map((name) => this.#find(name)?.top ?? this.#noTop);
      case 'sweep':
        this.#sweepCursor = this.#age(this.#sweepCursor, sweptAtOnce, operation.now, () => {});
        return null;
    }
  }

  #append({ topic: name, draft, retention, once, now }: Append): Appended | null {
    let topic = this.#find(name);
    const first = once && topic?.firstOf(once, now);
    if (first) return { position: first, duplicate: true };
    topic ??= this.#make(name, now);
    if (topic === undefined) return null;
    topic.append(draft, retention, once, now);
    return { position: topic.top, duplicate: false };
  }

  #readAfter({ topic: name, position, limit, maxBytes, now }: ReadAfter): RowPage {
    const topic = this.#toRead(name);
    if (topic === undefined) {
      const top = this.#noTop;
      const held = position.epoch === top.epoch && position.offset === 0 && position.id === 0;
      return { top, rows: [], held };
    }
    const rows = topic.after(position, limit, maxBytes, now);
    return { top: topic.top, rows: rows ?? [], held: rows !== undefined };
  }

  /** The top of topics that nothing was ever published on. */
  get #noTop(): Position {
    return { epoch: this.#epochs.current, offset: 0, id: 0 };
  }

  #find(name: string): StoredTopic | undefined {
    let topic = this.#open.get(name);
    if (topic !== undefined) return topic;
    const row = this.#do.topic(name);
    if (row === undefined) return undefined;
    topic = new StoredTopic(this.#do, row);
    this.#open.set(name, topic);
    return topic;
  }

  #toRead(name: string): StoredTopic | undefined {
    const topic = this.#find(name);
    topic?.flush();
    return topic;
  }

  #make(name: string, now: number): StoredTopic | undefined {
    if (this.#count >= this.#maxTopics) {
      this.#roomCursor = this.#age(this.#roomCursor, lookedAtForRoom, now, (topic) => this.#forgetIfEmpty(topic));
      if (this.#count >= this.#maxTopics) return undefined;
    }
    this.#keepGeneration();
    this.#do.makeTopic(name, this.#epochs.current);
    this.#count++;
    return this.#find(name);
  }

  /** Trims so many topics from a cursor on. Gives the next cursor. */
  #age(cursor: number, limit: number, now: number, then: (topic: StoredTopic) => void): number {
    const names = this.#do.namesAfter(cursor, limit);
    for (const { name } of names) {
      const topic = this.#find(name)!;
      topic.age(now);
      then(topic);
    }
    return names.length < limit ? 0 : names.at(-1)!.topic;
  }

  /** A name that a log of this file has had must not be another one's after a restart. */
  #keepGeneration(): void {
    const { generation } = this.#epochs;
    if (generation === this.#generation) return;
    this.#do.setGeneration(generation);
    this.#generation = generation;
  }

  #forgetIfEmpty(topic: StoredTopic): void {
    topic.flush();
    if (!topic.isEmpty) return;
    this.#epochs.renew();
    this.#keepGeneration();
    this.#open.delete(topic.name);
    topic.forget();
    this.#count--;
    this.#forgotten.push(topic.name);
  }
}

function page(top: Position, rows: readonly LogRow[] = []): RowPage {
  return { top, rows, held: true };
}
