/**
 * RFC 6455 §5, §6 and §8, clause by clause: what an endpoint must and must not do with frames and data, for both roles. Each
 * test is named by its section and quotes the clause. Control frames and closing (§5.5, §7) are in rfc6455-control.test.ts,
 * the opening handshake (§4) in handshake-*.test.ts, the limits (§10.4) in limits.test.ts.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LocalProtocolError } from '../../src/protocol/errors.ts';
import { buildFrame, concat, exampleKey, hex, octets, type ReadFrame, toHex, utf8 } from '../support/bytes.ts';
import {
  Conversation,
  expectFails,
  expectReceives,
  expectSends,
  expectSilence,
  roles,
} from '../support/expect-connection.ts';

/** One conversation in which an endpoint sends every kind of frame that it can, of its own accord and in answer. */
function everyFrameSent(role: 'client' | 'server'): ReadFrame[] {
  const talkative = new Conversation(role);
  const { connection, peer } = talkative;
  connection.sendText('Hello');
  connection.sendMessage(octets(20_000), 'binary');
  connection.ping(hex`01`);
  connection.pong(hex`02`);
  talkative.receive(peer.ping(hex`03`));
  connection.close(1000, 'bye');
  const answering = new Conversation(role);
  answering.receive(answering.peer.close(1001));
  const failing = new Conversation(role);
  failing.receive(failing.peer.frame({ opcode: 3 }));
  return [talkative, answering, failing].flatMap(({ sent }) => sent);
}

const dataOpcodes = [0x1, 0x2];
const knownOpcodes = [...dataOpcodes, 0x8, 0x9, 0xa];
const reservedOpcodes = [0x3, 0x4, 0x5, 0x6, 0x7, 0xb, 0xc, 0xd, 0xe, 0xf];

describe('RFC 6455 §5.1', () => {
  it('"a client MUST mask all frames that it sends to the server"', () => {
    const sent = everyFrameSent('client');
    assert.deepEqual(
      sent.map(({ opcode }) => opcode),
      [1, 2, 9, 10, 10, 8, 8, 8],
    );
    assert.ok(sent.every(({ key }) => key !== undefined));
  });

  it('"A server MUST NOT mask any frames that it sends to the client"', () => {
    const sent = everyFrameSent('server');
    assert.deepEqual(
      sent.map(({ opcode }) => opcode),
      [1, 2, 9, 10, 10, 8, 8, 8],
    );
    assert.ok(sent.every(({ key }) => key === undefined));
  });

  for (const opcode of knownOpcodes) {
    it(`"The server MUST close the connection upon receiving a frame that is not masked": opcode ${opcode}`, () => {
      expectFails(new Conversation('server'), buildFrame({ opcode }), 'unmasked-frame-from-client');
    });

    it(`"A client MUST close a connection if it detects a masked frame": opcode ${opcode}`, () => {
      expectFails(new Conversation('client'), buildFrame({ opcode, key: exampleKey }), 'masked-frame-from-server');
    });
  }
});

for (const role of roles) {
  describe(`RFC 6455 §5.2, a ${role}`, () => {
    it('sends reserved bits that "MUST be 0 unless an extension is negotiated"', () => {
      assert.ok(everyFrameSent(role).every(({ rsv }) => rsv === 0));
      const { connection } = new Conversation(role);
      assert.throws(() => connection.sendMessage(hex`01`, 'binary', true), LocalProtocolError);
    });

    it('"If a nonzero value is received and none of the negotiated extensions defines [it …] MUST _Fail"', () => {
      for (const rsv of [1, 2, 3, 4, 5, 6, 7]) {
        for (const opcode of knownOpcodes) {
          const conversation = new Conversation(role);
          expectFails(conversation, conversation.peer.frame({ opcode, rsv }), 'reserved-bit-set');
        }
      }
    });

    it('"If an unknown opcode is received, the receiving endpoint MUST _Fail the WebSocket Connection_"', () => {
      for (const opcode of reservedOpcodes) {
        const conversation = new Conversation(role);
        expectFails(conversation, conversation.peer.frame({ opcode }), 'reserved-opcode');
      }
    });

    it('takes in no length that does not use "the minimal number of bytes"', () => {
      for (const [length, lengthOctets] of [
        [0, 2],
        [125, 2],
        [0, 8],
        [125, 8],
        [126, 8],
        [65_535, 8],
      ] as const) {
        const conversation = new Conversation(role);
        const frame = conversation.peer.frame({ opcode: 2, declared: length, lengthOctets });
        expectFails(conversation, frame, 'length-not-minimal');
      }
    });

    it('sends lengths for which "the minimal number of bytes MUST be used"', () => {
      const conversation = new Conversation(role);
      const forms = [
        [0, 0],
        [125, 0],
        [126, 2],
        [65_535, 2],
        [65_536, 8],
      ] as const;
      for (const [length, lengthOctets] of forms) {
        const expected = { lengthOctets, payload: new Uint8Array(length).fill(0x78) };
        expectSends(conversation, () => conversation.connection.sendText('x'.repeat(length)), {
          opcode: 1,
          ...expected,
        });
        expectSends(conversation, () => conversation.connection.sendMessage(expected.payload, 'binary'), {
          opcode: 2,
          ...expected,
        });
      }
    });

    it('takes in no 64-bit length of which "the most significant bit MUST be 0" is not', () => {
      for (const declared of [2n ** 63n, 2n ** 64n - 1n]) {
        const conversation = new Conversation(role, { limits: { maxMessageBytes: null } });
        expectFails(conversation, conversation.peer.frame({ opcode: 2, declared }), 'length-too-large');
      }
    });

    it('takes in lengths of all three forms "in network byte order"', () => {
      for (const length of [1, 125, 126, 258, 65_535, 65_536, 66_052]) {
        const conversation = new Conversation(role);
        expectReceives(conversation, conversation.peer.binary(octets(length)), ['binary', toHex(octets(length))]);
      }
    });
  });
}

