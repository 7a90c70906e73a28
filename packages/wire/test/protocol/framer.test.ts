import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LocalProtocolError } from '../../src/protocol/errors.ts';
import { opcodes } from '../../src/protocol/frame.ts';
import { type Frame, Framer, frameSize } from '../../src/protocol/framer.ts';
import { universalPlatform } from '../../src/protocol/platform.ts';
import type { Role } from '../../src/protocol/role.ts';
import { buildFrame, concat, exampleKey, hex, octets, readFrames, toHex, utf8 } from '../support/bytes.ts';

/** A framer whose masking keys are all that of the RFC's examples, unless `random` says otherwise. */
function framer(role: Role, random: (bytes: Uint8Array) => void = exampleKeys): Framer {
  return new Framer(role, { ...universalPlatform, random });
}

function exampleKeys(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; at += 4) bytes.set(exampleKey, at);
}

function onWire(frame: Frame): Uint8Array {
  return frame instanceof Uint8Array ? frame : concat(...frame);
}

const sizes = [0, 1, 125, 126, 127, 65_535, 65_536];

describe('RFC 6455 §5.7, frames of the examples', () => {
  it('are made by a server for "Hello" and by a client, masked', () => {
    assert.deepEqual(framer('server').text('Hello'), hex`81 05 48 65 6c 6c 6f`);
    assert.deepEqual(framer('client').text('Hello'), hex`81 85 37 fa 21 3d 7f 9f 4d 51 58`);
    assert.deepEqual(framer('server').control(opcodes.ping, utf8('Hello')), hex`89 05 48 65 6c 6c 6f`);
    assert.deepEqual(framer('client').control(opcodes.pong, utf8('Hello')), hex`8a 85 37 fa 21 3d 7f 9f 4d 51 58`);
  });
});

for (const role of ['client', 'server'] as const) {
  const key = role === 'client' ? exampleKey : undefined;

  describe(`RFC 6455 §5.2, a frame of a ${role}`, () => {
    it('carries text of any length behind the shortest header', () => {
      for (const length of sizes) {
        const frame = framer(role).text('x'.repeat(length));
        assert.deepEqual(onWire(frame), buildFrame({ opcode: 1, payload: new Uint8Array(length).fill(0x78), key }));
      }
    });

    it('carries text as UTF-8, a lone surrogate as U+FFFD', () => {
      for (const text of ['grüße €5 👋', `${'é'.repeat(62)}x`, 'é'.repeat(63), '\ud800', 'a\udfff']) {
        assert.deepEqual(onWire(framer(role).text(text)), buildFrame({ opcode: 1, payload: utf8(text), key }));
      }
    });

    it('carries a message of any length, and RSV1 when it is compressed', () => {
      for (const length of [...sizes, 32_767, 32_768]) {
        for (const compressed of [false, true]) {
          const payload = octets(length);
          const frame = framer(role).message(payload, opcodes.binary, compressed);
          const expected = buildFrame({ opcode: 2, rsv: compressed ? 4 : 0, payload: octets(length), key });
          assert.deepEqual(onWire(frame), expected);
          assert.equal(frameSize(frame), expected.length);
          assert.deepEqual(payload, octets(length), 'the payload of our caller was changed');
        }
      }
    });

    it('carries control payloads to 125 bytes and refuses longer ones to our caller', () => {
      const frame = framer(role).control(opcodes.ping, octets(125));
      assert.deepEqual(onWire(frame), buildFrame({ opcode: 9, payload: octets(125), key }));
      assert.throws(() => framer(role).control(opcodes.ping, octets(126)), LocalProtocolError);
    });
  });
}

for (const role of ['client', 'server'] as const) {
  describe(`frames that a ${role} makes back to back in one space`, () => {
    const spaceOf = (size: number) => ({ bytes: new Uint8Array(size), length: 0, frames: 0 });
    const texts = [
      '',
      'Hello',
      'grüße €5 👋',
      'x'.repeat(125),
      'x'.repeat(126),
      'é'.repeat(63),
      '€'.repeat(40_000),
      '\ud800',
    ];

    it('are those that it makes each for itself', () => {
      const space = spaceOf(400_000);
      const [together, alone] = [framer(role), framer(role)];
      const expected: Uint8Array[] = [];
      for (const text of texts) {
        assert.equal(together.textInto(space, text), true);
        expected.push(onWire(alone.text(text)));
        assert.equal(together.messageInto(space, utf8(text.slice(0, 5000)), opcodes.binary, true), true);
        expected.push(onWire(alone.message(utf8(text.slice(0, 5000)), opcodes.binary, true)));
      }
      assert.deepEqual(space.bytes.subarray(0, space.length), concat(...expected));
      assert.equal(space.frames, 2 * texts.length);
    });

    it('are none when there may not be the room, and the space stays as it was', () => {
      const made = framer(role);
      const full = { bytes: octets(100), length: 60, frames: 1 };
      assert.equal(made.textInto(full, 'x'.repeat(9)), false, '14 + 3 × 9 bytes may not fit in 40');
      assert.equal(made.messageInto(full, octets(39), opcodes.binary, false), false);
      assert.deepEqual(full, { bytes: octets(100), length: 60, frames: 1 });
      assert.equal(made.textInto(full, 'x'.repeat(8)), true);
      assert.equal(
        made.messageInto(spaceOf(50_000), octets(32_768), opcodes.binary, false),
        false,
        'large ones stand apart',
      );
    });
  });
}

describe('a large payload', () => {
  it('stands beside its header without a copy when it need not be masked', () => {
    const payload = octets(32_768);
    const frame = framer('server').message(payload, opcodes.binary, false);
    assert.ok(!(frame instanceof Uint8Array));
    assert.equal(frame[1], payload);
    assert.ok(framer('server').message(octets(32_767), opcodes.binary, false) instanceof Uint8Array);
    assert.ok(framer('client').message(payload, opcodes.binary, false) instanceof Uint8Array);
  });
});

describe('RFC 6455 §5.3, masking keys', () => {
  it('come from the random source, each used once, over as many frames as one likes', () => {
    const drawn: string[] = [];
    let counter = 0;
    const client = framer('client', (bytes) => {
      for (let at = 0; at < bytes.length; at += 4) {
        new DataView(bytes.buffer, bytes.byteOffset).setUint32(at, (counter += 0x9e3779b1));
        drawn.push(toHex(bytes.slice(at, at + 4)));
      }
    });
    const used: string[] = [];
    for (let i = 0; i < 300; i++) {
      for (const frame of [
        client.text('a'),
        client.message(hex`01`, opcodes.binary, false),
        client.control(opcodes.pong, hex``),
      ]) {
        used.push(toHex(readFrames(onWire(frame))[0]!.key!));
      }
    }
    assert.equal(new Set(used).size, 900);
    assert.deepEqual(used, drawn.slice(0, 900));
  });

  it('are never drawn by a server', () => {
    const server = framer('server', () => assert.fail('a server needs no keys'));
    server.text('a');
    server.message(hex`01`, opcodes.binary, false);
    server.control(opcodes.ping, hex``);
  });
});

describe('the framer of a connection', () => {
  it('is one for all of a server’s, and each client has its own', () => {
    assert.equal(Framer.of('server', universalPlatform), Framer.of('server', universalPlatform));
    assert.notEqual(Framer.of('server', universalPlatform), Framer.of('server', { ...universalPlatform }));
    assert.notEqual(Framer.of('client', universalPlatform), Framer.of('client', universalPlatform));
  });
});
