/** The tree: names by namespace, text, and QNames in text. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  attributeOf,
  childElements,
  childOf,
  hasOwnText,
  QName,
  qnameIn,
  textOf,
  trimmed,
  type XmlElement,
} from '../../src/soap/xml.ts';
import { parseXml } from '../../src/soap/xml-parser.ts';

const parse = (text: string): XmlElement => parseXml(text) as XmlElement;

describe('names', () => {
  test('are equal by namespace and local part', () => {
    assert.ok(new QName('urn:a', 'b').equals(new QName('urn:a', 'b')));
    assert.ok(!new QName('urn:a', 'b').equals(new QName('urn:c', 'b')));
    assert.equal(String(new QName('urn:a', 'b')), '{urn:a}b');
  });

  test('children are found by namespace, whatever the prefix', () => {
    const root = parse('<r xmlns:p="urn:p" xmlns:q="urn:p"><q:x>1</q:x><x>2</x></r>');
    assert.equal(textOf(childOf(root, 'urn:p', 'x')!), '1');
    assert.equal(textOf(childOf(root, '', 'x')!), '2');
    assert.equal(childOf(root, 'urn:p', 'y'), undefined);
    assert.equal(childElements(root).length, 2);
  });

  test('attributes without a prefix are in no namespace', () => {
    const root = parse('<r xmlns="urn:d" xmlns:p="urn:p" a="1" p:a="2"/>');
    assert.equal(attributeOf(root, '', 'a'), '1');
    assert.equal(attributeOf(root, 'urn:p', 'a'), '2');
    assert.equal(attributeOf(root, 'urn:d', 'a'), undefined);
  });
});

describe('QNames in text', () => {
  test('are read by the prefixes that are bound where they stand', () => {
    const root = parse('<r xmlns="urn:d" xmlns:p="urn:p"><c xmlns:p="urn:inner"/></r>');
    assert.equal(String(qnameIn(root, ' p:x ')), '{urn:p}x');
    assert.equal(String(qnameIn(childElements(root)[0]!, 'p:x')), '{urn:inner}x');
    assert.equal(String(qnameIn(root, 'x')), '{urn:d}x');
    assert.equal(String(qnameIn(parse('<r/>'), 'x')), '{}x');
    assert.equal(qnameIn(root, 'q:x'), undefined);
    assert.equal(qnameIn(root, ''), undefined);
  });
});

describe('text', () => {
  test('is one piece, and none where there are elements', () => {
    assert.equal(textOf(parse('<r>a<![CDATA[<b>]]><!-- no -->c</r>')), 'a<b>c');
    assert.equal(textOf(parse('<r>a<b/></r>')), undefined);
    assert.equal(textOf(parse('<r/>')), '');
    assert.equal(hasOwnText(parse('<r> \n<b/> </r>')), false);
    assert.equal(hasOwnText(parse('<r> x<b/></r>')), true);
  });

  test('white space is that of XML, and a million of it takes no time', () => {
    assert.equal(trimmed(' \t\r\n a b \n'), 'a b');
    assert.equal(trimmed('\u00a0a'), '\u00a0a');
    assert.equal(trimmed('  '), '');
    // As a regular expression this took time by the square of the length.
    const spaces = `a${' '.repeat(1_000_000)}b`;
    assert.equal(trimmed(spaces), spaces);
  });
});