describe('RFC 6455 §5.3', () => {
  it('"the client MUST pick a fresh masking key […] derived from a strong source of entropy", for each frame', () => {
    const drawn: string[] = [];
    let seed = 1;
    const random = (bytes: Uint8Array) => {
      for (let i = 0; i < bytes.length; i++) bytes[i] = seed = (seed * 48_271) % 0x7fffffff;
      for (let i = 0; i < bytes.length; i += 4) drawn.push(toHex(bytes.slice(i, i + 4)));
    };
    const conversation = new Conversation('client', { platform: { random }, limits: { maxPendingPongs: 1000 } });
    for (let i = 0; i < 300; i++) {
      conversation.connection.sendText('the same');
      conversation.receive(conversation.peer.ping());
    }
    const keys = conversation.sent.map(({ key }) => toHex(key!));
    assert.equal(keys.length, 600);
    assert.ok(new Set(keys).size > 590, 'a key is used again only by chance');
    assert.deepEqual(keys, drawn.slice(0, 600), 'each is one that the source gave, and none is used twice');
  });

  it('a client masks what goes out and leaves the bytes of its caller as they are', () => {
    const conversation = new Conversation('client');
    for (const length of [3, 20_000]) {
      const payload = octets(length);
      conversation.connection.sendMessage(payload, 'binary');
      assert.deepEqual(payload, octets(length));
      assert.deepEqual(conversation.sent.at(-1)!.payload, payload);
    }
  });

  it('"The payload length […] does NOT include the length of the masking key"', () => {
    const conversation = new Conversation('client', { platform: { random: (bytes) => bytes.fill(0) } });
    conversation.connection.sendText('Hello');
    assert.deepEqual(conversation.wire, hex`81 85 00 00 00 00 48 65 6c 6c 6f`);
  });
});

