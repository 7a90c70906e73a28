import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { frameSize } from '../../src/protocol/framer.ts';
import { type DeflatedFrame, PreparedMessage, PreparedMessages } from '../../src/socket/prepared-message.ts';
import { octets, readFrames, toHex, utf8 } from '../support/bytes.ts';
import { noise } from '../support/payloads.ts';
import { ZlibInflater } from '../support/zlib-peer.ts';

const effort = { level: 6, memLevel: 5 };
const wordy = 'much the same, much the same, much the same';

function framed(made: DeflatedFrame | null): ReturnType<typeof readFrames>[number] {
  assert.ok(made?.frame instanceof Uint8Array);
  return readFrames(made.frame)[0]!;
}

describe('a message for many', () => {
  test('text is framed once, unmasked', () => {
    const message = new PreparedMessage('héllo');
    const [frame] = readFrames(message.frame as Uint8Array);
    assert.deepEqual(
      [frame!.opcode, frame!.rsv, frame!.key, toHex(frame!.payload)],
      [1, 0, undefined, toHex(utf8('héllo'))],
    );
    assert.deepEqual([message.size, toHex(message.payload)], [6, toHex(utf8('héllo'))]);
  });

  test('binary data may be any view', () => {
    const message = new PreparedMessage(new DataView(octets(10).buffer, 2, 3));
    assert.equal(toHex((message.frame as Uint8Array).subarray(2)), toHex(octets(10).subarray(2, 5)));
    assert.deepEqual([message.size, toHex(message.payload)], [3, toHex(octets(10).subarray(2, 5))]);
  });

  test('large data stands beside its header, uncopied', () => {
    const data = octets(40_000);
    const message = new PreparedMessage(data);
    assert.ok(!(message.frame instanceof Uint8Array));
    assert.equal(message.frame[1], data);
    assert.equal(message.payload, data);
    assert.equal(frameSize(message.frame), 40_004);
  });

  test('other values are refused', () => {
    assert.throws(() => new PreparedMessage(5 as never), TypeError);
  });

  test('data that its owner changes afterwards stays what it was, for the window of each peer as well', () => {
    const data = utf8(wordy);
    const message = new PreparedMessage(data);
    data.fill(0);
    assert.equal(Buffer.from(message.payload).toString(), wordy);
  });
});

describe('messages for many that go together', () => {
  test('stand in one piece of memory, frame by frame, whatever their sizes', () => {
    const large = octets(20_000);
    const messages = ['héllo', large, ''].map((data) => new PreparedMessage(data));
    const together = new PreparedMessages(messages);
    const payloads = readFrames(together.frame).map(({ payload }) => toHex(payload));
    assert.deepEqual(payloads, [toHex(utf8('héllo')), toHex(large), '']);
    assert.deepEqual([together.size, together.messages], [20_006, messages]);
  });
});

describe('a message for many, compressed', () => {
  test('is compressed once, without looking back, and any peer can read it', async () => {
    const message = new PreparedMessage(wordy);
    const made = message.deflated(11, effort) as DeflatedFrame;
    const frame = framed(made);
    assert.deepEqual([frame.opcode, frame.rsv], [1, 4]);
    const read = await new ZlibInflater({ windowBits: 11, takeover: false }).inflate(frame.payload);
    assert.equal(read.toString(), wordy);
    assert.equal((message.deflated(15, effort) as DeflatedFrame).frame, made.frame);
  });

  test('a peer with a smaller window than it was made with gets it plain', () => {
    const message = new PreparedMessage(wordy);
    assert.notEqual(message.deflated(11, effort), null);
    assert.equal(message.deflated(10, effort), null);
    assert.notEqual(message.deflated(11, effort), null);
  });

  for (const size of [300, 70_000]) {
    test(`${size} bytes that do not become fewer are sent plain, and compressed only once`, async () => {
      const message = new PreparedMessage(noise(size));
      const first = message.deflated(15, effort);
      assert.equal(await first, null);
      const spent = { ...effort, level: 42 }; // which zlib would refuse
      assert.equal(await message.deflated(15, spent), null);
    });
  }

  test('above 64 KiB it is compressed on a thread, once for all that ask', async () => {
    const message = new PreparedMessage('x'.repeat(70_000));
    const [first, second, small] = await Promise.all([15, 15, 9].map((bits) => message.deflated(bits, effort)));
    assert.ok(first && first === second);
    assert.equal(small, null);
    assert.equal(framed(first).rsv, 4);
  });

  test('when zlib fails, it is sent plain', async () => {
    assert.equal(await new PreparedMessage(wordy).deflated(15, { level: 42, memLevel: 5 }), null);
  });
});
