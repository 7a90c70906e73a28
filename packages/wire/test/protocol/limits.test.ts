import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defaultLimits, type Limits, resolveLimits } from '../../src/protocol/limits.ts';
import { concat, hex, octets, toHex } from '../support/bytes.ts';
import { Conversation, expectFails, expectHappenings, expectReceives, roles } from '../support/expect-connection.ts';

describe('limits that are resolved', () => {
  it('are the defaults when none are given', () => {
    assert.deepEqual(resolveLimits(), defaultLimits);
    assert.deepEqual(resolveLimits({ maxFragments: undefined }), defaultLimits);
  });

  it('replace the defaults one by one', () => {
    assert.deepEqual(resolveLimits({ maxFragments: 7, maxPendingPongs: 1 }), {
      ...defaultLimits,
      maxFragments: 7,
      maxPendingPongs: 1,
    });
  });

  it('are looked at once, however many connections share them', () => {
    const resolved = resolveLimits({ maxFragments: 7 });
    assert.equal(resolveLimits(resolved), resolved);
  });

  it('let a frame be as large as a message unless it has a limit of its own', () => {
    assert.equal(resolveLimits({ maxMessageBytes: 64 << 20 }).maxFrameBytes, 64 << 20);
    assert.equal(resolveLimits({ maxMessageBytes: null }).maxFrameBytes, null);
    assert.equal(resolveLimits({ maxMessageBytes: null, maxFrameBytes: 10 }).maxFrameBytes, 10);
  });

  it('can be lifted by null where that is safe to say, and nowhere else', () => {
    for (const name of Object.keys(defaultLimits) as (keyof Limits)[]) {
      const lift = () => resolveLimits({ [name]: null });
      if (/^max(Message|Frame)Bytes$|^maxFragments$/.test(name)) assert.equal(lift()[name], null);
      else assert.throws(lift, { name: 'RangeError', message: `limits.${name} must be a positive integer, not null` });
    }
  });

  it('must be positive integers that have a name', () => {
    for (const value of [0, -1, 1.5, Number.NaN, Infinity, 2 ** 53, '8' as unknown as number]) {
      assert.throws(() => resolveLimits({ maxFragments: value }), { name: 'RangeError' });
    }
    assert.throws(() => resolveLimits({ maxPayload: 5 } as Partial<Limits>), /There is no limit "maxPayload"/);
  });
});

