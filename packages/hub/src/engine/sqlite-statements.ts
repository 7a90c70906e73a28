/** Every statement that the sqlite engine runs on its tables, prepared once. Names of the methods tell what they do. */
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { LogRow } from './sqlite-protocol.ts';

/** A row of `topics`. */
export interface TopicRow {
  readonly topic: number;
  readonly name: string;
  readonly epoch: string;
  top_offset: number;
  top_id: number;
  trimmed_offset: number;
  trimmed_id: number;
  history_size: number;
  retained_count: number;
  key_ordinal: number;
  /** The retention's history; null keeps none. */
  max_count: number | null;
  max_age: number | null;
  max_bytes: number | null;
  /** The newest `age` of idempotency keys. */
  key_age: number | null;
}

/** Where a publication with an idempotency key went. */
export interface UsedRow {
  readonly ordinal: number;
  readonly offset: number;
  readonly id: number;
  readonly time: number;
}

const queries = {
  countTopics: 'SELECT count(*) AS count FROM topics',
  names: 'SELECT name FROM topics',
  namesAfter: 'SELECT topic, name FROM topics WHERE topic > ? ORDER BY topic LIMIT ?',
  topic: 'SELECT * FROM topics WHERE name = ?',
  makeTopic: `INSERT INTO topics
    (name, epoch, top_offset, top_id, trimmed_offset, trimmed_id, history_size, retained_count, key_ordinal)
    VALUES (?, ?, 0, 0, 0, 0, 0, 0, 0)`,
  saveTopic: `UPDATE topics SET top_offset = ?, top_id = ?, trimmed_offset = ?, trimmed_id = ?, history_size = ?,
    retained_count = ?, key_ordinal = ?, max_count = ?, max_age = ?, max_bytes = ?, key_age = ? WHERE topic = ?`,
  forgetTopic: 'DELETE FROM topics WHERE topic = ?',

  insert: 'INSERT INTO log (topic, offset, id, time, size, key, body) VALUES (?, ?, ?, ?, ?, ?, ?)',
  rowsAfter: 'SELECT offset, id, time, size, key, body FROM log WHERE topic = ? AND offset > ? ORDER BY offset',
  oldest: 'SELECT offset, id, time, size FROM log WHERE topic = ? AND offset > ? ORDER BY offset',
  idAt: 'SELECT id FROM log WHERE topic = ? AND offset = ?',
  deleteTrimmed: `DELETE FROM log WHERE topic = ? AND offset > ? AND offset <= ?
    AND offset NOT IN (SELECT offset FROM retained WHERE topic = log.topic)`,
  deleteAt: 'DELETE FROM log WHERE topic = ? AND offset = ?',

  retain: 'INSERT INTO retained (topic, key, offset) VALUES (?, ?, ?)',
  unretain: 'DELETE FROM retained WHERE topic = ? AND key = ? RETURNING offset',
  unretainOldest: `DELETE FROM retained WHERE topic = ? AND offset =
    (SELECT offset FROM retained WHERE topic = ? ORDER BY offset LIMIT 1) RETURNING offset`,
  retained: `SELECT offset, id, time, size, log.key, body FROM retained JOIN log USING (topic, offset)
    WHERE topic = ? ORDER BY offset`,

  use: 'INSERT OR REPLACE INTO used (topic, scope, key, ordinal, offset, id, time) VALUES (?, ?, ?, ?, ?, ?, ?)',
  used: 'SELECT ordinal, offset, id, time FROM used WHERE topic = ? AND scope = ? AND key = ?',
  hasUsed: 'SELECT 1 FROM used WHERE topic = ? LIMIT 1',
  deleteUsed: 'DELETE FROM used WHERE topic = ? AND ordinal <= ?',
  life: 'SELECT run, generation FROM life',
  setGeneration: 'UPDATE life SET generation = ?',

  firstUsedSince: 'SELECT ordinal FROM used WHERE topic = ? AND time > ? ORDER BY ordinal LIMIT 1',
} as const;

