import assert from 'node:assert/strict';
import { Socket as TcpSocket } from 'node:net';
import { PassThrough } from 'node:stream';
import { describe, test } from 'node:test';
import { lendReads } from '../../src/socket/lent-reads.ts';
import { lendable } from '../../src/socket/simd-mask.ts';

type Handled = Record<string | symbol, unknown>;

/** A socket of Node's own whose handle only notes what memory it is told to read into. */
function socketWith(handle: object): Handled {
  const socket = new TcpSocket();
  (socket as unknown as Handled)['_handle'] = handle;
  return socket as unknown as Handled;
}

function symbolOf(socket: object, name: string): symbol {
  const found = Object.getOwnPropertySymbols(socket).find(({ description }) => description === name);
  return found ?? assert.fail(`Node has no ${name} any more`);
}

const never = () => assert.fail('nothing was read');

describe('reads into shared memory', () => {
  test('are told to the stream, by their length', () => {
    const told: unknown[] = [];
    const taken: unknown[] = [];
    const socket = socketWith({ useUserBuffer: (memory: unknown) => told.push(memory) });
    assert.equal(
      lendReads(socket as never, function (length) {
        taken.push([this, length]);
      }),
      true,
    );
    assert.deepEqual(told, [lendable]);
    const take = socket[symbolOf(socket, 'kBufferCb')] as (length: number, memory: unknown) => unknown;
    assert.notEqual(take.call(socket, 5, lendable), false);
    assert.deepEqual(taken, [[socket, 5]]);
  });

  test('are not for a stream that is no plain TCP', () => {
    assert.equal(lendReads(new PassThrough(), never), false);
  });

  test('are not for a socket without a handle, or with one that knows nothing of it', () => {
    assert.equal(lendReads(new TcpSocket(), never), false);
    assert.equal(lendReads(socketWith({}) as never, never), false);
  });

  test('are not for a socket that reads into memory of its user', () => {
    const socket = socketWith({ useUserBuffer: never });
    const own = new Uint8Array(8);
    socket[symbolOf(socket, 'kBuffer')] = own;
    assert.equal(lendReads(socket as never, never), false);
    assert.equal(socket[symbolOf(socket, 'kBuffer')], own);
  });
});
