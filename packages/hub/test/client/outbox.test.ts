import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { PendingPublication } from '../../src/client/outbox.ts';
import { outboxStorage } from '../../src/client/outbox-storage.ts';
import { defineContract } from '../../src/contract/contract.ts';
import { at, codeOf, type Line, scene, settled } from './fake-hub.ts';

/** The next publication that the client asks for. */
function take(line: Line): { request: number; text: string; key: string; topic: string } {
  const { request, kwargs } = line.takeCall('tidewire.topic.publish');
  const { data, key, topic } = kwargs as unknown as PendingPublication;
  return { request, text: (data as { text: string }).text, key, topic };
}

function accept(line: Line, offset: number, duplicate = false): string {
  const { request, text } = take(line);
  line.result(request, { position: at(offset), duplicate });
  return text;
}

const temporary = { code: 'rate-limited', temporary: true };

describe('a publication', () => {
  it('resolves with its position', async () => {
    const { hub, join } = scene();
    const line = await join();
    const published = hub.topic('news').publish({ text: 'hello' });
    const { request, text, key, topic } = take(line);
    assert.deepEqual([text, topic], ['hello', 'news']);
    assert.match(key, /^[0-9a-z]{28}$/);
    line.result(request, { position: at(1), duplicate: false });
    assert.deepEqual(await published, { position: at(1), duplicate: false });
    assert.deepEqual(hub.outbox, []);
  });

  it('waits while there is no connection, in order, one at a time for each topic', async () => {
    const { hub, join } = scene();
    const news = hub.topic('news');
    const all = ['a', 'b'].map((text) => news.publish({ text }));
    all.push(hub.topic('support.{ticket}', { ticket: 1 }).publish({ text: 'other' }, { key: 'mine' }));
    const line = await join();
    const first = take(line);
    assert.equal(first.text, 'a');
    assert.deepEqual(hub.outbox.map(({ key }) => key).slice(2), ['mine']);
    assert.equal(accept(line, 1), 'other');
    assert.equal(line.sent.length, 0);
    line.result(first.request, { position: at(1), duplicate: false });
    assert.equal(accept(line, 2), 'b');
    assert.deepEqual(
      (await Promise.all(all)).map(({ position }) => position.offset),
      [1, 2, 1],
    );
  });

  it('is repeated with its key when the connection broke before the answer', async () => {
    const { hub, join, retry } = scene();
    const line = await join();
    const published = hub.topic('news').publish({ text: 'once' });
    const { key } = take(line);
    line.ended(1006);
    await retry();
    const next = await join();
    const again = take(next);
    assert.equal(again.key, key);
    next.result(again.request, { position: at(3), duplicate: true });
    assert.deepEqual(await published, { position: at(3), duplicate: true });
  });

  it('is repeated after a refusal for now, and none overtakes it', async () => {
    const { hub, join, clock } = scene();
    const line = await join();
    const both = ['a', 'b'].map((text) => hub.topic('news').publish({ text }));
    const first = take(line);
    line.error(first.request, 'tidewire.error.rate_limited', temporary);
    assert.equal(line.sent.length, 0);
    clock.advance(500);
    const second = take(line);
    assert.equal(second.key, first.key);
    line.result(second.request, { position: at(1), duplicate: false });
    assert.equal(accept(line, 2), 'b');
    await Promise.all(both);
  });

  it('is repeated when the hub does not answer, and a late answer is ignored', async () => {
    const { hub, join, clock } = scene();
    const line = await join();
    const published = hub.topic('news').publish({ text: 'a' });
    const first = take(line);
    clock.advance(30_000);
    line.result(first.request, { position: at(1), duplicate: false });
    clock.advance(500);
    assert.equal(accept(line, 1, true), 'a');
    assert.equal((await published).duplicate, true);
  });

  it('rejects on a definite refusal, and the next one goes out', async () => {
    const { hub, join } = scene();
    const line = await join();
    const refused = codeOf(hub.topic('news').publish({ text: 'a' }));
    const accepted = hub.topic('news').publish({ text: 'b' });
    line.error(take(line).request, 'wamp.error.not_authorized', { code: 'denied', temporary: false });
    accept(line, 1);
    assert.equal(await refused, 'denied');
    await accepted;
  });

  it('that breaks the contract, or is none, is refused at once', async () => {
    const { hub } = scene();
    const news = hub.topic('news');
    assert.equal(await codeOf(news.publish({} as { text: string })), 'invalid');
    const circle: Record<string, unknown> = { text: 'round' };
    circle['self'] = circle;
    assert.equal(await codeOf(news.publish(circle as { text: string })), 'invalid');
    assert.deepEqual(hub.outbox, []);
  });

  it('that is larger than a message may be is refused, and the connection stays', async () => {
    const { hub, join } = scene({ maxMessageBytes: 1_000 });
    const line = await join();
    assert.equal(await codeOf(hub.topic('news').publish({ text: 'é'.repeat(500) })), 'too-large');
    assert.equal(line.closes.length, 0);
    void hub.topic('news').publish({ text: 'x'.repeat(500) });
    accept(line, 1);
  });

  it('keeps its place while an earlier one is validated by a schema that takes its time', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const slow: StandardSchemaV1<{ text: string }> = {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: (value) =>
          (value as { text: string }).text === 'slow'
            ? promise.then(() => ({ value: value as never }))
            : { value: value as never },
      },
    };
    const { openHub } = await import('../../src/client/hub-client.ts');
    const contract = defineContract({ topics: { slow } });
    const hub = openHub(contract, { open: () => new Promise(() => {}) }, {});
    const both = ['slow', 'fast'].map((text) => hub.topic('slow').publish({ text }));
    await settled();
    assert.deepEqual(hub.outbox, []);
    resolve();
    await settled();
    assert.deepEqual(
      hub.outbox.map(({ data }) => (data as { text: string }).text),
      ['slow', 'fast'],
    );
    assert.throws(() => hub.topic('slow').send({ text: 'slow' }), TypeError);
    void hub.close();
    assert.deepEqual(await Promise.all(both.map(codeOf)), ['canceled', 'canceled']);
  });
});

