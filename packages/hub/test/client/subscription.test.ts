import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HubError } from '../../src/contract/errors.ts';
import { at, collect, scene, settled } from './fake-hub.ts';
import { live, recover, told } from './live-subscription.ts';

describe('a subscription', () => {
  it('joins, tells what is replayed and what is live, and when it has caught up', async () => {
    const { hub, join } = scene();
    const items = collect(hub.topic('support.{ticket}', { ticket: 42 }).subscribe({ last: 2 }));
    const line = await join();
    const call = line.takeCall('tidewire.topic.join');
    assert.deepEqual(call.kwargs, { topic: 'support.42', last: 2 });
    assert.equal(call.options.receive_progress, true);
    line.joined(call.request, at(8), { replay: 2 });
    line.event(at(7));
    line.event(at(8));
    line.caughtUp(call.request, at(8));
    line.event(at(9), { text: 'hello' }, { publisher: 12, publisher_authid: 'ann', publisher_authrole: 'agent' });
    await settled();
    assert.deepEqual(told(items), ['joined fresh 2', '7 replayed', '8 replayed', 'caught-up 2', 'hello']);
    assert.deepEqual(items.at(-1), {
      type: 'publication',
      data: { text: 'hello' },
      replayed: false,
      position: at(9),
      time: 1_009,
      publisher: { session: 12, user: 'ann', role: 'agent' },
    });
  });

  it('goes on from the position of an earlier life', async () => {
    const { hub, join } = scene();
    const line = await join();
    const items = collect(hub.topic('news').subscribe({ position: at(4) }));
    assert.deepEqual(recover(line, true, [5, 6], 6), at(4));
    await settled();
    assert.deepEqual(told(items), ['joined true 2', '5 replayed', '6 replayed', 'caught-up 2']);
  });

  it('joins again after a loss, with the last position, and delivers nothing twice', async () => {
    const { line, items, retry, join } = await live(3);
    line.event(at(4));
    line.event(at(5));
    await settled();
    line.ended(1006);
    await retry();
    const next = await join();
    const { request, kwargs } = next.takeCall('tidewire.topic.join');
    assert.deepEqual(kwargs, { topic: 'news', position: at(5), last: 3 });
    next.joined(request, at(6), { recovered: true, replay: 1 });
    next.event(at(5));
    next.event(at(6));
    next.caughtUp(request, at(6));
    next.event(at(6));
    next.event(at(7));
    await settled();
    assert.deepEqual(told(items), ['4', '5', 'joined true 1', '6 replayed', 'caught-up 1', '7']);
  });

  it('goes on where it was when the connection breaks while it is replayed', async () => {
    const { line, items, retry, join } = await live(3);
    line.ended(1006);
    await retry();
    const second = await join();
    const { request } = second.takeCall('tidewire.topic.join');
    second.joined(request, at(6), { recovered: true, replay: 3 });
    second.event(at(4));
    await settled();
    second.ended(1006);
    await retry();
    assert.deepEqual(recover(await join(), true, [5, 6], 6), at(4));
    await settled();
    const expected = ['joined true 3', '4 replayed', 'joined true 2', '5 replayed', '6 replayed', 'caught-up 2'];
    assert.deepEqual(told(items), expected);
  });

  it('says so when something is lost for good, and tells by ids what it had of the rest', async () => {
    const { line, items, retry, join } = await live(3);
    line.event(at(4));
    await settled();
    line.ended(1006);
    await retry();
    const next = await join();
    const { request } = next.takeCall('tidewire.topic.join');
    // The log was put back to an older copy: another publication has the offset 4 now.
    next.joined(request, at(5), { recovered: false, replay: 3 });
    next.event(at(4));
    next.event(at(4, 'e', 77), { text: 'other 4' });
    next.event(at(5, 'e', 78), { text: 'other 5' });
    next.caughtUp(request, at(5, 'e', 78));
    next.event(at(6));
    await settled();
    const expected = ['4', 'joined false 3', 'other 4 replayed', 'other 5 replayed', 'caught-up 2', '6'];
    assert.deepEqual(told(items), expected);
  });

  it('notices a live gap, and repairs it by joining again with the last position', async () => {
    const { line, items } = await live(3);
    line.event(at(4));
    line.event(at(6));
    line.event(at(7));
    await settled();
    assert.deepEqual(recover(line, true, [5, 6, 7], 7), at(4));
    line.event(at(8));
    await settled();
    const expected = ['4', 'joined true 3', '5 replayed', '6 replayed', '7 replayed', 'caught-up 3', '8'];
    assert.deepEqual(told(items), expected);
  });

  it('takes a new epoch for a gap', async () => {
    const { line, items } = await live(3);
    line.event(at(4, 'f'));
    assert.deepEqual(recover(line, false, [], 4), at(3));
    await settled();
    assert.deepEqual(told(items), ['joined false 0', 'caught-up 0']);
  });

  it('waits longer and longer when joining again brings nothing', async () => {
    const { line, clock } = await live(3);
    line.event(at(5));
    recover(line, true, [], 3);
    await settled();
    line.event(at(5));
    assert.equal(line.sent.length, 0);
    clock.advance(1_000);
    recover(line, true, [4], 4);
    await settled();
    // Something came, so the next gap is a first one again.
    line.event(at(6));
    recover(line, true, [5], 5);
  });

  it('tells what was dropped for a slow reader, and takes it for no gap', async () => {
    const { line, items } = await live(3);
    line.event(at(7), undefined, { _tidewire_dropped: 3 });
    await settled();
    assert.deepEqual(told(items), ['gap 3 dropped', '7']);
    line.event(at(12), undefined, { _tidewire_dropped: 3 });
    line.takeCall('tidewire.topic.join');
  });

  it('is told how many were not for it, and takes that for no gap', async () => {
    const { line, items } = await live(3);
    line.event(at(6), undefined, { _tidewire_skipped: 2 });
    line.event(at(10), undefined, { _tidewire_skipped: 1, _tidewire_dropped: 2 });
    await settled();
    assert.deepEqual(told(items), ['6', 'gap 2 dropped', '10']);
    assert.equal(line.sent.length, 0);
    line.event(at(13), undefined, { _tidewire_skipped: 1 });
    line.takeCall('tidewire.topic.join');
  });

  it('counts from where the final result says that it is, as the last of what was replayed may not have been for it', async () => {
    const { hub, join } = scene();
    const line = await join();
    const items = collect(hub.topic('news').subscribe({ position: at(3) }));
    const { request } = line.takeCall('tidewire.topic.join');
    line.joined(request, at(5), { recovered: true, replay: 2 });
    line.event(at(4));
    line.caughtUp(request, at(7));
    line.event(at(8));
    await settled();
    assert.deepEqual(told(items), ['joined true 2', '4 replayed', 'caught-up 1', '8']);
    assert.equal(line.sent.length, 0);
  });

  it('takes values of a `latest` topic in any order, each once', async () => {
    const { line, items, retry, join } = await live(3, 'latest');
    for (const offset of [9, 5, 9, 12]) line.event(at(offset));
    await settled();
    line.ended(1006);
    await retry();
    const latest = { slow_reader: 'latest' };
    assert.deepEqual(recover(await join(), 'fresh', [5, 12, 14], 14, latest), at(12));
    await settled();
    assert.deepEqual(told(items), ['9', '5', '12', 'joined fresh 3', '14 replayed', 'caught-up 1']);
  });

  it('joins again when the hub resets it', async () => {
    const { line, items } = await live(3);
    line.say({ type: 'UNSUBSCRIBED', request: 0, details: { subscription: 5, reason: 'tidewire.error.reset' } });
    assert.deepEqual(recover(line, false, [], 1), at(3));
    await settled();
    assert.deepEqual(told(items), ['joined false 0', 'caught-up 0']);
  });

  it('that the hub ends throws, after what came before', async () => {
    const { line, items, hub } = await live(3);
    line.event(at(4));
    const reason = 'wamp.error.not_authorized';
    line.say({ type: 'UNSUBSCRIBED', request: 0, details: { subscription: 5, reason } });
    await settled();
    assert.deepEqual(told(items), ['4', 'error denied']);
    hub.topic('news').subscribe();
    line.takeCall('tidewire.topic.join');
  });

  it('that is refused throws; for now, it is tried again', async () => {
    const { hub, join, clock } = scene();
    const line = await join();
    const items = collect(hub.topic('news').subscribe());
    line.error(line.takeCall('tidewire.topic.join').request, 'tidewire.error.rate_limited', {
      code: 'rate-limited',
      temporary: true,
    });
    await settled();
    assert.equal(line.sent.length, 0);
    clock.advance(500);
    line.error(line.takeCall('tidewire.topic.join').request, 'wamp.error.not_authorized', { code: 'denied' });
    await settled();
    assert.deepEqual(told(items), ['error denied']);
  });

  it('tells a publication that is against the contract as a gap, and goes on', async () => {
    const { line, items, errors } = await live(3);
    line.event(at(4), { txt: 'wrong' });
    line.event(at(5));
    await settled();
    assert.deepEqual(told(items), ['gap 1 invalid', '5']);
    assert.ok(errors[0] instanceof HubError);
  });

  it('gets what a plain WAMP publisher laid out otherwise as args and kwargs', async () => {
    const { line, items } = await live(3);
    const details = { _tidewire_position: at(4) };
    line.say({ type: 'EVENT', subscription: 5, publication: 4, details, kwargs: { text: 'by name' } });
    await settled();
    assert.deepEqual(told(items), ['gap 1 invalid']);
  });

  it('ends the session on an answer that is none', async () => {
    for (const kwargs of [
      {},
      { subscription: 5, recovered: 'perhaps', replay: 0 },
      { subscription: 5, recovered: true },
    ]) {
      const { hub, join } = scene();
      const line = await join();
      const items = collect(hub.topic('news').subscribe());
      line.result(line.takeCall('tidewire.topic.join').request, kwargs, true);
      await hub.closed;
      await settled();
      assert.deepEqual(told(items), ['error protocol-violation']);
    }
  });

  it('ends the session on an EVENT without a position', async () => {
    const { line, hub } = await live(3);
    line.say({ type: 'EVENT', subscription: 5, publication: 4, details: {} });
    assert.equal(((await hub.closed).error as HubError).code, 'protocol-violation');
  });
});

