/** What a page is told of the publications that wait: which are held back, and what became of each. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { OutboxChange } from '../../src/client/outbox.ts';
import type { HubError } from '../../src/contract/errors.ts';
import { at, codeOf, type Line, type Scene, scene, settled } from './fake-hub.ts';

const stored = ['a', 'b'].map((key) => ({ topic: 'news', key, data: { text: key } }));

/** Changes in short: `a`, `a held rate-limited`, `a 7`, `a denied`. */
function told({ hub }: Scene): string[] {
  const list: string[] = [];
  hub.watchOutbox((change) => list.push(inShort(change)));
  return list;
}

function inShort({ key, heldBack, published, error }: OutboxChange): string {
  if (published) return `${key} ${published.position.offset}`;
  if (error !== undefined) return `${key} ${(error as HubError).code ?? error}`;
  return heldBack === undefined ? key : `${key} held ${heldBack}`;
}

function refuse(line: Line, code: string, temporary: boolean): void {
  line.error(line.takeCall('tidewire.topic.publish').request, 'tidewire.error.any', { code, temporary });
}

function accept(line: Line, offset: number): void {
  line.result(line.takeCall('tidewire.topic.publish').request, { position: at(offset), duplicate: false });
}

describe('the outbox', () => {
  it('says what holds a publication back, and those behind it, until the hub has answered otherwise', async () => {
    const { hub, join, clock } = scene({ outbox: { load: () => stored } });
    const line = await join();
    const heldBack = () => hub.outbox.map(({ heldBack }) => heldBack);
    assert.deepEqual(heldBack(), [undefined, undefined]);
    void hub.topic('support.{ticket}', { ticket: 1 }).publish({ text: 'other' });
    refuse(line, 'rate-limited', true);
    assert.deepEqual(heldBack(), ['rate-limited', 'rate-limited', undefined]);
    line.takeCall('tidewire.topic.publish');
    clock.advance(500);
    assert.deepEqual(heldBack(), ['rate-limited', 'rate-limited', undefined]);
    refuse(line, 'too-many', true);
    assert.deepEqual(heldBack(), ['too-many', 'too-many', undefined]);
    clock.advance(1_000);
    accept(line, 1);
    assert.deepEqual(heldBack(), [undefined, undefined]);
  });

  it('says that the hub does not answer, and nothing of it where there is no connection', async () => {
    const { hub, join, clock, retry } = scene({ outbox: { load: () => stored } });
    const line = await join();
    const heldBack = () => hub.outbox.map(({ heldBack }) => heldBack);
    clock.advance(30_000);
    assert.deepEqual(heldBack(), ['timeout', 'timeout']);
    line.ended(1006);
    assert.deepEqual(heldBack(), [undefined, undefined]);
    await retry();
    await join();
    assert.deepEqual(heldBack(), [undefined, undefined]);
  });
});

describe('who watches the outbox', () => {
  it('is told what waits, what holds it back and what became of it, that of an earlier life of the page too', async () => {
    const test = scene({ outbox: { load: () => stored } });
    const list = told(test);
    const line = await test.join();
    refuse(line, 'rate-limited', true);
    test.clock.advance(500);
    accept(line, 7);
    refuse(line, 'denied', false);
    const published = test.hub.topic('news').publish({ text: 'c' }, { key: 'c' });
    await settled();
    accept(line, 8);
    await published;
    const first = ['a', 'b', 'a held rate-limited', 'b held rate-limited', 'b', 'a 7'];
    assert.deepEqual(list, [...first, 'b denied', 'c', 'c 8']);
    assert.deepEqual(test.errors, [], 'what somebody is told needs no onError');
  });

  it('gets the publication whole, with its position', async () => {
    const { hub, join } = scene({ outbox: { load: () => stored.slice(0, 1) } });
    const changes: OutboxChange[] = [];
    hub.watchOutbox((change) => changes.push(change));
    accept(await join(), 7);
    const published = { position: at(7), duplicate: false };
    assert.deepEqual(changes, [stored[0], { ...stored[0], published }]);
  });

  it('is told what was given up, and nothing once it has left, or the client is closed', async () => {
    const test = scene();
    const list = told(test);
    const controller = new AbortController();
    const given = codeOf(test.hub.topic('news').publish({ text: 'a' }, { key: 'a', signal: controller.signal }));
    await settled();
    controller.abort('enough');
    await given;
    const leave = test.hub.watchOutbox(() => assert.fail('it has left'));
    leave();
    const kept = codeOf(test.hub.topic('news').publish({ text: 'b' }, { key: 'b' }));
    await settled();
    await test.hub.close();
    assert.equal(await kept, 'canceled');
    assert.deepEqual(list, ['a', 'a enough', 'b']);
  });

  it('and throws is told to onError, and stops nothing', async () => {
    const { hub, join, errors } = scene();
    const failure = new Error('in the page');
    hub.watchOutbox(() => {
      throw failure;
    });
    const line = await join();
    const published = hub.topic('news').publish({ text: 'a' });
    accept(line, 1);
    await published;
    assert.deepEqual(errors, [failure, failure]);
  });
});
