import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import zlib from 'node:zlib';
import type { FrameViolation } from '../../src/protocol/violations.ts';
import { type DeflateDirection, deflateMessage, MessageDeflater, MessageInflater } from '../../src/socket/deflate.ts';
import { freshZlib } from '../../src/socket/fresh-zlib.ts';
import { KeptZlib } from '../../src/socket/kept-zlib.ts';
import { concat, hex, toHex, utf8 } from '../support/bytes.ts';
import { feed, noise, numbers } from '../support/payloads.ts';
import { ZlibDeflater, ZlibInflater } from '../support/zlib-peer.ts';

const effort = { level: 6, memLevel: 5 };
const none = Number.MAX_SAFE_INTEGER;
const takeover: DeflateDirection = { windowBits: 15, takeover: true };
const alone: DeflateDirection = { windowBits: 15, takeover: false };
const windows = [8, 9, 10, 11, 12, 13, 14, 15];

async function inflated(result: ReturnType<MessageInflater['inflate']>): Promise<string | FrameViolation> {
  const settled = await result;
  return typeof settled === 'string' ? settled : toHex(settled);
}

describe('RFC 7692 §7.2.3, the examples', () => {
  const hello = toHex(utf8('Hello'));
  const inflate = (payload: Uint8Array) => inflated(new MessageInflater(alone, none).inflate(payload));

  test('§7.2.3.1: one block', async () => {
    assert.equal(await inflate(hex`f2 48 cd c9 c9 07 00`), hello);
    assert.equal(toHex(await new MessageDeflater(alone, effort).deflate(utf8('Hello'))), 'f248cdc9c90700');
  });

  test('§7.2.3.2: the window is shared by two messages', async () => {
    const inflater = new MessageInflater(takeover, none);
    assert.equal(await inflated(inflater.inflate(hex`f2 48 cd c9 c9 07 00`)), hello);
    assert.equal(await inflated(inflater.inflate(hex`f2 00 11 00 00`)), hello);

    const deflater = new MessageDeflater(takeover, effort);
    assert.equal(toHex(await deflater.deflate(utf8('Hello'))), 'f248cdc9c90700');
    deflater.sent(utf8('Hello'));
    // The example's own f2 00 11 00 00 or another form of the same reference.
    const second = await deflater.deflate(utf8('Hello'));
    assert.ok(second.length < 7, toHex(second));
    assert.equal(toHex(await new ZlibPair().inflate(second)), hello);
  });

  test('§7.2.3.2: without takeover the second message stands for itself', async () => {
    const inflater = new MessageInflater(alone, none);
    assert.equal(await inflated(inflater.inflate(hex`f2 48 cd c9 c9 07 00`)), hello);
    assert.equal(await inflated(inflater.inflate(hex`f2 00 11 00 00`)), 'compressed-data-corrupt');
  });

  test('§7.2.3.3: a block without compression', async () => {
    assert.equal(await inflate(hex`00 05 00 fa ff 48 65 6c 6c 6f 00`), hello);
  });

  test('§7.2.3.4: a block with BFINAL set', async () => {
    assert.equal(await inflate(hex`f3 48 cd c9 c9 07 00 00`), hello);
  });

  test('§7.2.3.5: two blocks', async () => {
    assert.equal(await inflate(hex`f2 48 05 00 00 00 ff ff ca c9 c9 07 00`), hello);
  });

  test('§7.2.3.6: an empty message', async () => {
    assert.equal(await inflate(hex`00`), '');
    assert.equal(toHex(await new MessageDeflater(alone, effort).deflate(new Uint8Array(0))), '00');
  });
});

/** A peer that has read the first "Hello". */
class ZlibPair {
  readonly #inflater = new ZlibInflater({ windowBits: 15, takeover: true });

  async inflate(second: Uint8Array): Promise<Uint8Array> {
    await this.#inflater.inflate(hex`f2 48 cd c9 c9 07 00`);
    return this.#inflater.inflate(second);
  }
}

