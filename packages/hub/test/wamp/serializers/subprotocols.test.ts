import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { wampSerializers, wampSubprotocols } from '../../../src/wamp/serializers/subprotocols.ts';

describe('the subprotocols of WAMP', () => {
  it('have a serializer each, and the bare token means JSON', () => {
    const serializers = wampSerializers();
    const names = wampSubprotocols.map((token) => [
      token,
      serializers.get(token)?.name,
      serializers.get(token)?.binary,
    ]);
    assert.deepEqual(names, [
      ['wamp.2.msgpack', 'msgpack', true],
      ['wamp.2.json', 'json', false],
      ['wamp.2.cbor', 'cbor', true],
      ['wamp', 'json', false],
    ]);
    assert.equal(serializers.size, 4);
    assert.equal(serializers.get('toString'), undefined);
  });

  it('share the limits', () => {
    for (const serializer of wampSerializers({ maxDepth: 1 }).values()) {
      assert.ok(Array.isArray(serializer.parse(serializer.serialize([1]))));
      assert.ok(!Array.isArray(serializer.parse(serializer.serialize([[1]]))));
    }
  });
});
