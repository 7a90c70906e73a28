/** The official single-message vectors of the specification (fixtures/wamp-proto), each by all three serializers. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { type MessageType, messageTypes, parseMessage, toList } from '../../src/wamp/messages.ts';
import { cborSerializer } from '../../src/wamp/serializers/cbor.ts';
import { jsonSerializer } from '../../src/wamp/serializers/json.ts';
import { msgpackSerializer } from '../../src/wamp/serializers/msgpack.ts';
import { Violation } from '../../src/wamp/violation.ts';

interface Sample {
  readonly description: string;
  /** Variants of bytes; a message must be read from all, and written as one of them. */
  readonly json?: readonly string[];
  readonly msgpack: string;
  readonly cbor: string;
  readonly expected: { readonly [attribute: string]: unknown };
  /** A message that is checked without bytes, and a word that the refusal must contain. */
  readonly wmsg?: readonly unknown[];
  readonly contains?: string;
}

interface VectorFile {
  readonly file: string;
  readonly type: string;
  readonly code: number;
  readonly samples: readonly Sample[];
}

const fixture = new URL('./fixtures/wamp-proto/singlemessage.json', import.meta.url);
const files = JSON.parse(readFileSync(fixture, 'utf8')) as readonly VectorFile[];

/** autobahn's payload transparency: a string in the place of Arguments. The text has payload passthru instead, with lists. */
const isTransparent = ({ description, expected }: Sample): boolean =>
  typeof expected?.['payload'] === 'string' || /\.enc_(?:algo|serializer) /.test(description);

/** Where the vectors' names differ from the elements of the text. */
const attributes: { readonly [name: string]: string } = {
  message_type: 'code',
  request_id: 'request',
  request_type: 'requestType',
  session_id: 'session',
  publication_id: 'publication',
  subscription_id: 'subscription',
  registration_id: 'registration',
};

const json = jsonSerializer();
const msgpack = msgpackSerializer();
const cbor = cborSerializer();

function checkAttributes(list: readonly unknown[], expected: Sample['expected']): void {
  const message = parseMessage(list);
  assert.ok(!(message instanceof Violation), `refused: ${(message as Violation).reason}`);
  const { code } = messageTypes[message.type];
  const actual: Record<string, unknown> = { ...message, code };
  for (const [name, value] of Object.entries(expected)) {
    const holder = name === 'roles' ? (actual['details'] as Record<string, unknown>) : actual;
    assert.deepStrictEqual(holder[attributes[name] ?? name] ?? null, value, name);
  }
  assert.deepStrictEqual(toList(message), list);
}

describe('the official vectors, bytes', () => {
  it('are all there', () => {
    const samples = files.flatMap((file) => file.samples);
    assert.deepEqual([files.length, samples.length, samples.filter((sample) => sample.json).length], [26, 102, 35]);
    const extensions = files.filter(({ type }) => !Object.hasOwn(messageTypes, type));
    assert.deepEqual(
      extensions.map(({ type }) => type),
      ['EVENT_RECEIVED'],
    );
    for (const { type, code } of files) assert.equal(messageTypes[type as MessageType]?.code ?? 337, code);
  });

  for (const { file, samples } of files) {
    for (const sample of samples) {
      if (sample.json === undefined) continue;
      it(`${file}: ${sample.description}`, () => {
        const bytes = { msgpack: Buffer.from(sample.msgpack, 'hex'), cbor: Buffer.from(sample.cbor, 'hex') };
        const list = json.parse(sample.json![0]!);
        assert.ok(!(list instanceof Violation));
        for (const variant of sample.json!) assert.deepStrictEqual(json.parse(variant), list);
        assert.deepStrictEqual(msgpack.parse(bytes.msgpack), list);
        assert.deepStrictEqual(cbor.parse(bytes.cbor), list);

        assert.ok(sample.json!.includes(json.serialize(list) as string));
        assert.deepStrictEqual(Buffer.from(msgpack.serialize(list) as Uint8Array), bytes.msgpack);
        assert.deepStrictEqual(Buffer.from(cbor.serialize(list) as Uint8Array), bytes.cbor);

        if (isTransparent(sample)) {
          const payload = list.at(-1) as Uint8Array;
          assert.equal(Buffer.from(payload).toString('hex'), sample.expected['payload']);
          assert.match((parseMessage(list) as Violation).reason, /Arguments must be a list/);
        } else if (list[0] === 337) {
          // An extension message of one implementation, which the text does not have.
          assert.match((parseMessage(list) as Violation).reason, /code of a message type/);
        } else {
          checkAttributes(list, sample.expected);
        }
      });
    }
  }
});

describe('the official vectors, Options and Details', () => {
  for (const { samples } of files) {
    for (const sample of samples) {
      if (sample.wmsg === undefined) continue;
      it(sample.description, () => {
        const message = parseMessage(sample.wmsg);
        if (isTransparent(sample)) {
          assert.match((message as Violation).reason, /Arguments must be a list/);
        } else if (sample.contains === undefined) {
          assert.ok(!(message instanceof Violation), `refused: ${(message as Violation).reason}`);
        } else {
          assert.ok(message instanceof Violation);
          assert.ok(message.reason.includes(sample.contains));
        }
      });
    }
  }
});