export interface StoreStatements {
  countTopics(): number;
  names(): string[];
  namesAfter(topic: number, limit: number): { readonly topic: number; readonly name: string }[];
  topic(name: string): TopicRow | undefined;
  makeTopic(name: string, epoch: string): void;
  saveTopic(row: TopicRow): void;
  forgetTopic(topic: number): void;
  insert(topic: number, row: LogRow): void;
  /** Oldest first; stop when there are enough. */
  rowsAfter(topic: number, offset: number): Iterable<LogRow>;
  /** The same without key and body. */
  oldest(topic: number, offset: number): Iterable<Omit<LogRow, 'key' | 'body'>>;
  idAt(topic: number, offset: number): number | undefined;
  /** Deletes `from < offset <= to`, but what is retained. */
  deleteTrimmed(topic: number, from: number, to: number): void;
  deleteAt(topic: number, offset: number): void;
  retain(topic: number, key: string, offset: number): void;
  /** Gives the offset that the key had. */
  unretain(topic: number, key: string): number | undefined;
  unretainOldest(topic: number): number | undefined;
  retained(topic: number): LogRow[];
  use(topic: number, scope: string, key: string, at: UsedRow): void;
  used(topic: number, scope: string, key: string): UsedRow | undefined;
  hasUsed(topic: number): boolean;
  /** Deletes up to this ordinal. */
  deleteUsed(topic: number, ordinal: number): void;
  firstUsedSince(topic: number, time: number): number | undefined;
  /** What logs are called that are made in this file. */
  life(): { readonly run: string; readonly generation: number };
  setGeneration(generation: number): void;
}

/** Prepares them all. */
export function storeStatements(database: DatabaseSync): StoreStatements {
  const prepared = Object.fromEntries(
    Object.entries(queries).map(([name, query]) => [name, database.prepare(query)]),
  ) as Record<keyof typeof queries, StatementSync>;
  const all = <T>(name: keyof typeof queries, ...values: SQLInputValue[]): T[] =>
    prepared[name].all(...values) as unknown as T[];
  const get = <T>(name: keyof typeof queries, ...values: SQLInputValue[]): T | undefined =>
    prepared[name].get(...values) as unknown as T | undefined;
  const each = <T>(name: keyof typeof queries, ...values: SQLInputValue[]): Iterable<T> =>
    prepared[name].iterate(...values) as unknown as Iterable<T>;
  const run = (name: keyof typeof queries, ...values: SQLInputValue[]): void => {
    prepared[name].run(...values);
  };
  return {
    life: () => get<{ run: string; generation: number }>('life')!,
    setGeneration: (generation) => run('setGeneration', generation),
    countTopics: () => get<{ count: number }>('countTopics')!.count,
    names: () => all<{ name: string }>('names').map(({ name }) => name),
    namesAfter: (topic, limit) => all('namesAfter', topic, limit),
    topic: (name) => get('topic', name),
    makeTopic: (name, epoch) => run('makeTopic', name, epoch),
    saveTopic: (row) => run('saveTopic', ...valuesOf(row), row.topic),
    forgetTopic: (topic) => run('forgetTopic', topic),
    insert: (topic, { offset, id, time, size, key, body }) => run('insert', topic, offset, id, time, size, key, body),
    rowsAfter: (topic, offset) => each('rowsAfter', topic, offset),
    oldest: (topic, offset) => each('oldest', topic, offset),
    idAt: (topic, offset) => get<{ id: number }>('idAt', topic, offset)?.id,
    deleteTrimmed: (topic, from, to) => run('deleteTrimmed', topic, from, to),
    deleteAt: (topic, offset) => run('deleteAt', topic, offset),
    retain: (topic, key, offset) => run('retain', topic, key, offset),
    unretain: (topic, key) => get<{ offset: number }>('unretain', topic, key)?.offset,
    unretainOldest: (topic) => get<{ offset: number }>('unretainOldest', topic, topic)?.offset,
    retained: (topic) => all('retained', topic),
    use: (topic, scope, key, { ordinal, offset, id, time }) => run('use', topic, scope, key, ordinal, offset, id, time),
    used: (topic, scope, key) => get('used', topic, scope, key),
    hasUsed: (topic) => get('hasUsed', topic) !== undefined,
    deleteUsed: (topic, ordinal) => run('deleteUsed', topic, ordinal),
    firstUsedSince: (topic, time) => get<{ ordinal: number }>('firstUsedSince', topic, time)?.ordinal,
  };
}

function valuesOf(row: TopicRow): SQLInputValue[] {
  const { top_offset, top_id, trimmed_offset, trimmed_id, history_size, retained_count, key_ordinal } = row;
  const retention = [row.max_count, row.max_age, row.max_bytes, row.key_age];
  return [top_offset, top_id, trimmed_offset, trimmed_id, history_size, retained_count, key_ordinal, ...retention];
}
