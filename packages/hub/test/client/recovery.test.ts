import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { TopicItem } from '../../src/client/subscription.ts';
import { collect, type Scene, scene, settled } from './fake-hub.ts';
import { ModelHub } from './model-hub.ts';

type Step = (typeof kinds)[number];
const kinds = [
  'append',
  'publish',
  'cut',
  'cut-before-answer',
  'cut-in-replay',
  'lose-hint',
  'repeat',
  'refuse',
  'fail',
  'fail-in-replay',
  'trim',
  'lose-tail',
  'wait',
] as const;

/** One client and one model, with what the application saw. */
class Play {
  readonly hub = new ModelHub();
  readonly test: Scene = scene();
  readonly items: (TopicItem | Error)[];
  readonly published: Promise<unknown>[] = [];
  /** What the client published, in order. */
  readonly texts: string[] = [];
  #count = 0;
  #opened = 0;

  constructor() {
    this.items = collect(this.test.hub.topic('news').subscribe());
  }

  async step(step: Step): Promise<void> {
    const { hub } = this;
    if (step === 'append') hub.append(`h${this.#count++}`);
    else if (step === 'publish') this.#publish();
    else if (step === 'cut') hub.cut();
    else if (step === 'cut-before-answer') hub.cutsBeforeAnswer = true;
    else if (step === 'cut-in-replay') hub.cutsAfter = 1;
    else if (step === 'lose-hint') hub.append(`h${this.#count++}`, false);
    else if (step === 'repeat') hub.repeat();
    else if (step === 'refuse') hub.refuses = true;
    else if (step === 'fail') hub.fail();
    else if (step === 'fail-in-replay') hub.endsInReplay = true;
    else if (step === 'trim') hub.trim(2);
    else if (step === 'lose-tail') hub.loseTail(1);
    else this.test.clock.advance(700);
    await this.#goOn();
  }

  /** Ends all trouble, and lets everything come to rest. */
  async heal(): Promise<void> {
    const { hub } = this;
    hub.refuses = hub.cutsBeforeAnswer = hub.endsInReplay = false;
    hub.cutsAfter = Number.POSITIVE_INFINITY;
    for (let i = 0; i < 8; i++) {
      this.test.clock.advance(31_000);
      await this.#goOn();
    }
    // One more, so that hints that were lost are noticed.
    hub.append('last');
    for (let i = 0; i < 3; i++) {
      await this.#goOn();
      this.test.clock.advance(31_000);
    }
    await this.#goOn();
  }

  #publish(): void {
    const text = `c${this.#count++}`;
    this.texts.push(text);
    this.published.push(this.test.hub.topic('news').publish({ text }));
  }

  async #goOn(): Promise<void> {
    await settled();
    for (let i = 0; i < 4; i++) {
      if (this.hub.line === undefined && this.test.attempts > this.#opened) {
        this.#opened = this.test.attempts;
        this.hub.line = await this.test.open();
      }
      this.hub.answer();
      await settled();
    }
  }
}

/** What the application saw has no doubles, and no hole that it was not told of. */
function check(items: readonly (TopicItem | Error)[], top: number): void {
  const seen = new Set<number>();
  let last: number | undefined;
  for (const item of items) {
    assert.ok(!(item instanceof Error), String(item));
    if (item.type === 'joined' && item.recovered !== true) last = undefined;
    if (item.type !== 'publication') continue;
    const { offset, id } = item.position;
    assert.ok(!seen.has(id), `${id} came twice`);
    seen.add(id);
    if (last !== undefined) assert.equal(offset, last + 1, 'a hole, or an older one, that was not told');
    last = offset;
  }
  assert.equal(last, top, 'the newest was delivered');
}

describe('whatever happens to the connection and the log', () => {
  const steps = fc.array(fc.constantFrom(...kinds), { minLength: 5, maxLength: 40 });

  it('the application sees each publication once, in order, or is told; what it publishes happens once, in order', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (list) => {
        const play = new Play();
        await play.step('wait');
        for (const step of list) await play.step(step);
        await play.heal();
        await Promise.all(play.published);
        check(play.items, play.hub.top.offset);
        const mine = play.hub.appended.filter((text) => text.startsWith('c'));
        assert.deepEqual(mine, play.texts);
        assert.deepEqual(play.test.hub.outbox, []);
        assert.deepEqual(play.test.errors, []);
      }),
      { numRuns: 60 },
    );
  });
});