for (const [named, inTurn] of [
  ['kept', new KeptZlib()],
  ['fresh', freshZlib],
] as const)
  describe(`beside a streaming zlib on the other side, ours being ${named}`, () => {
    for (const windowBits of windows) {
      for (const shared of [true, false]) {
        const direction = { windowBits, takeover: shared };
        const named = `a window of ${windowBits} bits ${shared ? 'with' : 'without'} context takeover`;

        test(`what we compress with ${named} is read`, async () => {
          const random = numbers(windowBits);
          const [ours, theirs] = [new MessageDeflater(direction, effort, inTurn), new ZlibInflater(direction)];
          for (const size of [1, 40, 300, 255, 256, 257, 2000, 511, 70_000, 3, 900, 60]) {
            const message = feed(size, random);
            const deflated = await ours.deflate(message);
            ours.sent(message);
            assert.equal(Buffer.compare(await theirs.inflate(deflated), message), 0, `${size} bytes`);
          }
        });

        test(`what it compresses with ${named} is read`, async () => {
          const random = numbers(windowBits + 100);
          const [ours, theirs] = [new MessageInflater(direction, none, inTurn), new ZlibDeflater(direction)];
          for (const size of [1, 40, 300, 255, 256, 257, 2000, 511, 90_000, 3, 900, 60]) {
            const message = feed(size, random);
            const result = await ours.inflate(await theirs.deflate(message));
            assert.ok(typeof result !== 'string', `${size} bytes: ${result}`);
            assert.equal(Buffer.compare(result, message), 0, `${size} bytes`);
          }
        });
      }
    }

    test('a thousand messages of 16 B to 128 KiB stay in step, in both directions', async () => {
      const random = numbers(7);
      const direction = { windowBits: 11, takeover: true };
      const ours = {
        out: new MessageDeflater(direction, { level: 1, memLevel: 5 }, inTurn),
        in: new MessageInflater(direction, none, inTurn),
      };
      const theirs = { out: new ZlibDeflater(direction), in: new ZlibInflater(direction) };
      const pool = feed(160_000, random);
      for (let i = 0; i < 1000; i++) {
        // Small ones are the most frequent, as they are in life.
        const size = Math.floor(16 * 8192 ** (random.next().value ** 4));
        const at = Math.floor(random.next().value * (pool.length - size));
        const message = pool.subarray(at, at + size);
        const deflated = await ours.out.deflate(message);
        ours.out.sent(message);
        assert.equal(Buffer.compare(await theirs.in.inflate(deflated), message), 0, `message ${i}, ${size} bytes, out`);
        if (i % 3 !== 0) continue;
        const result = await ours.in.inflate(await theirs.out.deflate(message));
        assert.ok(
          typeof result !== 'string' && Buffer.compare(result, message) === 0,
          `message ${i}, ${size} bytes, in`,
        );
      }
    });
  });