describe('a signal', () => {
  it('takes a waiting publication out of the outbox', async () => {
    const { hub, join } = scene();
    const controller = new AbortController();
    const given = hub.topic('news').publish({ text: 'a' }, { signal: controller.signal });
    const kept = hub.topic('news').publish({ text: 'b' });
    await settled();
    controller.abort();
    await assert.rejects(given, { name: 'AbortError' });
    const line = await join();
    assert.equal(accept(line, 1), 'b');
    await kept;
  });

  it('gives up one that is under way, and the next waits for the answer', async () => {
    const { hub, join, clock } = scene();
    const line = await join();
    const controller = new AbortController();
    const given = hub.topic('news').publish({ text: 'a' }, { signal: controller.signal });
    const kept = hub.topic('news').publish({ text: 'b' });
    await settled();
    const { request } = take(line);
    controller.abort(new Error('enough'));
    await assert.rejects(given, /enough/);
    assert.equal(line.sent.length, 0);
    line.error(request, 'tidewire.error.rate_limited', temporary);
    assert.equal(accept(line, 1), 'b');
    await kept;
    assert.equal(clock.pending, 0);
  });

  it('gives up one whose session is over, so that the next session does not repeat it', async () => {
    const { hub, join, retry } = scene();
    const line = await join();
    const controller = new AbortController();
    const given = hub.topic('news').publish({ text: 'a' }, { signal: controller.signal });
    take(line);
    controller.abort();
    line.ended(1006);
    await codeOf(given);
    await retry();
    assert.equal((await join()).sent.length, 0);
    await codeOf(hub.topic('news').publish({ text: 'b' }, { signal: AbortSignal.abort() }));
    assert.deepEqual(hub.outbox, []);
  });

  it('that comes during the delay of a repetition lets the next one go', async () => {
    const { hub, join } = scene();
    const line = await join();
    const controller = new AbortController();
    const given = hub.topic('news').publish({ text: 'a' }, { signal: controller.signal });
    void hub.topic('news').publish({ text: 'b' });
    await settled();
    line.error(take(line).request, 'tidewire.error.rate_limited', temporary);
    controller.abort();
    await codeOf(given);
    assert.equal(accept(line, 1), 'b');
  });
});

