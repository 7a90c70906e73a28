import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import vm from 'node:vm';
import fc from 'fast-check';
import { LocalProtocolError } from '../../src/protocol/errors.ts';
import {
  asciiLowerCase,
  type Extension,
  HeaderFields,
  isFieldValue,
  isToken,
  listHasToken,
  parseExtensions,
  parseTokenList,
  serializeExtensions,
} from '../../src/protocol/header-fields.ts';

const tokenCharacters = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const token = fc.string({ unit: fc.constantFrom(...tokenCharacters), minLength: 1, maxLength: 12 });
const space = fc.string({ unit: fc.constantFrom(' ', '\t'), maxLength: 2 });
const parameter = fc.tuple(token, fc.oneof(token, fc.constant(true as const)));
const extension: fc.Arbitrary<Extension> = fc.record(
  { name: token, parameters: fc.array(parameter, { maxLength: 4 }) },
  { noNullPrototype: true },
);
const prototypeNames = ['constructor', '__proto__', 'toString', 'hasOwnProperty', 'prototype'];

describe('RFC 9110 §5.1: field names', () => {
  const fields = new HeaderFields(['Host', 'a', 'X-One', ' 1 ', 'x-one', '2', 'Empty', '']);

  it('compare without regard to case', () => {
    assert.equal(fields.one('HOST'), 'a');
    assert.deepEqual(fields.all('X-ONE'), ['1', '2']);
    assert.ok(fields.has('hOST'));
  });

  it('fold ASCII letters alone: a Kelvin sign is no k', () => {
    assert.equal(asciiLowerCase('WebSocKet-É'), 'websocket-É');
    assert.equal(asciiLowerCase('\u212a'), '\u212a');
    assert.equal(new HeaderFields(['Sec-WebSoc\u212aet-Key', 'x']).has('Sec-WebSocket-Key'), false);
    assert.equal(listHasToken(['websoc\u212aet'], 'websocket'), false);
  });

  it('that are absent give nothing', () => {
    assert.deepEqual(fields.all('X-Two'), []);
    assert.equal(fields.one('X-Two'), undefined);
    assert.equal(fields.has('X-Two'), false);
  });

  it('that come more than once have no one value', () => {
    assert.equal(fields.one('X-One'), undefined);
  });

  it('keep an empty value apart from none', () => {
    assert.equal(fields.one('Empty'), '');
    assert.ok(fields.has('empty'));
  });

  it('of prototypes are names like any other', () => {
    const empty = new HeaderFields([]);
    const full = new HeaderFields(prototypeNames.flatMap((name) => [name, `value of ${name}`]));
    for (const name of prototypeNames) {
      assert.equal(empty.has(name), false);
      assert.deepEqual(empty.all(name), []);
      assert.equal(full.one(name), `value of ${name}`);
    }
  });

  it('come out as they came in, in order', () => {
    assert.deepEqual(
      [...fields],
      [
        ['Host', 'a'],
        ['X-One', '1'],
        ['x-one', '2'],
        ['Empty', ''],
      ],
    );
    assert.equal(fields.count, 4);
  });

  it('can not be changed through what is handed out', () => {
    fields.all('X-One').push('3');
    assert.deepEqual(fields.all('X-One'), ['1', '2']);
  });

  it('need a value each', () => {
    assert.throws(() => new HeaderFields(['Host']), RangeError);
  });
});

describe('RFC 9110 §5.5: field values', () => {
  it('lose spaces and tabs around them, and nothing else', () => {
    assert.equal(new HeaderFields(['a', ' \t b \t c\t ']).one('a'), 'b \t c');
    assert.equal(new HeaderFields(['a', ' \t ']).one('a'), '');
    assert.equal(new HeaderFields(['a', '\u00a0b\u00a0']).one('a'), '\u00a0b\u00a0');
  });

  it('contain no CR, LF, NUL, other control characters, or what is beyond a byte', () => {
    for (const text of ['', 'a b\tc', 'caf\u00e9', '"quoted"']) assert.ok(isFieldValue(text), text);
    for (const text of ['a\rb', 'a\nb', 'a\0b', 'a\x7f', '\x1b', '\u0100', 'a\n']) assert.ok(!isFieldValue(text), text);
  });
});

describe('RFC 9110 §5.6.2: tokens', () => {
  it('have one character at least, none of them a separator', () => {
    for (const text of ['a', tokenCharacters, ...prototypeNames]) assert.ok(isToken(text), text);
    for (const text of ['', 'a b', 'a\n', '\u00e9', ...'"(),/:;<=>?@[\\]{}\t\0'])
      assert.ok(!isToken(text), JSON.stringify(text));
  });
});

