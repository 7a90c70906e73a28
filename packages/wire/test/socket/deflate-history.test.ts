import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { DeflateHistory } from '../../src/socket/deflate-history.ts';
import { concat, octets } from '../support/bytes.ts';

describe('the window of one direction, RFC 7692 §7.1.1', () => {
  test('nothing is known before the first message', () => {
    assert.equal(new DeflateHistory(8).dictionary, undefined);
  });

  test('an empty message leaves nothing', () => {
    const history = new DeflateHistory(8);
    history.append(new Uint8Array(0));
    assert.equal(history.dictionary, undefined);
  });

  test('messages stand one behind the other', () => {
    const history = new DeflateHistory(8);
    history.append(octets(3));
    history.append(octets(5));
    assert.deepEqual(new Uint8Array(history.dictionary!), concat(octets(3), octets(5)));
  });

  test('of a message larger than the window its end is kept', () => {
    const history = new DeflateHistory(8);
    history.append(octets(10));
    history.append(octets(1000));
    assert.deepEqual(new Uint8Array(history.dictionary!), octets(1000).subarray(-256));
  });

  test('what was appended may change afterwards', () => {
    const history = new DeflateHistory(9);
    const message = octets(4);
    history.append(message);
    message.fill(0);
    assert.deepEqual(new Uint8Array(history.dictionary!), octets(4));
  });

  test('it is always the end of all that went through, and its memory never more than two windows', () => {
    const messages = fc.array(fc.uint8Array({ maxLength: 700 }), { maxLength: 12 });
    fc.assert(
      fc.property(messages, fc.constantFrom(8, 9), (all, windowBits) => {
        const history = new DeflateHistory(windowBits);
        let whole = new Uint8Array(0) as Uint8Array;
        for (const message of all) {
          history.append(message);
          whole = concat(whole, message);
          const dictionary = history.dictionary ?? new Uint8Array(0);
          assert.deepEqual(new Uint8Array(dictionary), whole.slice(-(1 << windowBits)));
          assert.ok(dictionary.buffer.byteLength <= 2 << windowBits);
        }
      }),
      { numRuns: 50, seed: 1 },
    );
  });
});
