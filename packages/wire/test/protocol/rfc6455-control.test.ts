/**
 * RFC 6455 §5.5 and §7, clause by clause: what an endpoint must and must not do with control frames and when it closes, for
 * both roles. Each test is named by its section and quotes the clause. Closing TCP itself is the socket's.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LocalProtocolError } from '../../src/protocol/errors.ts';
import { closeBody, concat, hex, octets, toHex } from '../support/bytes.ts';
import {
  Conversation,
  expectCloses,
  expectFails,
  expectHappenings,
  expectReceives,
  expectSends,
  expectSilence,
  expectState,
  roles,
} from '../support/expect-connection.ts';

const forbiddenCodes = [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535];
const allowedCodes = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999];

for (const role of roles) {
  describe(`RFC 6455 §5.5, a ${role}`, () => {
    it('"All control frames MUST have a payload length of 125 bytes or less": it takes 125 and fails for 126', () => {
      for (const opcode of [0x8, 0x9, 0xa]) {
        const payload = opcode === 0x8 ? closeBody(1000, 'x'.repeat(123)) : octets(125);
        const fits = new Conversation(role);
        fits.receive(fits.peer.frame({ opcode, payload }));
        assert.ok(!fits.happenings.some(([what]) => what === 'fails'));
        for (const declared of [126, 65_536]) {
          const over = new Conversation(role);
          expectFails(over, over.peer.frame({ opcode, declared }), 'control-frame-too-long');
        }
      }
    });

    it('"All control frames MUST have a payload length of 125 bytes or less": it sends no longer one', () => {
      const conversation = new Conversation(role);
      const { connection } = conversation;
      expectSilence(conversation, () => {
        assert.throws(() => connection.ping(octets(126)), LocalProtocolError);
        assert.throws(() => connection.pong(octets(126)), LocalProtocolError);
        assert.throws(() => connection.close(1000, 'x'.repeat(124)), LocalProtocolError);
        assert.throws(() => connection.close(1000, 'é'.repeat(62)), LocalProtocolError);
      });
      expectSends(conversation, () => connection.ping(octets(125)), { opcode: 9, payload: octets(125) });
      expectState(conversation, 'open');
    });
  });

  describe(`RFC 6455 §5.5.1, a ${role}`, () => {
    it('"If there is a body, the first two bytes of the body MUST be a 2-byte unsigned integer"', () => {
      const conversation = new Conversation(role);
      expectFails(
        conversation,
        conversation.peer.frame({ opcode: 0x8, payload: hex`03` }),
        'close-payload-of-one-byte',
      );
      const { connection } = new Conversation(role);
      assert.throws(() => connection.close(undefined, 'a reason alone'), LocalProtocolError);
    });

    it('takes in no reason but "UTF-8-encoded data", and sends none', () => {
      for (const reason of [hex`ff`, hex`c3`, hex`ed a0 80`, hex`c0 80`]) {
        const conversation = new Conversation(role);
        const payload = concat(closeBody(1000), reason);
        expectFails(conversation, conversation.peer.frame({ opcode: 0x8, payload }), 'close-reason-not-utf8');
      }
      const conversation = new Conversation(role);
      const payload = closeBody(1000, '\ufffd');
      expectSends(conversation, () => conversation.connection.close(1000, '\ud800'), { opcode: 0x8, payload });
    });

    it('"MUST NOT send any more data frames after sending a Close frame", whoever began and why', () => {
      const begin: ((conversation: Conversation) => void)[] = [
        ({ connection }) => connection.close(1000),
        (conversation) => conversation.receive(conversation.peer.close(1000)),
        (conversation) => conversation.receive(conversation.peer.frame({ opcode: 3 })),
        ({ connection }) => connection.failLocally(new Error('broken')),
      ];
      for (const act of begin) {
        const conversation = new Conversation(role);
        const { connection } = conversation;
        act(conversation);
        assert.equal(conversation.sent.at(-1)!.opcode, 0x8);
        expectSilence(conversation, () => {
          assert.equal(connection.sendText('a'), false);
          assert.equal(connection.sendMessage(hex`01`, 'binary'), false);
          assert.equal(connection.ping(), false);
          assert.equal(connection.pong(), false);
        });
      }
    });

    it('"If an endpoint receives a Close frame and did not previously send [one, it] MUST send a Close frame in response"', () => {
      for (const [payload, answer] of [
        [hex``, hex``],
        [closeBody(1000), closeBody(1000)],
        [closeBody(4999, 'a reason'), closeBody(4999)],
      ] as const) {
        const conversation = new Conversation(role);
        const receive = () => conversation.receive(conversation.peer.frame({ opcode: 0x8, payload }));
        expectSends(conversation, receive, { opcode: 0x8, payload: answer });
      }
    });

    it('sends one Close frame and no second one when both sides close at once', () => {
      const conversation = new Conversation(role);
      conversation.connection.close(1000);
      conversation.receive(conversation.peer.close(1001));
      conversation.connection.close(1002);
      expectHappenings(conversation, ['sends', 'close', toHex(closeBody(1000))], ['close', 1001, '']);
    });

    it('"After both sending and receiving a Close message, […] considers the WebSocket connection closed": it reads no more', () => {
      for (const first of ['ours', 'theirs']) {
        const conversation = new Conversation(role);
        const { peer } = conversation;
        if (first === 'ours') conversation.connection.close(1000);
        conversation.receive(peer.close(1000));
        assert.deepEqual(conversation.happenings.at(-1), ['close', 1000, '']);
        expectSilence(conversation, () => conversation.receive(peer.text('a'), peer.ping(), hex`ff ff`));
      }
    });
  });

  describe(`RFC 6455 §5.5.2, a ${role}`, () => {
    it('"Upon receipt of a Ping frame, an endpoint MUST send a Pong frame in response", also after its own Close', () => {
      const conversation = new Conversation(role);
      const { connection, peer } = conversation;
      expectSends(conversation, () => conversation.receive(peer.ping()), { opcode: 0xa });
      connection.close();
      expectSends(conversation, () => conversation.receive(peer.ping()), { opcode: 0xa });
    });

    it('"… unless it already received a Close frame"', () => {
      const conversation = new Conversation(role, { limits: { maxPendingPongs: 1 } });
      const { connection, peer } = conversation;
      conversation.receive(concat(peer.ping(hex`01`), peer.ping(hex`02`), peer.close(), peer.ping(hex`03`)));
      connection.outputFlushed();
      assert.deepEqual(
        conversation.sent.map(({ opcode }) => opcode),
        [0xa, 0x8],
      );
    });
  });

  describe(`RFC 6455 §5.5.3, a ${role}`, () => {
    it('"A Pong frame sent in response to a Ping frame must have identical "Application data""', () => {
      for (let length = 0; length <= 125; length++) {
        const conversation = new Conversation(role);
        const ping = () => conversation.receive(conversation.peer.ping(octets(length)));
        expectSends(conversation, ping, { opcode: 0xa, payload: octets(length) });
      }
    });

    it('"MAY elect to send a Pong frame for only the most recently processed Ping frame"', () => {
      const conversation = new Conversation(role, { limits: { maxPendingPongs: 1 } });
      const { connection, peer } = conversation;
      conversation.receive(peer.ping(hex`01`), peer.ping(hex`02`), peer.ping(hex`03`));
      connection.outputFlushed();
      assert.deepEqual(
        conversation.sent.map(({ payload }) => toHex(payload)),
        ['01', '03'],
      );
    });

    it('"A response to an unsolicited Pong frame is not expected": it gives none', () => {
      const conversation = new Conversation(role);
      expectReceives(conversation, conversation.peer.pong(hex`01`), ['pong', '01']);
    });
  });

  describe(`RFC 6455 §7, a ${role}`, () => {
    it('§7.1.2: "MUST send a Close control frame […] whose status code is set to /code/ and whose close reason is set to /reason/"', () => {
      const conversation = new Conversation(role);
      const payload = closeBody(3000, 'tschüß');
      expectSends(conversation, () => conversation.connection.close(3000, 'tschüß'), { opcode: 0x8, payload });
      expectState(conversation, 'closing-by-us');
    });

    it('§7.1.4: was closed cleanly only when "closed after the WebSocket closing handshake was completed"', () => {
      const clean = new Conversation(role);
      clean.receive(clean.peer.close(1000));
      expectCloses(clean, { clean: true });
      const half = new Conversation(role);
      half.connection.close(1000);
      expectCloses(half, { clean: false });
    });

    it('§7.1.5 and §7.1.6: ends with the code and the reason of the Close frame that came, or 1005, or 1006', () => {
      for (const [arrange, code, reason] of [
        [({ peer }: Conversation) => peer.close(4000, 'why'), 4000, 'why'],
        [({ peer }: Conversation) => peer.close(4000), 4000, ''],
        [({ peer }: Conversation) => peer.close(), 1005, ''],
        [() => hex``, 1006, ''],
      ] as const) {
        const conversation = new Conversation(role);
        conversation.connection.close(1000, 'ours');
        conversation.receive(arrange(conversation));
        expectCloses(conversation, { code, reason, sent: { code: 1000, reason: 'ours' } });
      }
    });

    it('§7.1.7: "MUST NOT continue to attempt to process data (including a responding Close frame)"', () => {
      const conversation = new Conversation(role);
      const { peer } = conversation;
      const bytes = concat(peer.text('before'), peer.continuation('x'), peer.text('after'), peer.close(1000));
      const refusal = ['sends', 'close', toHex(closeBody(1002))];
      expectReceives(conversation, bytes, ['text', 'before'], refusal, ['fails', 'continuation-without-start']);
      expectSilence(conversation, () => conversation.receive(peer.close(1000), peer.ping()));
      expectCloses(conversation, { code: 1006, received: undefined, clean: false });
    });

    it('§7.2.1: a transport that "is unexpectedly lost" ends it abnormally, with what broke it', () => {
      const conversation = new Conversation(role);
      const error = new Error('ECONNRESET');
      conversation.receive(conversation.peer.binary(octets(10), { declared: 11 }));
      assert.deepEqual(conversation.connection.end(error).error, error);
      expectCloses(conversation, { code: 1006, clean: false, error });
    });

    it('§7.4.1: a code that "MUST NOT be set as a status code in a Close control frame" is refused to our caller', () => {
      for (const code of forbiddenCodes) {
        const conversation = new Conversation(role);
        expectSilence(conversation, () => {
          assert.throws(() => conversation.connection.close(code), LocalProtocolError, `${code}`);
          assert.throws(() => conversation.connection.failLocally(new Error('broken'), code), LocalProtocolError);
        });
        expectState(conversation, 'open');
      }
    });

    it('§7.4: a code that must not be in a Close frame makes it fail, and the others are passed on', () => {
      for (const code of forbiddenCodes) {
        const conversation = new Conversation(role);
        expectFails(conversation, conversation.peer.close(code), 'close-code-not-allowed');
      }
      for (const code of allowedCodes) {
        const conversation = new Conversation(role);
        const answer = ['sends', 'close', toHex(closeBody(code))];
        expectReceives(conversation, conversation.peer.close(code, 'why'), answer, ['close', code, 'why']);
        const sending = new Conversation(role);
        expectSends(sending, () => sending.connection.close(code), { opcode: 0x8, payload: closeBody(code) });
      }
    });
  });
}
