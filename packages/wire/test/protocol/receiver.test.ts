import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Limits, resolveLimits } from '../../src/protocol/limits.ts';
import { type Platform, universalPlatform } from '../../src/protocol/platform.ts';
import { Receiver } from '../../src/protocol/receiver.ts';
import type { Role } from '../../src/protocol/role.ts';
import { concat, type FrameParts, hex, octets, toHex, utf8 } from '../support/bytes.ts';
import { peerOf, roles } from '../support/expect-connection.ts';

type Event = readonly (string | number | boolean)[];

/** A receiver whose events are written down; `on` may act on each. */
function receiving(
  role: Role,
  options: {
    limits?: Partial<Limits>;
    compression?: boolean;
    platform?: Platform;
    on?: (event: Event, receiver: Receiver) => void;
  } = {},
): { receiver: Receiver; events: Event[]; receive: (...pieces: Uint8Array[]) => void } {
  const events: Event[] = [];
  const note = (...event: Event) => {
    events.push(event);
    options.on?.(event, receiver);
  };
  const receiver: Receiver = new Receiver(
    role,
    {
      text: (text, size) => {
        assert.equal(size, utf8(text).length);
        note('text', toHex(utf8(text)));
      },
      binary: (payload) => note('binary', toHex(payload)),
      compressed: (payload, kind) => note(`compressed ${kind}`, toHex(payload)),
    },
    {
      control: (opcode, payload) => note('control', opcode, toHex(payload)),
      violation: (violation) => note('violation', violation),
    },
    {
      limits: resolveLimits(options.limits),
      compression: options.compression ?? false,
      platform: options.platform ?? universalPlatform,
    },
  );
  const receive = (...pieces: Uint8Array[]) => {
    for (const piece of pieces) receiver.receive(piece.slice());
  };
  return { receiver, events, receive };
}

