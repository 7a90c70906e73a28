/** Data that means no good, by what reads it. */
import { cborSerializer } from '../../src/wamp/serializers/cbor.ts';
import { msgpackSerializer } from '../../src/wamp/serializers/msgpack.ts';

export interface Bomb {
  readonly what: string;
  readonly data: string | Uint8Array;
}

const bytes = (...parts: readonly (number | string | Uint8Array)[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === 'number' ? Buffer.of(part) : Buffer.from(part as Uint8Array))));
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
const million = 1_000_000;

/** A PUBLISH whose Options hold `inside`: what is wrong is deep in an otherwise good message. */
function published(head: string, key: Uint8Array, inside: Uint8Array): Buffer {
  return bytes(hex(head), hex('10 01'), key, inside, hex('63 61 2e 62'));
}

const jsonBombs: readonly Bomb[] = [
  { what: 'a million brackets', data: '['.repeat(million) },
  { what: 'a million brackets that are closed', data: '['.repeat(million / 2) + ']'.repeat(million / 2) },
  { what: 'dictionaries in each other', data: '{"a":'.repeat(200_000) },
  { what: 'many values', data: `[16,1,{},"a.b",[${'1,'.repeat(500_000)}1]]` },
  { what: 'many entries', data: `[16,1,{${Array.from({ length: 80_000 }, (_, i) => `"${i}":1`).join()}},"a.b"]` },
  { what: '__proto__', data: '[16,1,{"__proto__":{"polluted":1}},"a.b"]' },
  { what: '__proto__, escaped', data: '[16,1,{"\\u005f_proto__":{"polluted":1}},"a.b"]' },
  { what: '__proto__, deep', data: '[16,1,{},"a.b",[{"a":[{"__proto__":[]}]}]]' },
  { what: 'half a surrogate pair', data: '[16,1,{},"a.b",["\\ud800"]]' },
  { what: 'an integer of a thousand digits', data: `[16,${'9'.repeat(1000)},{},"a.b"]` },
  { what: 'an id beyond 2^53', data: '[16,9007199254740993,{},"a.b"]' },
  ...['', ' ', 'x', '[16,1,{},"a.b"', '[16,1,{},"a.b"]x', '[16,1,{},"a.b",[NaN]]', '[01]', '"', '[1,]', '\ufeff[]'].map(
    (data) => ({
      what: `no JSON: ${data}`,
      data,
    }),
  ),
];

const msgpackBombs: readonly Bomb[] = [
  { what: 'a million lists', data: Buffer.alloc(million, 0x91) },
  { what: 'a million dictionaries', data: Buffer.concat(Array.from({ length: 300_000 }, () => hex('81 a1 61'))) },
  { what: 'a list of 2^32 - 1', data: hex('dd ff ff ff ff') },
  { what: 'a dictionary of 2^32 - 1', data: hex('df ff ff ff ff') },
  { what: 'a string of 2^32 - 1', data: hex('91 db ff ff ff ff 61') },
  { what: 'bytes of 2^32 - 1', data: hex('91 c6 ff ff ff ff 61') },
  {
    what: 'lists that declare all that is left',
    data: Buffer.concat(Array.from({ length: 30 }, () => hex('dd 00 00 ff ff'))),
  },
  ...[
    'c7 01 05 00',
    'c8 00 01 05 00',
    'c9 00 00 00 01 05 00',
    'c9 ff ff ff ff 05',
    'd4 01 00',
    'd6 ff 00 00 00 00',
    'd8 05',
  ].map((ext) => ({
    what: `extension ${ext}`,
    data: published('94', hex(''), bytes(hex('81 a1 61'), hex(ext))),
  })),
  { what: 'invalid UTF-8', data: hex('94 10 01 80 a2 c3 28') },
  { what: 'UTF-8 of a surrogate', data: hex('94 10 01 80 a3 ed a0 80') },
  { what: '__proto__', data: bytes(hex('94 10 01 81 a9'), '__proto__', hex('80 a3 61 2e 62')) },
  { what: 'a key that is no string', data: hex('94 10 01 81 01 01 a3 61 2e 62') },
  { what: 'a key that is a list', data: hex('94 10 01 81 91 01 01 a3 61 2e 62') },
  { what: 'an id beyond 2^53', data: hex('94 10 cf 00 20 00 00 00 00 00 01 80 a3 61 2e 62') },
  { what: 'an id that is a double beyond 2^53', data: hex('94 10 cb 43 50 00 00 00 00 00 00 80 a3 61 2e 62') },
  { what: 'the octet that is never used', data: hex('91 c1') },
  { what: 'nothing', data: hex('') },
  { what: 'half of a message', data: hex('94 10 01 80') },
  { what: 'more than a message', data: hex('94 10 01 80 a3 61 2e 62 c0') },
];

