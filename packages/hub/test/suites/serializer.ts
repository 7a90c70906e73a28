/** What every serializer of WAMP messages must do, run for each: round trips, bounds, truncation and garbage. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { anyText } from '../../../wire/test/support/any-text.ts';
import { cborSerializer } from '../../src/wamp/serializers/cbor.ts';
import { jsonSerializer } from '../../src/wamp/serializers/json.ts';
import { msgpackSerializer } from '../../src/wamp/serializers/msgpack.ts';
import type { Serializer, SerializerLimits } from '../../src/wamp/serializers/serializer.ts';
import { Violation } from '../../src/wamp/violation.ts';

/** Texts that JSON can tell from bytes: not starting with U+0000. */
const text = anyText(12).filter((value) => !value.startsWith('\0'));
const wide = fc
  .oneof(fc.bigInt(-(2n ** 63n), -(2n ** 53n) - 1n), fc.bigInt(2n ** 53n + 1n, 2n ** 64n - 1n))
  .map((value): unknown => value);
const number = fc.oneof(
  fc.integer(),
  fc.maxSafeInteger(),
  fc.constantFrom(2 ** 53, -(2 ** 53), 2 ** 32, -(2 ** 31) - 1, 2 ** 53 + 2, 1e17, 2 ** 63, 1e20, 1e21, 1.5e300),
  fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Object.is(value, -0)),
);
const key = text.filter((value) => value !== '__proto__');

/** Every value that a message may carry. */
export const anyValue: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom<unknown>(null, true, false, '', 0),
    text,
    number,
    wide,
    fc.uint8Array({ maxLength: 20 }).map((bytes) => new Uint8Array(bytes)),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.array(fc.tuple(key, tie('value')), { maxLength: 5 }).map((entries) => Object.fromEntries(entries)),
  ),
})).value;

/** The reason that data was refused with. */
export function reasonOf(result: unknown): string {
  assert.ok(result instanceof Violation, 'expected to be refused');
  return result.reason;
}

