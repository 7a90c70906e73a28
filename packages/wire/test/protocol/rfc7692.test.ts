/**
 * RFC 7692 §6, the framing of compressed messages, clause by clause for both roles. Its negotiation (§5, §7.1) is in
 * permessage-deflate.test.ts, compression itself (§7.2) in test/socket.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LocalProtocolError } from '../../src/protocol/errors.ts';
import { concat, hex } from '../support/bytes.ts';
import {
  Conversation,
  expectFails,
  expectReceives,
  expectSends,
  expectSilence,
  roles,
} from '../support/expect-connection.ts';

/** RFC 7692 §7.2.3.1: "Hello", compressed. */
const hello = hex`f2 48 cd c9 c9 07 00`;
const helloHex = 'f248cdc9c90700';

for (const role of roles) {
  const compressing = () => new Conversation(role, { compression: true });

  describe(`RFC 7692 §6.1, a ${role} that sends`, () => {
    it('sets the "Per-Message Compressed" bit on a compressed message', () => {
      const conversation = compressing();
      const { connection } = conversation;
      expectSends(conversation, () => connection.sendMessage(hello, 'text', true), {
        opcode: 1,
        rsv: 4,
        fin: true,
        payload: hello,
      });
      expectSends(conversation, () => connection.sendMessage(hello, 'binary', true), {
        opcode: 2,
        rsv: 4,
        payload: hello,
      });
    });

    it('"MUST NOT set the "Per-Message Compressed" bit of control frames", nor of a message that is not compressed', () => {
      const conversation = compressing();
      const { connection, peer } = conversation;
      connection.sendText('a');
      connection.sendMessage(hex`01`, 'binary');
      connection.ping();
      connection.pong();
      conversation.receive(peer.ping());
      connection.close(1000);
      assert.deepEqual(
        conversation.sent.map(({ opcode }) => opcode),
        [1, 2, 9, 10, 10, 8],
      );
      assert.ok(conversation.sent.every(({ rsv }) => rsv === 0));
    });

    it('sends no compressed message where compression was not agreed on', () => {
      const conversation = new Conversation(role);
      expectSilence(conversation, () => {
        assert.throws(() => conversation.connection.sendMessage(hello, 'text', true), LocalProtocolError);
      });
    });
  });

  describe(`RFC 7692 §6.1, a ${role}: "An endpoint receiving such a frame MUST _Fail the WebSocket Connection_"`, () => {
    it('a control frame with the "Per-Message Compressed" bit', () => {
      for (const opcode of [0x8, 0x9, 0xa]) {
        const conversation = compressing();
        expectFails(conversation, conversation.peer.frame({ opcode, rsv: 4 }), 'compressed-control-frame');
      }
    });

    it('a fragment other than the first with that bit, whether the first had it or not', () => {
      for (const rsv of [0, 4]) {
        const conversation = compressing();
        const { peer } = conversation;
        const bytes = concat(peer.binary(hello, { rsv, fin: false }), peer.continuation(hex`00`, { rsv: 4 }));
        expectFails(conversation, bytes, 'compressed-continuation');
      }
    });

    it('a frame with RSV2 or RSV3, which the extension does not define', () => {
      for (const rsv of [1, 2, 3, 5, 6, 7]) {
        const conversation = compressing();
        expectFails(conversation, conversation.peer.binary(hello, { rsv }), 'reserved-bit-set');
      }
    });

    it('a compressed message where compression was not agreed on', () => {
      const conversation = new Conversation(role);
      expectFails(conversation, conversation.peer.text(hello, { rsv: 4 }), 'reserved-bit-set');
    });
  });

  describe(`RFC 7692 §6.2, a ${role} that receives`, () => {
    it('takes a message for compressed or not by the bit on its first frame alone', () => {
      const conversation = compressing();
      const { peer } = conversation;
      expectReceives(conversation, peer.text(hello, { rsv: 4 }), ['compressed text', helloHex]);
      expectReceives(conversation, peer.text('Hello'), ['text', 'Hello']);
      expectReceives(conversation, peer.binary(hello, { rsv: 4 }), ['compressed binary', helloHex]);
      expectReceives(conversation, peer.binary(hello), ['binary', helloHex]);
    });

    it('puts the fragments of a compressed message together before it is decompressed', () => {
      const conversation = compressing();
      const { peer } = conversation;
      const first = peer.text(hello.subarray(0, 3), { rsv: 4, fin: false });
      const bytes = concat(first, peer.continuation('', { fin: false }), peer.continuation(hello.subarray(3)));
      expectReceives(conversation, bytes, ['compressed text', helloHex]);
    });

    it('handles control frames between the fragments of a compressed message', () => {
      const conversation = compressing();
      const { peer } = conversation;
      const bytes = concat(
        peer.text(hello.subarray(0, 3), { rsv: 4, fin: false }),
        peer.ping(),
        peer.continuation(hello.subarray(3)),
      );
      expectReceives(conversation, bytes, ['sends', 'pong', ''], ['ping', ''], ['compressed text', helloHex]);
    });

    it('holds UTF-8 against a text that is not compressed, and not against compressed octets', () => {
      const conversation = compressing();
      const { peer } = conversation;
      expectReceives(conversation, peer.text(hex`ff fe`, { rsv: 4 }), ['compressed text', 'fffe']);
      expectFails(conversation, peer.text(hex`ff fe`), 'text-not-utf8');
    });
  });
}
