/**
 * One topic of a hub against the plainest truth: the list of what was appended, and what came before each. Publishers,
 * and readers who come, go, fall silent and vanish at any point, in any order; then all comes to rest, and the truth is asked:
 * nothing was lost, doubled or reordered, or the reader was told.
 *
 * What a publication follows is known by its id. A reader who has one may be given only the one that follows it; or a later one
 * with the number of those that were dropped; or it has to be told that its log is no more, or itself too slow.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Position, type Publication, positionOf } from '../../src/contract/publication.ts';
import type { Engine } from '../../src/engine/engine.ts';
import type { SlowReader } from '../../src/hub/policy.ts';
import type { PlainEngine } from '../support/plain-engine.ts';
import { type Guest, startOfTime, type TestHub, testHub } from '../support/test-hub.ts';

/** An engine whose hints can be lost, which knows what was ever appended, and when everything is answered. */
class WatchedEngine {
  readonly engine: Engine;
  losesHints = false;
  /** It is another log and its tops were not compared since: were a hint lost now as well, nothing would tell. */
  isSuspect = false;
  /** The id of each publication's predecessor, 0 for the first one of a log. */
  readonly previous = new Map<number, number>();
  /** Ids in the log, by epoch and offset. */
  log = new Map<string, number>();
  /** How often the log was put back or forgotten. */
  lives = 0;
  readonly #keys = new Map<number, string>();
  top: Position = { epoch: '', offset: 0, id: 0 };
  pending = 0;

  constructor(inner: Engine) {
    const watch = <T>(answer: T): T => {
      if (!(answer instanceof Promise)) return answer;
      this.pending++;
      const done = (): void => void this.pending--;
      answer.then(done, done);
      return answer;
    };
    this.engine = {
      name: inner.name,
      promise: inner.promise,
      start: (listener) =>
        watch(
          inner.start({
            published: (publication) => {
              this.#add(publication);
              if (!this.losesHints) listener.published(publication);
            },
            failed: (error) => listener.failed(error),
          }),
        ),
      append: (...args) => watch(inner.append(...args)),
      readAfter: (...args) => watch(inner.readAfter(...args)),
      readLatest: (...args) => watch(inner.readLatest(...args)),
      readRetained: (...args) => watch(inner.readRetained(...args)),
      tops: (...args) => watch(inner.tops(...args)),
      stop: () => inner.stop(),
    };
  }

  /** Whether the log, which keeps so many, has everything after a position. */
  holds({ epoch, offset, id }: Position, kept: number): boolean {
    const known = offset === 0 ? epoch === this.top.epoch : this.log.get(`${epoch} ${offset}`) === id;
    return known && this.top.offset - offset <= kept;
  }

