/** Joins that the hub ends or refuses for now: nothing of that reaches the application but what was missed. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { at, collect, type Line, scene, settled } from './fake-hub.ts';
import { live, recover, told } from './live-subscription.ts';

const unavailable = { code: 'unavailable', temporary: true };

function end(line: Line, reason: string, subscription = 5): void {
  line.say({ type: 'UNSUBSCRIBED', request: 0, details: { subscription, reason } });
}

describe('a subscription that the hub ends because it can not read its log', () => {
  it('is joined again after a while, with the last position', async () => {
    const { line, items, clock } = await live(3);
    line.event(at(4));
    await settled();
    end(line, 'tidewire.error.unavailable');
    await settled();
    assert.equal(line.sent.length, 0);
    clock.advance(500);
    assert.deepEqual(recover(line, true, [5], 5), at(4));
    line.event(at(6));
    await settled();
    assert.deepEqual(told(items), ['4', 'joined true 1', '5 replayed', 'caught-up 1', '6']);
  });

  it('waits longer and longer while that brings nothing', async () => {
    const { line, clock } = await live(3);
    for (const delay of [250, 500, 1_000]) {
      end(line, 'tidewire.error.unavailable');
      await settled();
      clock.advance(delay - 1);
      assert.equal(line.sent.length, 0);
      clock.advance(1);
      recover(line, true, [], 3);
      await settled();
    }
  });

  for (const [order, ends] of [
    ['the end of the call first', ['ERROR', 'UNSUBSCRIBED']],
    ['the end of the call last', ['UNSUBSCRIBED', 'ERROR']],
  ] as const) {
    it(`while it catches up goes on where it was, once (${order})`, async () => {
      const { line, items, clock, retry, join } = await live(3);
      line.ended(1006);
      await retry();
      const next = await join();
      const { request } = next.takeCall('tidewire.topic.join');
      next.joined(request, at(6), { recovered: true, replay: 3 });
      next.event(at(4));
      for (const type of ends) {
        if (type === 'ERROR') next.error(request, 'tidewire.error.unavailable', unavailable);
        else end(next, 'tidewire.error.unavailable');
      }
      // On its way already: it counts as taken, and comes again.
      next.event(at(5));
      await settled();
      assert.equal(next.acknowledged, 2);
      assert.equal(next.sent.length, 0);
      clock.advance(500);
      assert.deepEqual(recover(next, true, [5, 6], 6), at(4));
      await settled();
      assert.deepEqual(told(items), [
        ...['joined true 3', '4 replayed'],
        ...['joined true 2', '5 replayed', '6 replayed', 'caught-up 2'],
      ]);
    });
  }

  it('for good, while it catches up, throws after what came before', async () => {
    const { hub, join } = scene();
    const line = await join();
    const items = collect(hub.topic('news').subscribe({ last: 2 }));
    const { request } = line.takeCall('tidewire.topic.join');
    line.joined(request, at(2), { replay: 2 });
    line.event(at(1));
    line.error(request, 'wamp.error.not_authorized', { code: 'denied', temporary: false });
    end(line, 'wamp.error.not_authorized');
    await settled();
    assert.deepEqual(told(items), ['joined fresh 2', '1 replayed', 'error denied']);
  });
});

describe('a join that is refused for now in a new session', () => {
  it('leaves alone a subscription that has the id there that its own had before', async () => {
    const { hub, line, retry, join } = await live(3);
    line.ended(1006);
    const others = collect(hub.topic('support.{ticket}', { ticket: 1 }).subscribe());
    await retry();
    const next = await join();
    const news = next.takeCall('tidewire.topic.join');
    const { request } = next.takeCall('tidewire.topic.join');
    next.joined(request, at(1));
    next.caughtUp(request, at(1));
    next.error(news.request, 'tidewire.error.unavailable', unavailable);
    next.event(at(2));
    await settled();
    assert.deepEqual(told(others), ['joined fresh 0', 'caught-up 0', '2']);
  });

  it('and left before it is tried again asks for nothing more', async () => {
    const { hub, join, clock } = scene();
    const line = await join();
    const items = hub.topic('news').subscribe();
    line.error(line.takeCall('tidewire.topic.join').request, 'tidewire.error.unavailable', unavailable);
    await items.return!();
    assert.equal(line.sent.length, 0);
    assert.equal(clock.pending, 0);
  });
});
