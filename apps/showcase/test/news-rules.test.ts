/** The rules of the news without a browser: stamps, the desk, what is new to who comes back, and what the page keeps. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { connectHub, type HubClient } from '@tidewire/hub/client';
import { Away, awayWords, type Place } from '../news/away.ts';
import { maxBefore, type NewsContract, type NewsDraft, type NewsItem, newsContract } from '../news/contract.ts';
import { Newsboard } from '../news/newsboard.ts';
import { stamped } from '../news/newsroom.ts';
import { news } from '../news/server.ts';
import { atEnd } from './support/at-end.ts';
import { type StartedShowcase, startedShowcase } from './support/running.ts';

const ann = { id: 'a', name: 'Ann' };
const draft = (headline: string, more: Partial<NewsDraft> = {}): NewsDraft => ({
  id: 'x',
  headline,
  text: '',
  breaking: false,
  ...more,
});

describe('an item', () => {
  it('is stamped with who published it and when, whatever the client wrote there', () => {
    const forged = { ...draft('One'), by: { id: 'b', name: 'Bob' }, published: 5, corrected: 6, before: [] };
    assert.deepEqual(stamped(forged, undefined, ann, 100), { ...draft('One'), by: ann, published: 100 });
  });

  it('that is corrected remembers what it said, and who published it', () => {
    const first = stamped(draft('One'), undefined, ann, 100);
    const second = stamped(draft('Two'), first, { id: 'b', name: 'Bob' }, 200);
    const before = [{ headline: 'One', text: '', until: 200 }];
    assert.deepEqual(second, { ...draft('Two'), by: ann, published: 100, corrected: 200, before });
  });

  it('is not corrected by being pinned, or by the same words sent again', () => {
    const first = stamped(draft('One'), undefined, ann, 100);
    const pinned = stamped(draft('One', { breaking: true }), first, ann, 200);
    assert.deepEqual([pinned.breaking, pinned.corrected, pinned.before], [true, undefined, []]);
  });

  it(`keeps its ${maxBefore} newest older wordings`, () => {
    let item: NewsItem | undefined;
    for (let n = 0; n <= 9; n++) item = stamped(draft(`${n}`), item, ann, n);
    assert.deepEqual(
      item?.before?.map(({ headline }) => headline),
      ['8', '7', '6', '5', '4'],
    );
  });
});

describe('the desk', { timeout: 30_000 }, () => {
  it('lets nobody publish but its holder, and nobody at all on the topic of the desk', async (t) => {
    const showcase = await startedShowcase(t, { applications: [news] });
    const [one, two] = [await client(t, showcase, 'One'), await client(t, showcase, 'Two')];
    const publish = (by: HubClient<NewsContract>) => by.topic('news.items').publish(draft('Hello'));
    await assert.rejects(publish(one), { code: 'denied' });
    await one.call('news.desk.take', null);
    await publish(one);
    await assert.rejects(publish(two), { code: 'denied' });
    await assert.rejects(two.topic('news.desk').publish({ since: 1 }), { code: 'denied' });
    // Whoever takes it has it.
    assert.equal((await two.call('news.desk.take', null)).editor?.name, 'Two');
    await assert.rejects(publish(one), { code: 'denied' });
    // Only the holder can leave it.
    assert.equal((await one.call('news.desk.leave', null)).editor?.name, 'Two');
    assert.equal((await two.call('news.desk.leave', null)).editor, undefined);
    await assert.rejects(publish(two), { code: 'denied' });
  });

  it('is not for who has no name', async (t) => {
    const { port } = await startedShowcase(t, { applications: [news] });
    const nobody = connectHub(newsContract, `ws://127.0.0.1:${port}/realtime`);
    atEnd(t, () => nobody.close());
    await assert.rejects(nobody.call('news.desk.take', null), { code: 'denied' });
    await assert.rejects(nobody.topic('news.items').publish(draft('Hello')), { code: 'denied' });
    const [item] = (await nobody.topic('news.items').history({ last: 1 })).publications;
    assert.equal(item?.data.by?.name, 'the showcase', 'but everybody reads');
  });

  it('and the items are kept when the server is started again', async (t) => {
    const showcase = await startedShowcase(t, { applications: [news] });
    const one = await client(t, showcase, 'One');
    await one.call('news.desk.take', null);
    await one.topic('news.items').publish(draft('Before'));
    await showcase.restart();
    await one.topic('news.items').publish(draft('After'));
    const { publications } = await one.topic('news.items').history({ last: 9 });
    assert.equal(publications.length, 4 + 2, 'the first items were not published again');
    assert.deepEqual(
      publications.at(-1)?.data.before?.map(({ headline }) => headline),
      ['Before'],
    );
  });
});

describe('what came while nobody looked', () => {
  const at = (offset: number, epoch = 'e', time = offset): Place => ({ epoch, offset, time });
  const storeOf = (seen?: Place) => {
    const store = { seen, load: () => store.seen, save: (place: Place) => void (store.seen = place) };
    return store;
  };

  it('is nothing on a first visit, and what lies behind the last look on the next one', () => {
    const store = storeOf();
    const first = new Away(store);
    assert.deepEqual([first.came(at(1), false), first.came(at(2), false)], [false, false]);
    first.look();
    assert.deepEqual(store.seen, at(2));
    const second = new Away(store);
    assert.deepEqual(
      [1, 2, 3].map((offset) => second.came(at(offset), false)),
      [false, false, true],
    );
  });

  it('is not what came live to who was looking', () => {
    const away = new Away(storeOf(at(2)));
    assert.equal(away.came(at(3), true), false);
    assert.equal(away.came(at(4), false), true);
  });

  it('goes by the clock where the log is another one', () => {
    const away = new Away(storeOf(at(50, 'old', 1000)));
    assert.equal(away.came(at(1, 'new', 900), false), false);
    assert.equal(away.came(at(2, 'new', 1100), false), true);
  });

  it('is said in a few words', () => {
    assert.equal(awayWords(3, 0), '3 new while you were away');
    assert.equal(awayWords(2, 1), '2 new, 1 corrected while you were away');
    assert.equal(awayWords(0, 1), '1 corrected while you were away');
  });
});

describe('the board of a page', () => {
  const item = (id: string, published: number, more: Partial<NewsItem> = {}): NewsItem => ({
    ...draft(id, { id }),
    published,
    ...more,
  });

  it('shows breaking items first, then the newest, each once', () => {
    const board = new Newsboard(() => {});
    for (const each of [item('a', 1), item('b', 3), item('c', 2, { breaking: true }), item('b', 3)])
      board.take(each, false);
    assert.deepEqual(board.order(), ['c', 'b', 'a']);
    assert.deepEqual(
      board.newest(2).map(({ id }) => id),
      ['b', 'c'],
    );
  });

  it('shows what was written here at once, until the hub says the same', () => {
    const board = new Newsboard(() => {});
    board.write(draft('x', { id: 'x' }), 'sending');
    assert.equal(board.shown('x')?.sending, 'sending');
    board.take(item('x', 9, { headline: 'somebody else’s words' }), false);
    assert.equal(board.shown('x')?.item.headline, 'x', 'ours is still on its way');
    board.take(item('x', 9), false);
    assert.equal(board.shown('x')?.sending, undefined);
    assert.deepEqual(board.order(), ['x']);
  });

  it('takes back what was refused', () => {
    const board = new Newsboard(() => {});
    board.take(item('x', 9), false);
    board.write(draft('other words', { id: 'x' }), 'sending');
    board.refused('x');
    assert.equal(board.shown('x')?.item.headline, 'x');
  });

  it('counts what is new and what was corrected, until it is read', () => {
    const board = new Newsboard(() => {});
    board.take(item('a', 1), true);
    board.take(item('b', 2, { corrected: 3 }), true);
    assert.deepEqual(board.away(), { fresh: 1, corrected: 1 });
    board.read();
    assert.deepEqual(board.away(), { fresh: 0, corrected: 0 });
  });

  it('keeps 200 items', () => {
    const board = new Newsboard(() => {});
    for (let n = 0; n < 250; n++) board.take(item(`i${n}`, n), false);
    assert.equal(board.order().length, 200);
    assert.equal(board.order().at(-1), 'i50');
  });
});

/** A client of somebody with this name. */
async function client(t: TestContext, { url, port }: StartedShowcase, name: string): Promise<HubClient<NewsContract>> {
  const response = await fetch(new URL('/api/name', url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name }),
  });
  const { token } = (await response.json()) as { token: string };
  const made = connectHub(newsContract, `ws://127.0.0.1:${port}/realtime`, {
    token,
    reconnect: { initial: 50, max: 200 },
  });
  atEnd(t, () => made.close());
  await made.connected();
  return made;
}
