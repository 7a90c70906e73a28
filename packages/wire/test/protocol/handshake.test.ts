import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { LocalProtocolError } from '../../src/protocol/errors.ts';
import {
  acceptFor,
  applicationFields,
  checkedFieldValue,
  createKey,
  isKey,
  protocolVersion,
} from '../../src/protocol/handshake.ts';

describe('RFC 6455 §4.1: the key', () => {
  it('is 16 random bytes in base64', () => {
    // The nonce of §1.3: "the sample nonce".
    const nonce = new TextEncoder().encode('the sample nonce');
    assert.equal(
      createKey((bytes) => bytes.set(nonce)),
      'dGhlIHNhbXBsZSBub25jZQ==',
    );
    const key = createKey((bytes) => {
      assert.equal(bytes.length, 16);
      bytes.fill(0xff);
    });
    assert.equal(key, '/////////////////////w==');
    assert.ok(isKey(key));
  });

  it('is told from what is not 16 bytes in base64', () => {
    for (const key of ['dGhlIHNhbXBsZSBub25jZQ==', '++++////++++////++++/A==', 'AAAAAAAAAAAAAAAAAAAAAB=='])
      assert.ok(isKey(key), key);
    const broken = [
      '',
      'dGhlIHNhbXBsZSBub25jZQ',
      'dGhlIHNhbXBsZSBub25jZQ=',
      'dGhlIHNhbXBsZSBub25jZQ===',
      'dGhlIHNhbXBsZSBub25jZQ==\n',
      'dGhlIHNhbXBsZSBub25jZQAA',
      'dGhlIHNhbXBsZSBub25j',
      'dGhlIHNhbXBsZSBub25jZTE=',
      'dGhlIHNhbXBsZSBub25jZSBub25jZQ==',
      'dGhlIHNhbXBsZSBub2-_ZQ==',
      'dGhl HNhbXBsZSBub25jZQ==',
      'dGhlIHNhbXBsZSBub25jZ===',
    ];
    for (const key of broken) assert.ok(!isKey(key), JSON.stringify(key));
  });

  it('belongs to version 13', () => {
    assert.equal(protocolVersion, 13);
  });
});

describe('RFC 6455 §4.2.2: Sec-WebSocket-Accept', () => {
  it('answers the key of §1.3 as printed there', () => {
    assert.equal(acceptFor('dGhlIHNhbXBsZSBub25jZQ=='), 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
  });

  it('is the base64 of a SHA-1 for any key', () => {
    for (let index = 0; index < 50; index++) {
      const key = createKey((bytes) => bytes.fill(index * 5));
      const expected = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
      assert.equal(acceptFor(key), expected);
    }
  });
});

describe("RFC 6455 §4: an application's own header fields", () => {
  it('go out as they are, in order, repeated ones too', () => {
    const fields: [string, string][] = [
      ['Set-Cookie', 'a=1'],
      ['set-cookie', 'b=2'],
      ['X-Empty', ''],
      ['constructor', '\u00e9'],
    ];
    assert.deepEqual(applicationFields(fields), fields);
    assert.deepEqual(applicationFields(new Map([['Cookie', 'a=1']])), [['Cookie', 'a=1']]);
    assert.deepEqual(applicationFields(), []);
  });

  it('can not speak for the handshake or for the transport, in any case of letters', () => {
    const names = [
      'Host',
      'Upgrade',
      'CONNECTION',
      'Content-Length',
      'transfer-encoding',
      'TE',
      'Trailer',
      'Keep-Alive',
      'Expect',
      'Proxy-Connection',
      'HTTP2-Settings',
      'Sec-WebSocket-Key',
      'sec-websocket-accept',
      'Sec-WebSocket-Version',
      'SEC-WEBSOCKET-PROTOCOL',
      'Sec-WebSocket-Extensions',
      'Sec-WebSocket-Whatever-Comes',
    ];
    for (const name of names) assert.throws(() => applicationFields([[name, 'x']]), LocalProtocolError, name);
    assert.equal(applicationFields([['Sec-WebSocke', 'x']]).length, 1);
  });

  it('can not smuggle another line in by a name', () => {
    for (const name of ['', 'a b', 'a:', 'a\r\nb', 'a\n', '\0', '\u00e9']) {
      assert.throws(() => applicationFields([[name, 'x']]), LocalProtocolError, JSON.stringify(name));
    }
  });

  it('can not smuggle another line in by a value, and the error does not tell the value', () => {
    for (const value of ['secret\r', 'secret\n', 'secret\r\nX-Evil: 1', 'secret\0', 'secret\u0100', 'secret\x7f']) {
      assert.throws(
        () => applicationFields([['Authorization', value]]),
        (error) =>
          error instanceof LocalProtocolError && /Authorization/.test(error.message) && !/secret/.test(error.message),
      );
    }
    assert.equal(checkedFieldValue('a', 'b'), 'b');
  });
});
