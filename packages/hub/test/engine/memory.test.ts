import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type MemoryEngineOptions, memoryEngine } from '../../src/engine/memory.ts';
import { draft, history, keepNone } from '../suites/engine-fixture.ts';
import { engineModel } from '../suites/engine-model.ts';
import { engineSuite } from '../suites/engine-suite.ts';

engineSuite('memory', (_t, options) => memoryEngine(options));
engineModel('memory', (_t, options) => memoryEngine(options));

describe('the memory engine', () => {
  const silent = { published: () => {}, failed: () => {} };
  const open = (options: MemoryEngineOptions): ReturnType<typeof memoryEngine> => {
    const engine = memoryEngine(options);
    engine.start(silent);
    return engine;
  };

  it('answers at once', () => {
    const engine = open({});
    const { position } = engine.append('a', draft(1, { time: Date.now() }), history({}));
    assert.deepEqual(engine.tops(['a']), [position]);
    assert.equal(engine.readAfter('a', { ...position, offset: 0, id: 0 }, 9, 9).publications.length, 1);
    engine.stop();
  });

  it('calls logs by other epochs than an engine before it', () => {
    const [first, second] = [open({}), open({})].map((engine) => engine.append('a', draft(1), keepNone).position);
    assert.notEqual(first?.epoch, second?.epoch);
  });

  it('lets a topic at the bound in bytes replace its own history, and refuses a newcomer', () => {
    const engine = open({ maxBytes: 10_000, now: () => 1 });
    for (let i = 0; i < 50; i++) engine.append('a', draft(i, { size: 1000 }), history({}));
    const kept = engine.readLatest('a', 100).publications.map(({ data }) => data);
    assert.deepEqual(kept, [43, 44, 45, 46, 47, 48, 49]);
    const newcomer = (): unknown => engine.append('b', draft('b', { size: 1000 }), history({}));
    assert.throws(newcomer, { code: 'unavailable', temporary: true });
    assert.equal(engine.tops(['b'])[0]?.offset, 0);
    assert.equal(engine.append('b', draft('b', { size: 1000 }), keepNone).position.offset, 1);
  });

  it('gets room back from topics that lie idle and get old', () => {
    let now = 1;
    const engine = open({ maxBytes: 10_000, now: () => now });
    const put = (topic: string): unknown =>
      engine.append(topic, draft(topic, { size: 1000, time: now }), history({ age: 50 }));
    for (const topic of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) put(topic);
    assert.throws(() => put('h'), { code: 'unavailable' });
    now += 50;
    put('h');
    assert.equal(engine.readLatest('h', 1).publications.length, 1);
  });

  it('counts retained publications and idempotency keys among its bytes, and lets each go again', () => {
    const engine = open({ maxBytes: 10_000, now: () => 1 });
    const retained = { history: null, retainedKeys: 5 };
    for (let i = 0; i < 100; i++) engine.append('a', draft(i, { size: 1000, key: String(i % 6) }), retained);
    const once = (key: string): unknown =>
      engine.append('b', draft(key), keepNone, { scope: '', key, age: 10, count: 3 });
    for (let i = 0; i < 100; i++) once(String(i).padEnd(100));
    assert.throws(() => once(''.padEnd(5000)), { code: 'unavailable' });
    assert.equal(engine.tops(['b'])[0]?.offset, 100);
  });
});
