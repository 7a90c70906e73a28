import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { defaultLimits } from '../../src/protocol/limits.ts';
import { inRange, resolveSocketOptions, type SocketOptions } from '../../src/socket/socket-options.ts';

describe('options of a socket', () => {
  test('without any, it is bounded, has a heartbeat and does not compress', () => {
    assert.deepEqual(resolveSocketOptions(), {
      limits: defaultLimits,
      compression: undefined,
      heartbeatInterval: 30_000,
      closeTimeout: 10_000,
      highWaterMark: 262_144,
    });
  });

  test('each can be set', () => {
    const resolved = resolveSocketOptions({
      limits: { maxMessageBytes: 99 },
      compression: { threshold: 0, level: 1, memLevel: 9, serverMaxWindowBits: 8 },
      heartbeat: { interval: 2 },
      closeTimeout: 1,
      highWaterMark: 1,
    });
    assert.equal(resolved.limits.maxMessageBytes, 99);
    assert.deepEqual(resolved.compression, { threshold: 0, level: 1, memLevel: 9, serverMaxWindowBits: 8 });
    assert.deepEqual([resolved.heartbeatInterval, resolved.closeTimeout, resolved.highWaterMark], [2, 1, 1]);
  });

  test('compression is what it is when it is just switched on', () => {
    const byDefault = { threshold: 512, level: 6, memLevel: 5 };
    assert.deepEqual(resolveSocketOptions({ compression: true }).compression, byDefault);
    assert.deepEqual(resolveSocketOptions({ compression: {} }).compression, byDefault);
    assert.equal(resolveSocketOptions({ compression: false }).compression, undefined);
  });

  test('null is no heartbeat', () => {
    assert.equal(resolveSocketOptions({ heartbeat: null }).heartbeatInterval, null);
  });

  const wrong: [string, SocketOptions][] = [
    ['heartbeat.interval', { heartbeat: { interval: 1 } }],
    ['heartbeat.interval', { heartbeat: { interval: 2 ** 31 } }],
    ['heartbeat.interval', { heartbeat: { interval: Number.NaN } }],
    ['closeTimeout', { closeTimeout: 0 }],
    ['closeTimeout', { closeTimeout: Number.POSITIVE_INFINITY }],
    ['highWaterMark', { highWaterMark: -1 }],
    ['highWaterMark', { highWaterMark: '65536' as never }],
    ['compression.threshold', { compression: { threshold: -1 } }],
    ['compression.level', { compression: { level: 0 } }],
    ['compression.level', { compression: { level: 10 } }],
    ['compression.memLevel', { compression: { memLevel: 10 } }],
    ['indow', { compression: { serverMaxWindowBits: 7 } }],
    ['limits.maxQueuedMessages', { limits: { maxQueuedMessages: 0 } }],
  ];
  for (const [name, options] of wrong) {
    test(`${JSON.stringify(options)} is refused`, () => {
      assert.throws(
        () => resolveSocketOptions(options),
        (error: Error) => error instanceof RangeError && error.message.includes(name),
      );
    });
  }

  test('a number in its range is taken, its borders as well', () => {
    assert.deepEqual([inRange('x', 1, 5, 1, 3), inRange('x', 3, 5, 1, 3), inRange('x', undefined, 5, 1, 3)], [1, 3, 5]);
  });
});