for (const role of roles) {
  describe(`RFC 6455 §5.4, a ${role}`, () => {
    it('"MUST support receiving both fragmented and unfragmented messages", "in the order sent by the sender"', () => {
      const conversation = new Conversation(role);
      const { peer } = conversation;
      expectReceives(conversation, peer.text('whole'), ['text', 'whole']);
      const parts = [peer.text('a', { fin: false }), peer.continuation('b', { fin: false }), peer.continuation('c')];
      expectReceives(conversation, concat(...parts), ['text', 'abc']);
    });

    it('takes the type of a message from its first fragment: "all fragments of a message are of the same type"', () => {
      const conversation = new Conversation(role);
      const { peer } = conversation;
      expectReceives(conversation, concat(peer.binary(hex`ff`, { fin: false }), peer.continuation(hex`fe`)), [
        'binary',
        'fffe',
      ]);
    });

    it('"Control frames themselves MUST NOT be fragmented": it fails for one that is', () => {
      for (const opcode of [0x8, 0x9, 0xa]) {
        const conversation = new Conversation(role);
        expectFails(conversation, conversation.peer.frame({ opcode, fin: false }), 'fragmented-control-frame');
      }
    });

    it('"Control frames themselves MUST NOT be fragmented": it sends none', () => {
      assert.ok(everyFrameSent(role).every(({ fin }) => fin));
    });

    it('"The fragments of one message MUST NOT be interleaved between the fragments of another message"', () => {
      for (const opcode of dataOpcodes) {
        for (const fin of [false, true]) {
          const conversation = new Conversation(role);
          const { peer } = conversation;
          const bytes = concat(peer.text('a', { fin: false }), peer.frame({ opcode, fin }));
          expectFails(conversation, bytes, 'message-inside-message');
        }
      }
    });

    it('a message begins with "an opcode other than 0": it fails for a continuation of nothing', () => {
      for (const fin of [false, true]) {
        const first = new Conversation(role);
        expectFails(first, first.peer.continuation('a', { fin }), 'continuation-without-start');
        const later = new Conversation(role);
        const { peer } = later;
        const over = concat(peer.text('a', { fin: false }), peer.continuation('b'));
        expectFails(later, concat(over, peer.continuation('c', { fin })), 'continuation-without-start');
      }
    });

    it('"MUST be capable of handling control frames in the middle of a fragmented message"', () => {
      const conversation = new Conversation(role);
      const { peer } = conversation;
      const bytes = concat(peer.text('a', { fin: false }), peer.ping(hex`01`), peer.pong(), peer.continuation('b'));
      expectReceives(conversation, bytes, ['sends', 'pong', '01'], ['ping', '01'], ['pong', ''], ['text', 'ab']);
      expectReceives(
        conversation,
        concat(peer.text('c', { fin: false }), peer.close(1000)),
        ['sends', 'close', '03e8'],
        ['close', 1000, ''],
      );
    });
  });

  describe(`RFC 6455 §5.6, a ${role}`, () => {
    it('takes in text of which "a particular text frame might include a partial UTF-8 sequence"', () => {
      const conversation = new Conversation(role);
      const bytes = utf8('a€👋');
      for (let cut = 0; cut <= bytes.length; cut++) {
        const { peer } = conversation;
        const frames = [peer.text(bytes.subarray(0, cut), { fin: false }), peer.continuation(bytes.subarray(cut))];
        expectReceives(conversation, concat(...frames), ['text', 'a€👋']);
      }
    });

    it('"the whole message MUST contain valid UTF-8": it sends nothing else', () => {
      const conversation = new Conversation(role);
      for (const [text, payload] of [
        ['a€👋', utf8('a€👋')],
        ['\ud83d', hex`ef bf bd`],
        ['\udc4b\ud83d', hex`ef bf bd ef bf bd`],
      ] as const) {
        expectSends(conversation, () => conversation.connection.sendText(text), { opcode: 0x1, payload });
      }
    });

    it('takes in binary data as it is: "arbitrary binary data"', () => {
      const conversation = new Conversation(role);
      expectReceives(conversation, conversation.peer.binary(hex`ff c0 80 ed a0`), ['binary', 'ffc080eda0']);
    });
  });
}

describe('RFC 6455 §5.7, the examples', () => {
  it('are received by a client: "Hello" whole, "Hello" in two fragments, a Ping, 256 bytes, 64 KiB', () => {
    const conversation = new Conversation('client');
    expectReceives(conversation, hex`81 05 48 65 6c 6c 6f`, ['text', 'Hello']);
    expectReceives(conversation, hex`01 03 48 65 6c 80 02 6c 6f`, ['text', 'Hello']);
    const payload = toHex(utf8('Hello'));
    expectReceives(conversation, hex`89 05 48 65 6c 6c 6f`, ['sends', 'pong', payload], ['ping', payload]);
    expectReceives(conversation, hex`82 7e 01 00 ${octets(256)}`, ['binary', toHex(octets(256))]);
    expectReceives(conversation, hex`82 7f 00 00 00 00 00 01 00 00 ${octets(65_536)}`, [
      'binary',
      toHex(octets(65_536)),
    ]);
  });

  it('are received by a server: "Hello" and a Pong, masked', () => {
    const conversation = new Conversation('server');
    expectReceives(conversation, hex`81 85 37 fa 21 3d 7f 9f 4d 51 58`, ['text', 'Hello']);
    expectReceives(conversation, hex`8a 85 37 fa 21 3d 7f 9f 4d 51 58`, ['pong', toHex(utf8('Hello'))]);
  });
});

