/** A message that grows a thousandfold is stopped while it grows, at the limit, whatever it would have become. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import zlib from 'node:zlib';
import { concat, hex } from '../support/bytes.ts';
import { roles } from '../support/expect-connection.ts';
import { turn, until } from '../support/pipe.ts';
import { agreement, expectViolation, listening, Talk } from '../support/socket-peer.ts';

const mib = 1 << 20;

/** `size` zeros in a thousandth of their size: what a block of 4 MiB looks like, over and over. */
function bomb(size: number): Uint8Array {
  const flush = { level: 9, finishFlush: zlib.constants.Z_SYNC_FLUSH };
  const block = zlib.deflateRawSync(new Uint8Array(4 * mib), flush);
  return concat(...Array.from({ length: Math.ceil(size / (4 * mib)) }, () => block)).subarray(0, -4);
}

const payload = bomb(256 * mib);

/** Bytes in array buffers at the worst moment until `condition` holds. */
async function peakUntil(condition: () => boolean): Promise<number> {
  let peak = 0;
  await until(() => {
    peak = Math.max(peak, process.memoryUsage().arrayBuffers);
    return condition();
  });
  return peak;
}

for (const role of roles) {
  describe(`a ${role} that gets a quarter of a megabyte that stands for 256 MiB`, () => {
    for (const [limit, allowed] of [
      [mib, 8 * mib],
      [64 * mib, 100 * mib],
    ] as const) {
      test(`with a limit of ${limit / mib} MiB stops there, and allocates no more`, async () => {
        const talk = new Talk(role, { deflate: agreement, compression: true, limits: { maxMessageBytes: limit } });
        const messages = listening(talk);
        const before = process.memoryUsage().arrayBuffers;
        await talk.receive(talk.peer.binary(payload, { rsv: 4 }));
        const peak = await peakUntil(() => talk.pipe.ended);
        assert.ok(peak - before < allowed, `${((peak - before) / mib).toFixed(1)} MiB were allocated`);
        talk.pipe.end();
        await until(() => talk.closed !== undefined);
        expectViolation(talk, 'message-too-large', 1009);
        assert.deepEqual(messages, []);
      });
    }
  });
}

describe('a small bomb', () => {
  const small = concat(zlib.deflateRawSync(new Uint8Array(4 * mib), { level: 9 }), hex`00`);

  test('is stopped in turn, below 64 KiB of input as well', async () => {
    const talk = new Talk('server', { deflate: agreement, compression: true, limits: { maxMessageBytes: mib } });
    await talk.receive(talk.peer.binary(small, { rsv: 4 }));
    talk.pipe.end();
    await turn();
    expectViolation(talk, 'message-too-large', 1009);
  });

  test('in many fragments is one', async () => {
    const talk = new Talk('server', { deflate: agreement, compression: true, limits: { maxMessageBytes: mib } });
    const { peer } = talk;
    const third = Math.floor(small.length / 3);
    await talk.receive(
      peer.binary(small.subarray(0, third), { rsv: 4, fin: false }),
      peer.continuation(small.subarray(third, 2 * third), { fin: false }),
      peer.continuation(small.subarray(2 * third)),
    );
    talk.pipe.end();
    await turn();
    expectViolation(talk, 'message-too-large', 1009);
  });

  test('that breaks off after the limit is too large, not corrupt; before it, corrupt', async () => {
    const broken = concat(zlib.deflateRawSync(new Uint8Array(4 * mib), { level: 9 }).subarray(0, -1), hex`06 ff`);
    for (const [limit, violation, code] of [
      [mib, 'message-too-large', 1009],
      [16 * mib, 'compressed-data-corrupt', 1007],
    ] as const) {
      const talk = new Talk('server', { deflate: agreement, compression: true, limits: { maxMessageBytes: limit } });
      await talk.receive(talk.peer.binary(broken, { rsv: 4 }));
      await until(() => talk.pipe.ended);
      talk.pipe.end();
      await until(() => talk.closed !== undefined);
      expectViolation(talk, violation, code);
    }
  });
});
