import assert from 'node:assert/strict';
import { Socket as TcpSocket } from 'node:net';
import { Duplex } from 'node:stream';
import { describe, test } from 'node:test';
import { Framer } from '../../src/protocol/framer.ts';
import { nodePlatform } from '../../src/socket/node-platform.ts';
import { Outbox } from '../../src/socket/outbox.ts';
import { concat, octets, readFrames, toHex } from '../support/bytes.ts';
import { Pipe, turn } from '../support/pipe.ts';

const kib = 1024;
const framer = new Framer('server', nodePlatform);

interface Posted {
  readonly pipe: Pipe;
  readonly outbox: Outbox;
  readonly log: string[];
}

function posted(): Posted {
  const [pipe, log] = [new Pipe(), [] as string[]];
  const flushed = () => log.push('flushed') > 0;
  const outbox = new Outbox(pipe.stream, { progress: () => log.push('progress'), flushed });
  outbox.tellFlushed();
  return { pipe, outbox, log };
}

/** Frames a text in the outbox's scratch, as replies to a read are. */
function reply(outbox: Outbox, text: string): void {
  assert.ok(outbox.space !== undefined && framer.textInto(outbox.space, text));
}

function texts(pipe: Pipe): string[] {
  return readFrames(pipe.wire).map(({ payload }) => Buffer.from(payload).toString());
}

describe('one write for a turn', () => {
  test('what is put in during a turn leaves together at its end', async () => {
    const { pipe, outbox, log } = posted();
    for (let i = 0; i < 64; i++) outbox.put(octets(i + 1));
    assert.deepEqual([pipe.writes.length, outbox.frames, outbox.bytes, outbox.idle], [0, 64, 2080, false]);
    await turn();
    assert.equal(pipe.writes.length, 1);
    assert.equal(toHex(pipe.wire), toHex(concat(...Array.from({ length: 64 }, (_, i) => octets(i + 1)))));
    assert.deepEqual([outbox.frames, outbox.bytes, outbox.idle, log], [0, 0, true, ['flushed']]);
  });

  test('that all has left is told as long as somebody wants to know', async () => {
    const pipe = new Pipe();
    let told = 0;
    const outbox = new Outbox(pipe.stream, { progress: () => {}, flushed: () => ++told < 2 });
    const tolds: number[] = [];
    for (let turns = 0; turns < 4; turns++) {
      if (turns === 1) outbox.tellFlushed();
      outbox.put(octets(1));
      await turn();
      tolds.push(told);
    }
    assert.deepEqual(tolds, [0, 1, 2, 2]);
  });

  test('64 KiB do not wait for the end of the turn', () => {
    const { pipe, outbox } = posted();
    for (let i = 0; i < 7; i++) outbox.put(octets(8 * kib));
    assert.equal(pipe.writes.length, 0);
    outbox.put(octets(8 * kib));
    assert.deepEqual(
      pipe.writes.map(({ length }) => length),
      [64 * kib],
    );
  });

  test('a write carries at most 64 KiB, or one frame, and ends where a frame does', () => {
    const { pipe, outbox } = posted();
    outbox.hold();
    for (const size of [10, 40, 30, 20, 200, 1]) outbox.put(octets(size * kib));
    outbox.release();
    assert.deepEqual(
      pipe.writes.map(({ length }) => length / kib),
      [50, 30, 20, 200, 1],
    );
  });

  test('a single frame is written as it is', async () => {
    const { pipe, outbox } = posted();
    outbox.put(octets(5));
    await turn();
    assert.deepEqual([pipe.writes.length, pipe.buffers], [1, [1]]);
  });

  test('a large payload is written beside its header, and what goes before it, in the same write', async () => {
    const { pipe, outbox } = posted();
    const payload = octets(20 * kib);
    outbox.put(octets(3));
    outbox.put([octets(4), payload]);
    await turn();
    assert.deepEqual(pipe.buffers, [3]);
    assert.equal(Buffer.compare(pipe.wire, concat(octets(3), octets(4), payload)), 0);
  });

  test('flushing an empty outbox does nothing', () => {
    const { pipe, outbox, log } = posted();
    outbox.flush();
    assert.deepEqual([pipe.writes.length, log], [0, []]);
  });
});

