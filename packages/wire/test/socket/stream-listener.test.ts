import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { listenTo, type StreamListener } from '../../src/socket/stream-listener.ts';
import { hex, toHex } from '../support/bytes.ts';
import { Pipe, turn } from '../support/pipe.ts';

/** A listener that writes down what it is told. */
function listener(): StreamListener & { readonly told: string[] } {
  const told: string[] = [];
  return {
    told,
    received: (bytes, lent) => told.push(`${toHex(bytes)}${lent ? ' lent' : ''}`),
    landing: () => undefined,
    ended: () => told.push('ended'),
    broken: (error) => told.push(error.message),
    streamClosed: () => told.push('closed'),
  };
}

describe('the listener of a stream', () => {
  test('is told what came, that the peer has ended, and that nothing follows', async () => {
    const [pipe, one] = [new Pipe(), listener()];
    listenTo(pipe.stream, one, undefined);
    pipe.send(hex`01 02`, hex`03`);
    await turn();
    pipe.end();
    await turn();
    pipe.stream.end();
    await turn();
    assert.deepEqual(one.told, ['0102', '03', 'ended', 'closed']);
  });

  test('is told first what was read already', async () => {
    const [pipe, one] = [new Pipe(), listener()];
    pipe.send(hex`03`);
    listenTo(pipe.stream, one, hex`01 02`);
    await turn();
    assert.equal(one.told.join(''), '010203');
  });

  test('is told how the stream broke, then that nothing follows', async () => {
    const [pipe, one] = [new Pipe(), listener()];
    listenTo(pipe.stream, one, undefined);
    pipe.stream.destroy(new Error('broken'));
    await turn();
    assert.deepEqual(one.told, ['broken', 'closed']);
  });

  test('hears of its own stream alone', async () => {
    const [pipes, both] = [
      [new Pipe(), new Pipe()],
      [listener(), listener()],
    ];
    for (const [i, pipe] of pipes.entries()) listenTo(pipe.stream, both[i]!, undefined);
    for (const [i, pipe] of pipes.entries()) pipe.send(Uint8Array.of(i));
    await turn();
    assert.deepEqual(
      both.map(({ told }) => told),
      [['00'], ['01']],
    );
  });

  test('that comes late is told what it has missed', async () => {
    const [broken, ended] = [new Pipe(), new Pipe()];
    broken.stream.on('error', () => {}).destroy(new Error('broken'));
    ended.stream.resume();
    ended.end();
    await turn();
    const both = [listener(), listener()];
    listenTo(broken.stream, both[0]!, undefined);
    listenTo(ended.stream, both[1]!, undefined);
    await turn();
    assert.deepEqual(
      both.map(({ told }) => told),
      [['broken', 'closed'], ['ended']],
    );
  });
});
