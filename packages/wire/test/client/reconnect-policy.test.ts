import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { HandshakeRejected } from '../../src/client/handshake-rejected.ts';
import { delayHint, shouldReconnect } from '../../src/client/reconnect-policy.ts';
import type { Closed } from '../../src/protocol/connection.ts';
import { LocalProtocolError, RemoteProtocolError } from '../../src/protocol/errors.ts';

function ended(code: number, error?: Error): Closed {
  return { code, reason: '', received: undefined, sent: undefined, clean: false, error };
}

const now = Date.UTC(2026, 0, 1);

function rejected(status: number, headers: HeadersInit = {}): Closed {
  return ended(1006, new HandshakeRejected({ status, headers: new Headers(headers), body: '' }, now));
}

describe('shouldReconnect', () => {
  test('stops after codes that say the conversation is over, or would break again', () => {
    for (const code of [1000, 1002, 1003, 1007, 1008, 1009, 1010, 3000, 3003]) {
      assert.equal(shouldReconnect(ended(code)), false, `${code}`);
    }
  });

  test('goes on after codes that time may heal', () => {
    for (const code of [1001, 1005, 1006, 1011, 1012, 1013, 1014, 3008, 4000, 4999]) {
      assert.equal(shouldReconnect(ended(code)), true, `${code}`);
    }
  });

  test('stops at a refusal that will be repeated, and goes on where the server said otherwise', () => {
    for (const status of [400, 401, 403, 404, 426]) assert.equal(shouldReconnect(rejected(status)), false, `${status}`);
    for (const status of [408, 425, 429, 500, 502, 503, 302, 200])
      assert.equal(shouldReconnect(rejected(status)), true, `${status}`);
  });

  test('stops at our own mistakes, and at a broken handshake', () => {
    const errors = [new LocalProtocolError('no'), new RemoteProtocolError('response-accept'), new SyntaxError('no')];
    for (const error of errors) assert.equal(shouldReconnect(ended(1006, error)), false, error.name);
  });

  test('does as an error says that knows better', () => {
    const judged = (temporary: boolean): Error => Object.assign(new Error('judged'), { temporary });
    assert.equal(shouldReconnect(ended(1006, judged(false))), false);
    assert.equal(shouldReconnect(ended(1008, judged(true))), true);
  });

  test('goes on after an error of the network, or of the function that makes a token', () => {
    const refused = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    const broken = new Error('The function for the URL failed', { cause: new SyntaxError('Unexpected token <') });
    for (const error of [refused, broken]) assert.equal(shouldReconnect(ended(1006, error)), true);
  });
});

describe('delayHint', () => {
  test('a server that goes away or is busy is not met by all its clients at once', () => {
    assert.ok(delayHint(ended(1001))!.spread! >= 1000);
    assert.ok(delayHint(ended(1012))!.spread! >= 1000);
    assert.ok(delayHint(ended(1013))!.atLeast! >= 1000);
    assert.equal(delayHint(ended(1006)), undefined);
  });

  test('Retry-After is honoured as seconds and as a date, and up to five minutes', () => {
    const hint = (value: string) => delayHint(rejected(503, { 'Retry-After': value }));
    assert.deepEqual(hint('7'), { atLeast: 7000 });
    assert.deepEqual(hint('Thu, 01 Jan 2026 00:00:09 GMT'), { atLeast: 9000 });
    assert.deepEqual(hint('Thu, 01 Jan 2015 00:00:09 GMT'), { atLeast: 0 });
    assert.deepEqual(hint('9'.repeat(400)), { atLeast: 300_000 });
    assert.equal(hint('soon'), undefined);
    assert.equal(delayHint(rejected(503)), undefined);
  });
});