describe('RFC 9110 §5.6.1: lists', () => {
  it('are read from several lines as if from one', () => {
    assert.deepEqual(parseTokenList(['soap, wamp', 'chat']), ['soap', 'wamp', 'chat']);
  });

  it('may have empty elements, which are ignored', () => {
    assert.deepEqual(parseTokenList([',a,, ,\tb ,', '', ',']), ['a', 'b']);
  });

  it('keep the case, the order and the repetitions of their tokens', () => {
    assert.deepEqual(parseTokenList(['b,A,a,b']), ['b', 'A', 'a', 'b']);
  });

  it('have one element at least, once they are there', () => {
    assert.deepEqual(parseTokenList([]), []);
    for (const values of [[''], [','], [' ', ', ,']]) assert.equal(parseTokenList(values), undefined);
  });

  it('are broken by what is not a token', () => {
    for (const line of ['a b', 'a;b', '"a"', 'a, b c', 'a/b', '\u00e9', 'a,b\0', 'a\u00a0']) {
      assert.equal(parseTokenList([line]), undefined, line);
    }
  });

  it('have prototype names as ordinary tokens', () => {
    assert.deepEqual(parseTokenList([prototypeNames.join()]), prototypeNames);
  });

  it('are searched for a token without regard to case, in all lines', () => {
    assert.ok(listHasToken(['Upgrade'], 'upgrade'));
    assert.ok(listHasToken(['keep-alive,\tUPGRADE ,'], 'Upgrade'));
    assert.ok(listHasToken(['keep-alive', 'Upgrade'], 'upgrade'));
    assert.ok(listHasToken(['TLS/1.0, websocket'], 'websocket'));
  });

  it('do not have a token that is only a part of an element', () => {
    for (const line of ['', 'upgraded', 'no-upgrade', 'keep-alive upgrade', 'upgrade;q=1', '"upgrade"']) {
      assert.equal(listHasToken([line], 'upgrade'), false, line);
    }
    assert.equal(listHasToken([], 'upgrade'), false);
    assert.equal(listHasToken(['up', 'grade'], 'upgrade'), false);
  });
});

