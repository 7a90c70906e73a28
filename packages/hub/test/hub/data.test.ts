import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { HubError } from '../../src/contract/errors.ts';
import { maxDepth, maxItems, sizeOf } from '../../src/hub/data.ts';

const most = 1 << 20;

function code(data: unknown, bytes = most): string {
  try {
    sizeOf(data, bytes);
    return 'fine';
  } catch (error) {
    return (error as HubError).code;
  }
}

describe('what may travel', () => {
  it('is JSON with byte strings and large integers, and is about as large as its text', () => {
    const values = [
      null,
      true,
      0,
      -1.5,
      'text',
      [],
      {},
      [1, [2, [3]]],
      { a: { b: [true, null] }, c: 'd'.repeat(100) },
      Array.from({ length: 100 }, (_, i) => ({ i, name: `name ${i}` })),
    ];
    for (const value of values) {
      const text = JSON.stringify(value).length;
      const size = sizeOf(value, most);
      assert.ok(size >= text * 0.7 && size <= text * 2 + 4, `${text} as ${size}`);
    }
    assert.equal(sizeOf(new Uint8Array(100), most), 102);
    assert.equal(sizeOf({ a: 2n ** 63n }, most), 27);
    assert.equal(sizeOf({ a: undefined }, most), 2);
  });

  it('is refused when nothing could write it', () => {
    const cycle: Record<string, unknown> = {};
    cycle['self'] = cycle;
    const bad = [
      undefined,
      () => 1,
      Symbol('s'),
      Number.NaN,
      Number.POSITIVE_INFINITY,
      2n ** 64n,
      new Map(),
      new Date(),
      cycle,
      [undefined],
    ];
    for (const value of bad) {
      assert.equal(code(value), 'invalid', String(value));
      assert.equal(code({ in: [value] }), 'invalid');
    }
  });

  it('is looked through no deeper and no wider than allowed', () => {
    let tower: unknown = [];
    for (let i = 1; i < maxDepth; i++) tower = [tower];
    assert.equal(code(tower), 'fine');
    assert.equal(code([tower]), 'invalid');
    assert.equal(code(Array.from({ length: maxItems - 1 }, () => null)), 'fine');
    assert.equal(code(Array.from({ length: maxItems }, () => null)), 'too-large');
    // As many values as 2^30, in thirty arrays.
    let doubling: unknown = [0];
    for (let i = 0; i < 30; i++) doubling = [doubling, doubling];
    assert.equal(code(doubling), 'too-large');
  });

  it('is refused when it takes more bytes than allowed', () => {
    assert.equal(code('x'.repeat(98), 100), 'fine');
    assert.equal(code('x'.repeat(99), 100), 'too-large');
    assert.equal(code({ ['x'.repeat(99)]: 1 }, 100), 'too-large');
  });

  it('may have any name for a property', () => {
    const value = JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1}');
    assert.equal(code(value), 'fine');
    assert.equal(({} as { polluted?: unknown }).polluted, undefined);
  });
});
