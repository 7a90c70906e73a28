/**
 * One topic of the sqlite engine, for the length of a batch: its row in memory, its log in the database.
 *
 * Rule: `append` only adds; what goes (history, retained keys, idempotency keys beyond their bounds) goes in `flush`. A read
 * works out where history begins by itself, so that reads alone write nothing.
 */
import type { Position } from '../contract/publication.ts';
import type { Once, Retention } from './engine.ts';
import type { DraftRow, LogRow } from './sqlite-protocol.ts';
import type { StoreStatements, TopicRow } from './sqlite-statements.ts';

/** Where history begins: the newest publication that went, and what is left after it. */
interface Floor {
  readonly offset: number;
  readonly id: number;
  readonly size: number;
}

export class StoredTopic {
  readonly #do: StoreStatements;
  readonly #row: TopicRow;
  /** Offsets that are retained no more; their rows go when history has let them go as well. */
  #unretained: number[] = [];
  #retainedKeys = 0;
  #keyCount: number | undefined;
  #now = 0;
  #dirty = false;

  constructor(statements: StoreStatements, row: TopicRow) {
    this.#do = statements;
    this.#row = row;
    this.#retainedKeys = row.retained_count;
  }

  get name(): string {
    return this.#row.name;
  }

  get top(): Position {
    return { epoch: this.#row.epoch, offset: this.#row.top_offset, id: this.#row.top_id };
  }

  /** Nothing but its position would be lost with it. To be asked after `flush`. */
  get isEmpty(): boolean {
    const { topic, top_offset, trimmed_offset, retained_count } = this.#row;
    return top_offset === trimmed_offset && retained_count === 0 && !this.#do.hasUsed(topic);
  }

  /** The position of the publication that this key was used for, while it is remembered. */
  firstOf({ scope, key, age, count }: Once, now: number): Position | undefined {
    const { topic, key_ordinal, epoch } = this.#row;
    const used = this.#do.used(topic, scope, key);
    if (used === undefined || used.ordinal <= key_ordinal - count || used.time + age <= now) return undefined;
    return { epoch, offset: used.offset, id: used.id };
  }

  append(draft: DraftRow, { history, retainedKeys }: Retention, once: Once | undefined, now: number): void {
    const row = this.#row;
    const offset = ++row.top_offset;
    row.top_id = draft.id;
    row.max_count = history?.count ?? null;
    row.max_age = history?.age ?? null;
    row.max_bytes = history?.bytes ?? null;
    row.history_size += draft.size;
    this.#retainedKeys = retainedKeys;
    this.#do.insert(row.topic, { ...draft, offset });
    if (retainedKeys > 0) this.#retain(draft.key, offset);
    if (once !== undefined) {
      row.key_age = once.age;
      this.#keyCount = once.count;
      this.#do.use(row.topic, once.scope, once.key, { ordinal: ++row.key_ordinal, offset, id: draft.id, time: now });
    }
    this.#now = now;
    this.#dirty = true;
  }

  /** Has the topic trimmed for this time by the next flush. */
  age(now: number): void {
    this.#now = now;
    this.#dirty = true;
  }

  /** Lets go what is beyond the bounds, and saves the row. */
  flush(): void {
    if (!this.#dirty) return;
    this.#dirty = false;
    const row = this.#row;
    for (; row.retained_count > this.#retainedKeys; row.retained_count--)
      this.#unretained.push(this.#do.unretainOldest(row.topic)!);
    const floor = this.#floor(this.#now);
    if (floor.offset > row.trimmed_offset) this.#do.deleteTrimmed(row.topic, row.trimmed_offset, floor.offset);
    for (const offset of this.#unretained) if (offset <= floor.offset) this.#do.deleteAt(row.topic, offset);
    this.#unretained = [];
    row.trimmed_offset = floor.offset;
    row.trimmed_id = floor.id;
    row.history_size = floor.size;
    this.#forgetKeys();
    this.#do.saveTopic(row);
  }

  /** Deletes the row of a topic that is empty. */
  forget(): void {
    this.#do.forgetTopic(this.#row.topic);
  }

  /** What comes after a position, or nothing when the log does not hold all of it. */
  after({ epoch, offset, id }: Position, limit: number, maxBytes: number, now: number): LogRow[] | undefined {
    const row = this.#row;
    if (epoch !== row.epoch || !Number.isSafeInteger(offset)) return undefined;
    const floor = this.#floor(now);
    if (offset < floor.offset || offset > row.top_offset) return undefined;
    if (id !== (offset === floor.offset ? floor.id : this.#do.idAt(row.topic, offset))) return undefined;
    const rows: LogRow[] = [];
    if (limit <= 0) return rows;
    let bytes = 0;
    for (const one of this.#do.rowsAfter(row.topic, offset)) {
      bytes += one.size;
      if (rows.length > 0 && bytes > maxBytes) break;
      rows.push(one);
      if (rows.length >= limit) break;
    }
    return rows;
  }

  latest(limit: number, now: number): LogRow[] {
    if (limit <= 0) return [];
    const { topic, top_offset } = this.#row;
    return [...this.#do.rowsAfter(topic, Math.max(this.#floor(now).offset, top_offset - limit))];
  }

  retained(): LogRow[] {
    return this.#do.retained(this.#row.topic);
  }

  #retain(key: string, offset: number): void {
    const row = this.#row;
    const old = this.#do.unretain(row.topic, key);
    if (old === undefined) row.retained_count++;
    else this.#unretained.push(old);
    this.#do.retain(row.topic, key, offset);
  }

  #floor(now: number): Floor {
    const { topic, top_offset, top_id, trimmed_offset, trimmed_id, max_count, max_age, max_bytes } = this.#row;
    if (max_count === null) return { offset: top_offset, id: top_id, size: 0 };
    let floor: Floor = { offset: trimmed_offset, id: trimmed_id, size: this.#row.history_size };
    for (const { offset, id, time, size } of this.#do.oldest(topic, trimmed_offset)) {
      const tooMany = top_offset - offset + 1 > max_count;
      if (!tooMany && floor.size <= max_bytes! && time + max_age! > now) break;
      floor = { offset, id, size: floor.size - size };
    }
    return floor;
  }

  #forgetKeys(): void {
    const { topic, key_age, key_ordinal } = this.#row;
    if (key_age === null) return;
    const firstYoung = this.#do.firstUsedSince(topic, this.#now - key_age) ?? key_ordinal + 1;
    this.#do.deleteUsed(topic, Math.max(firstYoung - 1, key_ordinal - (this.#keyCount ?? key_ordinal)));
  }
}
