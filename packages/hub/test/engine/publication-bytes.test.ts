import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decodeBody, encodeBody } from '../../src/engine/publication-bytes.ts';
import { draft } from '../suites/engine-fixture.ts';

const roundTrip = (data: unknown): unknown => decodeBody(encodeBody(draft(data))).data;

describe('the bytes of a publication', () => {
  it('give back JSON, bytes and integers of any size as they were', () => {
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        fc.oneof(fc.string({ unit: 'grapheme' }), fc.bigInt(), fc.boolean(), fc.constant(null), fc.uint8Array()),
        fc.oneof(fc.double({ noNaN: true }), fc.maxSafeInteger()).map((number) => (number === 0 ? 0 : number)),
        fc.array(tie('tree')),
        fc.dictionary(fc.oneof(fc.string({ unit: 'grapheme' }), fc.constant('__proto__')), tie('tree'), {
          noNullPrototype: true,
        }),
      ),
    }));
    fc.assert(fc.property(tree, (data) => assert.deepEqual(roundTrip(data), data)));
  });

  it('leave out what JSON leaves out', () => {
    assert.deepEqual(roundTrip({ a: undefined, b: [undefined] }), { b: [null] });
  });

  it('hold form, publisher and audience, and leave out those that are not there', () => {
    const parts = { form: 'args', publisher: { session: 1, user: 'ann' }, audience: { only: { users: ['bob'] } } };
    assert.deepEqual(decodeBody(encodeBody(draft(1, parts))), { data: 1, ...parts });
    assert.deepEqual(decodeBody(encodeBody(draft(1, { form: 'args' }))), { data: 1, form: 'args' });
    assert.deepEqual(decodeBody(encodeBody(draft(null))), { data: null });
  });

  it('are refused for what has none', () => {
    const loop: unknown[] = [];
    loop.push(loop);
    for (const data of [loop, () => {}, Symbol('x')]) assert.throws(() => encodeBody(draft(data)));
    assert.deepEqual(roundTrip('fine'), 'fine');
  });
});
