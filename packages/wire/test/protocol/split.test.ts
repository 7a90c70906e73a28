/**
 * A stream has no borders of its own: however its bytes are cut into chunks, the same must happen. Each stream below is
 * received in one piece, in two pieces at every possible cut, and byte by byte.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Role } from '../../src/protocol/role.ts';
import { closeBody, concat, type FrameBuilder, hex, octets, toHex, utf8 } from '../support/bytes.ts';
import { Conversation, type ConversationOptions, type Happening, peerOf, roles } from '../support/expect-connection.ts';

interface Stream {
  readonly what: string;
  readonly bytes: (peer: FrameBuilder) => Uint8Array;
  /** The last thing that happens, so that a stream shows what it says it does. */
  readonly last: Happening;
  readonly options?: ConversationOptions;
}

const fin = false;
const limits = { maxMessageBytes: 20, maxFrameBytes: 16, maxFragments: 3 };
const compression = true;
const wide = 'aé€👋';

/** What either role can receive. */
const streams: readonly Stream[] = [
  { what: 'an empty text', bytes: (peer) => peer.text(''), last: ['text', ''] },
  {
    what: 'three messages in a row',
    bytes: (peer) => concat(peer.text('a'), peer.binary(hex`00 ff`), peer.text('é')),
    last: ['text', 'é'],
  },
  {
    what: 'text of characters of each length',
    bytes: (peer) => peer.text(wide.repeat(3)),
    last: ['text', wide.repeat(3)],
  },
  {
    what: 'text of ASCII behind a character that is none',
    bytes: (peer) => peer.text(`é${'a'.repeat(60)}`),
    last: ['text', `é${'a'.repeat(60)}`],
  },
  {
    what: '125 bytes in the 7-bit form',
    bytes: (peer) => peer.binary(octets(125)),
    last: ['binary', toHex(octets(125))],
  },
  {
    what: '126 bytes in the 16-bit form',
    bytes: (peer) => peer.binary(octets(126)),
    last: ['binary', toHex(octets(126))],
  },
  {
    what: 'characters that are cut by the ends of frames',
    bytes: (peer) => {
      const [first, ...others] = [...utf8(wide)].map((octet) => Uint8Array.of(octet));
      const fragments = others.map((octet, i) => peer.continuation(octet, { fin: i === others.length - 1 }));
      return concat(peer.text(first!, { fin }), ...fragments);
    },
    last: ['text', wide],
  },
  {
    what: 'fragments without bytes around one that has some',
    bytes: (peer) => concat(peer.binary(hex``, { fin }), peer.continuation(hex`07`, { fin }), peer.continuation('')),
    last: ['binary', '07'],
  },
  {
    what: 'a message of empty fragments and then another',
    bytes: (peer) =>
      concat(peer.text('', { fin }), peer.continuation('', { fin }), peer.continuation(''), peer.text('b')),
    last: ['text', 'b'],
  },
  {
    what: 'Pings between fragments, in the middle of a character',
    bytes: (peer) =>
      concat(peer.text(hex`f0 9f`, { fin }), peer.ping(hex`01`), peer.ping(), peer.continuation(hex`91 8b`)),
    last: ['text', '👋'],
  },
  {
    what: 'a Ping of 125 bytes and a Pong',
    bytes: (peer) => concat(peer.ping(octets(125)), peer.pong(hex`02`)),
    last: ['pong', '02'],
  },
  {
    what: 'more Pings than answers may wait',
    bytes: (peer) => concat(...[1, 2, 3, 4].map((n) => peer.ping(Uint8Array.of(n)))),
    last: ['ping', '04'],
    options: { limits: { maxPendingPongs: 2 } },
  },
  {
    what: 'a Close without a code, and bytes behind it',
    bytes: (peer) => concat(peer.close(), peer.text('x')),
    last: ['close', 1005, ''],
  },
  {
    what: 'a Close with a code and a reason',
    bytes: (peer) => concat(peer.text('a'), peer.close(4000, 'tschüß')),
    last: ['close', 4000, 'tschüß'],
  },
  {
    what: 'a Close in the middle of a message',
    bytes: (peer) => concat(peer.text('a', { fin }), peer.close(1001)),
    last: ['close', 1001, ''],
  },
  { what: 'a Ping behind a Close', bytes: (peer) => concat(peer.close(1000), peer.ping()), last: ['close', 1000, ''] },
  {
    what: 'compressed messages, whole and in fragments, beside one that is not',
    bytes: (peer) =>
      concat(
        peer.text(hex`f2 48`, { rsv: 4, fin }),
        peer.ping(),
        peer.continuation(hex`cd 00`),
        peer.text('a'),
        peer.binary(hex`02`, { rsv: 4 }),
      ),
    last: ['compressed binary', '02'],
    options: { compression },
  },
  {
    what: 'a frame that is cut off',
    bytes: (peer) => concat(peer.text('a'), peer.binary(octets(40), { declared: 41 })),
    last: ['text', 'a'],
  },
  {
    what: 'a header that is cut off',
    bytes: (peer) => concat(peer.text('a'), peer.binary(octets(126)).subarray(0, 3)),
    last: ['text', 'a'],
  },
  {
    what: 'a reserved bit',
    bytes: (peer) => concat(peer.text('a'), peer.text('b', { rsv: 4 }), peer.ping()),
    last: ['fails', 'reserved-bit-set'],
  },
  {
    what: 'RSV2 beside compression',
    bytes: (peer) => peer.text('b', { rsv: 6 }),
    last: ['fails', 'reserved-bit-set'],
    options: { compression },
  },
  {
    what: 'a reserved opcode',
    bytes: (peer) => concat(peer.ping(), peer.frame({ opcode: 5, payload: utf8('x') })),
    last: ['fails', 'reserved-opcode'],
  },
  {
    what: 'a 16-bit length that 7 bits could hold',
    bytes: (peer) => peer.text('abc', { lengthOctets: 2 }),
    last: ['fails', 'length-not-minimal'],
  },
  {
    what: 'a 64-bit length that 16 bits could hold',
    bytes: (peer) => peer.binary(octets(126), { lengthOctets: 8 }),
    last: ['fails', 'length-not-minimal'],
  },
  {
    what: 'a length beyond 2^53 - 1',
    bytes: (peer) => peer.binary(octets(9), { declared: 2n ** 63n }),
    last: ['fails', 'length-too-large'],
  },
  {
    what: 'a control frame in fragments',
    bytes: (peer) => concat(peer.frame({ opcode: 9, fin }), peer.continuation('')),
    last: ['fails', 'fragmented-control-frame'],
  },
  {
    what: 'a control frame of 126 bytes',
    bytes: (peer) => peer.ping(octets(126)),
    last: ['fails', 'control-frame-too-long'],
  },
  {
    what: 'a continuation of nothing',
    bytes: (peer) => concat(peer.text('a'), peer.continuation('b')),
    last: ['fails', 'continuation-without-start'],
  },
  {
    what: 'a message within a message',
    bytes: (peer) => concat(peer.text('a', { fin }), peer.ping(), peer.text('b')),
    last: ['fails', 'message-inside-message'],
  },
  {
    what: 'a Close with half a code',
    bytes: (peer) => peer.frame({ opcode: 8, payload: hex`03` }),
    last: ['fails', 'close-payload-of-one-byte'],
  },
  {
    what: 'a Close with a code that is not allowed',
    bytes: (peer) => peer.close(1006, 'x'),
    last: ['fails', 'close-code-not-allowed'],
  },
  {
    what: 'a Close with a reason that is not UTF-8',
    bytes: (peer) => peer.frame({ opcode: 8, payload: concat(closeBody(1000, 'ok'), hex`c3`) }),
    last: ['fails', 'close-reason-not-utf8'],
  },
  {
    what: 'text that is not UTF-8, amid much that is',
    bytes: (peer) => peer.text(concat(utf8('a'.repeat(60)), hex`c0`, utf8('b'.repeat(60)))),
    last: ['fails', 'text-not-utf8'],
  },
  {
    what: 'a surrogate over two fragments',
    bytes: (peer) => concat(peer.text(hex`41 ed`, { fin }), peer.ping(), peer.continuation(hex`a0 80`)),
    last: ['fails', 'text-not-utf8'],
  },
  {
    what: 'text that ends within a character',
    bytes: (peer) => concat(peer.text('ok'), peer.text(hex`e2 82`), peer.ping()),
    last: ['fails', 'text-not-utf8'],
  },
  {
    what: 'RSV1 on a continuation',
    bytes: (peer) => concat(peer.text('a', { rsv: 4, fin }), peer.continuation('b', { rsv: 4 })),
    last: ['fails', 'compressed-continuation'],
    options: { compression },
  },
  {
    what: 'RSV1 on a control frame',
    bytes: (peer) => peer.frame({ opcode: 10, rsv: 4 }),
    last: ['fails', 'compressed-control-frame'],
    options: { compression },
  },
  {
    what: 'a frame beyond its limit',
    bytes: (peer) => concat(peer.text('a'), peer.binary(octets(17))),
    last: ['fails', 'frame-too-large'],
    options: { limits },
  },
  {
    what: 'a message beyond its limit',
    bytes: (peer) => concat(peer.binary(octets(10), { fin }), peer.ping(), peer.continuation(octets(11))),
    last: ['fails', 'message-too-large'],
    options: { limits },
  },
  {
    what: 'one fragment too many',
    bytes: (peer) =>
      concat(
        peer.text('a', { fin }),
        peer.continuation('', { fin }),
        peer.continuation('', { fin }),
        peer.continuation('b'),
      ),
    last: ['fails', 'too-many-fragments'],
    options: { limits },
  },
];

