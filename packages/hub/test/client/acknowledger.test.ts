import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ManualClock } from '../../../wire/test/support/manual-clock.ts';
import { Acknowledger } from '../../src/client/acknowledger.ts';
import type { TopicItem } from '../../src/client/subscription.ts';
import { at, type Line, scene, settled } from './fake-hub.ts';

const window = { messages: 8, bytes: 1_000, latest: 4 };

function acknowledger() {
  const told: number[] = [];
  const line = { open: true };
  const clock = new ManualClock();
  const send = (total: number) => {
    if (line.open) told.push(total);
    return line.open;
  };
  return { told, line, clock, subject: new Acknowledger(window, send, clock) };
}

describe('an acknowledgement', () => {
  it('is due after half a window of messages, of bytes, or of values of `latest` topics', () => {
    const messages = acknowledger();
    for (let i = 0; i < 9; i++) messages.subject.taken(1, false, false);
    assert.deepEqual(messages.told, [4, 8]);
    const bytes = acknowledger();
    for (let i = 0; i < 3; i++) bytes.subject.taken(250, false, false);
    assert.deepEqual(bytes.told, [2]);
    const latest = acknowledger();
    for (let i = 0; i < 3; i++) latest.subject.taken(1, true, false);
    assert.deepEqual(latest.told, [2]);
  });

  it('is sent once at the end of a turn in which nothing is left to take', async () => {
    const { told, subject } = acknowledger();
    subject.taken(1, false, true);
    subject.taken(1, false, true);
    assert.deepEqual(told, []);
    await settled();
    assert.deepEqual(told, [2]);
  });

  it('that the line does not take is sent later, unless the session is over', async () => {
    const { told, line, clock, subject } = acknowledger();
    line.open = false;
    subject.taken(1, false, true);
    await settled();
    line.open = true;
    clock.advance(1_000);
    assert.deepEqual(told, [1]);
    subject.taken(1, false, true);
    subject.stop();
    await settled();
    assert.deepEqual(told, [1]);
  });

  it('bounds what may come: twice a window without one is a violation', () => {
    const { subject } = acknowledger();
    for (let i = 0; i < 17; i++) assert.equal(subject.arrived(), true);
    assert.equal(subject.arrived(), false);
  });
});

describe('an application', () => {
  async function subscribed(details: Record<string, unknown> = {}) {
    const test = scene();
    const line = await test.join({ _tidewire_window: window, ...details });
    const items = test.hub.topic('news').subscribe();
    join(line);
    for (const type of ['joined', 'caught-up']) assert.equal((await items.next()).value?.type, type);
    return { ...test, line, items };
  }

  function join(line: Line, top = 0): void {
    const { request } = line.takeCall('tidewire.topic.join');
    line.joined(request, at(top), { recovered: true });
    line.caughtUp(request, at(top));
  }

  const next = async (items: AsyncIterator<TopicItem>) =>
    ((await items.next()).value as { data: { text: string } }).data.text;

  it('acknowledges an item when it asks for the next one, not before', async () => {
    const { line, items } = await subscribed();
    line.event(at(1));
    assert.equal(await next(items), '1');
    await settled();
    assert.equal(line.acknowledged, 0);
    const waits = items.next();
    await settled();
    assert.equal(line.acknowledged, 1);
    line.event(at(2));
    await waits;
  });

  it('that has more to take acknowledges after half a window, and when it has taken all', async () => {
    const { line, items } = await subscribed();
    for (let i = 1; i <= 7; i++) line.event(at(i));
    for (let i = 1; i <= 4; i++) await next(items);
    await settled();
    assert.equal(line.acknowledged, 0);
    await next(items);
    assert.equal(line.acknowledged, 4);
    for (let i = 6; i <= 7; i++) await next(items);
    await settled();
    assert.equal(line.acknowledged, 4);
    void items.next();
    await settled();
    assert.equal(line.acknowledged, 7);
  });

  it('that leaves acknowledges what it did not want', async () => {
    const { line, items } = await subscribed();
    for (let i = 1; i <= 3; i++) line.event(at(i));
    await items.return!();
    await settled();
    assert.equal(line.acknowledged, 3);
  });

  it('acknowledges what is dropped because it was had before', async () => {
    const { line, items } = await subscribed();
    line.event(at(1));
    await next(items);
    void items.next();
    line.event(at(1));
    await settled();
    assert.equal(line.acknowledged, 2);
  });

  it('joins again only when it has taken what came before, and acknowledges that to nobody', async () => {
    const { line, items, retry, join: welcome } = await subscribed();
    line.event(at(1));
    line.event(at(2));
    line.ended(1006);
    await retry();
    const second = await welcome({ _tidewire_window: window });
    assert.equal(await next(items), '1');
    assert.equal(await next(items), '2');
    await settled();
    assert.equal(second.sent.length, 0);
    const joined = items.next();
    await settled();
    join(second, 2);
    assert.equal((await joined).value?.type, 'joined');
    assert.equal((await items.next()).value?.type, 'caught-up');
    second.event(at(3));
    assert.equal(await next(items), '3');
    void items.next();
    await settled();
    assert.equal(second.acknowledged, 1);
  });

  it('is protected from a hub that sends beyond its window', async () => {
    const { hub, line } = await subscribed();
    for (let i = 1; i <= 18; i++) line.event(at(i));
    assert.equal((await hub.closed).error?.message, 'More EVENTs than the window allows');
  });
});