const cborBombs: readonly Bomb[] = [
  { what: 'a million lists', data: Buffer.alloc(million, 0x81) },
  { what: 'a million endless lists', data: Buffer.alloc(million, 0x9f) },
  { what: 'a list of 2^32 - 1', data: hex('9a ff ff ff ff') },
  { what: 'a list of 2^64 - 1', data: hex('9b ff ff ff ff ff ff ff ff') },
  { what: 'a dictionary of 2^32', data: hex('bb 00 00 00 01 00 00 00 00') },
  { what: 'bytes of 2^63', data: hex('81 5b 80 00 00 00 00 00 00 00') },
  { what: 'a string of 2^32 - 1', data: hex('81 7a ff ff ff ff 61') },
  { what: 'a string in 200,000 empty chunks', data: bytes(hex('84 10 01 a0 7f'), Buffer.alloc(200_000, 0x60), 0xff) },
  {
    what: 'a bignum of 64 KiB',
    data: bytes(hex('85 10 01 a0 63 61 2e 62 81 c2 59 ff ff'), Buffer.alloc(65_535, 0xff)),
  },
  { what: 'shared references', data: hex('85 10 01 a0 63 61 2e 62 82 d8 1c 81 d8 1d 00 d8 1d 00') },
  ...['c3 41 01', 'c4 82 01 02', 'd8 40 41 01', 'd9 01 00 80', 'db ff ff ff ff ff ff ff ff 01', 'c0 c0 61 61'].map(
    (tagged) => ({
      what: `the tag of ${tagged}`,
      data: bytes(hex('85 10 01 a0 63 61 2e 62 81'), hex(tagged)),
    }),
  ),
  { what: 'tags upon tags', data: Buffer.alloc(million, 0xc1) },
  { what: 'invalid UTF-8', data: hex('84 10 01 a0 62 c3 28') },
  { what: '__proto__', data: bytes(hex('84 10 01 a1 69'), '__proto__', hex('a0 63 61 2e 62')) },
  { what: 'a key that is no string', data: hex('84 10 01 a1 01 01 63 61 2e 62') },
  { what: 'a key in chunks', data: hex('84 10 01 a1 7f 61 61 ff 01 63 61 2e 62') },
  { what: 'an id beyond 2^53', data: hex('84 10 1b 00 20 00 00 00 00 00 01 a0 63 61 2e 62') },
  { what: 'a negative integer beyond 64 bits', data: hex('85 10 01 a0 63 61 2e 62 81 3b ff ff ff ff ff ff ff ff') },
  { what: 'a simple value', data: hex('85 10 01 a0 63 61 2e 62 81 e0') },
  { what: 'a break', data: hex('ff') },
  { what: 'reserved information', data: hex('81 1c') },
  { what: 'nothing', data: hex('') },
  { what: 'half of a message', data: hex('84 10 01 a0') },
  { what: 'more than a message', data: hex('84 10 01 a0 63 61 2e 62 f6') },
];

const bombsOf: Readonly<Record<string, readonly Bomb[]>> = {
  'wamp.2.json': jsonBombs,
  'wamp.2.msgpack': msgpackBombs,
  'wamp.2.cbor': cborBombs,
  wamp: jsonBombs,
};

export function bombs(subprotocol: string): readonly Bomb[] {
  return bombsOf[subprotocol]!;
}

/** The deepest message of a subprotocol: text or bytes, as it has them. */
export function deepest(subprotocol: string): string | Uint8Array {
  return bombs(subprotocol)[0]!.data;
}

// SOAP

const soap = 'http://www.w3.org/2003/05/soap-envelope';
const wsa = 'http://www.w3.org/2005/08/addressing';
let lastId = 0;

