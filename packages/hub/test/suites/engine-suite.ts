/**
 * What every engine does, run for each of them. The clock is the suite's; ages come from it and from the drafts' `time`.
 * `open` gives an engine that nobody has started, and cleans up after the test.
 */
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { type Position, positionOf } from '../../src/contract/publication.ts';
import type { Engine, Retention } from '../../src/engine/engine.ts';
import { forgetting, onceOnly } from './engine-bounds.ts';
import {
  after,
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

export function engineSuite(name: string, open: OpenEngine): void {
  describe(`the ${name} engine`, () => {
    beforeEach(() => {
      time.now = 1_000_000;
    });
    appending(open);
    reading(open);
    trimming(open);
    retaining(open);
    onceOnly(open);
    forgetting(open);
  });
}

function appending(open: OpenEngine): void {
  describe('append', () => {
    it('counts a topic from 1 without holes, in the order of the calls, each topic for itself', async (t) => {
      const { engine } = await start(t, open);
      const [a, b] = await Promise.all([
        publish(engine, 'a', keepAll, 1, 2, 3),
        publish(engine, 'b', keepAll, 'x', 'y'),
      ]);
      assert.deepEqual(
        a.map(({ offset }) => offset),
        [1, 2, 3],
      );
      assert.deepEqual(
        b.map(({ offset }) => offset),
        [1, 2],
      );
      assert.deepEqual(dataOf(await engine.readLatest('a', 10)), [1, 2, 3]);
    });

    it('is told to the listener in order, and before its own promise resolves', async (t) => {
      const { engine, published } = await start(t, open);
      const seen: number[] = [];
      await Promise.all(
        [1, 2, 3].map(async (value) => {
          const { position } = await engine.append('a', draft(value), keepAll);
          assert.ok(published.some(({ offset }) => offset === position.offset));
          seen.push(position.offset);
        }),
      );
      assert.deepEqual(dataOf({ publications: published }), [1, 2, 3]);
      assert.deepEqual(seen, [1, 2, 3]);
    });

    it('gives the listener and the reader the draft, and its place', async (t) => {
      const { engine, published } = await start(t, open);
      const given = draft({ text: 'hello' }, { key: 'k', form: 'args', publisher: { session: 7, user: 'ann' } });
      const full = { ...given, audience: { except: { sessions: [7] }, only: { roles: ['staff'] } } };
      const { position } = await engine.append('a', full, keepAll);
      const expected = { ...full, topic: 'a', epoch: position.epoch, offset: 1 };
      assert.equal(position.id, given.id);
      assert.deepEqual(published, [expected]);
      assert.deepEqual((await engine.readLatest('a', 1)).publications, [expected]);
    });

    it('keeps bytes, BigInt and numbers as they are, and the largest id', async (t) => {
      const { engine } = await start(t, open);
      const data = {
        bytes: Uint8Array.of(0, 255),
        integers: [0, -1, 2 ** 31, 2 ** 32, Number.MAX_SAFE_INTEGER, -(2 ** 53), 1e300],
        fractions: [0.1, -1.5e-9],
        big: [2n ** 64n, -(2n ** 200n), 5n],
        nothing: [null, true, false, '', [], {}],
        text: 'größer 😀\0',
      };
      await engine.append('a', draft(data, { id: 2 ** 53, size: 0 }), keepAll);
      const [read] = (await engine.readLatest('a', 1)).publications;
      assert.deepEqual(read?.data, data);
      assert.equal(read?.id, 2 ** 53);
    });

    it('keeps keys that have a meaning in JavaScript', async (t) => {
      // MessagePack's decoder refuses "__proto__": one such publication would have made its topic unreadable for ever.
      const { engine } = await start(t, open);
      const data: unknown = JSON.parse('{"__proto__":{"a":1},"constructor":[{"__proto__":2}]}');
      await engine.append('__proto__', draft(data, { key: '__proto__' }), { ...keepAll, retainedKeys: 1 });
      const [read] = (await engine.readLatest('__proto__', 1)).publications;
      assert.equal(JSON.stringify(read?.data), JSON.stringify(data));
      assert.equal((read!.data as { a?: number }).a, undefined);
    });

    it('without history gives an order alone', async (t) => {
      const { engine, published } = await start(t, open);
      const positions = await publish(engine, 'a', keepNone, 1, 2);
      assert.deepEqual(
        positions.map(({ offset }) => offset),
        [1, 2],
      );
      assert.deepEqual(published.map(positionOf), positions);
      assert.deepEqual(await engine.readLatest('a', 10), { top: positions[1], publications: [] });
      assert.deepEqual(await after(engine, 'a', positions[1]!), []);
      assert.equal(await after(engine, 'a', positions[0]!), 'not held');
    });
  });
}

function reading(open: OpenEngine): void {
  describe('reading', () => {
    it('of a topic without publications finds nothing, at offset 0 of the log to come', async (t) => {
      const { engine } = await start(t, open);
      const { top, publications } = await engine.readLatest('a', 10);
      assert.deepEqual({ ...top, publications }, { epoch: top.epoch, offset: 0, id: 0, publications: [] });
      assert.deepEqual(await engine.readRetained('a'), { top, publications: [] });
      assert.deepEqual(await engine.tops(['a']), [top]);
      assert.deepEqual(await after(engine, 'a', top), []);
      for (const retention of [keepAll, keepNone]) {
        const topic = retention === keepAll ? 'a' : 'b';
        const [first] = await publish(engine, topic, retention, 1);
        assert.equal(first?.epoch, top.epoch);
      }
      assert.deepEqual(await after(engine, 'a', top), [1]);
    });

    it('after a position finds what came since, with the top', async (t) => {
      const { engine } = await start(t, open);
      const positions = await publish(engine, 'a', keepAll, 1, 2, 3);
      assert.deepEqual(await after(engine, 'a', positions[0]!), [2, 3]);
      assert.deepEqual(await after(engine, 'a', positions[2]!), []);
      assert.deepEqual(await after(engine, 'a', { ...positions[0]!, offset: 0, id: 0 }), [1, 2, 3]);
      assert.deepEqual((await engine.readAfter('a', positions[0]!, 1, 1e9)).top, positions[2]);
    });

    it('after a position that was never given out finds nothing', async (t) => {
      const { engine } = await start(t, open);
      const [first, second] = (await publish(engine, 'a', keepAll, 1, 2)) as [Position, Position];
      const epoch = (await topOf(engine, 'b')).epoch;
      const strange: Position[] = [
        { ...first, id: second.id },
        { ...first, epoch: 'another' },
        { ...second, offset: 3 },
        { ...first, offset: -1 },
        { ...first, offset: 1.5 },
        { ...first, offset: Number.NaN },
        { ...first, offset: 2 ** 60 },
        { ...first, offset: 0 },
      ];
      for (const position of strange) assert.equal(await after(engine, 'a', position), 'not held');
      assert.equal(await after(engine, 'b', { epoch, offset: 1, id: 5 }), 'not held');
      assert.equal(await after(engine, 'b', { epoch: 'another', offset: 0, id: 0 }), 'not held');
    });

    it('goes page by page, by number and by bytes, at least one at a time', async (t) => {
      const { engine } = await start(t, open);
      const positions = await publish(engine, 'a', keepAll, 1, 2, 3, 4);
      assert.deepEqual(dataOf(await engine.readAfter('a', positions[0]!, 2, 1e9)), [2, 3]);
      assert.deepEqual(dataOf(await engine.readAfter('a', positions[0]!, 10, 20)), [2, 3]);
      assert.deepEqual(dataOf(await engine.readAfter('a', positions[0]!, 10, 1)), [2]);
    });

    it('of the latest gives the newest, oldest first, or the top alone', async (t) => {
      const { engine } = await start(t, open);
      const positions = await publish(engine, 'a', keepAll, 1, 2, 3);
      assert.deepEqual(dataOf(await engine.readLatest('a', 2)), [2, 3]);
      assert.deepEqual(await engine.readLatest('a', 0), { top: positions[2], publications: [] });
    });

    it('of tops answers in the order of the question', async (t) => {
      const { engine } = await start(t, open);
      const [a] = await publish(engine, 'a', keepAll, 1);
      const [b] = await publish(engine, 'b', keepNone, 1);
      const { epoch } = a!;
      assert.deepEqual(await engine.tops(['b', 'none', 'a']), [b, { epoch, offset: 0, id: 0 }, a]);
      assert.deepEqual(await engine.tops([]), []);
    });
  });
}

function trimming(open: OpenEngine): void {
  describe('history', () => {
    it('keeps so many, and the position of the newest that went', async (t) => {
      const { engine } = await start(t, open);
      const positions = await publish(engine, 'a', history({ count: 2 }), 1, 2, 3, 4);
      assert.deepEqual(dataOf(await engine.readLatest('a', 10)), [3, 4]);
      assert.deepEqual(await after(engine, 'a', positions[1]!), [3, 4]);
      assert.equal(await after(engine, 'a', positions[0]!), 'not held');
      assert.equal(await after(engine, 'a', { ...positions[1]!, id: 99 }), 'not held');
      assert.equal(await after(engine, 'a', { ...positions[1]!, offset: 0, id: 0 }), 'not held');
    });

    it('keeps so many bytes', async (t) => {
      const { engine } = await start(t, open);
      for (const size of [10, 20, 5]) await engine.append('a', draft(size, { size }), history({ bytes: 25 }));
      assert.deepEqual(dataOf(await engine.readLatest('a', 10)), [20, 5]);
      const { position } = await engine.append('a', draft(26, { size: 26 }), history({ bytes: 25 }));
      assert.deepEqual(dataOf(await engine.readLatest('a', 10)), []);
      assert.deepEqual(await after(engine, 'a', position), []);
    });

    it('keeps for so long, also when nothing is appended any more', async (t) => {
      const { engine } = await start(t, open);
      const kept = history({ age: 100 });
      const [first] = await publish(engine, 'a', kept, 1);
      time.now += 60;
      const [second] = await publish(engine, 'a', kept, 2);
      time.now += 39;
      assert.deepEqual(dataOf(await engine.readLatest('a', 10)), [1, 2]);
      time.now += 1;
      assert.deepEqual(dataOf(await engine.readLatest('a', 10)), [2]);
      assert.deepEqual(await after(engine, 'a', first!), [2]);
      time.now += 60;
      assert.equal(await after(engine, 'a', first!), 'not held');
      assert.deepEqual(await after(engine, 'a', second!), []);
      assert.deepEqual(await topOf(engine, 'a'), second);
    });

    it('has no holes when the clock went back: what is old stays behind what is young', async (t) => {
      const { engine } = await start(t, open);
      const kept = history({ age: 100 });
      await engine.append('a', draft('young'), kept);
      await engine.append('a', draft('old', { time: time.now - 1000 }), kept);
      assert.deepEqual(dataOf(await engine.readLatest('a', 10)), ['young', 'old']);
      time.now += 100;
      assert.deepEqual(dataOf(await engine.readLatest('a', 10)), []);
    });

    it('obeys the newest retention', async (t) => {
      const { engine } = await start(t, open);
      await publish(engine, 'a', history({}, 5), 1, 2, 3);
      const [fourth] = await publish(engine, 'a', history({ count: 2 }), 4);
      assert.deepEqual(dataOf(await engine.readLatest('a', 10)), [3, 4]);
      assert.deepEqual(dataOf(await engine.readRetained('a')), []);
      const [fifth] = await publish(engine, 'a', keepNone, 5);
      assert.deepEqual(dataOf(await engine.readLatest('a', 10)), []);
      assert.equal(await after(engine, 'a', fourth!), 'not held');
      const [sixth] = await publish(engine, 'a', keepAll, 6);
      assert.equal(sixth?.offset, 6);
      assert.deepEqual(await after(engine, 'a', fifth!), [6]);
    });

    it('that begins late does not vouch for what was published before', async (t) => {
      const { engine } = await start(t, open);
      const [first, second] = await publish(engine, 'a', keepNone, 1, 2);
      const [third] = await publish(engine, 'a', keepAll, 3);
      assert.equal(await after(engine, 'a', first!), 'not held');
      const read = await after(engine, 'a', second!);
      if (third?.epoch === second?.epoch) assert.deepEqual(read, [3]);
      else assert.equal(read, 'not held');
    });
  });
}

function retaining(open: OpenEngine): void {
  describe('what is retained', () => {
    const put = async (engine: Engine, retention: Retention, ...pairs: [string, unknown][]): Promise<Position[]> => {
      const all = await Promise.all(pairs.map(([key, data]) => engine.append('a', draft(data, { key }), retention)));
      return all.map(({ position }) => position);
    };

    it('is the newest of each key, in the order of the updates, without history as well', async (t) => {
      const { engine } = await start(t, open);
      for (const retention of [history({}, 9), { history: null, retainedKeys: 9 }]) {
        await put(engine, retention, ['x', 1], ['y', 2], ['x', 3]);
        assert.deepEqual(dataOf(await engine.readRetained('a')), [2, 3]);
      }
    });

    it('stays when history lets it go', async (t) => {
      const { engine } = await start(t, open);
      const [first] = await put(engine, history({ count: 1, age: 50 }, 9), ['x', 1], ['y', 2]);
      assert.deepEqual(dataOf(await engine.readLatest('a', 10)), [2]);
      time.now += 1000;
      const retained = await engine.readRetained('a');
      assert.deepEqual(retained.publications.map(positionOf)[0], first);
      assert.deepEqual(dataOf(retained), [1, 2]);
    });

    it('is so many keys: the oldest goes first', async (t) => {
      const { engine } = await start(t, open);
      await put(engine, history({}, 2), ['x', 1], ['y', 2], ['x', 3], ['z', 4]);
      assert.deepEqual(dataOf(await engine.readRetained('a')), [3, 4]);
      await put(engine, history({}, 1), ['y', 5]);
      assert.deepEqual(dataOf(await engine.readRetained('a')), [5]);
    });
  });
}
