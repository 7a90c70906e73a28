import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MessageBuffer } from '../../src/protocol/message-buffer.ts';
import { concat, hex, octets } from '../support/bytes.ts';

/** A buffer whose allocations are written down. */
function counted(): { buffer: MessageBuffer; sizes: number[] } {
  const sizes: number[] = [];
  const buffer = new MessageBuffer((size) => {
    sizes.push(size);
    return new Uint8Array(size);
  });
  return { buffer, sizes };
}

describe('a message buffer', () => {
  it('gives back all pieces in order, whole and in part', () => {
    const buffer = new MessageBuffer();
    const first = octets(300);
    buffer.append(first, 0, 300, 303, false);
    buffer.append(hex`00 01 02 03 04`, 1, 4, 303, true);
    assert.equal(buffer.length, 303);
    assert.deepEqual(buffer.take(), concat(first, hex`01 02 03`));
  });

  it('is empty once its message was taken, and shares no byte with it', () => {
    const buffer = new MessageBuffer();
    buffer.append(hex`01`, 0, 1, 1, true);
    const taken = buffer.take();
    assert.equal(buffer.length, 0);
    buffer.append(hex`02`, 0, 1, 1, true);
    assert.deepEqual(taken, hex`01`);
    assert.deepEqual(buffer.take(), hex`02`);
  });

  it('forgets what was gathered when it is cleared', () => {
    const buffer = new MessageBuffer();
    buffer.append(hex`01 02`, 0, 2, 4, true);
    buffer.clear();
    assert.equal(buffer.length, 0);
    assert.deepEqual(buffer.take(), hex``);
  });

  it('keeps a copy, so the bytes that came may be used again', () => {
    const buffer = new MessageBuffer();
    const piece = hex`01 02`;
    buffer.append(piece, 0, 2, 4, true);
    piece.fill(0xff);
    assert.deepEqual(buffer.take(), hex`01 02`);
  });

  it('has room for what comes next, which is not copied when it is put there', () => {
    const { buffer, sizes } = counted();
    buffer.append(octets(10), 0, 10, 300, true);
    const room = buffer.spare(400);
    room.set(octets(200).fill(0x77));
    assert.equal(room.length, sizes[0]! - 10);
    assert.equal(buffer.spare(7).length, 7);
    buffer.append(room.subarray(0, 200), 0, 200, 300, true);
    assert.deepEqual(buffer.take(), concat(octets(10), octets(200).fill(0x77)));
  });

  it('has no room before anything has come, and none of a message that was taken', () => {
    const buffer = new MessageBuffer();
    assert.equal(buffer.spare(10).length, 0);
    buffer.append(hex`01`, 0, 1, 300, true);
    buffer.take();
    assert.equal(buffer.spare(10).length, 0);
  });

  it('allocates nothing for no bytes', () => {
    const { buffer, sizes } = counted();
    buffer.append(hex``, 0, 0, 1 << 20, true);
    assert.deepEqual(sizes, []);
    assert.deepEqual(buffer.take(), hex``);
  });

  it('allocates exactly what a short message needs when its length is known', () => {
    const { buffer, sizes } = counted();
    buffer.append(octets(10), 0, 10, 20, true);
    assert.deepEqual(sizes, [20]);
  });

  it('allocates at most 32 times what has come, whatever is announced', () => {
    const { buffer, sizes } = counted();
    let came = 0;
    for (const size of [1, 20, 1000, 70_000, 1 << 20]) {
      buffer.append(new Uint8Array(size), 0, size, 2 ** 40, true);
      came += size;
      assert.ok(sizes.at(-1)! <= Math.max(256, 32 * came), `${sizes.at(-1)} for ${came}`);
    }
  });

  it('ends in one allocation of the announced size once a thirty-second part of it has come', () => {
    const { buffer, sizes } = counted();
    for (let i = 0; i < 1024; i++) buffer.append(octets(1024), 0, 1024, 1 << 20, true);
    assert.deepEqual(sizes, [32 << 10, 1 << 20]);
    assert.equal(buffer.take().length, 1 << 20);
  });

  it('allocates a number of times that grows with the logarithm when nothing is announced', () => {
    const { buffer, sizes } = counted();
    for (let i = 0; i < 65_536; i++) buffer.append(hex`07`, 0, 1, i + 1, false);
    assert.ok(sizes.length <= 10, `${sizes.length} allocations`);
    assert.deepEqual(buffer.take(), new Uint8Array(65_536).fill(7));
  });
});