export interface SoapParts {
  readonly header?: string;
  /** Null leaves the MessageID out. */
  readonly id?: string | null;
  /** In front of the envelope. */
  readonly prolog?: string;
}

/** A message by hand, for the service of the hostile server. */
export function soapMessage(
  operation: string,
  inside: string,
  { header = '', id, prolog = '' }: SoapParts = {},
): string {
  const messageId = id === null ? '' : `<a:MessageID>${id ?? `urn:uuid:${++lastId}`}</a:MessageID>`;
  const action = `<a:Action>urn:example:hostile:${operation}</a:Action>`;
  const body = operation.length > 100 ? '' : `<${operation} xmlns="urn:example:hostile">${inside}</${operation}>`;
  return `${prolog}<s:Envelope xmlns:s="${soap}" xmlns:a="${wsa}"><s:Header>${action}${messageId}${header}</s:Header><s:Body>${body}</s:Body></s:Envelope>`;
}

const laughs = Array.from({ length: 9 }, (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`).join('');
const add = (inside: string, parts?: SoapParts): string => soapMessage('add', inside, parts);

export const soapBombs: readonly { readonly what: string; readonly data: string | Buffer; readonly code: number }[] = [
  {
    what: 'a billion laughs',
    data: add('<a>&l9;</a>', { prolog: `<!DOCTYPE l [<!ENTITY l0 "lol">${laughs}]>` }),
    code: 1008,
  },
  {
    what: 'an external entity',
    data: add('<a>&x;</a>', { prolog: '<!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/passwd">]>' }),
    code: 1008,
  },
  { what: 'an external DTD', data: add('', { prolog: '<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd">' }), code: 1008 },
  {
    what: 'a quadratic entity',
    data: add('', { prolog: `<!DOCTYPE x [<!ENTITY x "${'x'.repeat(200_000)}">]>` }),
    code: 1008,
  },
  { what: 'an unknown entity', data: add('<a>&x;</a>'), code: 1007 },
  { what: 'a processing instruction', data: add('', { prolog: '<?xml-stylesheet href="x"?>' }), code: 1008 },
  { what: 'another encoding', data: add('', { prolog: '<?xml version="1.0" encoding="UTF-16"?>' }), code: 1007 },
  { what: 'depth', data: add('<a>'.repeat(300_000)), code: 1008 },
  { what: 'elements', data: add('<a/>'.repeat(200_000)), code: 1008 },
  {
    what: 'attributes',
    data: add(`<a ${Array.from({ length: 60_000 }, (_, i) => `b${i}="1"`).join(' ')}/>`),
    code: 1008,
  },
  {
    what: 'namespaces',
    data: add(`<a ${Array.from({ length: 30 }, (_, i) => `xmlns:b${i}="urn:${i}"`).join(' ')}/>`.repeat(300)),
    code: 1008,
  },
  { what: 'the same attribute twice', data: add('<a b="1" b="2"/>'), code: 1007 },
  { what: 'a prefix that is not bound', data: add('<x:a/>'), code: 1007 },
  { what: 'a character that XML does not have', data: add('<a>&#0;</a>'), code: 1007 },
  { what: 'a tag without an end', data: `<${'x'.repeat(1_000_000)}`, code: 1007 },
  { what: 'a comment without an end', data: `<!--${'-x'.repeat(500_000)}`, code: 1007 },
  { what: 'no XML', data: '{}', code: 1007 },
  { what: 'nothing', data: '', code: 1007 },
  { what: 'invalid UTF-8', data: Buffer.concat([Buffer.from(add('<a>')), Buffer.of(0xc3, 0x28)]), code: 1007 },
  { what: 'more than a message may have', data: `<a>${'x'.repeat(1 << 20)}</a>`, code: 1009 },
];

/** Data of which a little is kept, with much beside it that is not. */
export function smallInLarge(subprotocol: string, request: number, topic: string): string | Uint8Array {
  const beside = 'x'.repeat(400_000);
  const message = [16, request, { beside }, topic, [new Uint8Array(3)]];
  if (subprotocol === 'wamp.2.msgpack') return msgpackSerializer().serialize(message);
  if (subprotocol === 'wamp.2.cbor') return cborSerializer().serialize(message);
  return JSON.stringify([16, request, { beside }, topic, [`a text of some length ${request}`]]);
}