/** What only one role can receive; hexadecimal is that of RFC 6455 §5.7. */
const streamsOfOneRole: readonly (Stream & { readonly role: Role })[] = [
  {
    role: 'client',
    what: 'the example of an unmasked text',
    bytes: () => hex`81 05 48 65 6c 6c 6f`,
    last: ['text', 'Hello'],
  },
  {
    role: 'server',
    what: 'the example of a masked text',
    bytes: () => hex`81 85 37 fa 21 3d 7f 9f 4d 51 58`,
    last: ['text', 'Hello'],
  },
  {
    role: 'client',
    what: 'the example of a fragmented text',
    bytes: () => hex`01 03 48 65 6c 80 02 6c 6f`,
    last: ['text', 'Hello'],
  },
  {
    role: 'client',
    what: 'the example of a Ping',
    bytes: () => hex`89 05 48 65 6c 6c 6f`,
    last: ['ping', '48656c6c6f'],
  },
  {
    role: 'server',
    what: 'the example of a masked Pong',
    bytes: () => hex`8a 85 37 fa 21 3d 7f 9f 4d 51 58`,
    last: ['pong', '48656c6c6f'],
  },
  {
    role: 'client',
    what: 'the example of 256 bytes',
    bytes: () => hex`82 7e 01 00 ${octets(256)}`,
    last: ['binary', toHex(octets(256))],
  },
  {
    role: 'client',
    what: 'a masked frame',
    bytes: () => hex`81 05 48 65 6c 6c 6f 81 81 00 00 00 00 61`,
    last: ['fails', 'masked-frame-from-server'],
  },
  {
    role: 'server',
    what: 'an unmasked frame',
    bytes: () => hex`89 80 01 02 03 04 81 01 61`,
    last: ['fails', 'unmasked-frame-from-client'],
  },
  {
    role: 'server',
    what: 'frames with masking keys of their own, one of them zero',
    bytes: () => hex`01 82 00 00 00 00 48 65 89 81 ff ff ff ff fe 00 82 01 02 03 04 6d 6e 80 81 80 40 20 10 ef`,
    last: ['text', 'Hello'],
  },
];