export function serializerSuite(make: (limits?: SerializerLimits) => Serializer): void {
  const serializer = make();
  const others = [jsonSerializer(), msgpackSerializer(), cborSerializer()];
  const { name } = serializer;

  const nested = (depth: number): unknown[] => {
    let value: unknown[] = [];
    for (let i = 1; i < depth; i++) value = i % 2 === 0 ? [{ value }] : [value];
    return value;
  };
  const depthOf = (value: unknown): number =>
    typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;

  describe(`${name}: what every serializer does`, () => {
    it('reads what it wrote, value for value', () => {
      fc.assert(
        fc.property(fc.array(anyValue, { maxLength: 4 }), (list) => {
          assert.deepStrictEqual(serializer.parse(serializer.serialize(list)), list);
        }),
        { numRuns: 300 },
      );
    });

    it('takes frames of its own kind only', () => {
      const data = serializer.serialize([1]);
      assert.equal(typeof data === 'string', !serializer.binary);
      assert.match(reasonOf(serializer.parse(serializer.binary ? '[1]' : new Uint8Array([0x91, 1]))), /frames only/);
    });

    it('reads data that lies within a larger buffer', () => {
      const data = serializer.serialize([36, 'text', { a: 1 }]);
      if (typeof data === 'string') return;
      const buffer = Buffer.concat([Buffer.from([0xff]), data, Buffer.from([0xff])]);
      assert.deepStrictEqual(serializer.parse(buffer.subarray(1, -1)), [36, 'text', { a: 1 }]);
    });

    it('hands out bytes as Uint8Array, also from a Buffer', () => {
      const data = serializer.serialize([Buffer.from([1, 2, 3])]);
      const [bytes] = serializer.parse(typeof data === 'string' ? data : Buffer.from(data)) as unknown[];
      assert.deepStrictEqual(bytes, new Uint8Array([1, 2, 3]));
      assert.equal((bytes as object).constructor, Uint8Array);
    });

    it('leaves undefined out of dictionaries and makes it null in lists', () => {
      const holes: unknown[] = [1];
      holes[2] = 2;
      const data = serializer.serialize([{ a: undefined, b: 1 }, [undefined], holes]);
      assert.deepStrictEqual(serializer.parse(data), [{ b: 1 }, [null], [1, null, 2]]);
    });

    it('writes objects as JSON.stringify sees them', () => {
      class Point {
        x = 1;
      }
      const list = [new Date(0), new Point(), new Map([['a', 1]]), { toJSON: () => [1n] }, { toJSON: 1 }];
      const expected = ['1970-01-01T00:00:00.000Z', { x: 1 }, {}, [1], { toJSON: 1 }];
      assert.deepStrictEqual(serializer.parse(serializer.serialize(list)), expected);
    });

    it('writes half a surrogate pair as U+FFFD, in keys too, and drops a key __proto__', () => {
      const list = ['a\ud800', { 'b\udc00': 1 }, JSON.parse('{"__proto__":1,"c":2}') as unknown];
      assert.deepStrictEqual(serializer.parse(serializer.serialize(list)), ['a\ufffd', { 'b\ufffd': 1 }, { c: 2 }]);
    });

    it('throws at once on values of our caller that have no place in a message', () => {
      assert.throws(() => serializer.serialize([() => {}]), TypeError);
      assert.throws(() => serializer.serialize([Symbol('a')]), TypeError);
      assert.throws(() => serializer.serialize([2n ** 64n]), RangeError);
      assert.throws(() => serializer.serialize([-(2n ** 63n) - 1n]), RangeError);
      const circle: unknown[] = [];
      circle.push({ circle });
      assert.throws(() => serializer.serialize(circle), TypeError);
    });

    it('turns bigints that a number holds into numbers', () => {
      const list = [0n, -1n, 2n ** 53n, -(2n ** 53n), 2n ** 53n + 1n];
      const expected = [0, -1, 2 ** 53, -(2 ** 53), 2n ** 53n + 1n];
      assert.deepStrictEqual(serializer.parse(serializer.serialize(list)), expected);
    });

    it('bounds the depth', () => {
      assert.deepStrictEqual(serializer.parse(serializer.serialize(nested(20))), nested(20));
      const depth = depthOf(nested(20));
      const data = serializer.serialize(nested(20));
      assert.ok(Array.isArray(make({ maxDepth: depth }).parse(data)));
      assert.match(reasonOf(make({ maxDepth: depth - 1 }).parse(data)), /nested more than/);
      assert.match(reasonOf(serializer.parse(serializer.serialize(nested(60)))), /nested more than 32 deep/);
    });

    it('bounds the number of values', () => {
      const list = [1, [2, 3], { a: 4, b: [] }, {}, 'text, [not] {counted}']; // with itself 10 values
      const data = serializer.serialize(list);
      assert.deepStrictEqual(make({ maxItems: 10 }).parse(data), list);
      assert.match(reasonOf(make({ maxItems: 9 }).parse(data)), /more than 9 values/);
      const many = serializer.serialize(new Array(65_536).fill(0));
      assert.match(reasonOf(serializer.parse(many)), /more than 65536 values/);
    });

    it('refuses limits that are none', () => {
      assert.throws(() => make({ maxDepth: 0 }), RangeError);
      assert.throws(() => make({ maxItems: 1.5 }), RangeError);
    });

    it('refuses whatever is not a list', () => {
      for (const value of [1, 'text', null, { a: 1 }]) {
        const whole = serializer.serialize([value]);
        const inner = typeof whole === 'string' ? whole.slice(1, -1) : whole.subarray(1);
        assert.equal(reasonOf(serializer.parse(inner)), 'a message must be a list');
      }
    });

    it('keeps the last of two entries with one key', () => {
      const data = serializer.serialize([{ a: 1, b: 2 }]);
      const doubled =
        typeof data === 'string' ? data.replace('"b"', '"a"') : data.map((octet) => (octet === 98 ? 97 : octet));
      assert.deepStrictEqual(serializer.parse(doubled), [{ a: 2 }]);
    });

    it('refuses __proto__ as a key and accepts it as a value', () => {
      const data = serializer.serialize([{ _proto__x: 1 }, '__proto__']);
      const parsed = serializer.parse(data);
      assert.deepStrictEqual(parsed, [{ _proto__x: 1 }, '__proto__']);
      const renamed =
        typeof data === 'string'
          ? data.replace('_proto__x', '__proto__')
          : new Uint8Array(
              Buffer.from(Buffer.from(data).toString('latin1').replace('_proto__x', '__proto__'), 'latin1'),
            );
      assert.match(reasonOf(serializer.parse(renamed)), /__proto__/);
      assert.equal(({} as { x?: unknown }).x, undefined);
    });

    it('refuses a message that was cut, at whatever place', () => {
      const list = [
        36,
        2 ** 53,
        { a: [1.5, null], b: true },
        ['Grüße', new Uint8Array(300), 2n ** 60n],
        { c: 'x'.repeat(40) },
      ];
      const data = serializer.serialize(list);
      for (let length = 0; length < data.length; length++) {
        assert.ok(serializer.parse(data.slice(0, length)) instanceof Violation, `cut to ${length}`);
      }
      const longer = typeof data === 'string' ? `${data}1` : new Uint8Array([...data, 1]);
      assert.ok(serializer.parse(longer) instanceof Violation);
    });

    it('never throws on garbage, and any serializer can write what it let pass', () => {
      const valid = fc
        .array(anyValue, { maxLength: 3 })
        .map((list) => Buffer.from(serializer.serialize(list) as string));
      const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });
      const garbage = fc.oneof(
        fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
        fc.tuple(valid, changes).map(([bytes, edits]) => {
          for (const [at, octet] of edits) bytes[at % bytes.length] = octet;
          return bytes;
        }),
      );
      fc.assert(
        fc.property(garbage, (bytes) => {
          const result = serializer.parse(serializer.binary ? bytes : bytes.toString('utf8'));
          if (result instanceof Violation) return;
          for (const other of others) other.serialize(result);
        }),
        { numRuns: 1000 },
      );
    });
  });
}
