import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { collect, scene, settled } from './fake-hub.ts';

const ann = { session: 1, user: 'ann', role: 'agent', name: 'Ann Onymous' };
const bob = { session: 2, user: 'bob' };
const eve = { session: 3 };
const procedure = 'tidewire.topic.watch_presence';

describe('presence', () => {
  it('tells who is there, and at every change who came and who went', async () => {
    const { hub, join } = scene();
    const items = collect(hub.topic('news').presence());
    const line = await join();
    const { request, kwargs, options } = line.takeCall(procedure);
    assert.deepEqual([kwargs, options], [{ topic: 'news' }, { receive_progress: true }]);
    line.result(request, { count: 1, members: [ann] }, true);
    await settled();
    line.result(request, { count: 2, joined: [bob, eve], left: [ann] }, true);
    await settled();
    assert.deepEqual(items, [
      { count: 1, members: [ann], joined: [ann], left: [] },
      { count: 2, members: [bob, eve], joined: [bob, eve], left: [ann] },
    ]);
  });

  it('tells a slow reader the newest state in one step', async () => {
    const { hub, join } = scene();
    const presence = hub.topic('news').presence();
    const line = await join();
    const { request } = line.takeCall(procedure);
    line.result(request, { count: 1, members: [ann] }, true);
    line.result(request, { count: 2, joined: [bob] }, true);
    line.result(request, { count: 1, left: [ann] }, true);
    assert.deepEqual((await presence.next()).value, { count: 1, members: [bob], joined: [bob], left: [] });
  });

  it('tells the number alone where the topic tells no members', async () => {
    const { hub, join } = scene();
    const presence = hub.topic('news').presence();
    const line = await join();
    line.result(line.takeCall(procedure).request, { count: 12 }, true);
    assert.deepEqual((await presence.next()).value, { count: 12, members: [], joined: [], left: [] });
  });

  it('is watched again after a loss, and tells the difference to what was told before', async () => {
    const { hub, join, retry } = scene();
    const items = collect(hub.topic('news').presence());
    const line = await join();
    line.result(line.takeCall(procedure).request, { count: 2, members: [ann, bob] }, true);
    await settled();
    line.ended(1006);
    await retry();
    const next = await join();
    next.result(next.takeCall(procedure).request, { count: 2, members: [bob, eve] }, true);
    await settled();
    assert.deepEqual(items[1], { count: 2, members: [bob, eve], joined: [eve], left: [ann] });
  });

  it('that is left cancels the call; a pending next() is done', async () => {
    const { hub, join } = scene();
    const presence = hub.topic('news').presence();
    const line = await join();
    const { request } = line.takeCall(procedure);
    const next = presence.next();
    await presence.return!();
    assert.deepEqual(await next, { done: true, value: undefined });
    assert.equal(line.take('CANCEL').request, request);
    line.error(request, 'wamp.error.canceled', { code: 'canceled' });
    assert.equal(hub.state, 'connected');
  });

  it('that is refused throws; for now, or ended by the hub, it is watched again', async () => {
    const { hub, join, clock } = scene();
    const items = collect(hub.topic('news').presence());
    const line = await join();
    line.error(line.takeCall(procedure).request, 'tidewire.error.unavailable', { code: 'unavailable' });
    clock.advance(500);
    line.result(line.takeCall(procedure).request, { count: 1 });
    clock.advance(1_000);
    line.error(line.takeCall(procedure).request, 'wamp.error.not_authorized', { code: 'denied' });
    await settled();
    assert.equal((items[0] as { code?: string }).code, 'denied');
    assert.equal(clock.pending, 0);
  });

  it('is done when the client is closed, and is bounded', async () => {
    const { hub, join } = scene();
    const presence = hub.topic('news').presence();
    const line = await join();
    const crowd = Array.from({ length: 10_001 }, (_, i) => ({ session: i + 1 }));
    line.result(line.takeCall(procedure).request, { count: 10_001, members: crowd }, true);
    assert.equal((await presence.next()).value?.members.length, 10_000);
    await hub.close();
    assert.equal((await presence.next()).done, true);
  });
});
