/** Whatever one end sends arrives at the other: any messages, in any fragments, with any masks, in any chunks, for both roles. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { anyText } from '../support/any-text.ts';
import { buildFrame, concat, octets, toHex, utf8 } from '../support/bytes.ts';
import { Conversation, type Happening, roles } from '../support/expect-connection.ts';

const controls = ['ping', 'pong'] as const;

/** A control frame, and the masking key that it has when a client sends it. */
const anyKey = fc.uint8Array({ minLength: 4, maxLength: 4 });
const anyControl = fc.record({
  what: fc.constantFrom(...controls),
  payload: fc.uint8Array({ maxLength: 125 }),
  key: anyKey,
});

/** A message in fragments, each behind any number of control frames. */
const anyMessage = fc.record({
  content: fc.oneof(anyText(40), fc.uint8Array({ maxLength: 300 })),
  fragments: fc.array(fc.record({ cut: fc.nat(300), key: anyKey, before: fc.array(anyControl, { maxLength: 2 }) }), {
    maxLength: 5,
  }),
});

type AnyMessage = typeof anyMessage extends fc.Arbitrary<infer Value> ? Value : never;

const isAscii = (text: string) => !/[^\0-\x7f]/.test(text);

/** The frames of a message, and what its receiver must make of them. */
function compose(
  { content, fragments }: AnyMessage,
  masked: boolean,
): { frames: Uint8Array[]; happenings: Happening[] } {
  const frames: Uint8Array[] = [];
  const happenings: Happening[] = [];
  const put = (opcode: number, payload: Uint8Array, key: Uint8Array, fin = true) =>
    frames.push(buildFrame({ opcode, payload, fin, key: masked ? key : undefined }));
  const payload = typeof content === 'string' ? utf8(content) : content;
  let at = 0;
  for (const [index, { cut, key, before }] of [...fragments, { cut: Infinity, key: octets(4), before: [] }].entries()) {
    for (const control of before) {
      const { what, payload } = control;
      put(what === 'ping' ? 9 : 10, payload, control.key);
      if (what === 'ping') happenings.push(['sends', 'pong', toHex(payload)]);
      happenings.push([what, toHex(payload)]);
    }
    const end = Math.min(payload.length, at + cut);
    put(
      index > 0 ? 0 : typeof content === 'string' ? 1 : 2,
      payload.subarray(at, end),
      key,
      index === fragments.length,
    );
    at = end;
  }
  if (typeof content !== 'string') happenings.push(['binary', toHex(content)]);
  else happenings.push(isAscii(content) ? ['text', content] : ['text', content]);
  return { frames, happenings };
}

function* chunks(bytes: Uint8Array, sizes: readonly number[]): Generator<Uint8Array> {
  let at = 0;
  for (let i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length]!;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

const anySizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 400 })), {
  minLength: 1,
  maxLength: 6,
});

for (const role of roles) {
  describe(`what the peer of a ${role} sends`, () => {
    it('is received as it was sent, in any fragments and any chunks', () => {
      fc.assert(
        fc.property(fc.array(anyMessage, { maxLength: 4 }), anySizes, (messages, sizes) => {
          const composed = messages.map((message) => compose(message, role === 'server'));
          const conversation = new Conversation(role, { limits: { maxPendingPongs: 1000 } });
          conversation.receiveEach(chunks(concat(...composed.flatMap(({ frames }) => frames)), sizes));
          assert.deepEqual(
            conversation.happenings,
            composed.flatMap(({ happenings }) => happenings),
          );
        }),
        { numRuns: 150 },
      );
    });

    it('may be any bytes at all: the connection never throws, and sends at most one Close frame as its last', () => {
      const anyFrame = fc.record({
        opcode: fc.constantFrom(0, 0, 1, 1, 2, 2, 3, 8, 9, 10, 11),
        rsv: fc.constantFrom(0, 0, 0, 4, 2),
        fin: fc.boolean(),
        payload: fc.uint8Array({ maxLength: 130 }),
        // Mostly masked as it must be, or nothing would get past the header.
        key: fc.nat(19).chain((dice) => ((dice === 0) === (role === 'server') ? fc.constant(undefined) : anyKey)),
      });
      const anyBytes = fc.array(
        fc.oneof({ weight: 5, arbitrary: anyFrame.map(buildFrame) }, fc.uint8Array({ maxLength: 20 })),
        { maxLength: 8 },
      );
      fc.assert(
        fc.property(anyBytes, anySizes, fc.boolean(), (parts, sizes, compression) => {
          const conversation = new Conversation(role, { compression });
          conversation.receiveEach(chunks(concat(...parts), sizes));
          const closes = conversation.sent.map(({ opcode }) => opcode === 8);
          assert.ok(!closes.slice(0, -1).includes(true));
          assert.equal(conversation.connection.state === 'open', closes.at(-1) !== true);
        }),
        { numRuns: 300 },
      );
    });
  });
}

describe('a client and a server that talk to each other', () => {
  const anyAction = fc.oneof(
    anyText(200).map((text) => ({ what: 'text', text }) as const),
    fc
      .oneof(fc.nat(200), fc.constantFrom(65_535, 65_536))
      .map((length) => ({ what: 'binary', bytes: octets(length) }) as const),
    fc
      .tuple(fc.constantFrom(...controls), fc.uint8Array({ maxLength: 125 }))
      .map(([what, bytes]) => ({ what, bytes }) as const),
  );

  it('receive what the other sent, whoever it is', () => {
    fc.assert(
      fc.property(fc.array(anyAction, { maxLength: 8 }), anySizes, (actions, sizes) => {
        for (const role of roles) {
          const sender = new Conversation(role);
          const receiver = new Conversation(role === 'client' ? 'server' : 'client');
          const expected: Happening[] = [];
          for (const action of actions) {
            if (action.what === 'text') {
              sender.connection.sendText(action.text);
              expected.push(isAscii(action.text) ? ['text', action.text] : ['text', action.text]);
            } else {
              if (action.what === 'binary') sender.connection.sendMessage(action.bytes, 'binary');
              else sender.connection[action.what](action.bytes);
              expected.push([action.what, toHex(action.bytes)]);
            }
          }
          sender.connection.close(4000, 'done');
          receiver.receiveEach(chunks(sender.wire, sizes));
          assert.deepEqual(
            receiver.happenings.filter(([what]) => what !== 'sends'),
            [...expected, ['close', 4000, 'done']],
          );
          sender.receive(receiver.wire);
          assert.deepEqual([sender.connection.end().clean, receiver.connection.end().clean], [true, true]);
        }
      }),
      { numRuns: 25 },
    );
  });
});
