import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Connection, type ConnectionEvents } from '../../src/protocol/connection.ts';
import { LocalProtocolError, RemoteProtocolError } from '../../src/protocol/errors.ts';
import type { Frame, FrameSpace } from '../../src/protocol/framer.ts';
import { buildFrame, closeBody, concat, hex, octets, readFrames, toHex, utf8 } from '../support/bytes.ts';
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

const ignore = () => {};
const noEvents: ConnectionEvents = {
  text: ignore,
  binary: ignore,
  compressed: ignore,
  ping: ignore,
  pong: ignore,
  closeReceived: ignore,
  output: ignore,
  failed: ignore,
};

describe('a connection without options', () => {
  it('stands on the universal platform and the default limits', () => {
    const frames: Uint8Array[] = [];
    const client = new Connection('client', { ...noEvents, output: (frame) => frames.push(frame as Uint8Array) });
    assert.equal(client.role, 'client');
    assert.equal(client.limits.maxFragments, 4096);
    client.sendText('Hello');
    assert.deepEqual(readFrames(frames[0]!)[0]!.payload, utf8('Hello'));
  });
});

for (const role of roles) {
  describe(`a ${role}'s connection that has a space for small messages`, () => {
    const connectionWith = (space: FrameSpace) => {
      const apart: Frame[] = [];
      const options = { compression: true };
      const connection = new Connection(
        role,
        { ...noEvents, space: () => space, output: (frame) => apart.push(frame) },
        options,
      );
      return { connection, apart };
    };

    it('makes them there in order', () => {
      const space = { bytes: new Uint8Array(100), length: 0, frames: 0 };
      const { connection, apart } = connectionWith(space);
      connection.sendText('é');
      connection.sendMessage(hex`c1`, 'binary', true);
      assert.deepEqual(
        readFrames(space.bytes.subarray(0, space.length)).map(({ opcode, rsv, payload }) => [
          opcode,
          rsv,
          toHex(payload),
        ]),
        [
          [1, 0, 'c3a9'],
          [2, 4, 'c1'],
        ],
      );
      assert.deepEqual(apart, []);
      connection.close();
      assert.equal(connection.sendText('a'), false);
      assert.equal(connection.sendMessage(hex`01`, 'binary'), false);
      assert.equal(space.frames, 2);
    });

    it('puts them out apart when it has no room', () => {
      const space = { bytes: new Uint8Array(3), length: 0, frames: 0 };
      const { connection, apart } = connectionWith(space);
      connection.sendText('a');
      connection.sendMessage(hex`01 02`, 'binary');
      assert.equal(apart.length, 2);
      assert.equal(space.frames, 0);
    });
  });

  describe(`a ${role}'s connection that is open`, () => {
    it('sends text, binary, Ping and Pong', () => {
      const conversation = new Conversation(role);
      const { connection } = conversation;
      const plain = { fin: true, rsv: 0 };
      expectSends(conversation, () => assert.ok(connection.sendText('é')), { ...plain, opcode: 1, payload: utf8('é') });
      expectSends(conversation, () => assert.ok(connection.sendMessage(hex`01`, 'binary')), {
        ...plain,
        opcode: 2,
        payload: hex`01`,
      });
      expectSends(conversation, () => assert.ok(connection.sendMessage(utf8('a'), 'text')), {
        ...plain,
        opcode: 1,
        payload: utf8('a'),
      });
      expectSends(conversation, () => assert.ok(connection.ping()), { ...plain, opcode: 9, payload: hex`` });
      expectSends(conversation, () => assert.ok(connection.ping(hex`02`)), { ...plain, opcode: 9, payload: hex`02` });
      expectSends(conversation, () => assert.ok(connection.pong()), { ...plain, opcode: 10, payload: hex`` });
      expectSends(conversation, () => assert.ok(connection.pong(hex`03`)), { ...plain, opcode: 10, payload: hex`03` });
      expectState(conversation, 'open');
      assert.equal(connection.closed, undefined);
    });

    it('receives messages, answers Pings by itself and reports Pongs', () => {
      const conversation = new Conversation(role);
      const { peer } = conversation;
      conversation.receive(peer.text('Hello'), peer.binary(hex`ff`), peer.ping(hex`01`), peer.pong(hex`02`));
      expectHappenings(
        conversation,
        ['text', 'Hello'],
        ['binary', 'ff'],
        ['sends', 'pong', '01'],
        ['ping', '01'],
        ['pong', '02'],
      );
    });

    it('passes compressed messages on as they are, in both directions, once compression was agreed on', () => {
      const conversation = new Conversation(role, { compression: true });
      expectReceives(conversation, conversation.peer.text(hex`c0`, { rsv: 4 }), ['compressed text', 'c0']);
      const send = () => conversation.connection.sendMessage(hex`c1`, 'text', true);
      expectSends(conversation, send, { opcode: 1, rsv: 4, payload: hex`c1` });
    });

    it('throws at a caller who sends what may not be sent, and stays open', () => {
      const conversation = new Conversation(role);
      const { connection } = conversation;
      expectSilence(conversation, () => {
        assert.throws(() => connection.ping(octets(126)), LocalProtocolError);
        assert.throws(() => connection.pong(octets(126)), LocalProtocolError);
        assert.throws(() => connection.close(1005), LocalProtocolError);
        assert.throws(() => connection.close(1000, 'x'.repeat(124)), LocalProtocolError);
        assert.throws(() => connection.failLocally(new Error('broken'), 1006), LocalProtocolError);
        assert.throws(() => connection.sendMessage(hex`01`, 'binary', true), LocalProtocolError);
      });
      expectState(conversation, 'open');
      expectReceives(conversation, conversation.peer.text('a'), ['text', 'a']);
    });

    it('pauses and resumes from within an event', () => {
      const conversation = new Conversation(role, {
        watch: ([what], { connection }) => what === 'text' && connection.pause(),
      });
      const { connection, peer } = conversation;
      expectReceives(conversation, concat(peer.text('1'), peer.ping(), peer.text('2')), ['text', '1']);
      connection.resume();
      expectHappenings(conversation, ['text', '1'], ['sends', 'pong', ''], ['ping', ''], ['text', '2']);
    });
  });

  describe(`RFC 6455 §7, a closing handshake that a ${role} starts`, () => {
    it('sends the code and the reason, takes in what the peer still sends, and ends clean', () => {
      const conversation = new Conversation(role);
      const { connection, peer } = conversation;
      expectSends(conversation, () => connection.close(4000, 'bye'), { opcode: 8, payload: closeBody(4000, 'bye') });
      expectState(conversation, 'closing-by-us');
      expectReceives(conversation, peer.text('late'), ['text', 'late']);
      expectReceives(conversation, peer.ping(hex`01`), ['sends', 'pong', '01'], ['ping', '01']);
      expectReceives(conversation, peer.close(4001, 'ok'), ['close', 4001, 'ok']);
      expectState(conversation, 'closing-by-us');
      expectCloses(conversation, {
        code: 4001,
        reason: 'ok',
        received: { code: 4001, reason: 'ok' },
        sent: { code: 4000, reason: 'bye' },
        clean: true,
        error: undefined,
      });
    });

    it('may have no code at all, which counts as 1005', () => {
      const conversation = new Conversation(role);
      expectSends(conversation, () => conversation.connection.close(), { opcode: 8, payload: hex`` });
      expectReceives(conversation, conversation.peer.close(), ['close', 1005, '']);
      expectCloses(conversation, { code: 1005, reason: '', sent: { code: 1005, reason: '' }, clean: true });
    });

    it('is started once and sends nothing after its Close frame', () => {
      const conversation = new Conversation(role);
      const { connection } = conversation;
      connection.close(1000);
      expectSilence(conversation, () => {
        connection.close(1001);
        assert.equal(connection.sendText('a'), false);
        assert.equal(connection.sendMessage(hex`01`, 'binary'), false);
        assert.equal(connection.ping(), false);
        assert.equal(connection.pong(), false);
      });
      assert.throws(() => connection.close(1005), LocalProtocolError, 'misuse stays misuse');
    });

    it('ends with 1006 when the stream ends before the answer, and keeps the error of the stream', () => {
      const conversation = new Conversation(role);
      conversation.connection.close(1000);
      const error = new Error('reset');
      const closed = conversation.connection.end(error);
      assert.deepEqual(closed, {
        code: 1006,
        reason: '',
        received: undefined,
        sent: { code: 1000, reason: '' },
        clean: false,
        error,
      });
      assert.equal(conversation.connection.end(), closed, 'a connection ends once');
      assert.equal(conversation.connection.closed, closed);
    });
  });

  describe(`RFC 6455 §5.5.1, a closing handshake that the peer of a ${role} starts`, () => {
    it('is answered with the same code, and nothing behind it is looked at', () => {
      const conversation = new Conversation(role);
      const { peer } = conversation;
      const bytes = concat(peer.close(1001, 'going'), peer.ping(), peer.text('more'));
      expectReceives(conversation, bytes, ['sends', 'close', toHex(closeBody(1001))], ['close', 1001, 'going']);
      expectState(conversation, 'closing-by-peer');
      expectSilence(conversation, () => {
        conversation.receive(peer.ping());
        conversation.connection.close(1000);
        conversation.connection.sendText('a');
      });
      expectCloses(conversation, { code: 1001, reason: 'going', sent: { code: 1001, reason: '' }, clean: true });
    });

    it('is answered without a code when it has none', () => {
      const conversation = new Conversation(role);
      expectReceives(conversation, conversation.peer.close(), ['sends', 'close', ''], ['close', 1005, '']);
    });

    it('leaves no Pong for later', () => {
      const conversation = new Conversation(role, { limits: { maxPendingPongs: 1 } });
      const { peer, connection } = conversation;
      conversation.receive(peer.ping(), peer.ping(hex`02`), peer.close());
      expectSilence(conversation, () => connection.outputFlushed());
    });
  });

  describe(`RFC 6455 §7.1.7, a ${role}'s connection that fails`, () => {
    it('for a Close frame that may not be', () => {
      const conversation = new Conversation(role);
      expectFails(conversation, conversation.peer.close(1006), 'close-code-not-allowed');
      assert.equal(conversation.connection.closed?.received, undefined);
    });

    it('for what the peer did tells it why once, and looks at nothing more', () => {
      const conversation = new Conversation(role);
      expectFails(conversation, conversation.peer.frame({ opcode: 3 }), 'reserved-opcode');
      expectSilence(conversation, () => conversation.connection.fail('text-not-utf8'));
    });

    it('for what a later stage found carries the detail in its error', () => {
      const conversation = new Conversation(role);
      conversation.connection.fail('compressed-data-corrupt', 'at octet 7');
      expectHappenings(conversation, ['sends', 'close', toHex(closeBody(1007))], ['fails', 'compressed-data-corrupt']);
      const { error } = expectCloses(conversation, { code: 1006, clean: false, sent: { code: 1007, reason: '' } });
      assert.ok(error instanceof RemoteProtocolError);
      assert.match(error.message, /at octet 7$/);
    });

    it('for a fault of our own says 1011 and nothing about it', () => {
      const conversation = new Conversation(role);
      const error = new Error('secret');
      conversation.connection.failLocally(error);
      expectHappenings(conversation, ['sends', 'close', toHex(closeBody(1011))], ['fails', 'secret']);
      expectState(conversation, 'closing-by-us');
      assert.equal(conversation.connection.end(new Error('reset')).error, error, 'the first fault is the reason');
    });

    it('for a fault of our own may say another code and a reason', () => {
      const conversation = new Conversation(role);
      conversation.connection.failLocally(new Error('slow'), 1013, 'too slow');
      expectHappenings(conversation, ['sends', 'close', toHex(closeBody(1013, 'too slow'))], ['fails', 'slow']);
    });

    it('after our Close frame sends no second one', () => {
      const conversation = new Conversation(role);
      conversation.connection.close(1000);
      expectReceives(conversation, conversation.peer.continuation('a'), ['fails', 'continuation-without-start']);
      expectCloses(conversation, { code: 1006, clean: false, sent: { code: 1000, reason: '' } });
    });

    it('after both Close frames crossed is not clean any more', () => {
      const conversation = new Conversation(role);
      conversation.receive(conversation.peer.close(1000));
      conversation.connection.fail('text-not-utf8');
      expectCloses(conversation, { code: 1000, clean: false });
    });

    it('leaves no Pong for later', () => {
      const conversation = new Conversation(role, { limits: { maxPendingPongs: 1 } });
      const { peer, connection } = conversation;
      conversation.receive(peer.ping(), peer.ping(hex`02`), peer.frame({ opcode: 3 }));
      expectSilence(conversation, () => connection.outputFlushed());
    });
  });

  describe(`a ${role}'s connection that has ended`, () => {
    it('without any Close frame was closed abnormally, with 1006', () => {
      const conversation = new Conversation(role);
      expectCloses(conversation, {
        code: 1006,
        reason: '',
        received: undefined,
        sent: undefined,
        clean: false,
        error: undefined,
      });
    });

    it('does nothing any more', () => {
      const conversation = new Conversation(role, { limits: { maxPendingPongs: 1 } });
      const { connection, peer } = conversation;
      conversation.receive(peer.ping(), peer.ping());
      connection.end();
      expectSilence(conversation, () => {
        conversation.receive(peer.text('a'));
        connection.outputFlushed();
        connection.resume();
        connection.close();
        connection.fail('reserved-opcode');
        assert.equal(connection.sendText('a'), false);
      });
    });
  });

  describe(`a ${role}'s Pong that has to wait`, () => {
    it('keeps its payload, even when the chunk it came in is a Buffer that is used again', () => {
      const conversation = new Conversation(role, { limits: { maxPendingPongs: 1 } });
      const { connection, peer } = conversation;
      const chunk = Buffer.from(concat(peer.ping(hex`01`), peer.ping(hex`02`)));
      connection.receive(chunk);
      chunk.fill(0xff);
      expectSends(conversation, () => connection.outputFlushed(), { opcode: 10, payload: hex`02` });
    });
  });
}

describe('a frame that was made once for many', () => {
  it('is sent by a server as it is, also in two parts, until it closes', () => {
    const conversation = new Conversation('server');
    const { connection } = conversation;
    const frame = buildFrame({ opcode: 2, payload: octets(300) });
    const parts = [frame.subarray(0, 4), frame.subarray(4)] as const;
    expectSends(conversation, () => assert.ok(connection.sendFrame(frame)), { opcode: 2, payload: octets(300) });
    expectSends(conversation, () => assert.ok(connection.sendFrame(parts)), { opcode: 2, payload: octets(300) });
    connection.close();
    expectSilence(conversation, () => assert.equal(connection.sendFrame(frame), false));
  });

  it('is refused to a client, who masks every frame anew', () => {
    const conversation = new Conversation('client');
    assert.throws(() => conversation.connection.sendFrame(buildFrame({ opcode: 2 })), LocalProtocolError);
  });
});