describe('compressing', () => {
  test('up to 64 KiB it is done in turn, above on a thread', async () => {
    const deflater = new MessageDeflater(alone, effort);
    assert.ok(deflater.deflate(new Uint8Array(65_536)) instanceof Uint8Array);
    const large = deflater.deflate(new Uint8Array(65_537));
    assert.ok(large instanceof Promise);
    assert.ok((await large).length < 200);
  });

  test('what was not sent compressed is not referred to', async () => {
    const deflater = new MessageDeflater(takeover, effort);
    const message = noise(200, numbers(3));
    const first = await deflater.deflate(message);
    assert.ok((await deflater.deflate(message)).length >= first.length);
    deflater.sent(message);
    assert.ok((await deflater.deflate(message)).length < 20);
  });

  test('a message looks back at eight times its size, and at 4 KiB at least', async () => {
    const far = noise(200, numbers(3));
    // Of its window, 262 bytes are out of zlib's reach.
    for (const [size, between, found] of [
      [200, 4096 - 262 - 200, true],
      [200, 4096, false],
      [1000, 8192 - 262 - 200, true],
      [1000, 8192, false],
    ] as const) {
      const deflater = new MessageDeflater(takeover, effort);
      deflater.sent(concat(far, new Uint8Array(between)));
      const deflated = await deflater.deflate(concat(far, new Uint8Array(size - far.length)));
      assert.equal(deflated.length < 50, found, `${size} bytes, ${between} bytes later: ${deflated.length}`);
    }
  });

  test('without takeover nothing is referred to', async () => {
    const deflater = new MessageDeflater(alone, effort);
    const message = noise(200, numbers(3));
    deflater.sent(message);
    assert.ok((await deflater.deflate(message)).length >= 200);
  });

  test('any bytes can stand for the window', async () => {
    const dictionary = utf8('a window');
    const deflated = await deflateMessage(utf8('a window, seen again'), 15, effort, dictionary);
    const plain = zlib.inflateRawSync(concat(deflated, hex`00 00 ff ff`), {
      dictionary,
      finishFlush: zlib.constants.Z_SYNC_FLUSH,
    });
    assert.equal(plain.toString(), 'a window, seen again');
  });

  for (const size of [5, 70_000]) {
    test(`when zlib fails at ${size} bytes, that is a rejected promise`, async () => {
      const failing = deflateMessage(new Uint8Array(size), 15, { level: 42, memLevel: 5 });
      assert.ok(failing instanceof Promise);
      await assert.rejects(failing, RangeError);
    });
  }
});

describe('inflating in turn and on a thread', () => {
  const random = numbers(11);
  const small = zlib.deflateRawSync(feed(5000, random), { finishFlush: zlib.constants.Z_SYNC_FLUSH }).subarray(0, -4);
  const large = zlib
    .deflateRawSync(noise(90_000, random), { finishFlush: zlib.constants.Z_SYNC_FLUSH })
    .subarray(0, -4);
  const wide = zlib
    .deflateRawSync(new Uint8Array(2 << 20), { finishFlush: zlib.constants.Z_SYNC_FLUSH })
    .subarray(0, -4);

  test('a small one is inflated in turn', () => {
    assert.ok(new MessageInflater(alone, none).inflate(small) instanceof Uint8Array);
  });

  test('one of more than 64 KiB, and one that grows over 1 MiB, are inflated on a thread', async () => {
    const inflater = new MessageInflater(takeover, none);
    for (const [payload, size] of [
      [large, 90_000],
      [wide, 2 << 20],
    ] as const) {
      const result = inflater.inflate(payload);
      assert.ok(result instanceof Promise);
      assert.equal((await result).length, size);
    }
  });

  test('the bytes that were given are left as they are', () => {
    const given = hex`f2 48 cd c9 c9 07 00`;
    new MessageInflater(alone, none).inflate(given);
    assert.equal(toHex(given), 'f248cdc9c90700');
  });
});

describe('RFC 7692 §7.2.3.4, streams that end within a message', () => {
  /** A piece of a message in a stream of its own, ended by BFINAL. */
  const final = (text: string | Uint8Array, dictionary?: Uint8Array): Uint8Array =>
    zlib.deflateRawSync(text, dictionary === undefined ? {} : { dictionary });

  test('what follows sees the window of what came before', async () => {
    const inflater = new MessageInflater(takeover, none);
    const earlier = utf8('said earlier; ');
    await inflater.inflate(concat(final(earlier), hex`00`));
    const second = final('said earlier; now', earlier);
    const third = final('said earlier; now, again', concat(earlier, utf8('said earlier; now')));
    const result = await inflated(inflater.inflate(concat(second, third, hex`00`)));
    assert.equal(Buffer.from(result, 'hex').toString(), 'said earlier; nowsaid earlier; now, again');
  });

  for (const [where, padding] of [
    ['in turn', 0],
    ['on a thread', 70_000],
  ] as const) {
    test(`sixteen restarts are taken, a seventeenth is not, ${where}`, async () => {
      const stuffing = zlib.deflateRawSync(noise(padding, numbers(5)), { finishFlush: zlib.constants.Z_SYNC_FLUSH });
      const restarting = (times: number) =>
        concat(stuffing, ...Array.from({ length: times }, () => final('x')), hex`00`);
      const taken = await new MessageInflater(alone, none).inflate(restarting(16));
      assert.equal(taken.length, padding + 16);
      assert.equal(
        await inflated(new MessageInflater(alone, none).inflate(restarting(17))),
        'compressed-data-restarted',
      );
    });
  }

  test('what is inflated counts over all of them', async () => {
    const message = concat(final(new Uint8Array(60)), final(new Uint8Array(40)), hex`00`);
    assert.equal((await new MessageInflater(alone, 100).inflate(message)).length, 100);
    assert.equal(await inflated(new MessageInflater(alone, 99).inflate(message)), 'message-too-large');
  });
});