/** All that can be told from outside. */
function observe(role: Role, stream: Stream, chunks: readonly Uint8Array[]): unknown {
  const conversation = new Conversation(role, stream.options).receiveEach(chunks);
  const { connection, happenings } = conversation;
  const { state } = connection;
  connection.outputFlushed();
  return { happenings, wire: toHex(conversation.wire), state, closed: connection.end() };
}

function expectSameHoweverCut(role: Role, stream: Stream, cuts: Iterable<number>): void {
  const bytes = stream.bytes(peerOf(role));
  const whole = observe(role, stream, [bytes]);
  assert.deepEqual(
    (whole as { happenings: Happening[] }).happenings.findLast(([what]) => what !== 'sends'),
    stream.last,
  );
  for (const cut of cuts) {
    const halves = observe(role, stream, [bytes.subarray(0, cut), bytes.subarray(cut)]);
    assert.deepEqual(halves, whole, `cut at ${cut}`);
  }
  const each = Array.from(bytes, (octet) => Uint8Array.of(octet));
  assert.deepEqual(observe(role, stream, each), whole, 'byte by byte');
}

function* everyCut(length: number): Generator<number> {
  for (let cut = 0; cut <= length; cut++) yield cut;
}

for (const role of roles) {
  describe(`what a ${role} receives is the same however its bytes are cut`, () => {
    for (const stream of [...streams, ...streamsOfOneRole.filter((only) => only.role === role)]) {
      it(stream.what, () => expectSameHoweverCut(role, stream, everyCut(stream.bytes(peerOf(role)).length)));
    }

    // Every cut of these would take seconds, and those in the middle of a payload are like one another.
    for (const length of [65_535, 65_536]) {
      const bytes = (peer: FrameBuilder) => concat(peer.ping(), peer.binary(octets(length)), peer.ping());
      const stream = { what: `${length} bytes between two Pings`, bytes, last: ['ping', ''] } as const;
      it(`${stream.what}, cut within the headers and here and there`, () => {
        const total = bytes(peerOf(role)).length;
        const cuts = [...everyCut(24), 4096, 30_001, 30_002, 30_003, ...[...everyCut(10)].map((back) => total - back)];
        expectSameHoweverCut(role, stream, cuts);
      });
    }
  });
}
