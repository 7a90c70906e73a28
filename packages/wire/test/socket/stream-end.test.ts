import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Outbox } from '../../src/socket/outbox.ts';
import { StreamEnd } from '../../src/socket/stream-end.ts';
import { octets } from '../support/bytes.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { Pipe, turn } from '../support/pipe.ts';

interface Ending {
  readonly pipe: Pipe;
  readonly clock: ManualClock;
  readonly outbox: Outbox;
  readonly end: StreamEnd;
}

function ending(): Ending {
  const [pipe, clock] = [new Pipe(), new ManualClock()];
  const flushed = () => {
    end.flushed();
    return true;
  };
  const outbox: Outbox = new Outbox(pipe.stream, { progress: () => {}, flushed });
  const end = new StreamEnd(pipe.stream, outbox, clock);
  return { pipe, clock, outbox, end };
}

describe('RFC 6455 §7.1.1, the end of the stream', () => {
  test('what was put out leaves first', async () => {
    const { pipe, outbox, end } = ending();
    outbox.put(octets(5));
    end.now();
    await turn();
    assert.deepEqual([pipe.writes.length, pipe.ended], [1, true]);
  });

  test('a peer that does not read holds it up, until it reads on', async () => {
    const { pipe, outbox, end } = ending();
    pipe.stall();
    outbox.put(octets(5));
    outbox.flush();
    outbox.put(octets(6));
    end.now();
    await turn();
    assert.deepEqual([pipe.writes.length, pipe.stream.writableEnded], [0, false]);
    pipe.resume();
    await turn();
    assert.deepEqual([pipe.writes.length, pipe.ended], [2, true]);
  });

  test('without being asked, an empty outbox ends nothing', async () => {
    const { pipe, outbox, end } = ending();
    outbox.put(octets(5));
    end.flushed();
    await turn();
    end.flushed();
    assert.equal(pipe.stream.writableEnded, false);
  });

  test('the first time limit counts, and cuts', () => {
    const { pipe, clock, end } = ending();
    end.within(1000);
    end.within(50);
    clock.advance(999);
    assert.equal(pipe.stream.destroyed, false);
    clock.advance(1);
    assert.equal(pipe.stream.destroyed, true);
  });

  for (const [closeTimeout, grace] of [
    [10_000, 2000],
    [300, 300],
  ] as const) {
    test(`after a failure it is ${grace} ms, when the close timeout is ${closeTimeout} ms, whatever ran before`, () => {
      const { pipe, clock, end } = ending();
      end.within(closeTimeout);
      end.afterFailure(closeTimeout);
      assert.deepEqual([clock.pending, pipe.stream.writableEnded], [1, true]);
      clock.advance(grace - 1);
      assert.equal(pipe.stream.destroyed, false);
      clock.advance(1);
      assert.equal(pipe.stream.destroyed, true);
    });
  }

  test('once it is closed, no timer is left', () => {
    const { clock, end } = ending();
    end.within(1000);
    end.ended();
    assert.equal(clock.pending, 0);
  });
});
