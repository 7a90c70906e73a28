import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { jsonSerializer } from '../../../src/wamp/serializers/json.ts';
import { reasonOf, serializerSuite } from '../../suites/serializer.ts';

serializerSuite(jsonSerializer);

const json = jsonSerializer();

describe('JSON, bytes as strings', () => {
  it('writes and reads the example of the specification', () => {
    const bytes = Uint8Array.from(Buffer.from('10e3ff9053075c526f5fc06d4fe37cdb', 'hex'));
    assert.equal(json.serialize([bytes]), String.raw`["\u0000EOP/kFMHXFJvX8BtT+N82w=="]`);
    assert.deepStrictEqual(json.parse(String.raw`["\u0000EOP/kFMHXFJvX8BtT+N82w=="]`), [bytes]);
  });

  it('carries many bytes, and none', () => {
    const bytes = Uint8Array.from({ length: 100_000 }, (_, i) => i * 7);
    assert.deepStrictEqual(json.parse(json.serialize([bytes, new Uint8Array(0)])), [bytes, new Uint8Array(0)]);
  });

  it('leaves a text that starts with U+0000 alone when its rest is not base64', () => {
    assert.deepStrictEqual(json.parse(String.raw`["\u0000not base64!", "a\u0000YWE="]`), ['\0not base64!', 'a\0YWE=']);
  });

  it('takes no key for bytes', () => {
    assert.deepStrictEqual(json.parse(String.raw`[{"\u0000YWE=": 1}]`), [{ '\0YWE=': 1 }]);
  });
});

describe('JSON, numbers beyond ±2^53', () => {
  it('are bigints when they are written as integers of up to 64 bits', () => {
    const text = '[9007199254740993,-9007199254740993,18446744073709551615,-9223372036854775808]';
    const list = [9007199254740993n, -9007199254740993n, 18446744073709551615n, -9223372036854775808n];
    assert.deepStrictEqual(json.parse(text), list);
    assert.equal(json.serialize(list), text);
  });

  it('are numbers at 2^53 itself, with a fraction and with an exponent', () => {
    const text = '[9007199254740992,-9007199254740992,1234567890123456.5e1,1e17,1E400]';
    assert.deepStrictEqual(json.parse(text), [2 ** 53, -(2 ** 53), 1234567890123456.5 * 10, 1e17, Infinity]);
  });

  it('are refused beyond 64 bits unless a double says the same digits', () => {
    assert.deepStrictEqual(json.parse('[123450000000000000000]'), [123450000000000000000]);
    for (const digits of [
      '18446744073709551616',
      '-9223372036854775809',
      '123450000000000000001',
      '1'.repeat(65_536),
    ]) {
      assert.match(reasonOf(json.parse(`[${digits}]`)), /64 bits/);
    }
  });

  it('are written with an exponent when they are doubles, so that no rounded digits pass for an integer', () => {
    assert.equal(
      json.serialize([2 ** 63, 1e17, 2 ** 53, 1e21, 0.1]),
      '[9.223372036854776e+18,1e+17,9007199254740992,1e+21,0.1]',
    );
  });

  it('writes no number that is none', () => {
    assert.equal(json.serialize([NaN, Infinity]), '[null,null]');
  });
});

describe('JSON from strangers', () => {
  it('is refused when it is nested a million deep', () => {
    assert.match(reasonOf(json.parse('['.repeat(1_000_000))), /nested/);
    assert.match(reasonOf(json.parse('{"a":'.repeat(1_000_000))), /nested/);
  });

  it('is not misled by brackets, quotes and backslashes within strings', () => {
    const list = ['[[[[', '"', '\\', '\\"[', '\\\\', ',,,,', '{}'];
    assert.deepStrictEqual(jsonSerializer({ maxDepth: 1, maxItems: 8 }).parse(JSON.stringify(list)), list);
  });

  it('is scanned in linear time when it is all backslashes and quotes', () => {
    const text = `["${String.raw`\\\"`.repeat(200_000)}"]`;
    assert.deepStrictEqual(json.parse(text), [JSON.parse(text)[0]]);
    assert.ok(reasonOf(json.parse(`["${'\\"'.repeat(200_000)}`)).length > 0);
  });

  it('has no key __proto__, however it is spelled', () => {
    for (const spelled of [
      '__proto__',
      String.raw`\u005f_proto__`,
      String.raw`_\u005Fproto__`,
      String.raw`__proto\u005f_`,
    ]) {
      assert.match(reasonOf(json.parse(`[{"${spelled}":{"admin":true}}]`)), /__proto__/);
    }
    assert.deepStrictEqual(json.parse('[{"constructor":1,"a":"__proto__"}]'), [{ constructor: 1, a: '__proto__' }]);
  });

  it('has no half of a surrogate pair, in keys either, and whole pairs pass', () => {
    assert.deepStrictEqual(json.parse(String.raw`["\ud83d\ude00"]`), ['😀']);
    assert.match(reasonOf(json.parse(String.raw`["\ud83d"]`)), /surrogate/);
    assert.match(reasonOf(json.parse(String.raw`[{"\uDE00":1}]`)), /surrogate/);
  });

  it('is refused when it is no JSON', () => {
    for (const text of ['', '[', '[1,]', '{"a":1', "['a']", '[1]]', '[\u00001]', '["a\n"]', 'NaN', '[1] [2]']) {
      assert.equal(reasonOf(json.parse(text)), 'the text is not JSON');
    }
  });

  it('may have whitespace anywhere', () => {
    const text = ' [ 1 ,\t{ } ,\r\n[ ] , { "a" : 2 } ] ';
    assert.deepStrictEqual(jsonSerializer({ maxItems: 6 }).parse(text), [1, {}, [], { a: 2 }]);
    assert.match(reasonOf(jsonSerializer({ maxItems: 5 }).parse(text)), /values/);
  });
});
