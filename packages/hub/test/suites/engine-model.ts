/**
 * An engine against the plainest thing that does the same: arrays that are searched from the start each time. Groups of
 * operations are given to the engine at once, without waiting, and compared when all are answered.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Draft, type Position, type Publication, positionOf } from '../../src/contract/publication.ts';
import type { Appended, Engine, LogPage, LogRead, Once, Retention } from '../../src/engine/engine.ts';
import type { OpenEngine } from './engine-fixture.ts';

interface ModelKey {
  readonly scope: string;
  readonly key: string;
  readonly time: number;
  readonly position: Position;
}

/** A topic as a list of all that was ever published. */
class ModelTopic {
  readonly all: Publication[] = [];
  readonly epoch: string;
  readonly #name: string;
  readonly #retention: Retention;
  #trimmed = 0;
  #retained: Publication[] = [];
  #keys: ModelKey[] = [];

  constructor(name: string, epoch: string, retention: Retention) {
    this.#name = name;
    this.epoch = epoch;
    this.#retention = retention;
  }

  get top(): Position {
    return this.#positionAt(this.all.length);
  }

  append(draft: Draft, once: Once | undefined, now: number): Appended {
    this.#keys = this.#keys.filter(({ time }) => once === undefined || time + once.age > now);
    const first = this.#keys.find(({ scope, key }) => scope === once?.scope && key === once.key);
    if (first) return { position: first.position, duplicate: true };
    const publication = { ...draft, topic: this.#name, epoch: this.epoch, offset: this.all.length + 1 };
    this.all.push(publication);
    const position = positionOf(publication);
    if (once) this.#keys = [...this.#keys, { ...once, time: now, position }].slice(-once.count);
    const { retainedKeys } = this.#retention;
    const others = this.#retained.filter(({ key }) => key !== draft.key);
    this.#retained = retainedKeys === 0 ? [] : [...others, publication].slice(-retainedKeys);
    this.#trim(now);
    return { position, duplicate: false };
  }

  history(now: number): Publication[] {
    this.#trim(now);
    return this.all.slice(this.#trimmed);
  }

  readAfter(position: Position, limit: number, maxBytes: number, now: number): LogRead {
    const history = this.history(now);
    const { epoch, offset, id } = position;
    const known = offset >= this.#trimmed && offset <= this.all.length && this.#positionAt(offset).id === id;
    if (epoch !== this.epoch || !known) return { top: this.top, publications: [], held: false };
    const rest = history.slice(offset - this.#trimmed).slice(0, limit);
    const fits = (end: number): boolean => rest.slice(0, end).reduce((sum, { size }) => sum + size, 0) <= maxBytes;
    const publications = rest.filter((_, i) => i === 0 || fits(i + 1));
    return { top: this.top, publications, held: true };
  }

  readRetained(): LogPage {
    return { top: this.top, publications: this.#retained };
  }

  #positionAt(offset: number): Position {
    return { epoch: this.epoch, offset, id: this.all[offset - 1]?.id ?? 0 };
  }

  #trim(now: number): void {
    const { history } = this.#retention;
    const tooMuch = (): boolean => {
      const kept = this.all.slice(this.#trimmed);
      if (kept.length === 0) return false;
      if (history === null || kept.length > history.count) return true;
      return kept.reduce((sum, { size }) => sum + size, 0) > history.bytes || kept[0]!.time + history.age <= now;
    };
    while (tooMuch()) this.#trimmed++;
  }
}

type Operation =
  | {
      readonly does: 'append';
      readonly topic: number;
      readonly size: number;
      readonly key: string;
      readonly once: string;
    }
  | {
      readonly does: 'after';
      readonly topic: number;
      readonly offset: number;
      readonly limit: number;
      readonly bytes: number;
    }
  | { readonly does: 'latest'; readonly topic: number; readonly limit: number }
  | { readonly does: 'retained'; readonly topic: number }
  | { readonly does: 'tops' };

const small = fc.nat({ max: 12 });
const topic = fc.nat({ max: 1 });
const append = fc.record({
  does: fc.constant('append' as const),
  topic,
  size: fc.nat({ max: 9 }),
  key: fc.constantFrom('', 'x', 'y', 'z'),
  once: fc.constantFrom('', '', '1', '2', '3'),
});
const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 5, arbitrary: append },
  fc.record({ does: fc.constant('after' as const), topic, offset: small, limit: small, bytes: fc.nat({ max: 40 }) }),
  fc.record({ does: fc.constant('latest' as const), topic, limit: small }),
  fc.record({ does: fc.constant('retained' as const), topic }),
  fc.record({ does: fc.constant('tops' as const) }),
);
const group = fc.record({ passes: fc.nat({ max: 30 }), operations: fc.array(operation, { maxLength: 12 }) });
const retention: fc.Arbitrary<Retention> = fc.record({
  history: fc.option(
    fc.record({
      count: fc.nat({ max: 8 }),
      age: fc.constantFrom(20, 60, 1e9),
      bytes: fc.constantFrom(15, 40, 1e9),
    }),
  ),
  retainedKeys: fc.nat({ max: 3 }),
});
const scenario = fc.record({
  retentions: fc.tuple(retention, retention),
  once: fc.record({ age: fc.constantFrom(15, 50, 1e9), count: fc.integer({ min: 1, max: 3 }) }),
  groups: fc.array(group, { maxLength: 10 }),
});

/** Each operation twice: what the engine answers, and what the model does. */
type Answers = [actual: unknown, expected: unknown];

export function engineModel(name: string, open: OpenEngine): void {
  describe(`the ${name} engine`, () => {
    it('does what a list of all publications would do, whatever is asked in whatever order', async (t) => {
      let now = 1_000_000;
      let id = 0;
      let run = 0;
      const told: Publication[] = [];
      const engine: Engine = open(t, { now: () => now });
      await engine.start({ published: (publication) => told.push(publication), failed: (error) => assert.fail(error) });
      t.after(() => engine.stop());

      await fc.assert(
        fc.asyncProperty(scenario, async ({ retentions, once, groups }) => {
          run++;
          told.length = 0;
          const names = [`${run}.a`, `${run}.b`];
          const { epoch } = (await engine.tops(names))[0]!;
          const models = names.map((topic, i) => new ModelTopic(topic, epoch, retentions[i]!));
          const perform = (one: Operation): Answers => {
            if (one.does === 'tops') return [engine.tops(names), models.map(({ top }) => top)];
            const model = models[one.topic]!;
            const topic = names[one.topic]!;
            if (one.does === 'retained') return [engine.readRetained(topic), model.readRetained()];
            if (one.does === 'latest') {
              const publications = one.limit === 0 ? [] : model.history(now).slice(-one.limit);
              return [engine.readLatest(topic, one.limit), { top: model.top, publications }];
            }
            if (one.does === 'after') {
              const position = { epoch, offset: one.offset, id: model.all[one.offset - 1]?.id ?? 0 };
              const actual = engine.readAfter(topic, position, one.limit, one.bytes);
              return [actual, model.readAfter(position, one.limit, one.bytes, now)];
            }
            const draft: Draft = { id: ++id, time: now, size: one.size, key: one.key, data: id };
            const key = one.once === '' ? undefined : { scope: 's', key: one.once, ...once };
            return [engine.append(topic, draft, retentions[one.topic]!, key), model.append(draft, key, now)];
          };
          for (const { passes, operations } of groups) {
            now += passes;
            const answers = operations.map(perform);
            const actual = await Promise.all(answers.map(([answer]) => answer));
            assert.deepEqual(
              actual,
              answers.map(([, expected]) => expected),
            );
          }
          for (const [i, model] of models.entries())
            assert.deepEqual(
              told.filter(({ topic }) => topic === names[i]),
              model.all,
            );
        }),
        { numRuns: 200 },
      );
    });
  });
}