  /** The newest id of each key. */
  get newest(): Map<string, number> {
    return new Map([...this.log.values()].map((id) => [this.#keys.get(id)!, id]));
  }

  #add(publication: Publication): void {
    const { epoch, offset, id } = publication;
    this.previous.set(id, this.log.get(`${epoch} ${offset - 1}`) ?? 0);
    this.log.set(`${epoch} ${offset}`, id);
    this.#keys.set(id, publication.key);
    this.top = positionOf(publication);
  }
}

type Told =
  | {
      readonly what: 'joined';
      readonly asked: Position | undefined;
      readonly recovered: boolean | 'fresh';
      readonly position: Position;
    }
  | { readonly what: 'publication'; readonly publication: Publication; readonly dropped: number }
  | { readonly what: 'caught up' };

/** A client that keeps its position, and everything that it was told since it joined. */
class Reader {
  readonly subscriptions: Told[][] = [];
  readonly values = new Map<string, Publication>();
  position: Position | undefined;
  guest: Guest | undefined;
  joined = false;
  #joining = false;
  readonly #hub: TestHub;
  readonly #watched: WatchedEngine;
  readonly #kept: number;
  /** What was wrong in callbacks, where nothing may be thrown. */
  readonly #wrong: string[] = [];
  #acknowledged = 0;

  constructor(hub: TestHub, watched: WatchedEngine, kept: number) {
    this.#hub = hub;
    this.#watched = watched;
    this.#kept = kept;
  }

  join(last: number): void {
    if (this.joined || this.#joining) return;
    if (this.guest === undefined) {
      this.guest = this.#hub.join();
      this.#acknowledged = 0;
    }
    const { guest, position: asked } = this;
    const { lives } = this.#watched;
    const told: Told[] = [];
    this.subscriptions.push(told);
    this.#joining = true;
    const mine = (): boolean => this.guest === guest && this.subscriptions.at(-1) === told;
    guest.peer.during = ({ publication, dropped, subscription }) => {
      if (!mine() || subscription.tag !== told) return;
      told.push({ what: 'publication', publication, dropped });
      this.position = positionOf(publication);
      this.values.set(publication.key, publication);
    };
    const subscribing = guest.session.subscribe('a', {
      replay: 'recover',
      last,
      tag: told,
      ...(asked && { position: asked }),
      joined: ({ recovered, position }) => {
        this.joined = mine();
        const lost = recovered === false && lives === this.#watched.lives && this.#watched.holds(asked!, this.#kept);
        if (lost) this.#wrong.push('what the log holds is recovered');
        told.push({ what: 'joined', asked, recovered, position });
      },
      caughtUp: ({ position }) => {
        told.push({ what: 'caught up' });
        const known = this.position;
        if (mine() && (known?.epoch !== position.epoch || known.offset < position.offset)) this.position = position;
      },
      ended: () => {
        if (mine()) this.joined = false;
      },
    });
    const settle = (): void => {
      if (mine()) this.#joining = false;
    };
    subscribing.then(settle, settle);
  }

  leave(): void {
    for (const subscription of this.#hub.core.topics.get('a')?.members ?? []) {
      if (subscription.session === this.guest?.session) return this.#gone(() => subscription.end());
    }
  }

  /** The line breaks: the last `lost` that were delivered never arrived. */
  vanish(lost: number): void {
    const { guest } = this;
    if (guest === undefined) return;
    const told = this.subscriptions.at(-1) ?? [];
    const arrived = told.filter((each) => each.what === 'publication');
    // Without any of this time, it is where it was when it asked.
    if (lost > 0 && arrived.length > 0) {
      const last = arrived.at(-1 - Math.min(lost, arrived.length));
      const joined = told.find((each) => each.what === 'joined');
      this.position = last === undefined ? joined?.asked : positionOf(last.publication);
      told.splice(last === undefined ? 1 : told.indexOf(last) + 1);
    }
    this.#gone(() => guest.session.close());
  }

  vanishInDelivery(): void {
    const { guest } = this;
    if (guest === undefined) return;
    const { during } = guest.peer;
    guest.peer.during = (delivered) => {
      during?.(delivered);
      if (!guest.session.ended) this.#gone(() => guest.session.close());
    };
  }

  acknowledge(count: number): void {
    const { guest } = this;
    if (guest === undefined || guest.session.ended) return;
    this.#acknowledged = Math.min(guest.peer.delivered.length, this.#acknowledged + count);
    assert.equal(guest.session.acknowledge(this.#acknowledged), true);
  }

  /** Looks whether its session was ended by the hub. */
  look(): void {
    if (this.guest?.session.ended) this.#gone(() => {});
  }

  /** What it was told is true. */
  check(slowReader: SlowReader): void {
    assert.deepEqual(this.#wrong, []);
    for (const told of this.subscriptions) {
      const [joined, ...rest] = told;
      if (joined?.what !== 'joined') {
        assert.equal(told.length, 0);
        continue;
      }
      assert.ok(rest.filter(({ what }) => what !== 'publication').length <= 1, 'caught up once');
      if (slowReader === 'latest') this.#checkValues(rest);
      else this.#checkOrder(joined, rest);
    }
  }

  #checkOrder(joined: Told & { what: 'joined' }, rest: readonly Told[]): void {
    const { previous } = this.#watched;
    let last = joined.recovered === true ? (joined.asked!.id as number) : undefined;
    let replayed = 0;
    for (const each of rest) {
      if (each.what !== 'publication') continue;
      const { id, epoch, offset } = each.publication;
      if (last === undefined && epoch === joined.position.epoch && offset <= joined.position.offset) {
        assert.ok(offset > replayed, 'replayed in order');
        replayed = offset;
        continue;
      }
      last ??= joined.position.id;
      let before: number | undefined = previous.get(id);
      for (let i = 0; i < each.dropped; i++) before = previous.get(before!);
      assert.equal(before, last, `${offset} follows what was told before it`);
      last = id;
    }
  }

  #checkValues(rest: readonly Told[]): void {
    const newest = new Map<string, number>();
    for (const each of rest) {
      if (each.what !== 'publication') continue;
      const { key, offset } = each.publication;
      assert.ok(offset > (newest.get(key) ?? 0), 'no older value after a newer one, and none twice');
      newest.set(key, offset);
    }
  }

  #gone(go: () => void): void {
    this.joined = false;
    this.#joining = false;
    // Whatever comes now is not for it any more.
    this.subscriptions.push([]);
    go();
    if (this.guest?.session.ended) this.guest = undefined;
  }
}

type Step =
  | { readonly do: 'publish'; readonly by: number; readonly key: string; readonly once?: string }
  | { readonly do: 'join'; readonly who: number; readonly last: number }
  | { readonly do: 'leave' | 'vanish in delivery'; readonly who: number }
  | { readonly do: 'vanish'; readonly who: number; readonly lost: number }
  | { readonly do: 'acknowledge'; readonly who: number; readonly count: number }
  | { readonly do: 'lose hints' | 'give hints' | 'wait' | 'compare' | 'slow' | 'fast' | 'copy' | 'put back' | 'forget' }
  | { readonly do: 'answer'; readonly count: number };

const who = fc.nat({ max: 2 });
const common: fc.WeightedArbitrary<Step>[] = [
  {
    weight: 12,
    arbitrary: fc.record(
      {
        do: fc.constant('publish'),
        by: fc.nat({ max: 1 }),
        key: fc.constantFrom('a', 'b', 'c'),
        once: fc.constantFrom('x', 'y'),
      },
      { requiredKeys: ['do', 'by', 'key'] },
    ),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('join'), who, last: fc.constantFrom(0, 2, 9) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('leave', 'vanish in delivery'), who }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('vanish'), who, lost: fc.nat({ max: 3 }) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('acknowledge'), who, count: fc.nat({ max: 5 }) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('lose hints', 'give hints', 'wait', 'wait', 'compare') }) },
];
const whims: fc.WeightedArbitrary<Step>[] = [
  { weight: 6, arbitrary: fc.record({ do: fc.constantFrom('slow', 'fast', 'copy', 'put back', 'forget') }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('answer'), count: fc.integer({ min: 1, max: 4 }) }) },
];

