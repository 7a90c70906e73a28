import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import zlib from 'node:zlib';
import { type DeflateSetting, freshZlib, type InflateSetting, type ZlibInTurn } from '../../src/socket/fresh-zlib.ts';
import { KeptZlib, pickZlib, zlibInTurn } from '../../src/socket/kept-zlib.ts';
import { concat, hex, utf8 } from '../support/bytes.ts';
import { feed, noise, numbers } from '../support/payloads.ts';

const kept = new KeptZlib();
const setting: DeflateSetting = { windowBits: 11, level: 6, memLevel: 5, dictionary: undefined };
const reading: InflateSetting = { windowBits: 15, maxOutputLength: 1 << 20, dictionary: undefined };
/** The empty final block that ends what a sync flush left open. */
const end = hex`03 00`;

/** What a function of zlib's gives: a result, or the code of its error. */
function outcome<T>(run: () => T): T | string {
  try {
    return run();
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
}

describe('zlib that is kept', () => {
  test('compresses byte for byte what a fresh one does, whatever it compressed before', () => {
    const random = numbers(31);
    const pick = <T>(values: readonly T[]): T => values[Math.floor(random.next().value * values.length)]!;
    for (let i = 0; i < 400; i++) {
      const windowBits = pick([9, 11, 12, 15]);
      const dictionary = pick([undefined, feed(pick([1, 100, 511, 5000]), random).subarray(-(1 << windowBits))]);
      const chosen = { windowBits, level: pick([1, 6, 9]), memLevel: pick([1, 5, 9]), dictionary };
      const message = pick([feed, noise])(pick([0, 1, 30, 1024, 1024, 20_000, 65_536]), random);
      const [ours, expected] = [kept.deflate(message, chosen), freshZlib.deflate(message, chosen)];
      assert.ok(ours.equals(expected), `message ${i}: ${message.length} bytes, ${JSON.stringify({ windowBits, i })}`);
    }
  });

  test('inflates what a fresh one does, whatever it inflated before, and reads as much of it', () => {
    const random = numbers(32);
    for (let i = 0; i < 300; i++) {
      const dictionary = i % 3 === 0 ? undefined : feed(1 + Math.floor(random.next().value * 32_768), random);
      const message = feed(Math.floor(random.next().value * (i % 10 === 0 ? 200_000 : 3000)), random);
      const options = dictionary === undefined ? {} : { dictionary };
      const input = concat(zlib.deflateRawSync(message, options), noise(i % 4, random));
      const ours = kept.inflate(input, { ...reading, dictionary });
      const expected = freshZlib.inflate(input, { ...reading, dictionary });
      assert.deepEqual(ours, expected, `message ${i}`);
      assert.ok(ours.bytes.equals(message));
    }
  });

  test('answers whatever bytes come as a fresh one does, and goes on', () => {
    const random = numbers(33);
    const good = zlib.deflateRawSync('good');
    for (let i = 0; i < 500; i++) {
      const input = noise(1 + (i % 60), random);
      const dictionary = i % 2 === 0 ? undefined : noise(300, random);
      const run = (engine: ZlibInTurn) => outcome(() => engine.inflate(input, { ...reading, dictionary }));
      assert.deepEqual(run(kept), run(freshZlib), `input ${i}`);
      if (i % 25 === 0) assert.equal(kept.inflate(good, reading).bytes.toString(), 'good');
    }
  });

  test('a dictionary serves one message, and the next one has its own or none', () => {
    const [first, second] = [noise(500, numbers(1)), noise(500, numbers(2))];
    const sizes = [first, second, undefined, first].map(
      (dictionary) => kept.deflate(first, { ...setting, dictionary }).length,
    );
    assert.deepEqual(
      sizes.map((size) => size < 100),
      [true, false, false, true],
    );
  });

  test('what was compressed before does not show in a length, not even by the byte behind the message', () => {
    // It ends in ",me". Whether zlib finds its ",me" of before depends on the byte that comes next: on an "s" it does.
    const message = utf8('message16,message40,cursor0,me');
    const expected = freshZlib.deflate(message, setting);
    const before = feed(1000);
    for (const byte of utf8('s.')) {
      before.fill(byte, message.length, message.length + 4);
      for (const [earlier, dictionary] of [
        [before, undefined],
        [utf8('short'), before],
      ] as const) {
        kept.deflate(earlier, { ...setting, dictionary });
        assert.ok(kept.deflate(message, setting).equals(expected), `"${String.fromCharCode(byte)}"`);
      }
    }
  });

  test('what one message inflated to, the next can not refer to', () => {
    const reference = concat(hex`f2 00 11 00 00`, hex`00 00 ff ff`, end);
    const hello = { ...reading, dictionary: utf8('Hello') };
    assert.equal(kept.inflate(reference, hello).bytes.toString(), 'Hello');
    for (const engine of [kept, freshZlib]) {
      assert.equal(
        outcome(() => engine.inflate(reference, reading)),
        'Z_DATA_ERROR',
      );
    }
  });

  for (const size of [32_768, 98_304, 131_072, 131_073, 262_144]) {
    test(`${size} bytes come out whole behind a full window, and one byte less is too little room for them`, () => {
      const message = new Uint8Array(size).fill(7);
      const input = zlib.deflateRawSync(message);
      const dictionary = new Uint8Array(32_768);
      const [enough, oneLess] = [size, size - 1].map((maxOutputLength) =>
        outcome(() => kept.inflate(input, { windowBits: 15, maxOutputLength, dictionary })),
      );
      assert.ok(typeof enough === 'object' && enough.bytes.equals(message) && enough.bytesRead === input.length);
      assert.equal(oneLess, 'ERR_BUFFER_TOO_LARGE');
    });
  }

  test('results are copies: what comes later does not change them', () => {
    const deflated = kept.deflate(utf8('one'), setting);
    const inflated = kept.inflate(concat(deflated, end), reading).bytes;
    const copy = Buffer.from(deflated);
    kept.inflate(concat(kept.deflate(noise(3), setting), end), reading);
    assert.ok(deflated.equals(copy));
    assert.equal(inflated.toString(), 'one');
  });

  test('memory that is shared between threads can be compressed', () => {
    const message = new Uint8Array(new SharedArrayBuffer(600));
    assert.ok(kept.deflate(message, setting).equals(freshZlib.deflate(message, setting)));
  });

  test('settings that can not be are refused as zlib does, each time', () => {
    for (let i = 0; i < 2; i++) assert.throws(() => kept.deflate(utf8('x'), { ...setting, level: 42 }), RangeError);
  });
});

describe('which zlib is picked', () => {
  test('on this Node, the kept one, and the same for all', () => {
    assert.ok(zlibInTurn() instanceof KeptZlib);
    assert.equal(zlibInTurn(), zlibInTurn());
  });

  test('on lines of Node that nobody tested, the fresh one, and nothing is tried', () => {
    const make = () => assert.fail('tried');
    for (const node of ['20.19.0', '21.7.3', '27.0.0', '30.1.0', '']) assert.equal(pickZlib(node, make), freshZlib);
  });

  for (const [what, broken] of [
    ['compresses without the dictionary', { deflate: (m, s) => freshZlib.deflate(m, { ...s, dictionary: undefined }) }],
    ['inflates to something else', { inflate: () => ({ bytes: Buffer.from('else'), bytesRead: 1 }) }],
    ['loses count of what it read', { inflate: (i, s) => ({ ...freshZlib.inflate(i, s), bytesRead: 0 }) }],
    ['throws', { deflate: () => assert.fail('no such call') }],
  ] satisfies [string, Partial<ZlibInTurn>][]) {
    test(`where the kept one ${what}, the fresh one`, () => {
      assert.equal(
        pickZlib('24.0.0', () => ({ ...freshZlib, ...broken })),
        freshZlib,
      );
    });
  }

  test('where there is no handle inside a stream, the fresh one', () => {
    const missing = (): ZlibInTurn => {
      throw new TypeError("Cannot read properties of undefined (reading 'reset')");
    };
    assert.equal(pickZlib('24.0.0', missing), freshZlib);
  });
});
