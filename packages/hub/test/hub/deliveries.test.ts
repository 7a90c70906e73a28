import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Deliveries, type Outlet } from '../../src/hub/deliveries.ts';

const limits = { messages: 4, bytes: 1000, latest: 2 };

/** Has so many to send, and writes its name for each. */
class Queue implements Outlet {
  readonly latest: boolean;
  readonly #name: string;
  readonly #deliveries: Deliveries;
  readonly #sent: string[];
  #left: number;

  constructor(name: string, left: number, deliveries: Deliveries, sent: string[], latest = false) {
    this.#name = name;
    this.#left = left;
    this.#deliveries = deliveries;
    this.#sent = sent;
    this.latest = latest;
    deliveries.wait(this);
  }

  sendNext(): boolean {
    assert.equal(this.#deliveries.hasRoom(this.latest), true);
    this.#sent.push(this.#name);
    this.#deliveries.sent(1, this.latest);
    return --this.#left > 0;
  }
}

function full(probe?: (total: number) => void): { deliveries: Deliveries; sent: string[] } {
  const deliveries = new Deliveries(limits, probe);
  for (let i = 0; i < 4; i++) deliveries.sent(1, false);
  return { deliveries, sent: [] };
}

describe('deliveries', () => {
  it('are shared out in turn when there is room again', () => {
    const { deliveries, sent } = full();
    new Queue('a', 3, deliveries, sent);
    new Queue('b', 1, deliveries, sent);
    new Queue('c', 9, deliveries, sent);
    assert.equal(deliveries.acknowledge(1), true);
    deliveries.acknowledge(4);
    assert.equal(sent.join(''), 'abca');
    deliveries.acknowledge(8);
    assert.equal(sent.join(''), 'abcacacc');
  });

  // Those of `latest` topics were served after all others, and starved beside a topic that always had more.
  it('of latest topics do not wait until all others have none', () => {
    const { deliveries, sent } = full();
    new Queue('a', 99, deliveries, sent);
    new Queue('l', 99, deliveries, sent, true);
    for (let total = 4; total < 20; total += 4) deliveries.acknowledge(total);
    assert.equal(sent.join(''), 'alalalalalalalal');
  });

  it('leave the line with who leaves it, and end with stop', () => {
    const { deliveries, sent } = full();
    const first = new Queue('a', 3, deliveries, sent);
    new Queue('b', 3, deliveries, sent);
    deliveries.leave(first);
    deliveries.acknowledge(1);
    assert.deepEqual(sent, ['b']);
    deliveries.stop();
    deliveries.acknowledge(4);
    new Queue('c', 3, deliveries, sent);
    deliveries.acknowledge(5);
    assert.deepEqual(sent, ['b']);
  });

  it('are stopped by whoever sends, in the middle', () => {
    const { deliveries, sent } = full();
    const stopping = (): boolean => {
      deliveries.stop();
      return true;
    };
    deliveries.wait({ latest: false, sendNext: stopping });
    new Queue('b', 3, deliveries, sent);
    deliveries.acknowledge(4);
    assert.deepEqual(sent, []);
  });

  it('ask how far the peer is when the window is half full, once at a time', () => {
    const probes: number[] = [];
    const deliveries = new Deliveries(limits, (total) => probes.push(total));
    deliveries.sent(1, false);
    assert.deepEqual(probes, []);
    deliveries.sent(1, false);
    deliveries.sent(1, false);
    assert.deepEqual(probes, [2]);
    deliveries.acknowledge(1);
    assert.deepEqual(probes, [2]);
    deliveries.acknowledge(2);
    assert.deepEqual(probes, [2]);
    deliveries.sent(1, false);
    assert.deepEqual(probes, [2, 4]);
  });

  it('ask again at once when what was served fills the window anew', () => {
    const probes: number[] = [];
    const { deliveries, sent } = full((total) => probes.push(total));
    new Queue('a', 9, deliveries, sent);
    deliveries.acknowledge(2);
    deliveries.acknowledge(4);
    assert.deepEqual(probes, [2, 6]);
  });

  it('refuse an acknowledgement of what was never sent', () => {
    const deliveries = new Deliveries(limits, undefined);
    assert.equal(deliveries.acknowledge(0), true);
    assert.equal(deliveries.acknowledge(1), false);
    deliveries.sent(1, false);
    assert.equal(deliveries.acknowledge(2), false);
  });
});
