/** The plan: its frames are RFC 6455's, its file reads back as it was written, and no two messages of a turn are alike. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { frame, maskingKey, message, parsePlan, planFor, serializePlan } from '../plan.ts';
import { type Work, works } from '../works.ts';

const bytes = (hex: string): Uint8Array => Uint8Array.from(hex.split(' '), (pair) => Number.parseInt(pair, 16));
const work = (name: string): Work => works.find((one) => one.name === name) as Work;
const textOf = (from: Uint8Array): string => new TextDecoder().decode(from);

describe('frames (RFC 6455 §5.7)', () => {
  test('an unmasked "Hello" is as printed there', () => {
    assert.deepEqual(frame('Hello'), bytes('81 05 48 65 6c 6c 6f'));
  });

  test('a masked "Hello" is as printed there', () => {
    assert.deepEqual(frame('Hello', bytes('37 fa 21 3d')), bytes('81 85 37 fa 21 3d 7f 9f 4d 51 58'));
  });

  test('125 bytes have the short length, 126 the one of 16 bits', () => {
    assert.deepEqual(frame('x'.repeat(125)).subarray(0, 2), bytes('81 7d'));
    assert.deepEqual(frame('x'.repeat(126)).subarray(0, 4), bytes('81 7e 00 7e'));
  });

  test('masking keys have no zero byte and differ', () => {
    const keys = Array.from({ length: 3200 }, (_, seed) => maskingKey(seed));
    assert.ok(keys.every((key) => key.length === 4 && !key.includes(0)));
    assert.ok(new Set(keys.map(String)).size > 3000);
  });
});

describe('a plan', () => {
  test('reads back as it was written', () => {
    const plan = planFor(work('deep'), 'socket.io', 8080);
    assert.deepEqual(parsePlan(serializePlan(plan)), plan);
  });

  test('awaits frames of one size, as many as a segment has', () => {
    for (const one of works) {
      const { frames, scripts } = planFor(one, 'tidewire', 8080);
      assert.equal(frames, one.depth);
      for (const { expect } of scripts) assert.equal(expect.length, frames * frame('x'.repeat(one.payload)).length);
    }
  });

  test('gives each message of an echo a text of its own', () => {
    const texts = Array.from({ length: 3200 }, (_, at) => message(Math.floor(at / 32), at % 32, 64));
    assert.equal(new Set(texts).size, 3200);
    assert.ok(texts.every((text) => text.length === 64));
  });

  test('lets one speak and everyone listen in a fan-out', () => {
    const plan = planFor(work('fanout'), 'ws', 8080);
    assert.equal(plan.onlyFirst, true);
    assert.equal(plan.clients, 1000);
    assert.equal(plan.scripts.length, 1);
  });

  test('speaks Engine.IO 4 and Socket.IO 5 to Socket.IO', () => {
    const plan = planFor(work('echo'), 'socket.io', 8080);
    assert.match(textOf(plan.request), /^GET \/socket\.io\/\?EIO=4&transport=websocket HTTP\/1\.1\r\n/);
    assert.match(
      textOf(plan.scripts[0]?.expect.subarray(2) ?? new Uint8Array()),
      /^42\["message","client 0 message 0 [^"]*"\]$/,
    );
  });
});