for (const role of roles) {
  describe(`RFC 6455 §10.4, what a ${role} lets its peer grow`, () => {
    it('is a frame of exactly maxFrameBytes, and one byte more fails by the header alone', () => {
      const limits = { maxFrameBytes: 130 };
      const fits = new Conversation(role, { limits });
      expectReceives(fits, fits.peer.binary(octets(130)), ['binary', toHex(octets(130))]);
      const over = new Conversation(role, { limits });
      expectFails(over, over.peer.frame({ opcode: 2, declared: 131 }), 'frame-too-large');
    });

    it('is a message of exactly maxMessageBytes over its fragments, and one byte more fails by the header alone', () => {
      const limits = { maxMessageBytes: 10 };
      const fits = new Conversation(role, { limits });
      const { peer } = fits;
      const start = peer.binary(octets(4), { fin: false });
      expectReceives(fits, concat(start, peer.continuation(octets(6))), [
        'binary',
        toHex(concat(octets(4), octets(6))),
      ]);
      // The next message starts from nothing.
      expectReceives(fits, peer.binary(octets(10)), ['binary', toHex(octets(10))]);
      expectReceives(fits, start);
      expectFails(fits, peer.continuation(hex``, { declared: 7 }), 'message-too-large');
    });

    it('is a message at first sight when only its frames have no limit', () => {
      const conversation = new Conversation(role, { limits: { maxMessageBytes: 10, maxFrameBytes: null } });
      expectFails(conversation, conversation.peer.binary(hex``, { declared: 11 }), 'message-too-large');
    });

    it('is a frame of 2^53 - 1 bytes by its header when all limits are lifted', () => {
      const limits = { maxMessageBytes: null, maxFrameBytes: null, maxFragments: null };
      const conversation = new Conversation(role, { limits });
      expectReceives(conversation, conversation.peer.binary(hex``, { declared: Number.MAX_SAFE_INTEGER }));
    });

    it('is maxFragments frames of one message, empty ones included', () => {
      const conversation = new Conversation(role, { limits: { maxFragments: 3 } });
      const { peer } = conversation;
      const twoFragments = concat(peer.text('', { fin: false }), peer.continuation('', { fin: false }));
      expectReceives(conversation, concat(twoFragments, peer.continuation('a')), ['text', 'a']);
      expectReceives(conversation, concat(twoFragments, peer.continuation('', { fin: false })));
      expectFails(conversation, peer.continuation(''), 'too-many-fragments');
    });

    it('is 4096 fragments by default', () => {
      const conversation = new Conversation(role);
      const { peer } = conversation;
      const fragment = peer.continuation('', { fin: false });
      expectReceives(conversation, concat(peer.text('', { fin: false }), ...Array<Uint8Array>(4095).fill(fragment)));
      expectFails(conversation, peer.continuation(''), 'too-many-fragments');
    });

    for (const maxFragments of [65_537, null]) {
      // Byte by byte where frames are the shortest, and that is enough.
      const chunk = role === 'client' ? 1 : 4096;
      it(`is a message of 65,537 fragments in chunks of ${chunk} when maxFragments is ${maxFragments}`, () => {
        const conversation = new Conversation(role, { limits: { maxFragments } });
        const { peer } = conversation;
        const bytes = concat(
          peer.binary(hex`5a`, { fin: false }),
          ...Array<Uint8Array>(65_535).fill(peer.continuation(hex`5a`, { fin: false })),
          peer.continuation(hex`5a`),
        );
        for (let at = 0; at < bytes.length; at += chunk) conversation.connection.receive(bytes.slice(at, at + chunk));
        expectHappenings(conversation, ['binary', '5a'.repeat(65_537)]);
      });
    }

    it('is memory in proportion to what has come, whatever a header declares', () => {
      const allocated: number[] = [];
      const allocate = (size: number) => {
        allocated.push(size);
        return new Uint8Array(size);
      };
      const conversation = new Conversation(role, { platform: { allocate } });
      conversation.receive(conversation.peer.binary(octets(10), { declared: 1 << 20 }));
      assert.deepEqual(allocated, [320]);
    });

    it('is nothing at all while a control frame is only announced', () => {
      const allocate = () => assert.fail('nothing has come to be kept');
      const conversation = new Conversation(role, { platform: { allocate } });
      conversation.receive(conversation.peer.frame({ opcode: 9, declared: 125 }));
    });

    it('is maxPendingPongs answers that wait, of a flood of Pings then only the newest', () => {
      const conversation = new Conversation(role, { limits: { maxPendingPongs: 3 } });
      const { connection, peer } = conversation;
      const pings = Array.from({ length: 10_000 }, (_, i) => peer.ping(Uint8Array.of(i >> 8, i & 0xff)));
      conversation.receive(concat(...pings));
      const pongs = () => conversation.sent.map((frame) => toHex(frame.payload));
      assert.deepEqual(pongs(), ['0000', '0001', '0002']);
      assert.equal(conversation.happenings.filter(([what]) => what === 'ping').length, 10_000);

      connection.outputFlushed();
      assert.deepEqual(pongs().slice(3), ['270f']);
      // That answer waits in its turn, and there is room for two more.
      conversation.receive(peer.ping(hex`aa`), peer.ping(hex`bb`), peer.ping(hex`cc`));
      assert.deepEqual(pongs().slice(4), ['aa', 'bb']);
      connection.outputFlushed();
      connection.outputFlushed();
      assert.deepEqual(pongs().slice(6), ['cc']);
    });

    it('is 16 waiting Pongs by default', () => {
      const conversation = new Conversation(role);
      conversation.receive(...Array<Uint8Array>(100).fill(conversation.peer.ping()));
      assert.equal(conversation.sent.length, 16);
    });
  });
}
