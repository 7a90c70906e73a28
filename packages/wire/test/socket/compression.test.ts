import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Role } from '../../src/protocol/role.ts';
import { Compression } from '../../src/socket/compression.ts';
import { PreparedMessage } from '../../src/socket/prepared-message.ts';
import { readFrames, utf8 } from '../support/bytes.ts';
import { feed, noise, numbers } from '../support/payloads.ts';
import { until } from '../support/pipe.ts';
import { agreement } from '../support/socket-peer.ts';
import { ZlibInflater } from '../support/zlib-peer.ts';

interface Sent {
  readonly kind: 'text' | 'binary';
  readonly compressed: boolean;
  readonly payload: Uint8Array;
}

interface Setup {
  readonly role?: Role;
  readonly threshold?: number;
  readonly level?: number;
  readonly windowBits?: number;
}

/** A compression and what came out of it. */
function compressing(setup: Setup = {}): { compression: Compression; sent: Sent[] } {
  const { role = 'server', threshold = 100, level = 6, windowBits = 11 } = setup;
  const sent: Sent[] = [];
  const compression = new Compression(
    role,
    { ...agreement, serverMaxWindowBits: windowBits },
    { threshold, level, memLevel: 5 },
    null,
    {
      sendText: (text) => sent.push({ kind: 'text', compressed: false, payload: utf8(text) }),
      sendMessage: (payload, kind, compressed) => sent.push({ kind, compressed, payload: new Uint8Array(payload) }),
      sendFrame: (frame) => {
        const bytes = frame instanceof Uint8Array ? frame : Buffer.concat(frame);
        const [{ opcode, rsv, payload }] = readFrames(bytes) as [ReturnType<typeof readFrames>[number]];
        sent.push({ kind: opcode === 1 ? 'text' : 'binary', compressed: rsv === 4, payload });
      },
    },
  );
  return { compression, sent };
}

/** What a peer with one streaming inflater reads from all that was sent. */
async function readBy(sent: readonly Sent[], windowBits = 11): Promise<Buffer[]> {
  const inflater = new ZlibInflater({ windowBits, takeover: true });
  const messages: Buffer[] = [];
  for (const { compressed, payload } of sent)
    messages.push(Buffer.from(compressed ? await inflater.inflate(payload) : payload));
  return messages;
}

const wordy = (length: number, seed = 1): Uint8Array => feed(length, numbers(seed));

describe('which messages are compressed', () => {
  const long = 'word '.repeat(50);
  for (const [what, message, compress, compressed] of [
    ['below the threshold: no', 'word '.repeat(10), undefined, false],
    ['from the threshold on: yes', 'w'.repeat(100), undefined, true],
    ['below, but asked for: yes', 'word '.repeat(10), true, true],
    ['above, but asked not to: no', long, false, false],
    ['what would become larger: no', 'abc', true, false],
    ['nothing at all: no', '', true, false],
  ] as const) {
    test(what, () => {
      for (const data of [message, utf8(message)]) {
        const { compression, sent } = compressing();
        compression.send(data, compress);
        assert.deepEqual([sent.length, sent[0]!.compressed], [1, compressed]);
        assert.equal(sent[0]!.kind, typeof data === 'string' ? 'text' : 'binary');
      }
      const { compression, sent } = compressing();
      compression.sendPrepared(new PreparedMessage(message), compress);
      assert.deepEqual([sent.length, sent[0]!.compressed], [1, compressed]);
    });
  }

  test('text is measured in bytes', () => {
    const { compression, sent } = compressing();
    compression.send('東'.repeat(34), undefined);
    assert.equal(sent[0]!.compressed, true);
  });
});