describe('the limit on what comes out', () => {
  const zeros = (size: number): Uint8Array =>
    zlib.deflateRawSync(new Uint8Array(size), { finishFlush: zlib.constants.Z_SYNC_FLUSH, level: 9 }).subarray(0, -4);

  for (const limit of [1, 1000, 65_536, 1 << 20, 3 << 20]) {
    test(`${limit} bytes are taken, one more is not`, async () => {
      const exact = await new MessageInflater(alone, limit).inflate(zeros(limit));
      assert.ok(typeof exact !== 'string' && exact.length === limit);
      assert.equal(await inflated(new MessageInflater(alone, limit).inflate(zeros(limit + 1))), 'message-too-large');
    });
  }

  test('past the limit, nobody looks at what follows', async () => {
    const broken = concat(zeros(2 << 20), hex`00 00 ff ff`, hex`06 ff ff ff`);
    assert.equal(await inflated(new MessageInflater(alone, 1 << 20).inflate(broken)), 'message-too-large');
  });

  test('data that breaks below the limit, but after what is looked at in turn, is corrupt', async () => {
    const broken = concat(zeros(2 << 20), hex`00 00 ff ff`, hex`06 ff ff ff`);
    assert.equal(await inflated(new MessageInflater(alone, 64 << 20).inflate(broken)), 'compressed-data-corrupt');
  });
});

describe('data that is not DEFLATE', () => {
  for (const [what, payload] of [
    ['a reserved block type', hex`06 00 00`],
    ['a stored block whose lengths disagree', hex`00 05 00 00 00 48 65 6c 6c 6f 00`],
    ['a reference to before the window', hex`f2 00 11 00 00`],
    ['no block at all', hex``],
    ['a block that is cut', hex`f2 48 cd`],
    ['a stored block that is cut', hex`00 05 00 fa ff 48 65`],
    ['data behind a final block that is not a block', hex`f3 48 cd c9 c9 07 00 ff`],
  ] as const) {
    test(`${what} is corrupt`, async () => {
      assert.equal(await inflated(new MessageInflater(takeover, none).inflate(payload)), 'compressed-data-corrupt');
    });
  }

  test('on a thread as well', async () => {
    const large = concat(hex`00 00 00 ff ff`, ...Array.from({ length: 14_000 }, () => hex`00 00 00 ff ff`), hex`06`);
    const result = new MessageInflater(takeover, none).inflate(large);
    assert.ok(result instanceof Promise);
    assert.equal(await inflated(result), 'compressed-data-corrupt');
  });

  test('whatever bytes come, the answer is bytes or a violation', async () => {
    const random = numbers(23);
    for (let i = 0; i < 300; i++) {
      const result = await new MessageInflater(takeover, 10_000).inflate(noise(1 + (i % 60), random));
      if (typeof result !== 'string') assert.ok(result.length <= 10_000);
    }
  });

  test('a message goes on until its end: one that is cut anywhere is corrupt, or ends where a block does', async () => {
    const whole = await deflateMessage(feed(400, numbers(2)), 15, effort);
    for (let length = 1; length < whole.length; length++) {
      const result = await inflated(new MessageInflater(alone, none).inflate(whole.subarray(0, length)));
      assert.equal(result, 'compressed-data-corrupt', `${length} of ${whole.length} bytes`);
    }
  });
});
