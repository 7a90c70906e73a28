import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cborSerializer } from '../../../src/wamp/serializers/cbor.ts';
import { msgpackSerializer } from '../../../src/wamp/serializers/msgpack.ts';
import { ownBytes } from '../../../src/wamp/serializers/own-bytes.ts';

describe('byte strings of a message', () => {
  // Three bytes in a topic's history kept the megabyte that they had come with.
  for (const make of [cborSerializer, msgpackSerializer]) {
    const serializer = make();
    it(`keep no more memory than about their own: ${serializer.name}`, () => {
      const [, , , , [few], { inside }] = serializer.parse(
        serializer.serialize([
          16,
          1,
          { junk: 'x'.repeat(10_000) },
          'topic',
          [new Uint8Array([1, 2, 3])],
          { inside: [new Uint8Array(9)] },
        ]),
      ) as [number, number, object, string, [Uint8Array], { inside: [Uint8Array] }];
      assert.deepEqual([...few], [1, 2, 3]);
      assert.equal(few.buffer.byteLength, 3);
      assert.equal(inside[0].buffer.byteLength, 9);
    });

    it(`are not copied where they are most of it: ${serializer.name}`, () => {
      const data = serializer.serialize([16, 1, {}, 'topic', [new Uint8Array(10_000)]]);
      const list = serializer.parse(data) as [number, number, object, string, [Uint8Array]];
      assert.equal(list[4][0].buffer, (data as Uint8Array).buffer);
    });
  }

  it('are found wherever they are, and all else is left alone', () => {
    const view = new Uint8Array(100).subarray(0, 1);
    const value = [null, 1, 'text', { a: [view], b: { c: view } }];
    assert.deepEqual(ownBytes(value), [null, 1, 'text', { a: [new Uint8Array(1)], b: { c: new Uint8Array(1) } }]);
    assert.equal((value as any)[3].b.c.buffer.byteLength, 1);
  });
});