describe('replies to a read', () => {
  test('leave in one write when the read is over, without waiting for the end of the turn', () => {
    const { pipe, outbox, log } = posted();
    outbox.hold();
    for (const text of ['a', 'b', 'c']) reply(outbox, text);
    assert.deepEqual([pipe.writes.length, outbox.frames, outbox.bytes, outbox.idle], [0, 3, 9, false]);
    outbox.release();
    assert.deepEqual([pipe.writes.length, texts(pipe), log], [1, ['a', 'b', 'c'], ['flushed']]);
    assert.deepEqual([outbox.frames, outbox.bytes, outbox.idle, outbox.space], [0, 0, true, undefined]);
  });

  test('keep their order with frames made elsewhere, before and after', () => {
    const { pipe, outbox } = posted();
    outbox.put(framer.text('before'));
    outbox.hold();
    reply(outbox, 'a');
    outbox.put(framer.text('b'));
    reply(outbox, 'c');
    outbox.release();
    assert.deepEqual(texts(pipe), ['before', 'a', 'b', 'c']);
  });

  test('keep their order with a frame that does not wait', () => {
    const { pipe, outbox } = posted();
    outbox.hold();
    reply(outbox, 'a');
    outbox.put(framer.text('b'.repeat(70_000)));
    reply(outbox, 'c');
    outbox.release();
    assert.deepEqual(
      texts(pipe).map((text) => text[0]),
      ['a', 'b', 'c'],
    );
  });

  test('wait behind a write that has not been taken, in memory of their own', async () => {
    const { pipe, outbox } = posted();
    pipe.stall();
    outbox.put(framer.text('first'));
    outbox.flush();
    outbox.hold();
    reply(outbox, 'mine');
    outbox.release();
    assert.deepEqual([outbox.frames, outbox.bytes], [1, 7 + 6]);
    const other = posted();
    other.outbox.hold();
    reply(other.outbox, 'yours');
    other.outbox.release();
    pipe.resume();
    await turn();
    assert.deepEqual([texts(pipe), texts(other.pipe)], [['first', 'mine'], ['yours']]);
  });

  test('of two outboxes at once, one has the scratch and the other does without', () => {
    const [one, two] = [posted(), posted()];
    one.outbox.hold();
    two.outbox.hold();
    assert.ok(one.outbox.space !== undefined && two.outbox.space === undefined);
    reply(one.outbox, 'one');
    two.outbox.put(framer.text('two'));
    two.outbox.put(framer.text('more'));
    two.outbox.release();
    one.outbox.release();
    assert.deepEqual([texts(one.pipe), texts(two.pipe)], [['one'], ['two', 'more']]);
    two.outbox.hold();
    assert.ok(two.outbox.space !== undefined);
    two.outbox.release();
  });

  test('a read within a read loses nothing, and gives the scratch back', () => {
    const { pipe, outbox } = posted();
    outbox.hold();
    reply(outbox, 'outer');
    outbox.hold();
    reply(outbox, 'inner');
    outbox.release();
    outbox.put(framer.text('outer again'));
    outbox.release();
    assert.deepEqual(texts(pipe), ['outer', 'inner', 'outer again']);
    outbox.hold();
    assert.ok(outbox.space !== undefined);
    outbox.release();
  });

  test('are not overwritten in a stream that keeps what it was given', () => {
    const kept: Uint8Array[] = [];
    const stream = new Duplex({
      read: () => {},
      write: (chunk: Uint8Array, _encoding, done) => {
        kept.push(chunk);
        done();
      },
    });
    const outbox = new Outbox(stream, { progress: () => {}, flushed: () => false });
    for (const text of ['first', 'other']) {
      outbox.hold();
      reply(outbox, text);
      outbox.release();
    }
    assert.deepEqual(
      kept.map((chunk) => Buffer.from(chunk.subarray(2)).toString()),
      ['first', 'other'],
    );
  });

  test('are forgotten with the rest', () => {
    const { pipe, outbox } = posted();
    outbox.hold();
    reply(outbox, 'a');
    reply(outbox, 'b');
    assert.equal(outbox.drop(), 2);
    outbox.release();
    assert.deepEqual([pipe.writes.length, outbox.idle], [0, true]);
  });
});

