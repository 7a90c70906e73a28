import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { describe, test } from 'node:test';
import { runInNewContext } from 'node:vm';
import { universalPlatform } from '../../src/protocol/platform.ts';
import { asBuffer, bytesOf, nodePlatform } from '../../src/socket/node-platform.ts';
import { toHex, utf8 } from '../support/bytes.ts';

const texts = ['', 'Hello', 'héllo', '東京', '😀', 'a\0b', '\uFEFFmark', 'ÿ'];

describe('Node as the platform of the core', () => {
  for (const text of texts) {
    test(`${JSON.stringify(text)} is measured and written as UTF-8`, () => {
      const length = nodePlatform.utf8Length(text);
      assert.equal(length, utf8(text).length);
      const target = nodePlatform.allocate(length + 3).fill(0);
      assert.equal(nodePlatform.writeUtf8(text, target, 2), length);
      assert.equal(toHex(target), `0000${toHex(utf8(text))}00`);
    });
  }

  test('a lone surrogate is U+FFFD', () => {
    const target = nodePlatform.allocate(3);
    nodePlatform.writeUtf8('\uD800', target, 0);
    assert.deepEqual([nodePlatform.utf8Length('\uD800'), toHex(target)], [3, 'efbfbd']);
  });

  test('random bytes are filled in', () => {
    const bytes = new Uint8Array(64);
    nodePlatform.random(bytes);
    assert.ok(bytes.some((octet) => octet !== 0));
  });

  test('the digest of a text is that of its UTF-8', () => {
    for (const text of texts) assert.equal(nodePlatform.sha1(text), universalPlatform.sha1(text));
  });
});

describe('text from bytes', () => {
  test('is read from where it stands, and a byte order mark stays', () => {
    for (const text of texts) {
      const bytes = utf8(`<${text}>`);
      assert.equal(nodePlatform.decodeUtf8(bytes, 1, bytes.length - 1, false), text);
    }
  });

  test('what is known to be ASCII reads the same', () => {
    assert.equal(nodePlatform.decodeUtf8(utf8('Hello'), 0, 5, true), 'Hello');
  });
});

describe('what can be sent as binary', () => {
  const memory = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
  const shared = new SharedArrayBuffer(3);
  new Uint8Array(shared).set([7, 8, 9]);

  for (const [what, data, hex] of [
    ['a Uint8Array', memory.subarray(1, 3), '0203'],
    ['a Buffer', Buffer.from('Hi'), '4869'],
    ['a DataView', new DataView(memory.buffer, 3, 2), '0405'],
    ['a Uint16Array with an offset', new Uint16Array(memory.buffer, 2, 2), '03040506'],
    ['an ArrayBuffer', memory.buffer, '0102030405060708'],
    ['a SharedArrayBuffer', shared, '070809'],
    ['a view of a SharedArrayBuffer', new Uint8Array(shared, 1, 1), '08'],
    ['an ArrayBuffer of another realm', runInNewContext('new Uint8Array([1, 2]).buffer') as ArrayBuffer, '0102'],
    ['a Uint8Array of another realm', runInNewContext('new Uint8Array([1, 2])') as Uint8Array, '0102'],
  ] as const) {
    test(`${what}, as the same memory`, () => {
      const bytes = bytesOf(data);
      assert.equal(toHex(bytes), hex);
      assert.equal(bytes.buffer, ArrayBuffer.isView(data) ? data.buffer : data);
    });
  }

  test('nothing else', () => {
    for (const data of [5, null, undefined, {}, [1, 2], new Blob(['x']), true, Symbol.iterator]) {
      assert.throws(() => bytesOf(data as never), TypeError);
    }
  });

  test('a Buffer of a view is the same memory, and a Buffer is left as it is', () => {
    const view = memory.subarray(2, 4);
    const buffer = asBuffer(view);
    assert.deepEqual([buffer.buffer, buffer.byteOffset, buffer.length], [memory.buffer, 2, 2]);
    assert.equal(asBuffer(buffer), buffer);
  });
});