describe('the end of a subscription', () => {
  it('by leaving the loop leaves the topic, and another may follow at once', async () => {
    const { hub, join } = scene();
    const line = await join();
    const news = hub.topic('news');
    const left = (async () => {
      for await (const item of news.subscribe()) if (item.type === 'caught-up') break;
    })();
    const { request } = line.takeCall('tidewire.topic.join');
    assert.throws(() => news.subscribe(), /subscribed to news already/);
    line.joined(request, at(0));
    line.caughtUp(request, at(0));
    await left;
    assert.equal(line.take('UNSUBSCRIBE').subscription, 5);
    news.subscribe();
    line.takeCall('tidewire.topic.join');
    // On their way when the subscription was left; they count as taken.
    line.event(at(1));
    await settled();
    assert.equal(line.acknowledged, 1);
  });

  it('while the join is under way leaves the topic when it is joined', async () => {
    const { hub, join } = scene();
    const line = await join();
    const controller = new AbortController();
    const items = collect(hub.topic('news').subscribe({ signal: controller.signal }));
    const { request } = line.takeCall('tidewire.topic.join');
    controller.abort();
    line.joined(request, at(0));
    assert.equal(line.take('UNSUBSCRIBE').subscription, 5);
    line.caughtUp(request, at(0));
    await settled();
    assert.deepEqual(told(items), []);
  });

  it('while the join is under way leaves it to a subscription that followed', async () => {
    const { hub, join } = scene();
    const line = await join();
    const news = hub.topic('news');
    await news.subscribe().return!();
    const items = collect(news.subscribe());
    const first = line.takeCall('tidewire.topic.join').request;
    const second = line.takeCall('tidewire.topic.join').request;
    line.joined(first, at(1), { replay: 1 });
    line.event(at(1));
    line.caughtUp(first, at(1));
    assert.equal(line.sent.length, 0);
    line.joined(second, at(1));
    line.caughtUp(second, at(1));
    await settled();
    assert.deepEqual(told(items), ['joined fresh 0', 'caught-up 0']);
  });

  it('by a signal that was aborted before joins nothing', async () => {
    const { hub, join } = scene();
    const items = collect(hub.topic('news').subscribe({ signal: AbortSignal.abort() }));
    const line = await join();
    await settled();
    assert.equal(line.sent.length, 0);
    assert.deepEqual(told(items), []);
    hub.topic('news').subscribe();
  });

  it('by close() is no error; by the end of the client for another reason it is one', async () => {
    const closed = await live();
    const end = closed.hub.topic('support.{ticket}', { ticket: '1' }).subscribe();
    await closed.hub.close();
    assert.deepEqual(await end.next(), { done: true, value: undefined });
    assert.deepEqual(await end.next(), { done: true, value: undefined });
    const revoked = await live();
    revoked.line.ended(3003);
    await settled();
    assert.deepEqual(told(revoked.items), ['error denied']);
    await assert.rejects(revoked.hub.topic('news').subscribe().next(), { code: 'denied' });
  });
});

describe('a topic', () => {
  it('is named by its parameters, and must be in the contract', () => {
    const { hub } = scene();
    assert.equal(hub.topic('support.{ticket}', { ticket: 42 }).name, 'support.42');
    assert.throws(() => hub.topic('support.{ticket}', { ticket: 'a.b' }), TypeError);
    assert.throws(() => hub.topic('other' as 'news'), TypeError);
  });

  it('sends what is worthless later only when there is a session', async () => {
    const { hub, join } = scene();
    const news = hub.topic('news');
    assert.equal(news.send({ text: 'early' }), false);
    const line = await join();
    assert.equal(news.send({ text: 'now' }), true);
    const { topic, options, args } = line.take('PUBLISH');
    assert.deepEqual([topic, options, args], ['news', { exclude_me: false }, [{ text: 'now' }]]);
    assert.throws(() => news.send({} as { text: string }), { code: 'invalid' });
  });
});
