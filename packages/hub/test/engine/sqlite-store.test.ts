import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import type { Once, Retention } from '../../src/engine/engine.ts';
import { Epochs } from '../../src/engine/epochs.ts';
import type { Operation } from '../../src/engine/sqlite-protocol.ts';
import { prepareDatabase } from '../../src/engine/sqlite-schema.ts';
import { SqliteStore } from '../../src/engine/sqlite-store.ts';
import { history } from '../suites/engine-fixture.ts';

const inMemory = { synchronous: 'normal', lockTimeout: 0, maxFileBytes: 1e9 } as const;

interface Opened {
  readonly store: SqliteStore;
  readonly database: DatabaseSync;
  count(table: 'topics' | 'log' | 'retained' | 'used'): number;
}

function open(maxTopics = 100): Opened {
  const database = new DatabaseSync(':memory:');
  prepareDatabase(database, inMemory);
  const store = new SqliteStore(database, new Epochs(), maxTopics);
  const count = (table: string): number => Number(database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.n);
  return { store, database, count };
}

let lastId = 0;
function append(topic: string, retention: Retention, now: number, more: { key?: string; once?: Once } = {}): Operation {
  const draft = { id: ++lastId, time: now, size: 1, key: more.key ?? '', body: Uint8Array.of(0xc0) };
  return { does: 'append', topic, draft, retention, once: more.once, now };
}

describe('the tables of the sqlite engine', () => {
  it('hold no publication that nobody could read', () => {
    const { store, count } = open();
    for (let i = 0; i < 30; i++) store.perform([append('a', history({ count: 3 }, 2), i, { key: `k${i % 4}` })]);
    // Three in the history; the two that are retained are among them.
    assert.deepEqual([count('log'), count('retained')], [3, 2]);
    store.perform([append('a', { history: null, retainedKeys: 4 }, 30, { key: 'last' })]);
    assert.deepEqual([count('log'), count('retained')], [3, 3]);
    store.perform([append('a', { history: null, retainedKeys: 0 }, 31)]);
    assert.deepEqual([count('log'), count('retained')], [0, 0]);
  });

  it('hold no idempotency key that is forgotten', () => {
    const { store, count } = open();
    const once = (key: number): Once => ({ scope: 's', key: String(key), age: 10, count: 3 });
    store.perform([1, 2, 3, 4, 5].map((key) => append('a', history({}), 0, { once: once(key) })));
    assert.equal(count('used'), 3);
    store.perform([append('a', history({}), 10, { once: once(6) })]);
    assert.equal(count('used'), 1);
  });

  it('are swept of what is old in topics that lie idle, some topics at a time', () => {
    const { store, count } = open(1000);
    const once: Once = { scope: 's', key: 'k', age: 10, count: 3 };
    const names = Array.from({ length: 300 }, (_, i) => `topic.${i}`);
    store.perform(names.map((name) => append(name, history({ age: 10 }), 0, { once })));
    store.perform([{ does: 'sweep', now: 9 }]);
    store.perform([{ does: 'sweep', now: 9 }]);
    assert.deepEqual([count('log'), count('used')], [300, 300]);
    store.perform([{ does: 'sweep', now: 10 }]);
    assert.deepEqual([count('log'), count('used')], [44, 44]);
    store.perform([{ does: 'sweep', now: 10 }]);
    assert.deepEqual([count('log'), count('used'), count('topics')], [0, 0, 300]);
  });

  it('are as they were when one operation of a batch fails', () => {
    const { store, count, database } = open(2);
    store.perform([append('a', history({}), 0)]);
    const wrong = { ...append('a', history({}), 1), draft: { id: 1, time: 1, size: 1, key: null, body: null } };
    assert.throws(() => store.perform([append('a', history({}), 1), append('c', history({}), 1), wrong as never]));
    assert.equal(database.isTransaction, false);
    assert.deepEqual([count('topics'), count('log')], [1, 1]);
    const { answers } = store.perform([append('c', history({}), 2), append('a', history({}), 2)]);
    assert.deepEqual(
      answers.map((answer) => (answer as { position: { offset: number } }).position.offset),
      [1, 2],
    );
  });

  it('name the topics that went for a new one', () => {
    const { store, count } = open(2);
    store.perform([append('a', history({ age: 10 }), 0), append('b', history({}), 0)]);
    assert.deepEqual(store.perform([append('c', history({}), 9)]), { answers: [null], forgotten: [] });
    const { answers, forgotten } = store.perform([append('c', history({}), 10)]);
    assert.deepEqual(forgotten, ['a']);
    assert.equal((answers[0] as { position: { epoch: string } }).position.epoch, `${store.run}.1`);
    assert.deepEqual([store.topics, count('log')], [['b', 'c'], 2]);
  });
});
