import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { closeCodes, mayStandInFrame, parseClose, serializeClose } from '../../src/protocol/close.ts';
import { LocalProtocolError } from '../../src/protocol/errors.ts';
import { closeBody, concat, hex, utf8 } from '../support/bytes.ts';

describe('RFC 6455 §7.4, close codes', () => {
  it('may stand in a frame when they are defined or free for use, and in no other case', () => {
    const allowed = new Set([1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014]);
    for (let code = 3000; code <= 4999; code++) allowed.add(code);
    for (let code = 0; code <= 0xffff; code++) assert.equal(mayStandInFrame(code), allowed.has(code), `${code}`);
  });

  it('that only inform the application are named, but never stand in a frame', () => {
    for (const code of [closeCodes.noStatus, closeCodes.abnormal, closeCodes.tlsHandshake]) {
      assert.equal(mayStandInFrame(code), false);
    }
  });
});

describe('RFC 6455 §5.5.1, the body of a Close frame that is read', () => {
  it('without octets means 1005 and no reason', () => {
    assert.deepEqual(parseClose(hex``), { code: 1005, reason: '' });
  });

  it('has its code in network byte order and the reason behind it', () => {
    assert.deepEqual(parseClose(hex`03 e9`), { code: 1001, reason: '' });
    assert.deepEqual(parseClose(closeBody(4999, 'tschüß 👋')), { code: 4999, reason: 'tschüß 👋' });
  });

  it('keeps a byte order mark of the reason', () => {
    assert.deepEqual(parseClose(closeBody(1000, '\ufeffx')), { code: 1000, reason: '\ufeffx' });
  });

  it('shows its violation: one octet, a code that is not allowed, a reason that is not UTF-8', () => {
    assert.equal(parseClose(hex`03`), 'close-payload-of-one-byte');
    assert.equal(parseClose(closeBody(1005)), 'close-code-not-allowed');
    assert.equal(parseClose(closeBody(0)), 'close-code-not-allowed');
    assert.equal(parseClose(concat(closeBody(1000), hex`c3`)), 'close-reason-not-utf8');
    assert.equal(parseClose(concat(closeBody(1000), hex`ed a0 80`)), 'close-reason-not-utf8');
  });
});

describe('RFC 6455 §5.5.1, the body of a Close frame that is written', () => {
  it('is empty without a code, and what the peer will read with one', () => {
    assert.deepEqual(serializeClose(), hex``);
    assert.deepEqual(serializeClose(undefined, ''), hex``);
    assert.deepEqual(serializeClose(1000), hex`03 e8`);
    assert.deepEqual(serializeClose(4711, 'é'), hex`12 67 c3 a9`);
  });

  it('holds a reason of 123 octets and no longer one', () => {
    assert.equal(serializeClose(1000, 'x'.repeat(123)).length, 125);
    assert.throws(() => serializeClose(1000, 'x'.repeat(124)), LocalProtocolError);
    assert.throws(() => serializeClose(1000, 'é'.repeat(62)), /at most 123 bytes of UTF-8, not 124/);
  });

  it('writes a lone surrogate as U+FFFD, never as octets that are not UTF-8', () => {
    assert.deepEqual(serializeClose(1000, 'a\ud800'), concat(closeBody(1000), utf8('a\ufffd')));
  });

  it('is refused to our caller for a code that may not be sent, or a reason without one', () => {
    for (const code of [-1, 0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 66_536, 1000.5, Number.NaN, Infinity]) {
      assert.throws(() => serializeClose(code), LocalProtocolError, `${code}`);
    }
    assert.throws(() => serializeClose(undefined, 'why'), LocalProtocolError);
  });
});