for (const role of roles) {
  describe(`RFC 6455 §6, a ${role}`, () => {
    it('§6.1: "MUST ensure the WebSocket connection is in the OPEN state": it sends nothing in any other', () => {
      const conversation = new Conversation(role);
      conversation.connection.end();
      expectSilence(conversation, () => {
        assert.equal(conversation.connection.sendText('a'), false);
        assert.equal(conversation.connection.ping(), false);
        conversation.connection.close();
      });
    });

    it('§6.1: the opcode "MUST be set to the appropriate value" and "The FIN bit […] MUST be set to 1"', () => {
      const conversation = new Conversation(role);
      const { connection } = conversation;
      expectSends(conversation, () => connection.sendText('a'), { opcode: 0x1, fin: true });
      expectSends(conversation, () => connection.sendMessage(hex`61`, 'text'), { opcode: 0x1, fin: true });
      expectSends(conversation, () => connection.sendMessage(hex`61`, 'binary'), { opcode: 0x2, fin: true });
    });

    it('§6.2: "Subsequent data frames MUST be interpreted as belonging to a new WebSocket message"', () => {
      const conversation = new Conversation(role);
      const { peer } = conversation;
      const bytes = concat(
        peer.text('a', { fin: false }),
        peer.continuation('b'),
        peer.binary(hex`01`),
        peer.text('c'),
      );
      expectReceives(conversation, bytes, ['text', 'ab'], ['binary', '01'], ['text', 'c']);
    });
  });
}

describe('RFC 6455 §6.2, a server', () => {
  it('"MUST remove masking for data frames received from a client", with the key of each frame', () => {
    const conversation = new Conversation('server');
    for (const key of [hex`00 00 00 00`, hex`ff ff ff ff`, hex`80 00 00 01`, exampleKey]) {
      for (const length of [1, 4, 47, 48, 51, 200]) {
        expectReceives(conversation, buildFrame({ opcode: 2, payload: octets(length), key }), [
          'binary',
          toHex(octets(length)),
        ]);
      }
    }
  });
});

for (const role of roles) {
  describe(`RFC 6455 §8.1, a ${role}: "finds that the byte stream is not, in fact, a valid UTF-8 stream […] MUST _Fail"`, () => {
    for (const [what, sequence, impossibleAt] of [
      ['a lone tail', hex`80`, 0],
      ['an overlong form of two octets', hex`c0 af`, 0],
      ['an overlong form of three octets', hex`e0 80 af`, 1],
      ['an overlong form of four octets', hex`f0 80 80 af`, 1],
      ['a surrogate', hex`ed a0 80`, 1],
      ['a pair of surrogates', hex`ed a1 8c ed be b4`, 1],
      ['a code point beyond U+10FFFF', hex`f4 90 80 80`, 1],
      ['an octet that is never used', hex`fe`, 0],
      ['a lead followed by ASCII', hex`e2 82 41`, 2],
    ] as const) {
      it(`${what}, at its first impossible octet, while the rest of the frame is still under way`, () => {
        const text = concat(utf8('a€'), sequence, utf8('b'.repeat(100)));
        const conversation = new Conversation(role);
        const frame = conversation.peer.text(text);
        const bad = frame.length - text.length + 4 + impossibleAt;
        expectSilence(conversation, () => conversation.receive(frame.subarray(0, bad)));
        expectFails(conversation, frame.subarray(bad, bad + 1), 'text-not-utf8');
      });

      it(`${what}, in a later fragment, or cut by the end of one`, () => {
        for (let cut = 0; cut <= sequence.length; cut++) {
          const conversation = new Conversation(role);
          const { peer } = conversation;
          const start = peer.text(concat(utf8('é'), sequence.subarray(0, cut)), { fin: false });
          const rest = peer.continuation(concat(sequence.subarray(cut), utf8('b')), { fin: false });
          expectFails(conversation, concat(start, rest), 'text-not-utf8');
        }
      });
    }

    it('a message that ends within a character', () => {
      for (const part of [hex`c3`, hex`e2 82`, hex`f0 9f 91`]) {
        const whole = new Conversation(role);
        expectFails(whole, whole.peer.text(part), 'text-not-utf8');
        const fragmented = new Conversation(role);
        const { peer } = fragmented;
        expectFails(fragmented, concat(peer.text(part, { fin: false }), peer.continuation('')), 'text-not-utf8');
      }
    });

    it('and not for a message that is valid after one that was', () => {
      const conversation = new Conversation(role);
      const { peer } = conversation;
      expectReceives(
        conversation,
        concat(peer.text('\u{10ffff}'), peer.text('\ue000')),
        ['text', '\u{10ffff}'],
        ['text', '\ue000'],
      );
    });
  });
}