interface World {
  readonly hub: TestHub;
  readonly watched: WatchedEngine;
  readonly plain: PlainEngine | undefined;
  readonly writers: readonly Guest[];
  readonly readers: readonly Reader[];
  readonly publishing: Promise<unknown>[];
  copy:
    | { readonly engine: ReadonlyMap<string, unknown>; readonly log: Map<string, number>; readonly top: Position }
    | undefined;
}

/** Everything that can happen by itself has happened. */
async function rest({ watched, plain }: World, slow = false): Promise<void> {
  do await new Promise((resolve) => setImmediate(resolve));
  while (watched.pending > 0 && !(slow && plain !== undefined));
}

async function take(world: World, step: Step): Promise<void> {
  const { hub, watched, plain, writers, readers } = world;
  switch (step.do) {
    case 'publish': {
      const options = step.once === undefined ? {} : { once: step.once };
      const published = writers[step.by]!.session.publish('a', { data: step.key }, options);
      world.publishing.push(published.catch((error) => assert.fail(error)));
      return;
    }
    case 'join':
      return readers[step.who]!.join(step.last);
    case 'leave':
      return readers[step.who]!.leave();
    case 'vanish':
      return readers[step.who]!.vanish(step.lost);
    case 'vanish in delivery':
      return readers[step.who]!.vanishInDelivery();
    case 'acknowledge':
      return readers[step.who]!.acknowledge(step.count);
    case 'lose hints':
    case 'give hints':
      watched.losesHints = step.do === 'lose hints' && !watched.isSuspect;
      return;
    case 'wait':
      return await rest(world, true);
    case 'compare':
      hub.clock.advance(5_000);
      await rest(world, true);
      watched.isSuspect = plain?.isSlow ?? false;
      return;
    default:
      if (plain !== undefined) await whim(world, plain, step);
  }
}

