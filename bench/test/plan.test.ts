/** What is sent: frames are RFC 6455's, no two messages of a turn are alike, and what is compressed is what RFC 7692 says. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inflateRawSync } from 'node:zlib';
import { binaryFrame, compressedTextFrame, maskingKey, textFrame } from '../frames.ts';
import { compressedCycle, json, message, noise } from '../payloads.ts';
import { echoPlan, fanoutPlan } from '../plan.ts';
import { rivalNames } from '../rivals.ts';
import { works } from '../works.ts';

const bytes = (hex: string): Uint8Array => Uint8Array.from(hex.split(' '), (pair) => Number.parseInt(pair, 16));
const text = (of: string): Uint8Array => new TextEncoder().encode(of);
const textOf = (from: Uint8Array | undefined): string => new TextDecoder().decode(from);

describe('frames (RFC 6455 §5.7)', () => {
  test('"Hello" is as printed there, unmasked and masked', () => {
    assert.deepEqual(textFrame(text('Hello')), bytes('81 05 48 65 6c 6c 6f'));
    assert.deepEqual(textFrame(text('Hello'), bytes('37 fa 21 3d')), bytes('81 85 37 fa 21 3d 7f 9f 4d 51 58'));
  });

  test('have the shortest length that holds it', () => {
    assert.deepEqual(binaryFrame(new Uint8Array(125)).subarray(0, 2), bytes('82 7d'));
    assert.deepEqual(binaryFrame(new Uint8Array(126)).subarray(0, 4), bytes('82 7e 00 7e'));
    assert.deepEqual(binaryFrame(new Uint8Array(65_535)).subarray(0, 4), bytes('82 7e ff ff'));
    assert.deepEqual(binaryFrame(new Uint8Array(65_536)).subarray(0, 10), bytes('82 7f 00 00 00 00 00 01 00 00'));
  });

  test('with a compressed "Hello" are as RFC 7692 §7.2.3.1 prints it', () => {
    const [compressed] = compressedCycle(['Hello'], 15, true);
    assert.deepEqual(compressedTextFrame(new Uint8Array(compressed!)), bytes('c1 07 f2 48 cd c9 c9 07 00'));
  });

  test('masking keys have no zero byte and differ', () => {
    const keys = Array.from({ length: 3200 }, (_, seed) => maskingKey(seed));
    assert.ok(keys.every((key) => key.length === 4 && !key.includes(0)));
    assert.ok(new Set(keys.map(String)).size > 3000);
  });
});

describe('payloads', () => {
  test('are of one length, and no two are alike', () => {
    const texts = Array.from({ length: 3200 }, (_, at) => message(Math.floor(at / 32), at % 32, 64));
    const objects = Array.from({ length: 3200 }, (_, at) => json(Math.floor(at / 64), at % 64));
    assert.equal(new Set(texts).size, 3200);
    assert.equal(new Set(objects).size, 3200);
    assert.ok(texts.every((one) => one.length === 64));
    assert.ok(objects.every((one) => text(one).length === 1024 && JSON.parse(one).ships.length === 7));
    assert.notDeepEqual(noise(1, 1000), noise(2, 1000));
    assert.equal(new Set(noise(1, 10_000)).size, 256);
  });

  test('are compressed in the context of those before them, the first of a cycle without any', () => {
    const payloads = [0, 1, 2, 3].map((turn) => json(7, turn));
    const tail = bytes('00 00 ff ff');
    const whole = Buffer.concat(compressedCycle(payloads, 15, true).flatMap((part) => [part, tail]));
    const twice = Buffer.concat([whole, whole]);
    const inflated = inflateRawSync(twice, { finishFlush: 2 }).toString();
    assert.equal(inflated, payloads.join('') + payloads.join(''));
    const alone = compressedCycle(payloads, 15, false);
    const taken = compressedCycle(payloads, 11, true);
    for (const [at, payload] of payloads.entries()) {
      const one = Buffer.concat([alone[at] as Uint8Array, tail]);
      assert.equal(inflateRawSync(one, { finishFlush: 2 }).toString(), payload);
      if (at > 0) assert.ok((taken[at] as Uint8Array).length < (alone[at] as Uint8Array).length / 2);
    }
  });
});

describe('plans', () => {
  test('let one speak and everyone listen in a fan-out', () => {
    const { clients } = fanoutPlan('ws', 8080, {
      connections: 1000,
      depth: 16,
      payload: (_, at) => message(0, at, 128),
    });
    assert.deepEqual(
      clients.map(({ count, speaks, listens }) => [count, speaks, listens]),
      [
        [999, false, true],
        [1, true, true],
      ],
    );
    assert.ok(clients.every(({ scripts }) => scripts[0]?.turns[0]?.expect.length === 16));
  });

  test('speak Engine.IO 4 and Socket.IO 5 to Socket.IO', () => {
    const plan = echoPlan('socket.io', 8080, { connections: 1, payload: () => 'hello' });
    const [client] = plan.clients;
    assert.match(textOf(client?.request), /^GET \/socket\.io\/\?EIO=4&transport=websocket HTTP\/1\.1\r\n/);
    assert.equal(textOf(client?.scripts[0]?.turns[0]?.expect[0]?.literals[0]), '42["message","hello"]');
  });

  test('await from a server of bytes the masked frames themselves', () => {
    const { framing, clients } = echoPlan('net', 8080, { connections: 1, depth: 2, payload: () => 'hello' });
    const turn = clients[0]?.scripts[0]?.turns[0];
    assert.equal(framing, 'raw');
    assert.deepEqual(
      Buffer.concat(turn?.expect.flatMap(({ literals }) => literals) ?? []),
      Buffer.from(turn?.send ?? []),
    );
  });
});

describe('the works', () => {
  test('have names of their own, and bars whose sides are measured', () => {
    assert.equal(new Set(works.map(({ name }) => name)).size, works.length);
    for (const { name, contenders, bars, base = 'ws' } of works) {
      const playing = contenders.map(({ rival }) => rival);
      assert.ok(playing.includes(base) || playing.length === 1, `${name}: ${base} does not play`);
      for (const { of = 'tidewire', to = of, inWork = name, atLeast, atMost } of bars) {
        const other = works.find((work) => work.name === inWork);
        assert.ok(playing.includes(of) && other?.contenders.some(({ rival }) => rival === to), `${name}: ${of}, ${to}`);
        assert.equal(atLeast === undefined, atMost !== undefined, `${name}: one bound for each bar`);
      }
    }
  });

  test('are played only by rivals that there are', () => {
    for (const { contenders } of works) for (const { rival } of contenders) assert.ok(rivalNames.includes(rival));
  });
});