describe('the window of the peer', () => {
  test('is followed through messages of all sorts: small, large, plain, incompressible, made for many', async () => {
    const { compression, sent } = compressing();
    const messages: Uint8Array[] = [];
    const random = numbers(9);
    for (let i = 0; i < 200; i++) {
      const size = i % 40 === 7 ? 80_000 : 20 + Math.floor(2000 * random.next().value ** 2);
      const message = i % 11 === 5 ? noise(size, random) : wordy(size, i % 9);
      messages.push(message);
      if (i % 3 === 0) compression.sendPrepared(new PreparedMessage(message), undefined);
      else compression.send(message, i % 13 === 0 ? false : undefined);
      if (i % 50 === 49) await until(() => !compression.sequence.held);
    }
    await until(() => sent.length === messages.length);
    const read = await readBy(sent);
    for (const [i, message] of messages.entries()) assert.equal(Buffer.compare(read[i]!, message), 0, `message ${i}`);
    assert.ok(sent.some(({ compressed }) => !compressed) && sent.filter(({ compressed }) => compressed).length > 100);
  });

  test('a message for many enters the window of each', async () => {
    const { compression, sent } = compressing();
    const message = noise(300);
    const prepared = new PreparedMessage(Buffer.concat([message, message]));
    compression.sendPrepared(prepared, undefined);
    compression.send(message, undefined);
    assert.ok(sent[1]!.payload.length < 30);
    assert.equal(Buffer.compare((await readBy(sent))[1]!, message), 0);
  });

  test('a peer with too small a window for what was made for many gets it plain, and its window stays as it was', async () => {
    const prepared = new PreparedMessage(wordy(1000));
    const [wide, narrow] = [compressing({ windowBits: 11 }), compressing({ windowBits: 9 })];
    for (const { compression } of [wide, narrow]) {
      compression.sendPrepared(prepared, undefined);
      compression.send(wordy(1000), undefined);
    }
    assert.deepEqual(
      narrow.sent.map(({ compressed }) => compressed),
      [false, true],
    );
    assert.deepEqual(
      wide.sent.map(({ compressed }) => compressed),
      [true, true],
    );
    for (const [sent, bits] of [
      [narrow.sent, 9],
      [wide.sent, 11],
    ] as const) {
      for (const message of await readBy(sent, bits)) assert.equal(Buffer.compare(message, wordy(1000)), 0);
    }
  });

  test('each role compresses in its own window', async () => {
    for (const role of ['server', 'client'] as const) {
      const { compression, sent } = compressing({ role, windowBits: 15 });
      const far = noise(10_000);
      compression.send(Buffer.concat([far, far]), true);
      // 10,000 bytes lie within the server's window of 32 KiB, and out of the client's of 2 KiB.
      assert.equal(sent[0]!.compressed, role === 'server');
    }
  });
});

describe("a message on zlib's threads", () => {
  test('holds back what comes after it, and counts until it has left', async () => {
    const { compression, sent } = compressing();
    compression.send(wordy(70_000), undefined);
    compression.send('small', undefined);
    compression.sendPrepared(new PreparedMessage('made for many'), undefined);
    assert.deepEqual([sent.length, compression.sequence.bytes, compression.sequence.length], [0, 70_018, 2]);
    await until(() => sent.length === 3);
    assert.deepEqual([compression.sequence.bytes, compression.sequence.held], [0, false]);
    const read = await readBy(sent);
    assert.deepEqual([read[0]!.length, read[1]!.toString(), read[2]!.toString()], [70_000, 'small', 'made for many']);
  });

  test('one after the other, made for many or not, text or binary', async () => {
    const { compression, sent } = compressing();
    const prepared = new PreparedMessage(wordy(90_000, 2));
    const text = Buffer.from(wordy(66_000, 1)).toString('latin1');
    compression.sendPrepared(prepared, undefined);
    compression.send(text, undefined);
    compression.sendPrepared(prepared, undefined);
    await until(() => sent.length === 3);
    const read = await readBy(sent);
    assert.deepEqual(
      sent.map(({ kind }) => kind),
      ['binary', 'text', 'binary'],
    );
    assert.equal(Buffer.compare(read[0]!, wordy(90_000, 2)), 0);
    assert.equal(read[1]!.toString(), text);
    assert.equal(Buffer.compare(read[2]!, wordy(90_000, 2)), 0);
  });

  test('is what it was when it was sent, whatever its owner does to it, and what waits behind it as well', async () => {
    const { compression, sent } = compressing();
    const [large, small] = [wordy(70_000), wordy(500, 3)];
    compression.send(large, undefined);
    compression.send(small, undefined);
    large.fill(0);
    small.fill(0);
    // Zeros, which is what a window that followed the owner's changes would refer to.
    compression.send(new Uint8Array(500), undefined);
    await until(() => sent.length === 3);
    const read = await readBy(sent);
    for (const [i, message] of [wordy(70_000), wordy(500, 3), new Uint8Array(500)].entries()) {
      assert.equal(Buffer.compare(read[i]!, message), 0, `message ${i}`);
    }
  });

  test('that does not become smaller is sent plain, in its place', async () => {
    const { compression, sent } = compressing();
    compression.send(noise(70_000), undefined);
    compression.send(wordy(500), undefined);
    await until(() => sent.length === 2);
    assert.deepEqual(
      sent.map(({ compressed }) => compressed),
      [false, true],
    );
    assert.equal(Buffer.compare((await readBy(sent))[1]!, wordy(500)), 0);
  });
});

describe('when zlib fails', () => {
  for (const size of [500, 70_000]) {
    test(`a message of ${size} bytes still goes out, as it is and in order`, async () => {
      const { compression, sent } = compressing({ level: 42 });
      compression.send(wordy(size), undefined);
      compression.send('after', undefined);
      compression.sendPrepared(new PreparedMessage(wordy(size)), undefined);
      await until(() => sent.length === 3);
      assert.deepEqual(
        sent.map(({ compressed }) => compressed),
        [false, false, false],
      );
      assert.deepEqual(
        sent.map(({ payload }) => payload.length),
        [size, 5, size],
      );
    });
  }
});