async function whim(world: World, plain: PlainEngine, step: Step): Promise<void> {
  const { watched } = world;
  switch (step.do) {
    case 'slow':
      return plain.slow();
    case 'fast':
      return await plain.fast();
    case 'answer':
      return await plain.answer(step.count);
    case 'copy':
      world.copy = { engine: plain.copy(), log: new Map(watched.log), top: watched.top };
      return;
    case 'forget':
    case 'put back':
      await plain.fast();
      await rest(world);
      if (step.do === 'forget') {
        plain.forget('a');
        watched.log = new Map();
        watched.top = { epoch: '', offset: 0, id: 0 };
      } else if (world.copy !== undefined) {
        plain.putBack(world.copy.engine);
        watched.log = new Map(world.copy.log);
        watched.top = world.copy.top;
      }
      watched.lives++;
      watched.losesHints = false;
      watched.isSuspect = true;
      return;
    default:
  }
}

/** All comes back, reads what there is, and something is published last. */
async function comeToRest(world: World): Promise<void> {
  const { hub, watched, plain, writers, readers } = world;
  watched.losesHints = false;
  await plain?.fast();
  await Promise.all(world.publishing);
  for (let last = 0; last < 2; last++) {
    for (let round = 0; round < 40; round++) {
      await rest(world);
      for (const reader of readers) {
        reader.look();
        reader.join(0);
        reader.acknowledge(100);
      }
      if (round === 20) hub.clock.advance(5_000);
    }
    if (last === 0) await writers[0]!.session.publish('a', { data: 'a' });
  }
  await rest(world);
}

function checkEnd({ watched, readers, slowReader }: World & { slowReader: SlowReader }): void {
  for (const [i, reader] of readers.entries()) {
    assert.equal(reader.joined, true, `reader ${i} is there`);
    if (slowReader === 'latest') {
      for (const [key, id] of watched.newest) assert.equal(reader.values.get(key)?.id, id, `reader ${i} has ${key}`);
    } else assert.deepEqual(reader.position, watched.top, `reader ${i} has everything`);
  }
}

export interface OneTopicOptions {
  /** Slow answers, logs put back and forgotten: for engines that can. */
  readonly whims?: boolean;
  readonly runs?: number;
}

/** @param open a new engine, not started, and how it is cleaned up */
export function oneTopic(
  name: string,
  open: () => { engine: Engine; plain?: PlainEngine; done?: () => unknown },
  options: OneTopicOptions = {},
): void {
  const steps = fc.array(fc.oneof(...common, ...(options.whims ? whims : [])), { maxLength: 80, size: 'max' });
  describe(`one topic over the ${name} engine, whatever happens,`, () => {
    for (const slowReader of ['wait', 'drop-oldest', 'latest', 'disconnect'] as const) {
      it(`loses, doubles and reorders nothing, or tells: ${slowReader}`, async () => {
        const property = fc.asyncProperty(
          steps,
          fc.constantFrom(3, 1000),
          fc.constantFrom(1, 3, 100),
          async (all, kept, window) => {
            const { engine, plain, done } = open();
            const watched = new WatchedEngine(engine);
            const hub = testHub(
              { a: { slowReader, history: { count: kept }, retain: true, key: String, queue: { count: 3 } } },
              {
                engine: watched.engine,
                window: { messages: window, latest: window },
                limits: { maxTailCount: 2 },
                date: () => startOfTime,
              },
            );
            const readers = [0, 1, 2].map(() => new Reader(hub, watched, kept));
            const world = {
              hub,
              watched,
              plain,
              writers: [hub.join('ada'), hub.join('ada')],
              readers,
              publishing: [],
              copy: undefined,
              slowReader,
            };
            await hub.core.ready();
            for (const step of all) await take(world, step);
            await comeToRest(world);
            for (const reader of readers) reader.check(slowReader);
            checkEnd(world);
            assert.deepEqual(hub.errors, []);
            await hub.core.close();
            await done?.();
          },
        );
        await fc.assert(property, { numRuns: options.runs ?? 150 });
      });
    }
  });
}