describe('the outbox', () => {
  it('is bounded in number and in bytes', async () => {
    const number = scene({ outbox: { maxMessages: 1 } }).hub.topic('news');
    void number.publish({ text: 'a' });
    assert.equal(await codeOf(number.publish({ text: 'b' })), 'too-many');
    const bytes = scene({ outbox: { maxBytes: 100 } }).hub.topic('news');
    void bytes.publish({ text: 'a'.repeat(60) });
    assert.equal(await codeOf(bytes.publish({ text: 'b'.repeat(60) })), 'too-many');
    void bytes.publish({ text: 'c' });
  });

  it('settles everything when the client is closed', async () => {
    const { hub, join } = scene();
    await join();
    const all = ['a', 'b'].map((text) => codeOf(hub.topic('news').publish({ text })));
    await settled();
    void hub.close();
    assert.deepEqual(await Promise.all(all), ['canceled', 'canceled']);
    assert.equal(await codeOf(hub.topic('news').publish({ text: 'c' })), 'canceled');
  });

  it('survives the end of the page: what was written offline goes out once, from the next page', async () => {
    const items = new Map<string, string>();
    const storage = {
      getItem: (key: string) => items.get(key) ?? null,
      setItem: (key: string, value: string) => void items.set(key, value),
      removeItem: (key: string) => void items.delete(key),
    };
    const first = scene({ outbox: outboxStorage(storage, 'ann') });
    void codeOf(first.hub.topic('news').publish({ text: 'offline' }, { key: 'k1' }));
    await settled();
    void first.hub.close();
    await settled();
    const second = scene({ outbox: outboxStorage(storage, 'ann') });
    assert.deepEqual(second.hub.outbox, [{ topic: 'news', key: 'k1', data: { text: 'offline' } }]);
    const line = await second.join();
    const { request, key } = take(line);
    assert.equal(key, 'k1');
    line.result(request, { position: at(1), duplicate: false });
    await settled();
    assert.equal(items.size, 0);
    assert.deepEqual(scene({ outbox: outboxStorage(storage, 'ann') }).hub.outbox, []);
  });

  it('keeps bytes over the end of the page', () => {
    let kept = '';
    const storage = {
      getItem: () => kept,
      setItem: (_: string, value: string) => void (kept = value),
      removeItem: () => {},
    };
    const { load, save } = outboxStorage(storage, 'ann');
    const pending = [{ topic: 'news', key: 'k', data: Uint8Array.of(0, 255, 7) }];
    save(pending);
    assert.deepEqual(load(), pending);
  });

  it('ignores what is stored and is none, and tells what the hub refuses of it', async () => {
    const good = { topic: 'news', key: 'k', data: { text: 'old' } };
    const { hub, join, errors } = scene({ outbox: { load: () => [null, 5, { topic: 1 }, good] } });
    assert.deepEqual(hub.outbox, [good]);
    const line = await join();
    line.error(take(line).request, 'wamp.error.not_authorized', { code: 'denied' });
    assert.equal((errors[0] as { code: string }).code, 'denied');
    assert.deepEqual(scene({ outbox: { load: () => 'nothing' } }).hub.outbox, []);
  });

  it('goes on when its storage fails, and tells', async () => {
    const fails = () => {
      throw new Error('full');
    };
    const { hub, join, errors } = scene({ outbox: { load: fails, save: fails } });
    const line = await join();
    const published = hub.topic('news').publish({ text: 'a' });
    accept(line, 1);
    await published;
    await settled();
    assert.ok(errors.length >= 2);
  });

  it('ends the session on an answer without a position', async () => {
    const { hub, join } = scene();
    const line = await join();
    const published = codeOf(hub.topic('news').publish({ text: 'a' }));
    line.result(take(line).request, {});
    assert.equal(await published, 'protocol-violation');
  });
});
