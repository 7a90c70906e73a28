/** Plain values and the elements that hold them. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SoapFault } from '../../src/soap/fault.ts';
import {
  checkRecordType,
  type FieldType,
  parseRecord,
  type RecordType,
  serializeRecord,
} from '../../src/soap/value.ts';
import type { XmlElement } from '../../src/soap/xml.ts';
import { parseXml } from '../../src/soap/xml-parser.ts';
import { serializeXml } from '../../src/soap/xml-writer.ts';

const read = (type: RecordType, inside: string): unknown =>
  parseRecord(
    type,
    parseXml(`<r xmlns="urn:v" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">${inside}</r>`) as XmlElement,
    'urn:v',
  );
const reason = (type: RecordType, inside: string): string => {
  const fault = read(type, inside);
  assert.ok(fault instanceof SoapFault, JSON.stringify(fault));
  assert.equal(fault.code, 'Sender');
  return fault.reason;
};
const written = (type: RecordType, value: unknown): string => serializeXml(serializeRecord(type, value, 'urn:v', 'r'));
const again = (type: RecordType, value: unknown): unknown =>
  parseRecord(type, parseXml(written(type, value)) as XmlElement, 'urn:v');

describe('scalars', () => {
  const good: [type: FieldType & string, text: string, value: unknown][] = [
    ['string', ' a b ', ' a b '],
    ['string', '', ''],
    ['boolean', ' true ', true],
    ['boolean', '0', false],
    ['int', ' -12 ', -12],
    ['int', '+007', 7],
    ['int', '-0', 0],
    ['int', '9007199254740991', Number.MAX_SAFE_INTEGER],
    ['double', '1.5e3', 1500],
    ['double', '.5', 0.5],
    ['double', '-INF', Number.NEGATIVE_INFINITY],
    ['double', 'NaN', Number.NaN],
    ['base64', 'AP8 =\n', Uint8Array.of(0, 255)],
    ['base64', '', new Uint8Array(0)],
  ];
  for (const [type, text, value] of good) {
    test(`${type} ${JSON.stringify(text)}`, () => assert.deepEqual(read({ f: type }, `<f>${text}</f>`), { f: value }));
  }

  const bad: [type: FieldType & string, text: string][] = [
    ['boolean', 'yes'],
    ['boolean', 'TRUE'],
    ['boolean', 'toString'],
    ['int', ''],
    ['int', '1.0'],
    ['int', '0x10'],
    ['int', '1e3'],
    ['int', '9007199254740992'],
    ['int', '9'.repeat(100_000)],
    ['double', ''],
    ['double', '1e'],
    ['double', 'Infinity'],
    ['double', '+INF'],
    ['double', `${'9'.repeat(500_000)}x`],
    ['base64', 'A'],
    ['base64', 'A==='],
    ['base64', 'AA=A'],
    ['base64', 'A-_A'],
    ['string', '<x/>'],
  ];
  for (const [type, text] of bad) {
    test(`no ${type}: ${JSON.stringify(text.slice(0, 20))}`, () => {
      assert.equal(reason({ f: type }, `<f>${text}</f>`), `r/f is not of type ${type}`);
    });
  }

  test('of ours are written as they are read', () => {
    const type = { s: 'string', b: 'boolean', i: 'int', d: 'double', x: 'base64' } as const;
    for (const d of [0, -0, 0.1, 1e300, 5e-324, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      const value = { s: '<é&\r\n>', b: d > 0, i: -5, d, x: Uint8Array.of(1, 2, 3) };
      assert.deepEqual(again(type, value), value);
    }
  });
});

describe('fields', () => {
  test('are written in the order of the definition and read in any', () => {
    const type = { a: 'int', b: 'int' } as const;
    assert.equal(written(type, { b: 2, a: 1 }), '<n1:r xmlns:n1="urn:v"><n1:a>1</n1:a><n1:b>2</n1:b></n1:r>');
    assert.deepEqual(read(type, '<b>2</b><a>1</a>'), { a: 1, b: 2 });
  });

  test('are in the namespace of the service or in none, and in no other', () => {
    assert.deepEqual(read({ a: 'int' }, '<a xmlns="">1</a>'), { a: 1 });
    assert.equal(reason({ a: 'int' }, '<a xmlns="urn:other">1</a>'), 'r/a is missing');
  });

  test('that nobody defined are passed over', () => {
    assert.deepEqual(read({ a: 'int' }, '<x><y/></x>text<a>1</a><z/>'), { a: 1 });
  });

  test('that are missing, or there twice, are named', () => {
    assert.equal(reason({ a: 'int', b: { c: 'int' } }, '<a>1</a><b/>'), 'r/b/c is missing');
    assert.equal(reason({ a: 'int' }, '<a>1</a><a>2</a>'), 'r/a is there 2 times');
  });

  test('optional ones are undefined, lists are arrays', () => {
    const type = { 'o?': 'int', l: [{ n: 'string' }] } as const;
    assert.deepEqual(read(type, ''), { l: [] });
    assert.deepEqual(read(type, '<l><n>a</n></l><o>1</o><l><n>b</n></l>'), { o: 1, l: [{ n: 'a' }, { n: 'b' }] });
    assert.deepEqual(again(type, { l: [{ n: '' }] }), { l: [{ n: '' }] });
    assert.equal(reason(type, '<l/>'), 'r/l/n is missing');
  });

  test('null is xsi:nil, where it may be', () => {
    const type = { a: 'int|null', l: ['string|null'] } as const;
    const value = { a: null, l: ['', null, 'x'] };
    assert.deepEqual(again(type, value), value);
    assert.match(written(type, value), /<n1:a xsi:nil="true"\/>/);
    assert.deepEqual(read({ a: 'int|null' }, '<a xsi:nil="0">1</a>'), { a: 1 });
    assert.equal(reason({ a: 'int' }, '<a xsi:nil="1"/>'), 'r/a must not be nil');
  });

  test('named as what objects have are only fields', () => {
    const type = JSON.parse('{"__proto__":"string","constructor":"string"}');
    const value = read(type, '<__proto__>x</__proto__><constructor>y</constructor>') as object;
    assert.deepEqual(Object.entries(value), Object.entries(JSON.parse('{"__proto__":"x","constructor":"y"}')));
    assert.equal(Object.getPrototypeOf(value), Object.prototype);
    // A peer's own names never become properties.
    assert.deepEqual(Object.keys(read({}, '<__proto__>x</__proto__><evil>y</evil>') as object), []);
  });
});

describe('our own mistakes', () => {
  test('values that are not of their type throw, and say where', () => {
    const type: RecordType = { a: 'int', l: ['string'], 'o?': { b: 'boolean' } };
    const wrong: [value: unknown, says: RegExp][] = [
      [{ a: 1.5, l: [] }, /r\.a is of type int/],
      [{ a: '1', l: [] }, /r\.a/],
      [{ l: [] }, /r\.a is of type int, which undefined is not/],
      [{ a: 1 }, /r\.l is a list/],
      [{ a: 1, l: [1] }, /r\.l is of type string/],
      [{ a: 1, l: [], o: { b: 'x' } }, /r\.o\.b/],
      [{ a: 1, l: [], o: null }, /r\.o is an object/],
      [null, /r is an object/],
    ];
    for (const [value, says] of wrong) assert.throws(() => written(type, value), { name: 'TypeError', message: says });
  });

  test('definitions that no value could have throw', () => {
    const wrong: unknown[] = ['text', 'null', 'int|null|null', '|null', 5, null, [], ['int', 'int'], [['int']], [5]];
    for (const each of wrong) assert.throws(() => checkRecordType({ f: each } as RecordType, 'x'), TypeError);
    assert.throws(() => checkRecordType({ 'a b': 'int' }, 'x'), TypeError);
    assert.throws(() => checkRecordType({ f: { g: 'no' as 'int' } }, 'x'), /x\.f\.g/);
    assert.throws(() => checkRecordType({ 'f?': ['int'] }, 'x'), /empty one/);
    assert.throws(() => checkRecordType({ f: 'int', 'f?': 'int' }, 'x'), /twice/);
    assert.throws(() => checkRecordType({ '?': 'int' }, 'x'), TypeError);
    checkRecordType({ f: [{ 'g?': 'int|null' }], h: {} }, 'x');
  });
});