describe('RFC 6455 §9.1: Sec-WebSocket-Extensions', () => {
  it('lists extensions with their parameters, in order', () => {
    assert.deepEqual(parseExtensions(['foo, bar; baz=2; qux', 'foo;a="b"']), [
      { name: 'foo', parameters: [] },
      {
        name: 'bar',
        parameters: [
          ['baz', '2'],
          ['qux', true],
        ],
      },
      { name: 'foo', parameters: [['a', 'b']] },
    ]);
  });

  it('may have white space between any two words', () => {
    const expected = [
      {
        name: 'a',
        parameters: [
          ['b', 'c'],
          ['d', 'e'],
        ],
      },
      { name: 'f', parameters: [] },
    ];
    assert.deepEqual(parseExtensions([' a ;\tb = c ; d= "e" , f ']), expected);
    assert.deepEqual(parseExtensions(['a;b=c;d="e",f']), expected);
  });

  it('keeps repeated parameters: what they mean is up to the extension', () => {
    assert.deepEqual(parseExtensions(['a;b;b=1']), [
      {
        name: 'a',
        parameters: [
          ['b', true],
          ['b', '1'],
        ],
      },
    ]);
  });

  it('unescapes quoted values', () => {
    assert.deepEqual(parseExtensions(['a;b="1\\0"']), [{ name: 'a', parameters: [['b', '10']] }]);
  });

  it('"the value after quoted-string unescaping MUST conform to the \'token\' ABNF"', () => {
    for (const value of ['""', '"a b"', '"a,b"', '"\\""', '"\\\\"', '"a;b"', '"\u00e9"']) {
      assert.equal(parseExtensions([`a;b=${value}`]), undefined, value);
    }
  });

  it('is broken by anything else', () => {
    const broken = [
      'a;',
      ';a',
      'a;;b',
      'a;b=',
      'a;=b',
      'a=b',
      'a b',
      'a;b c',
      'a;b=c d',
      'a;b="c"d',
      'a;b="c',
      'a;b=c"',
      'a;b=="c"',
      'a;"b"=c',
      '"a"',
      'a/b',
      'a;b=\u00e9',
      'a\0',
      'a;b="c\\',
      'a\r\nb',
      '',
      ',',
    ];
    for (const line of broken) assert.equal(parseExtensions([line]), undefined, JSON.stringify(line));
    assert.equal(parseExtensions(['a', 'b;']), undefined);
  });

  it('does not let quotes reach from one line into the next', () => {
    assert.equal(parseExtensions(['a;b="c', 'd"']), undefined);
  });

  it('ignores empty elements, and is an empty list when it is absent', () => {
    assert.deepEqual(parseExtensions([', a,,b', '']), [
      { name: 'a', parameters: [] },
      { name: 'b', parameters: [] },
    ]);
    assert.deepEqual(parseExtensions([]), []);
  });

  it('has prototype names as ordinary tokens', () => {
    assert.deepEqual(parseExtensions(['__proto__;constructor=toString']), [
      { name: '__proto__', parameters: [['constructor', 'toString']] },
    ]);
  });

  it('is read as it was written, whatever the extensions', () => {
    fc.assert(
      fc.property(fc.array(extension, { minLength: 1, maxLength: 5 }), (extensions) => {
        assert.deepEqual(parseExtensions([serializeExtensions(extensions)]), extensions);
      }),
    );
  });

  it('is read alike with white space, quotes, escapes, empty elements and several lines', () => {
    const spelled = fc.tuple(extension, space, fc.boolean(), fc.boolean()).map(([value, blank, quoted, escaped]) => {
      const written = (text: string): string => (quoted ? `"${escaped ? text.replace(/./g, '\\$&') : text}"` : text);
      const parameters = value.parameters.map(
        ([name, text]) => `${blank};${blank}${name}${text === true ? '' : `${blank}=${blank}${written(text)}`}`,
      );
      return { value, text: `${blank}${value.name}${parameters.join('')}${blank}` };
    });
    fc.assert(
      fc.property(
        fc.array(fc.array(spelled, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 }),
        (lines) => {
          const values = lines.map((line) => line.map(({ text }) => text).join(',,'));
          assert.deepEqual(
            parseExtensions(values),
            lines.flat().map(({ value }) => value),
          );
        },
      ),
    );
  });

  it('never makes a parser throw', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: fc.constantFrom(...'ab;=,"\\ \t\0\u00e9') })), (values) => {
        const extensions = parseExtensions(values);
        const tokens = parseTokenList(values);
        if (extensions !== undefined && extensions.length > 0) {
          assert.deepEqual(parseExtensions([serializeExtensions(extensions)]), extensions);
        }
        if (tokens !== undefined && tokens.length > 0) assert.deepEqual(parseTokenList([tokens.join()]), tokens);
      }),
    );
  });

  it('is written with tokens only', () => {
    assert.equal(serializeExtensions([]), '');
    assert.equal(
      serializeExtensions([
        {
          name: 'a',
          parameters: [
            ['b', '1'],
            ['c', true],
          ],
        },
        { name: 'd', parameters: [] },
      ]),
      'a; b=1; c, d',
    );
    const broken: Extension[] = [
      { name: 'a\r\nb', parameters: [] },
      { name: 'a', parameters: [['', true]] },
      { name: 'a', parameters: [['b', 'c d']] },
    ];
    for (const one of broken) assert.throws(() => serializeExtensions([one]), LocalProtocolError);
  });
});

describe('RFC 6455 §10.4: limits on what a header can cost', () => {
  /** Runs synchronous code and ends it by force: far above what it needs, far below what time in proportion to the square would take. */
  const within = (timeout: number, run: () => void): void => vm.runInNewContext('run()', { run }, { timeout });
  const size = 256 * 1024;
  const hostile = [',', ' ', '\t', 'a', 'a,', 'a;', 'a;b,', 'a;b="', 'a;b="\\', '"', '\\', 'a ', ' ,', 'a;b="c",'];
  for (const piece of hostile) {
    it(`reads ${JSON.stringify(piece)}, repeated over 256 KiB, in linear time`, () => {
      const line = piece.repeat(size / piece.length);
      within(5_000, () => {
        assert.equal(new HeaderFields(['a', `b${line}b`]).one('a')?.length, line.length + 2);
        assert.equal(listHasToken([line], 'upgrade'), false);
        parseTokenList([line]);
        parseExtensions([line]);
      });
    });
  }

  it('reads 64 Ki lines and long parameter and token values', () => {
    const lineCount = 64 * 1024;
    const lines = Array.from({ length: lineCount }, () => 'a');
    assert.equal(parseTokenList(lines)?.length, lineCount);
    const fields = new HeaderFields(lines.flatMap((value, index) => [`x-${index}`, value]));
    assert.equal(fields.count, lineCount);
    assert.equal(fields.one(`X-${lineCount - 1}`), 'a');
    const value = '\\a'.repeat(lineCount);
    assert.deepEqual(parseExtensions([`a;b="${value}"`]), [{ name: 'a', parameters: [['b', 'a'.repeat(lineCount)]] }]);
    assert.equal(parseExtensions([`a;b="${value}`]), undefined);
  });
});
