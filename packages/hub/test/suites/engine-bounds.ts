/** The second half of the suite for every engine: idempotency keys, and the bound on topics. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Once } from '../../src/engine/engine.ts';
import {
  after,
  code,
  dataOf,
  draft,
  history,
  keepAll,
  keepNone,
  type OpenEngine,
  publish,
  start,
  time,
  topOf,
} from './engine-fixture.ts';

export function onceOnly(open: OpenEngine): void {
  describe('an idempotency key', () => {
    const once = (key: string, more: Partial<Once> = {}): Once => ({
      scope: 'ann',
      key,
      age: 1000,
      count: 10,
      ...more,
    });

    for (const [how, kept] of [
      ['with history', keepAll],
      ['without', keepNone],
    ] as const) {
      it(`${how} gets the first position, and nothing is appended`, async (t) => {
        const { engine, published } = await start(t, open);
        const [first, second] = await Promise.all([
          engine.append('a', draft(1), kept, once('k')),
          engine.append('a', draft(2), kept, once('k')),
        ]);
        const third = await engine.append('a', draft(3), kept, once('k'));
        assert.equal(first.duplicate, false);
        for (const again of [second, third]) assert.deepEqual(again, { position: first.position, duplicate: true });
        assert.deepEqual(dataOf({ publications: published }), [1]);
        assert.deepEqual(await topOf(engine, 'a'), first.position);
      });

      it(`${how} is one for each scope and each topic`, async (t) => {
        const { engine, published } = await start(t, open);
        await engine.append('a', draft(1), kept, once('k'));
        await engine.append('a', draft(2), kept, once('k', { scope: 'bob' }));
        await engine.append('b', draft(3), kept, once('k'));
        // Scope and key put together without a mark between them would be the same text.
        await engine.append('a', draft(4), kept, once('nk', { scope: 'an' }));
        assert.deepEqual(dataOf({ publications: published }), [1, 2, 3, 4]);
      });

      it(`${how} is remembered for so long, and so many of them`, async (t) => {
        const { engine } = await start(t, open);
        const used = async (key: string, count = 10): Promise<boolean> =>
          (await engine.append('a', draft(key), kept, once(key, { count }))).duplicate;
        assert.equal(await used('k'), false);
        time.now += 999;
        assert.equal(await used('k'), true);
        time.now += 1;
        assert.equal(await used('k'), false);
        const all = await Promise.all(['l', 'm', 'k', 'n', 'k', 'm'].map((key) => used(key, 3)));
        assert.deepEqual(all, [false, false, true, false, false, true]);
      });
    }

    it('still tells the position when the publication went', async (t) => {
      const { engine } = await start(t, open);
      const first = await engine.append('a', draft(1), history({ count: 1 }), once('k'));
      await publish(engine, 'a', history({ count: 1 }), 2, 3);
      const again = await engine.append('a', draft(1), history({ count: 1 }), once('k'));
      assert.deepEqual(again, { position: first.position, duplicate: true });
    });
  });
}

export function forgetting(open: OpenEngine): void {
  describe('at the bound on topics', () => {
    it('refuses a newcomer while all others hold something, and has not begun it', async (t) => {
      const { engine, published } = await start(t, open, { maxTopics: 2 });
      const [a] = await publish(engine, 'a', history({ age: 100 }), 1);
      await publish(engine, 'b', { history: null, retainedKeys: 1 }, 2);
      assert.equal(await code(() => engine.append('c', draft(3), keepAll)), 'too-many');
      assert.deepEqual(await publish(engine, 'a', history({ age: 100 }), 4), [await topOf(engine, 'a')]);
      assert.deepEqual(await after(engine, 'a', a!), [4]);
      assert.equal((await topOf(engine, 'c')).offset, 0);
      assert.deepEqual(dataOf({ publications: published }), [1, 2, 4]);
    });

    it('forgets one that holds nothing: its old positions are held no more, whatever comes later', async (t) => {
      const { engine } = await start(t, open, { maxTopics: 2 });
      const unborn = await topOf(engine, 'a');
      const old = await publish(engine, 'a', history({ age: 100 }), 1, 2);
      await publish(engine, 'b', keepAll, 1);
      time.now += 100;
      for (let i = 0; (await code(() => engine.append('c', draft(1), history({ age: 100 })))) !== 'done'; i++)
        assert.ok(i < 3, 'it makes room before long');
      time.now += 100;
      assert.equal(await after(engine, 'a', old[1]!), 'not held');
      assert.equal((await topOf(engine, 'a')).offset, 0);
      for (let i = 0; (await code(() => engine.append('a', draft('new'), keepAll))) !== 'done'; i++)
        assert.ok(i < 3, 'it makes room before long');
      await publish(engine, 'a', keepAll, 'newer');
      for (const position of [unborn, ...old]) assert.equal(await after(engine, 'a', position), 'not held');
      assert.deepEqual(dataOf(await engine.readLatest('a', 10)), ['new', 'newer']);
      assert.deepEqual(dataOf(await engine.readLatest('b', 10)), [1]);
    });
  });
}