for (const role of roles) {
  const peer = peerOf(role);
  const hello = [['text', toHex(utf8('Hello'))]];

  describe(`RFC 6455 §6.2, what a ${role} receives`, () => {
    it('is a message as soon as its last byte has come', () => {
      const { events, receive } = receiving(role);
      const bytes = peer.text('Hello');
      receive(bytes.subarray(0, -1));
      assert.deepEqual(events, []);
      receive(bytes.subarray(-1));
      assert.deepEqual(events, hello);
    });

    it('is a message without bytes as soon as its header has come', () => {
      const { events, receive } = receiving(role);
      receive(peer.text(''), peer.binary(hex``));
      assert.deepEqual(events, [
        ['text', ''],
        ['binary', ''],
      ]);
    });

    it('is a message of each length form', () => {
      for (const length of [125, 126, 65_535, 65_536]) {
        const { events, receive } = receiving(role);
        receive(peer.binary(octets(length)));
        assert.deepEqual(events, [['binary', toHex(octets(length))]]);
      }
    });

    it('is a view of the chunk for a message that lies whole in it, and a copy for one in parts', () => {
      const payloads: Uint8Array[] = [];
      const events = {
        text: assert.fail,
        binary: (payload: Uint8Array) => payloads.push(payload),
        compressed: assert.fail,
      };
      const noControls = { control: assert.fail, violation: assert.fail };
      const options = { limits: resolveLimits(), compression: false, platform: universalPlatform };
      const receiver = new Receiver(role, events, noControls, options);
      const whole = peer.binary(hex`01 02`);
      receiver.receive(whole);
      assert.equal(payloads[0]!.buffer, whole.buffer);
      const tail = peer.binary(hex`01 02`).slice(-1);
      receiver.receive(peer.binary(hex`01 02`).slice(0, -1));
      receiver.receive(tail);
      assert.notEqual(payloads[1]!.buffer, tail.buffer);
      assert.deepEqual(payloads[1], hex`01 02`);
    });

    it("is the receiver's own copy when it is held of bytes that were lent", () => {
      const { events, receive, receiver } = receiving(role);
      const bytes = concat(peer.text('a'), peer.text('b'), peer.text('c').slice(0, -1));
      receiver.pause();
      receiver.receive(bytes, true);
      bytes.fill(0xff);
      receiver.resume();
      receive(peer.text('c').slice(-1));
      assert.deepEqual(events, [
        ['text', toHex(utf8('a'))],
        ['text', toHex(utf8('b'))],
        ['text', toHex(utf8('c'))],
      ]);
    });

    it('may be put where it is gathered, once enough of a large frame is awaited, and is the same message then', () => {
      const { events, receive, receiver } = receiving(role);
      const frame = peer.binary(octets(5000));
      assert.equal(receiver.landing(1), undefined);
      receive(frame.subarray(0, 1000));
      assert.equal(receiver.landing(5000), undefined);
      for (let at = 1000; at < frame.length; ) {
        const room = receiver.landing(1)!;
        assert.equal(room.length, frame.length - at);
        const part = frame.subarray(at, at + 1500);
        room.set(part);
        receiver.receive(room.subarray(0, part.length));
        at += part.length;
      }
      assert.deepEqual(events, [['binary', toHex(octets(5000))]]);
      assert.equal(receiver.landing(1), undefined);
    });

    it('is put nowhere else while parsing is paused, or of a control frame', () => {
      const { receive, receiver } = receiving(role);
      receive(peer.ping(octets(100)).subarray(0, 50));
      assert.equal(receiver.landing(1), undefined);
      receive(peer.ping(octets(100)).subarray(50), peer.binary(octets(500)).subarray(0, 50));
      assert.ok(receiver.landing(1) !== undefined);
      receiver.pause();
      assert.equal(receiver.landing(1), undefined);
    });

    it('is text of which the platform is told when it is nothing but ASCII, over all its parts', () => {
      const told: boolean[] = [];
      const platform: Platform = {
        ...universalPlatform,
        decodeUtf8: (bytes, start, end, ascii) => {
          told.push(ascii);
          return universalPlatform.decodeUtf8(bytes, start, end, ascii);
        },
      };
      const { events, receive } = receiving(role, { platform });
      receive(peer.text('aé'), peer.text('é', { fin: false }), peer.continuation('a'), peer.text('plain'));
      assert.deepEqual(told, [false, false, true]);
      assert.deepEqual(
        events.map(([, text]) => text),
        ['aé', 'éa', 'plain'].map((text) => toHex(utf8(text))),
      );
    });

    it('is too large, whatever the limits say, when it is longer than a string can be', () => {
      const platform: Platform = {
        ...universalPlatform,
        decodeUtf8: () => {
          throw new RangeError('no string is that long');
        },
      };
      const { events, receive } = receiving(role, { platform });
      receive(peer.text('a'));
      assert.deepEqual(events, [['violation', 'message-too-large']]);
    });

    it('is one message of many fragments, with control frames between them as they come', () => {
      const { events, receive } = receiving(role);
      receive(
        concat(
          peer.text('Hel', { fin: false }),
          peer.ping(hex`01`),
          peer.continuation('', { fin: false }),
          peer.pong(hex`02`),
          peer.continuation('lo'),
        ),
      );
      assert.deepEqual(events, [['control', 9, '01'], ['control', 10, '02'], ...hello]);
    });

    it('is a control frame in parts amid a fragment in parts, neither mixed with the other', () => {
      const { events, receive } = receiving(role);
      const bytes = concat(peer.text('Hel', { fin: false }), peer.ping(octets(20)), peer.continuation('lo'));
      for (const octet of bytes) receive(Uint8Array.of(octet));
      assert.deepEqual(events, [['control', 9, toHex(octets(20))], ...hello]);
    });

    it('is whatever a header in two chunks says, wherever it is cut', () => {
      const bytes = peer.binary(octets(65_536));
      for (let cut = 0; cut <= 16; cut++) {
        const { events, receive } = receiving(role);
        receive(bytes.subarray(0, cut), bytes.subarray(cut));
        assert.deepEqual(events, [['binary', toHex(octets(65_536))]]);
      }
    });
  });

  describe(`the frames that a ${role} refuses by their header`, () => {
    const control: FrameParts = { opcode: 9 };
    const wrongMask = role === 'server' ? undefined : hex`00 00 00 00`;
    for (const [violation, parts, compression] of [
      ['reserved-bit-set', { opcode: 1, rsv: 4 }, false],
      ['reserved-bit-set', { opcode: 1, rsv: 2 }, true],
      ['reserved-bit-set', { opcode: 1, rsv: 5 }, true],
      ['compressed-control-frame', { ...control, rsv: 4 }, true],
      ['compressed-continuation', { opcode: 0, rsv: 4 }, true],
      ['reserved-opcode', { opcode: 3 }, false],
      ['reserved-opcode', { opcode: 7 }, false],
      ['reserved-opcode', { opcode: 11 }, false],
      ['reserved-opcode', { opcode: 15 }, false],
      [
        role === 'server' ? 'unmasked-frame-from-client' : 'masked-frame-from-server',
        { opcode: 1, key: wrongMask },
        false,
      ],
      ['length-not-minimal', { opcode: 1, payload: octets(5), lengthOctets: 2 }, false],
      ['length-not-minimal', { ...control, lengthOctets: 8 }, false],
      ['fragmented-control-frame', { ...control, fin: false }, false],
      ['control-frame-too-long', { ...control, declared: 126 }, false],
      ['control-frame-too-long', { ...control, declared: 2n ** 63n }, false],
      ['length-too-large', { opcode: 2, declared: 2n ** 53n }, false],
      ['continuation-without-start', { opcode: 0 }, false],
      ['frame-too-large', { opcode: 2, declared: (1 << 20) + 1 }, false],
    ] as const satisfies readonly (readonly [string, FrameParts, boolean])[]) {
      it(`are ${violation}: ${JSON.stringify(parts, (_, value) => (typeof value === 'bigint' ? `${value}` : value))}`, () => {
        const { events, receive } = receiving(role, { compression });
        // Nothing of the message after it is looked at.
        receive(concat(peer.frame(parts), peer.text('Hello')), peer.text('Hello'));
        assert.deepEqual(events, [['violation', violation]]);
      });
    }

    it('are a new message within a message', () => {
      const { events, receive } = receiving(role);
      receive(peer.text('a', { fin: false }), peer.binary(hex`01`));
      assert.deepEqual(events, [['violation', 'message-inside-message']]);
    });

    it('are those beyond the limits of a message', () => {
      const tooLarge = receiving(role, { limits: { maxMessageBytes: 3 } });
      tooLarge.receive(peer.text('ab', { fin: false }), peer.continuation('cd'));
      assert.deepEqual(tooLarge.events, [['violation', 'message-too-large']]);
      const tooMany = receiving(role, { limits: { maxFragments: 1 } });
      tooMany.receive(peer.text('', { fin: false }), peer.continuation(''));
      assert.deepEqual(tooMany.events, [['violation', 'too-many-fragments']]);
    });

    it('are none when the limits are lifted', () => {
      const limits = { maxMessageBytes: null, maxFrameBytes: null, maxFragments: null };
      const { events, receive } = receiving(role, { limits });
      receive(peer.binary(hex``, { declared: Number.MAX_SAFE_INTEGER }));
      assert.deepEqual(events, []);
    });
  });

  describe(`RFC 6455 §8.1, text that a ${role} refuses`, () => {
    it('is refused at the first impossible octet, before the rest of the frame has come', () => {
      const { events, receive } = receiving(role);
      const bytes = peer.text(concat(utf8('ok'), hex`c0 80`, octets(100)));
      const header = bytes.length - 104;
      receive(bytes.subarray(0, header + 2));
      assert.deepEqual(events, []);
      receive(bytes.subarray(header + 2, header + 3));
      assert.deepEqual(events, [['violation', 'text-not-utf8']]);
    });

    it('may not end within a character, nor go on with ASCII there', () => {
      for (const frames of [
        peer.text(hex`e2 82`),
        concat(peer.text(hex`e2 82`, { fin: false }), peer.continuation('')),
        concat(peer.text(hex`e2 82`, { fin: false }), peer.continuation('plain')),
      ]) {
        const { events, receive } = receiving(role);
        receive(frames);
        assert.deepEqual(events, [['violation', 'text-not-utf8']]);
      }
    });

    it('is not binary', () => {
      const { events, receive } = receiving(role);
      receive(peer.binary(hex`ff fe`));
      assert.deepEqual(events, [['binary', 'fffe']]);
    });
  });

  describe(`RFC 7692 §6.2, compressed messages of which a ${role} receives the raw octets`, () => {
    it('carry RSV1 on the first frame alone, and are not checked for UTF-8', () => {
      const { events, receive } = receiving(role, { compression: true });
      receive(
        concat(
          peer.text(hex`ff`, { rsv: 4, fin: false }),
          peer.ping(),
          peer.continuation(hex`fe`),
          peer.binary(hex`01`, { rsv: 4 }),
          peer.text('Hello'),
        ),
      );
      assert.deepEqual(events, [
        ['control', 9, ''],
        ['compressed text', 'fffe'],
        ['compressed binary', '01'],
        ...hello,
      ]);
    });
  });

  describe(`a ${role}'s receiver that pauses`, () => {
    const three = concat(peer.text('1'), peer.ping(), peer.text('2'), peer.text('3'));
    const all = [
      ['text', '31'],
      ['control', 9, ''],
      ['text', '32'],
      ['text', '33'],
    ];
    const pauseOnMessages = (event: Event, receiver: Receiver) => event[0] === 'text' && receiver.pause();

    it('from within an event takes in no further frame until it resumes', () => {
      const { receiver, events, receive } = receiving(role, { on: pauseOnMessages });
      receive(three);
      assert.deepEqual(events, all.slice(0, 1));
      receiver.resume();
      assert.deepEqual(events, all.slice(0, 3));
      receiver.resume();
      assert.deepEqual(events, all);
      receiver.resume();
      receiver.resume();
      assert.deepEqual(events, all);
    });

    it('between two chunks keeps what comes, in order, also when a header was cut before', () => {
      for (let cut = 0; cut <= three.length; cut++) {
        const { receiver, events, receive } = receiving(role);
        receive(three.subarray(0, cut));
        const before = events.length;
        receiver.pause();
        for (const octet of three.subarray(cut)) receive(Uint8Array.of(octet));
        assert.equal(events.length, before);
        receiver.resume();
        assert.deepEqual(events, all);
      }
    });

    it('and resumes within the same event goes on as if nothing was', () => {
      const { events, receive } = receiving(role, {
        on: (_, receiver) => {
          receiver.pause();
          receiver.resume();
        },
      });
      receive(three);
      assert.deepEqual(events, all);
    });

    it('at the last frame of a chunk holds nothing, and takes the next chunk after it resumed', () => {
      const { receiver, events, receive } = receiving(role, { on: pauseOnMessages });
      receive(peer.text('1'));
      receiver.resume();
      receive(peer.text('2'));
      assert.equal(events.length, 2);
    });
  });

  describe(`a ${role}'s receiver that was stopped`, () => {
    it('takes in nothing any more, whether it was parsing, paused or within an event', () => {
      const within = receiving(role, { on: (_, receiver) => receiver.stop() });
      within.receive(concat(peer.text('1'), peer.text('2')), peer.text('3'));
      assert.equal(within.events.length, 1);

      const paused = receiving(role, { on: (_, receiver) => receiver.pause() });
      paused.receive(concat(peer.text('1'), peer.text('2')));
      paused.receiver.stop();
      paused.receiver.resume();
      paused.receiver.pause();
      paused.receiver.resume();
      paused.receive(peer.text('3'));
      assert.equal(paused.events.length, 1);
    });
  });
}
