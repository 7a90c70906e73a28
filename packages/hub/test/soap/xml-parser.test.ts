/** XML from a peer: what is read, and each way in which it is refused. Nothing of it throws. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { XmlElement } from '../../src/soap/xml.ts';
import {
  defaultXmlLimits,
  isXmlRefusal,
  parseXml,
  type XmlLimits,
  type XmlViolation,
  xmlViolations,
} from '../../src/soap/xml-parser.ts';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const refused = (input: string | Uint8Array, limits: Partial<XmlLimits> = {}): string => {
  const result = parseXml(input, { ...defaultXmlLimits, ...limits });
  return isXmlRefusal(result) ? result.violation : 'read';
};

describe('what is read', () => {
  test('elements, attributes and text become a tree without prefixes', () => {
    const root = parseXml('<p:a xmlns:p="urn:p" x="1" p:y="&lt;"><b>t&#x20AC;</b><!-- c --></p:a>') as XmlElement;
    assert.deepEqual([root.namespace, root.name], ['urn:p', 'a']);
    assert.deepEqual(root.attributes, [
      { namespace: '', name: 'x', value: '1' },
      { namespace: 'urn:p', name: 'y', value: '<' },
    ]);
    const [child] = root.children as [XmlElement];
    assert.deepEqual([child.namespace, child.name, child.children], ['', 'b', ['t€']]);
    assert.equal(root.children.length, 1);
  });

  test('bytes and text are the same, with a byte order mark and an XML declaration or without', () => {
    const text = '<?xml version="1.0" encoding="UTF-8"?><a>é🌊</a>';
    for (const input of [text, utf8(text), utf8(`\uFEFF${text}`), `\uFEFF${text}`, '<a>é🌊</a>']) {
      assert.deepEqual((parseXml(input) as XmlElement).children, ['é🌊']);
    }
  });

  test('the five entities and references to characters are all that there are', () => {
    assert.deepEqual((parseXml('<a>&amp;&lt;&gt;&quot;&apos;&#65;&#x42;</a>') as XmlElement).children, ['&<>"\'AB']);
  });

  test('names that mean something to objects are only names', () => {
    const root = parseXml('<__proto__ constructor="1" __proto__="2"><toString/></__proto__>') as XmlElement;
    assert.deepEqual(
      root.attributes.map(({ name, value }) => [name, value]),
      [
        ['constructor', '1'],
        ['__proto__', '2'],
      ],
    );
    assert.equal(({} as any).polluted, undefined);
  });
});

const laughs = `<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">${'123456789'
  .split('')
  .map((n, i) => `<!ENTITY lol${n} "${`&lol${i || ''};`.repeat(10)}">`)
  .join('')}]><lolz>&lol9;</lolz>`;

describe('what SOAP does not allow', () => {
  const hostile: [name: string, text: string, violation: XmlViolation][] = [
    ['a billion laughs', laughs, 'xml-doctype'],
    ['an external entity', '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', 'xml-doctype'],
    ['an external subset', '<!DOCTYPE a SYSTEM "http://127.0.0.1:1/evil.dtd"><a/>', 'xml-doctype'],
    ['a parameter entity', '<!DOCTYPE a [<!ENTITY % p SYSTEM "http://127.0.0.1:1/">%p;]><a/>', 'xml-doctype'],
    ['an empty declaration', '<!DOCTYPE a><a/>', 'xml-doctype'],
    ['a doctype that never ends', '<!DOCTYPE a [<!ENTITY x "y', 'xml-malformed'],
    ['a doctype after the root', '<a/><!DOCTYPE a>', 'xml-malformed'],
    ['an entity that nobody declared', '<a>&x;</a>', 'xml-malformed'],
    ['a style sheet', '<?xml-stylesheet href="x"?><a/>', 'xml-instruction'],
    ['an instruction inside', '<a><?php echo 1 ?></a>', 'xml-instruction'],
  ];
  for (const [name, text, violation] of hostile) {
    test(name, () => {
      assert.equal(refused(text), violation);
      assert.equal(refused(utf8(text)), violation);
    });
  }
});

describe('what is no XML', () => {
  const broken: [name: string, text: string][] = [
    ['nothing', ''],
    ['only white space', ' \n '],
    ['text', 'Hello'],
    ['JSON', '{"a":1}'],
    ['an element that is not closed', '<a><b></b>'],
    ['elements that cross', '<a><b></a></b>'],
    ['an end without a beginning', '</a>'],
    ['two roots', '<a/><b/>'],
    ['text after the root', '<a/>x'],
    ['an attribute twice', '<a x="1" x="2"/>'],
    ['an attribute twice by two prefixes', '<a xmlns:p="u" xmlns:q="u" p:x="1" q:x="2"/>'],
    ['a prefix that is not bound', '<p:a/>'],
    ['an attribute whose prefix is not bound', '<a p:x="1"/>'],
    ['a prefix that is unbound again', '<a xmlns:p="u"><b xmlns:p=""/></a>'],
    ['xmlns bound', '<a xmlns:xmlns="u"/>'],
    ['xml bound to something else', '<a xmlns:xml="u"/>'],
    ['two colons', '<a:b:c xmlns:a="u"/>'],
    ['an attribute without quotes', '<a x=1/>'],
    ['an attribute without a value', '<a x/>'],
    ['attributes without space between', '<a x="1"y="2"/>'],
    ['a less-than sign in an attribute', '<a x="<"/>'],
    ['the end of CDATA in text', '<a>]]></a>'],
    ['CDATA that is not closed', '<a><![CDATA[x</a>'],
    ['a comment that is not closed', '<a><!-- x</a>'],
    ['two hyphens in a comment', '<a><!-- -- --></a>'],
    ['U+0000', '<a>\0</a>'],
    ['U+0001', '<a>\x01</a>'],
    ['U+FFFF', '<a>\uFFFF</a>'],
    ['a reference to U+0000', '<a>&#0;</a>'],
    ['a reference to half a pair', '<a>&#xD800;</a>'],
    ['a reference beyond Unicode', '<a>&#x110000;</a>'],
    ['half a surrogate pair', '<a>\uD800</a>'],
    ['a declaration that is not first', ' <?xml version="1.0"?><a/>'],
  ];
  for (const [name, text] of broken) test(name, () => assert.equal(refused(text), 'xml-malformed'));
});

describe('encodings', () => {
  test('UTF-16 and UTF-32 are refused, with a byte order mark and without', () => {
    const little = Buffer.from('<a/>', 'utf16le');
    const big = Buffer.from(little).swap16();
    const inputs = [little, big, Buffer.concat([Buffer.from([0xff, 0xfe]), little])];
    inputs.push(Buffer.concat([Buffer.from([0xfe, 0xff]), big]), Buffer.from('<\0\0\0a\0\0\0/\0\0\0>\0\0\0'));
    for (const input of inputs) {
      assert.match(refused(new Uint8Array(input)), /^xml-(?:not-utf8|malformed)$/);
    }
  });

  test('a declaration of another encoding is refused, since one of the two would be a lie', () => {
    for (const name of ['utf-16', 'ISO-8859-1', 'UTF-7', 'ebcdic-cp-us']) {
      assert.equal(refused(`<?xml version="1.0" encoding="${name}"?><a/>`), 'xml-encoding');
    }
    assert.equal(refused('<?xml version="1.0" encoding="utf8"?><a/>'), 'read');
  });

  test('bytes that are no UTF-8 are refused', () => {
    const inputs = ['80', 'c3', 'c080', 'eda080', 'f4908080', 'fe', 'e28228'];
    for (const hex of inputs) {
      const bytes = Buffer.concat([utf8('<a>'), Buffer.from(hex, 'hex'), utf8('</a>')]);
      assert.equal(refused(new Uint8Array(bytes)), 'xml-not-utf8');
    }
  });

  test('XML 1.1, which has other characters and lets prefixes be unbound, is refused', () => {
    assert.equal(refused('<?xml version="1.1"?><a/>'), 'xml-version');
  });
});

describe('bounds', () => {
  test('size: the last byte that fits is read, one more is not', () => {
    assert.equal(refused('<abcd/>', { maxBytes: 7 }), 'read');
    assert.equal(refused(utf8('<abcde/>'), { maxBytes: 7 }), 'xml-too-large');
    assert.equal(refused('<abcde/>', { maxBytes: 7 }), 'xml-too-large');
  });

  test('depth', () => {
    const nested = (depth: number) => '<a>'.repeat(depth) + '</a>'.repeat(depth);
    assert.equal(refused(nested(32)), 'read');
    assert.equal(refused(nested(33)), 'xml-too-deep');
    // Refused while reading: what follows is not looked at.
    assert.equal(refused('<a>'.repeat(100_000)), 'xml-too-deep');
  });

  test('elements', () => {
    assert.equal(refused(`<a>${'<b/>'.repeat(99)}</a>`, { maxElements: 100 }), 'read');
    assert.equal(refused(`<a>${'<b/>'.repeat(100)}</a>`, { maxElements: 100 }), 'xml-too-many-elements');
    assert.equal(refused(`<a>${'<b/>'.repeat(200_000)}</a>`), 'xml-too-many-elements');
  });

  test('attributes of one element', () => {
    const many = (count: number) => Array.from({ length: count }, (_, i) => ` a${i}=""`).join('');
    assert.equal(refused(`<a${many(32)}><b${many(32)}/></a>`), 'read');
    assert.equal(refused(`<a${many(33)}/>`), 'xml-too-many-attributes');
    assert.equal(refused(`<a${many(50_000)}`), 'xml-too-many-attributes');
  });

  test('declarations of namespaces, in one element and in all', () => {
    const many = (count: number) => Array.from({ length: count }, (_, i) => ` xmlns:p${i}="u"`).join('');
    assert.equal(refused(`<a${many(20)}/>`), 'read');
    assert.equal(refused(`<a${many(33)}/>`), 'xml-too-many-attributes');
    assert.equal(refused(`<a>${'<b xmlns="u"/>'.repeat(256)}</a>`), 'read');
    assert.equal(refused(`<a>${'<b xmlns="u"/>'.repeat(257)}</a>`), 'xml-too-many-namespaces');
  });

  test('a huge text, name or attribute within the size is read, in time by its length', () => {
    const huge = 'x'.repeat(1_000_000);
    for (const text of [`<a>${huge}</a>`, `<a b="${huge}"/>`, `<${huge}/>`, `<a>${'&amp;'.repeat(200_000)}</a>`]) {
      assert.equal(refused(text), 'read');
    }
    assert.equal(refused(`<a>${'<!---->'.repeat(100_000)}</a>`), 'read');
    assert.equal(refused(`<a>${'<![CDATA[x]]>'.repeat(70_000)}</a>`), 'read');
  });
});

describe('the table of violations', () => {
  test('each has a close code that may be sent, and says what it is', () => {
    for (const { close, says } of Object.values(xmlViolations)) {
      assert.ok([1007, 1008, 1009].includes(close));
      assert.ok(says.length > 10);
    }
  });

  test('what the parser says of a place is kept short', () => {
    const result = parseXml(`<a x="1" ${'y'.repeat(5000)}="1" ${'y'.repeat(5000)}="2"/>`);
    assert.ok(isXmlRefusal(result) && result.detail.length <= 200);
  });
});
