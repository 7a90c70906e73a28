import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, describe, it, type TestContext } from 'node:test';
import { type Position, positionOf } from '../../src/contract/publication.ts';
import type { Once } from '../../src/engine/engine.ts';
import { type SqliteEngineOptions, sqliteEngine } from '../../src/engine/sqlite.ts';
import {
  after as afterPosition,
  code,
  dataOf,
  draft,
  history,
  keepAll,
  keepNone,
  type OpenEngine,
  publish,
  type Started,
  start,
  time,
  topOf,
} from '../suites/engine-fixture.ts';
import { engineModel } from '../suites/engine-model.ts';
import { engineSuite } from '../suites/engine-suite.ts';

const folder = mkdtempSync(join(tmpdir(), 'tidewire-engine-'));
after(() => rmSync(folder, { recursive: true }));
let files = 0;
const newFile = (): string => join(folder, `${++files}.db`);

const open: OpenEngine = (_t, options) =>
  sqliteEngine(newFile(), { synchronous: 'normal', sweepInterval: null, lockTimeout: 0, ...options });

engineSuite('sqlite', open);
engineModel('sqlite', open);

/** An engine over this file, started. */
function over(t: TestContext, file: string, more: SqliteEngineOptions = {}): Promise<Started> {
  return start(t, (_t, options) =>
    sqliteEngine(file, { synchronous: 'normal', sweepInterval: null, lockTimeout: 0, ...options, ...more }),
  );
}

async function refusal(file: string): Promise<string> {
  const engine = sqliteEngine(file, { lockTimeout: 0 });
  try {
    await engine.start({ published: () => {}, failed: (error) => assert.fail(error) });
  } catch (error) {
    return (error as Error).message;
  } finally {
    await engine.stop();
  }
  return 'opened';
}

/** In the file, and empty again at once: the first to go for another topic. */
const keepNoneButStored = history({ age: 0 });

describe('the sqlite engine, started again on its file,', () => {
  const once: Once = { scope: 'ann', key: 'k', age: 1000, count: 10 };

  it('has positions, history, retained values and idempotency keys as they were', async (t) => {
    const file = newFile();
    const kept = history({ count: 3 }, 5);
    const before = await over(t, file);
    const positions = await publish(before.engine, 'a', kept, 1, 2, 3, 4);
    const used = await before.engine.append('a', draft(5, { key: 'x' }), kept, once);
    const [latest, retained] = [await before.engine.readLatest('a', 9), await before.engine.readRetained('a')];
    await before.engine.stop();

    const { engine, published } = await over(t, file);
    assert.deepEqual(await engine.readLatest('a', 9), latest);
    assert.deepEqual(await engine.readRetained('a'), retained);
    assert.deepEqual(await afterPosition(engine, 'a', positions[1]!), [3, 4, 5]);
    assert.equal(await afterPosition(engine, 'a', positions[0]!), 'not held');
    assert.deepEqual(await engine.append('a', draft(6), kept, once), { position: used.position, duplicate: true });
    const [next] = await publish(engine, 'a', kept, 7);
    assert.deepEqual(next, { epoch: used.position.epoch, offset: 6, id: next!.id });
    assert.deepEqual(published.map(positionOf), [next]);
  });

  it('obeys a retention that has changed, with the first append', async (t) => {
    const file = newFile();
    const before = await over(t, file);
    const positions = await publish(before.engine, 'a', history({}, 5), 1, 2, 3, 4);
    await publish(before.engine, 'b', keepAll, 1);
    await before.engine.stop();

    const { engine } = await over(t, file);
    const [fifth] = await publish(engine, 'a', history({ count: 2 }), 5);
    assert.deepEqual(dataOf(await engine.readLatest('a', 9)), [4, 5]);
    assert.deepEqual(dataOf(await engine.readRetained('a')), []);
    assert.deepEqual(await afterPosition(engine, 'a', positions[3]!), [5]);
    // It keeps nothing now, and still vouches for the positions that it gave out.
    const [sixth] = await publish(engine, 'a', keepNone, 6);
    assert.equal(sixth?.offset, 6);
    assert.equal(await afterPosition(engine, 'a', fifth!), 'not held');
    assert.deepEqual(await afterPosition(engine, 'a', sixth!), []);
  });

  it('does not know topics again that keep nothing: they never touched the disk', async (t) => {
    const file = newFile();
    const before = await over(t, file);
    const answer = before.engine.append('a', draft(1), keepNone, once);
    assert.ok(!(answer instanceof Promise), 'it answers at once');
    await before.engine.stop();
    const database = new DatabaseSync(file);
    assert.deepEqual(database.prepare('SELECT * FROM topics').all(), []);
    database.close();

    const { engine } = await over(t, file);
    assert.equal(await afterPosition(engine, 'a', answer.position), 'not held');
    const again = await engine.append('a', draft(2), keepNone, once);
    assert.equal(again.duplicate, false);
    assert.equal(await afterPosition(engine, 'a', answer.position), 'not held');
  });

  it('knows that nothing was published on a topic meanwhile on which nothing ever was', async (t) => {
    // An idle page was told of a gap at every restart: empty topics had another epoch each time.
    const file = newFile();
    const before = await over(t, file);
    await publish(before.engine, 'a', keepAll, 1);
    const empty = await topOf(before.engine, 'b');
    await before.engine.stop();
    const { engine } = await over(t, file);
    assert.deepEqual(await topOf(engine, 'b'), empty);
    assert.deepEqual(await afterPosition(engine, 'b', empty), []);
    await publish(engine, 'b', keepAll, 2);
    assert.deepEqual(await afterPosition(engine, 'b', empty), [2]);
  });

  it('never gives a forgotten log’s name to another one, over restarts either', async (t) => {
    const file = newFile();
    const names: string[] = [];
    for (let round = 0; round < 3; round++) {
      const { engine } = await over(t, file, { maxTopics: 1 });
      for (const topic of ['a', 'b']) names.push((await publish(engine, topic, keepNoneButStored, 1))[0]!.epoch);
      await engine.stop();
    }
    assert.equal(new Set(names).size, names.length);
  });

  it('that was put back to an older copy, holds no position beyond the end of that copy', async (t) => {
    const file = newFile();
    const before = await over(t, file);
    const shared = await publish(before.engine, 'a', keepAll, 1, 2);
    await before.engine.stop();
    assert.ok(!existsSync(`${file}-wal`), 'the file alone is the store');
    copyFileSync(file, `${file}.copy`);

    const later = await over(t, file);
    const lost = await publish(later.engine, 'a', keepAll, 3, 4);
    await later.engine.stop();
    copyFileSync(`${file}.copy`, file);

    const { engine } = await over(t, file);
    for (const position of lost) assert.equal(await afterPosition(engine, 'a', position), 'not held');
    await publish(engine, 'a', keepAll, 'three', 'four', 'five');
    for (const position of lost) assert.equal(await afterPosition(engine, 'a', position), 'not held');
    assert.deepEqual(await afterPosition(engine, 'a', shared[1]!), ['three', 'four', 'five']);
  });

  it('takes ages and counts without an end', async (t) => {
    const file = newFile();
    const endless = { history: { count: Infinity, age: Infinity, bytes: Infinity }, retainedKeys: Infinity };
    const forEver: Once = { ...once, age: Infinity, count: Infinity };
    const before = await over(t, file);
    const used = await before.engine.append('a', draft(1), endless, forEver);
    await before.engine.stop();
    const { engine } = await over(t, file);
    assert.deepEqual(await engine.append('a', draft(2), endless, forEver), { ...used, duplicate: true });
    assert.deepEqual(dataOf(await engine.readLatest('a', Infinity)), [1]);
    assert.deepEqual(dataOf(await engine.readRetained('a')), [1]);
  });
});

