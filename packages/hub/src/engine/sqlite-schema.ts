/**
 * The file of the sqlite engine: its tables, and how it is opened. Only the worker loads this room.
 *
 * One process has the file at a time, by SQLite's own exclusive lock, which the operating system lifts however the process
 * ends: a second one would not hear what the first one publishes. The lock also spares WAL its shared memory.
 */
import { randomBytes } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';

export interface StoreFile {
  readonly file: string;
  readonly synchronous: 'full' | 'normal';
  /** How long to wait for another process to let go of the file, ms. */
  readonly lockTimeout: number;
  /** What the file may take, bytes. */
  readonly maxFileBytes: number;
}

/** In the file's header: "TWHB". */
const applicationId = 0x54574842;
const schemaVersion = 1;

/*
 * Ids, times and sizes are REAL: that is what a number is in JavaScript, and an id of 2^53 fits. SQLite stores whole ones as
 * integers all the same.
 *
 * The history of a topic is log.offset > topics.trimmed_offset, without holes up to top_offset. Rows of `log` at or before that
 * are there because `retained` points at them. `used.ordinal` counts a topic's idempotency keys. `life` has one row, which
 * names the logs that are made (epochs.ts): so a topic that nothing was ever published on is the same over a restart.
 */
const schema = `
  CREATE TABLE topics (
    topic INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, epoch TEXT NOT NULL,
    top_offset INTEGER NOT NULL, top_id REAL NOT NULL,
    trimmed_offset INTEGER NOT NULL, trimmed_id REAL NOT NULL,
    history_size REAL NOT NULL, retained_count INTEGER NOT NULL, key_ordinal INTEGER NOT NULL,
    max_count REAL, max_age REAL, max_bytes REAL, key_age REAL
  ) STRICT;
  CREATE TABLE log (
    topic INTEGER NOT NULL, offset INTEGER NOT NULL, id REAL NOT NULL, time REAL NOT NULL, size REAL NOT NULL,
    key TEXT NOT NULL, body BLOB NOT NULL, UNIQUE (topic, offset)
  ) STRICT;
  CREATE TABLE retained (
    topic INTEGER NOT NULL, key TEXT NOT NULL, offset INTEGER NOT NULL, PRIMARY KEY (topic, key), UNIQUE (topic, offset)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE used (
    topic INTEGER NOT NULL, scope TEXT NOT NULL, key TEXT NOT NULL, ordinal INTEGER NOT NULL,
    offset INTEGER NOT NULL, id REAL NOT NULL, time REAL NOT NULL, PRIMARY KEY (topic, scope, key), UNIQUE (topic, ordinal)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE life (run TEXT NOT NULL, generation INTEGER NOT NULL) STRICT;
`;

/** Result codes of SQLite (https://sqlite.org/rescode.html), the low byte. */
export const resultCodes = { busy: 5, ioError: 10, corrupt: 11, full: 13, cannotOpen: 14, notADatabase: 26 } as const;

/** SQLite's result code of an error, or undefined when it is none of SQLite's. */
export function resultCodeOf(error: unknown): number | undefined {
  const { errcode } = error as { errcode?: unknown };
  return typeof errcode === 'number' ? errcode & 0xff : undefined;
}

/** Opens the file for this process alone, and makes the tables in a new one. @throws Error that says for people what is wrong */
export function openStoreFile(options: StoreFile): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(options.file, { timeout: options.lockTimeout });
    prepareDatabase(database, options);
    return database;
  } catch (error) {
    if (database?.isOpen) database.close();
    throw new Error(`The store ${options.file} can't be opened: ${reasonOf(error)}`, { cause: error });
  }
}

/** Locks and sets up a database that is open. */
export function prepareDatabase(database: DatabaseSync, options: Omit<StoreFile, 'file'>): void {
  database.exec('PRAGMA locking_mode = EXCLUSIVE');
  const isNew = firstValue(database, 'SELECT count(*) FROM sqlite_schema') === 0;
  if (!isNew) checkIdentity(database);
  database.exec('PRAGMA journal_mode = WAL');
  database.exec(`PRAGMA synchronous = ${options.synchronous === 'full' ? 'FULL' : 'NORMAL'}`);
  const pageSize = firstValue(database, 'PRAGMA page_size') as number;
  database.exec(`PRAGMA max_page_count = ${Math.max(1, Math.floor(options.maxFileBytes / pageSize))}`);
  // The WAL shrinks again after a burst.
  database.exec('PRAGMA journal_size_limit = 67108864');
  database.exec('BEGIN IMMEDIATE');
  if (isNew) {
    database.exec(`${schema} PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${schemaVersion}`);
    database.prepare('INSERT INTO life VALUES (?, 0)').run(randomBytes(9).toString('base64url'));
  }
  database.exec('COMMIT');
}

function checkIdentity(database: DatabaseSync): void {
  if (firstValue(database, 'PRAGMA application_id') !== applicationId)
    throw new Error('it is a database of something else');
  const version = firstValue(database, 'PRAGMA user_version') as number;
  if (version > schemaVersion)
    throw new Error(`a newer version of the hub wrote it (schema ${version}; this one knows ${schemaVersion})`);
}

function firstValue(database: DatabaseSync, query: string): unknown {
  return Object.values(database.prepare(query).get() ?? {})[0];
}

function reasonOf(error: unknown): string {
  switch (resultCodeOf(error)) {
    case resultCodes.busy:
      return 'another process, or another engine of this one, has it open';
    case resultCodes.cannotOpen:
      return 'it is not there and cannot be made; is there such a folder, and may it be written?';
    case resultCodes.notADatabase:
      return 'it is not a database';
    case resultCodes.corrupt:
      return 'it is damaged';
    default:
      return error instanceof Error ? error.message : String(error);
  }
}
