/** XML to a peer: always well-formed, and the same tree always the same text. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { element, namespaces, QName, type XmlElement } from '../../src/soap/xml.ts';
import { parseXml } from '../../src/soap/xml-parser.ts';
import { isNcName, serializeXml } from '../../src/soap/xml-writer.ts';

const attribute = (namespace: string, name: string, value: string | QName) => ({ namespace, name, value });

describe('prefixes', () => {
  test('known namespaces have their own, others are numbered in their order, all at the root', () => {
    const tree = element(namespaces.soap, 'Envelope', [
      element('urn:b', 'x', [element('urn:a', 'y'), element('', 'z')]),
      element(
        'urn:a',
        'y',
        [],
        [attribute(namespaces.instance, 'nil', 'true'), attribute(namespaces.xml, 'lang', 'en')],
      ),
    ]);
    assert.equal(
      serializeXml(tree),
      '<env:Envelope xmlns:env="http://www.w3.org/2003/05/soap-envelope" xmlns:n1="urn:b" xmlns:n2="urn:a"' +
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><n1:x><n2:y/><z/></n1:x>' +
        '<n2:y xsi:nil="true" xml:lang="en"/></env:Envelope>',
    );
  });

  test('a QName in text or in an attribute has its prefix bound', () => {
    const tree = element('', 'a', [new QName('urn:q', 'v')], [attribute('', 'n', new QName('urn:r', 'w'))]);
    assert.equal(serializeXml(tree), '<a xmlns:n1="urn:r" xmlns:n2="urn:q" n="n1:w">n2:v</a>');
    assert.equal(serializeXml(element('', 'a', [new QName('', 'v')])), '<a>v</a>');
  });
});

describe('values', () => {
  test('come back as they were, white space and markup included', () => {
    const values = ['', ' a\tb\nc\rd\r\n', '<&>"\']]>', 'é€🌊', '&amp;', '<!-- -->', ' '];
    for (const value of values) {
      const text = serializeXml(element('', 'a', [value], [attribute('', 'b', value)]));
      const root = parseXml(text) as XmlElement;
      assert.equal(root.children.join(''), value);
      assert.equal(root.attributes[0]!.value, value);
    }
  });

  test('characters that XML can not hold become U+FFFD, so that no text keeps a message from its readers', () => {
    const text = serializeXml(element('', 'a', ['\0\x01\x08\x0b\x1f\uFFFE\uFFFF\uD800x\uDC00'], []));
    assert.equal(text, `<a>${'\uFFFD'.repeat(8)}x\uFFFD</a>`);
    assert.equal(serializeXml(element('', 'a', [], [attribute('', 'b', '\0')])), '<a b="\uFFFD"/>');
  });

  test('a namespace is escaped as an attribute is', () => {
    assert.equal(serializeXml(element('urn:"<&', 'a')), '<n1:a xmlns:n1="urn:&quot;&lt;&amp;"/>');
  });
});

describe('names', () => {
  test('those that XML has are let through', () => {
    for (const name of ['a', '_a', 'été', 'a-b.c1', '名前', 'a·b', '𐀀']) assert.ok(isNcName(name), name);
  });

  test('others are our own mistake and throw', () => {
    for (const name of ['', '1a', '-a', 'a:b', 'a b', 'a>', 'a/', '\u0300', 'a\0', '×']) {
      assert.ok(!isNcName(name), name);
      assert.throws(() => serializeXml(element('', name)), TypeError);
      assert.throws(() => serializeXml(element('', 'a', [], [attribute('', name, '')])), TypeError);
      assert.throws(() => serializeXml(element('', 'a', [new QName('', name)])), TypeError);
    }
  });
});