describe('start', () => {
  it('refuses a file that another engine has open, and leaves it unharmed', async (t) => {
    const file = newFile();
    const { engine } = await over(t, file);
    assert.match(await refusal(file), /^The store .*\.db can't be opened: another process, or another engine/);
    await publish(engine, 'a', keepAll, 1);
    await engine.stop();
    assert.equal(await refusal(file), 'opened');
  });

  it('refuses what is no store of this hub, and does not change it', async () => {
    const file = newFile();
    writeFileSync(file, 'This is a letter, not a database. '.repeat(100));
    const { size } = statSync(file);
    assert.match(await refusal(file), /it is not a database/);
    assert.equal(statSync(file).size, size);

    const others = newFile();
    const database = new DatabaseSync(others);
    database.exec('CREATE TABLE addresses (name TEXT)');
    database.close();
    assert.match(await refusal(others), /a database of something else/);
  });

  it('refuses a file of a newer version, and says which', async (t) => {
    const file = newFile();
    await (await over(t, file)).engine.stop();
    const database = new DatabaseSync(file);
    database.exec('PRAGMA user_version = 9');
    database.close();
    assert.match(await refusal(file), /a newer version of the hub wrote it \(schema 9; this one knows 1\)/);
  });

  it('refuses a damaged file', async (t) => {
    const file = newFile();
    const { engine } = await over(t, file);
    await publish(engine, 'a', keepAll, ...Array.from({ length: 50 }, () => 'x'.repeat(1000)));
    await engine.stop();
    // All pages but the one that says what the file is.
    writeFileSync(file, Buffer.alloc(statSync(file).size - 4096, 0xa5), { flag: 'r+', flush: true });
    assert.match(await refusal(file), /not a database|damaged/);
  });

  it('says so when there is no such folder', async () => {
    assert.match(await refusal(join(folder, 'nowhere', 'hub.db')), /is there such a folder/);
  });
});

describe('the sqlite engine under load', () => {
  it('refuses what would wait beyond the bound in number or bytes, and goes on with the rest', async (t) => {
    const byNumber = await over(t, newFile(), { maxWaiting: 2 });
    const codes = [1, 2, 3].map((value) => code(() => byNumber.engine.append('a', draft(value), keepAll)));
    assert.deepEqual(await Promise.all(codes), ['done', 'done', 'unavailable']);
    assert.equal((await publish(byNumber.engine, 'a', keepAll, 4))[0]?.offset, 3);

    const byBytes = await over(t, newFile(), { maxWaitingBytes: 3500 });
    const large = ['x', 'y', 'z'].map((text) =>
      code(() => byBytes.engine.append('a', draft(text.repeat(1000)), keepAll)),
    );
    assert.deepEqual(await Promise.all(large), ['done', 'done', 'unavailable']);
  });

  it('refuses appends when the file is full, tells so, and still reads', async (t) => {
    const { engine, failures } = await over(t, newFile(), { maxFileBytes: 200_000 });
    const [first] = await publish(engine, 'a', keepAll, 'first');
    let result = 'done';
    for (let i = 0; i < 10 && result === 'done'; i++)
      result = await code(() => engine.append('a', draft('x'.repeat(50_000)), keepAll));
    assert.equal(result, 'unavailable');
    assert.match(failures[0]?.message ?? '', /full/);
    const { top, publications } = await engine.readAfter('a', first!, 100, 1e9);
    assert.equal(top.offset, publications.length + 1);
    const [next] = await publish(engine, 'b', keepAll, 'small');
    assert.equal(next?.offset, 1);
  });

  it('does all that waits before it stops, and nothing after', async (t) => {
    const { engine, published } = await over(t, newFile());
    const answers = Array.from({ length: 50 }, (_, i) => engine.append('a', draft(i), keepAll));
    await engine.stop();
    assert.equal(published.length, 50);
    assert.equal((await answers[49])?.position.offset, 50);
    assert.equal(await code(() => engine.append('a', draft(1), keepAll)), 'unavailable');
  });

  it('refuses data and keys that have no form in the file, and nothing else', async (t) => {
    const { engine } = await over(t, newFile());
    let deep: unknown = 0;
    for (let i = 0; i < 5000; i++) deep = [deep];
    const append = (more: object, once?: Once): Promise<string> =>
      code(() => engine.append('a', { ...draft('x'), ...more }, keepAll, once));
    const once: Once = { scope: 'ann', key: '\ud800', age: 1, count: 1 };
    const codes = [
      append({ data: deep }),
      append({}),
      append({ data: () => {} }),
      append({ key: '\udc00' }),
      append({}, once),
    ];
    assert.deepEqual(await Promise.all(codes), ['invalid', 'done', 'invalid', 'invalid', 'invalid']);
    assert.equal((await topOf(engine, 'a')).offset, 1);
  });

  it('tells one order of a topic, whoever appends while others read', async (t) => {
    const { engine, published } = await over(t, newFile());
    const positions: Position[] = [];
    const publisher = async (name: string): Promise<void> => {
      for (let i = 0; i < 20; i++) {
        const { position } = await engine.append('a', draft(`${name}${i}`), history({ count: 5 }));
        assert.deepEqual(positionOf(published.find(({ id }) => id === position.id)!), position);
        positions.push(position);
      }
    };
    const reader = async (): Promise<void> => {
      for (let i = 0; i < 20; i++) {
        const { top, publications } = await engine.readLatest('a', 9);
        assert.equal(publications.at(-1)?.offset ?? 0, top.offset);
        assert.ok(publications.length <= 5);
      }
    };
    await Promise.all([publisher('x'), reader(), publisher('y'), reader(), publisher('z')]);
    const offsets = Array.from({ length: 60 }, (_, i) => i + 1);
    assert.deepEqual(
      published.map(({ offset }) => offset),
      offsets,
    );
    assert.deepEqual(
      positions.map(({ offset }) => offset).sort((a, b) => a - b),
      offsets,
    );
  });

  it('lets what is old go from the file in its own time, also when nobody appends or reads', async (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] });
    const file = newFile();
    const { engine } = await over(t, file, { sweepInterval: 10_000 });
    await publish(engine, 'a', history({ age: 100 }), 1, 2);
    time.now += 100;
    t.mock.timers.tick(10_000);
    await engine.stop();
    const database = new DatabaseSync(file);
    assert.deepEqual(database.prepare('SELECT * FROM log').all(), []);
    database.close();
  });

  it('counts topics in memory and in the file as one life when nothing was published yet', async (t) => {
    const { engine } = await over(t, newFile());
    const tops = await engine.tops(['memory', 'file']);
    const [inMemory] = await publish(engine, 'memory', keepNone, 1);
    const [inFile] = await publish(engine, 'file', keepAll, 1);
    assert.deepEqual(
      [inMemory?.epoch, inFile?.epoch],
      tops.map(({ epoch }) => epoch),
    );
    assert.deepEqual(await engine.tops(['file', 'none', 'memory']), [
      inFile,
      { ...tops[0], offset: 0, id: 0 },
      inMemory,
    ]);
  });
});