describe('a peer that does not read', () => {
  test('everything behind the write that it has not taken waits, and is counted', async () => {
    const { pipe, outbox, log } = posted();
    pipe.stall();
    outbox.put(octets(100));
    await turn();
    for (let i = 0; i < 3; i++) outbox.put(octets(10));
    await turn();
    assert.deepEqual([outbox.frames, outbox.bytes, outbox.idle, log], [3, 130, false, []]);
  });

  test('what waited leaves in one write when it reads on', async () => {
    const { pipe, outbox, log } = posted();
    pipe.stall();
    outbox.put(octets(100));
    await turn();
    for (let i = 0; i < 3; i++) outbox.put(octets(10));
    pipe.resume();
    await turn();
    assert.deepEqual(
      pipe.writes.map(({ length }) => length),
      [100, 30],
    );
    assert.deepEqual([outbox.bytes, outbox.idle, log], [0, true, ['flushed', 'progress']]);
  });

  test('each write that it takes is progress, and it has them one by one', async () => {
    const { pipe, outbox, log } = posted();
    pipe.stall();
    for (const size of [60, 50, 40]) outbox.put(octets(size * kib));
    pipe.takeOne();
    await turn();
    assert.deepEqual([pipe.writes.length, outbox.bytes, log], [1, 90 * kib, ['progress']]);
    pipe.resume();
    await turn();
    await turn();
    assert.deepEqual([pipe.writes.length, outbox.bytes, log.at(-1), log.includes('flushed')], [3, 0, 'progress', true]);
  });

  test('what was not handed on can be dropped, and frames stay whole', async () => {
    const { pipe, outbox } = posted();
    pipe.stall();
    outbox.put(framer.text('first'));
    await turn();
    outbox.put(framer.text('second'));
    outbox.put(framer.text('third'));
    assert.equal(outbox.drop(), 2);
    outbox.put(framer.text('fourth'));
    pipe.resume();
    await turn();
    assert.deepEqual([texts(pipe), outbox.bytes], [['first', 'fourth'], 0]);
  });
});

describe('a stream that is over', () => {
  for (const [how, over] of [
    ['was cut', (pipe: Pipe) => pipe.cut()],
    ['was ended', (pipe: Pipe) => void pipe.stream.end()],
  ] as const) {
    test(`one that ${how} is not written to, and what waits is let go`, async () => {
      const { pipe, outbox } = posted();
      over(pipe);
      outbox.put(octets(5));
      outbox.hold();
      if (outbox.space !== undefined) reply(outbox, 'a');
      outbox.release();
      await turn();
      assert.deepEqual([pipe.writes.length, outbox.frames, outbox.bytes], [0, 0, 0]);
    });
  }

  test('one that breaks during a write says no more', async () => {
    const { pipe, outbox, log } = posted();
    pipe.stream.on('error', () => {});
    pipe.stall();
    outbox.put(octets(5));
    await turn();
    pipe.cut(new Error('reset'));
    await turn();
    assert.ok(!log.includes('flushed'));
  });
});

describe('plain TCP', () => {
  /** A TCP socket without a network: `take` says how a write goes. */
  function tcp(take: (chunk: Uint8Array, done: () => void) => void): TcpSocket {
    const socket = new TcpSocket({ writable: true });
    const write = (chunk: Uint8Array, _encoding: string, done: () => void) =>
      chunk.length === 0 ? done() : take(chunk, done);
    return Object.assign(socket, { _write: write, _writev: null });
  }

  test('what the kernel takes at once is written from memory that is used again', () => {
    const chunks: Uint8Array[] = [];
    const stream = tcp((chunk, done) => {
      chunks.push(chunk);
      done();
    });
    const outbox = new Outbox(stream, { progress: () => {}, flushed: () => false });
    for (const text of ['first', 'other']) {
      outbox.hold();
      reply(outbox, text);
      outbox.release();
    }
    assert.equal(chunks[0]!.buffer, chunks[1]!.buffer);
    assert.equal(Buffer.from(chunks[0]!.subarray(2)).toString(), 'other');
  });

  test('what it has not taken yet keeps its memory for itself', async () => {
    const chunks: Uint8Array[] = [];
    let finish: (() => void) | undefined;
    const stream = tcp((chunk, done) => {
      chunks.push(chunk);
      finish = done;
    });
    const outbox = new Outbox(stream, { progress: () => {}, flushed: () => false });
    outbox.put(framer.text('a'));
    outbox.put(framer.text('b'));
    outbox.flush();
    const other = posted();
    other.outbox.hold();
    reply(other.outbox, 'xxxxxxxx');
    other.outbox.release();
    assert.equal(
      readFrames(chunks[0]!)
        .map(({ payload }) => Buffer.from(payload).toString())
        .join(),
      'a,b',
    );
    outbox.put(framer.text('c'));
    outbox.put(framer.text('d'));
    finish!();
    await turn();
    assert.equal(
      readFrames(chunks[1]!)
        .map(({ payload }) => Buffer.from(payload).toString())
        .join(),
      'c,d',
    );
  });
});
