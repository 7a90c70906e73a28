/** The page in a real browser: two windows, and the ticker twice. */

import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { systemPackage } from '../../../packages/wire/test/support/system-packages.ts';
import { type Showcase, startShowcase } from '../showcase.ts';
import { atEnd } from './support/at-end.ts';
import { NativeClient } from './support/native-client.ts';
import { startedShowcase } from './support/running.ts';

const found = systemPackage('chromium');
const quiet = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'];

describe('the page in Chromium', { skip: found.missing, timeout: 90_000 }, () => {
  let browser: Browser;
  before(async () => {
    const args = [...quiet, '--disable-sync', '--no-first-run'];
    browser = await chromium.launch({ executablePath: found.path, args });
  });
  after(() => browser?.close());

  it('lets two windows talk to each other', async (t) => {
    const { url } = await startedShowcase(t);
    const ann = await open(t, await newContext(t, browser), url);
    const bob = await open(t, await newContext(t, browser), url);
    await name(ann, 'Ann');
    await name(bob, 'Bob');
    await say(ann, 'hello, Bob');
    await hears(bob, 'Ann', 'hello, Bob');
    await say(bob, 'hello, Ann: fine?');
    await hears(ann, 'Bob', 'hello, Ann: fine?');
    const lines = (page: Page) => page.locator('#chat-log .said').allInnerTexts();
    assert.deepEqual(await lines(ann), await lines(bob));
    assert.equal(await ann.locator('#chat-log .mine').count(), 1);
  });

  it('gives two windows of one browser a name each, and keeps the one that was chosen', async (t) => {
    const { url } = await startedShowcase(t);
    const context = await newContext(t, browser);
    const [first, second] = [await open(t, context, url), await open(t, context, url)];
    const nameIn = (page: Page) => page.locator('#chat-name').inputValue();
    assert.notEqual(await nameIn(first), '');
    // Guests' names are drawn: two windows may draw the same, one time in a hundred.
    const guest = await nameIn(second);
    await second.reload();
    assert.equal(await nameIn(second), guest);
    await name(first, '  Ann: of\u202E the shore  ');
    assert.equal(await nameIn(first), 'Ann of the shore');
    await second.reload();
    assert.equal(await nameIn(second), 'Ann of the shore');
  });

  it('shows what others write as text, whatever it is', async (t) => {
    const { url, port } = await startedShowcase(t);
    const page = await open(t, await newContext(t, browser), url);
    const stranger = await NativeClient.open(`ws://127.0.0.1:${port}/chatService`);
    const hostile = '<img src=x onerror="document.title=1"><script>document.title=2</script>';
    stranger.send(`Eve: ${hostile}`);
    stranger.send('no name at all');
    await hears(page, 'Eve', hostile);
    await page.locator('#chat-log .said', { hasText: 'no name at all' }).waitFor();
    assert.equal(await page.locator('#chat-log img, #chat-log script').count(), 0);
    assert.equal(await page.title(), 'Tidewire showcase');
    await stranger.close();
  });

  it('shows ages, rates and prices of both feeds as numbers', async (t) => {
    const { url } = await startedShowcase(t);
    const page = await open(t, await newContext(t, browser), url);
    await page.locator('input[name="poll-interval"][value="250"]').check();
    // Once the opening handshake has left the window of five seconds, no request is left on this side.
    const requests = page.locator('#stream [data-part="requests"]');
    await requests.filter({ hasText: /[1-9]/ }).waitFor();
    await requests.filter({ hasText: /^0\.0$/ }).waitFor();
    const [poll, stream] = [await figures(page, 'poll'), await figures(page, 'stream')];
    for (const feed of [poll, stream]) {
      for (const [part, value] of Object.entries(feed)) assert.ok(Number.isFinite(value), `${part}: ${value}`);
      assert.equal(feed.rows, 8);
      assert.ok(feed.age >= 0 && feed.oldest > 0 && feed.bytes > 0, JSON.stringify(feed));
    }
    // Four and ten a second; wide bounds, for a busy machine.
    assert.ok(poll.requests > 0.5 && poll.requests < 6, `${poll.requests} requests a second`);
    assert.ok(stream.updates > 2 && stream.updates < 15, `${stream.updates} updates a second`);
  });

  it('asks as seldom as it is told to', async (t) => {
    const { url } = await startedShowcase(t);
    const page = await open(t, await newContext(t, browser), url);
    await page.locator('input[name="poll-interval"][value="5000"]').check();
    const asked: number[] = [];
    page.on('request', (request) => request.url().endsWith('/api/ticker') && asked.push(Date.now()));
    await page.waitForTimeout(4000);
    assert.ok(asked.length <= 1, `${asked.length} requests`);
  });

  it('says that it reconnects when the server is gone, and is connected again when it is back', async (t) => {
    const first = await startedShowcase(t);
    const page = await newPage(t, await newContext(t, browser), first.url, { mayFail: true });
    await page.goto(first.url);
    await connected(page);
    await first.close();
    await page.locator('#chat-state', { hasText: /^reconnecting( in \d+ s)? …$/ }).waitFor();
    await page.locator('#stream [data-part="state"][data-state="reconnecting"]').waitFor();
    assert.equal(await page.locator('#chat-send').isDisabled(), true);
    const second: Showcase = await startShowcase({ host: '127.0.0.1', port: first.port });
    t.after(() => second.close());
    await connected(page);
    // Whoever was away is told so.
    const notes = await page.locator('#chat-log .note').allInnerTexts();
    assert.match(notes[0] ?? '', /^The connection was lost/);
    assert.match(notes.at(-1) ?? '', /^Connected again/);
    await say(page, 'back again');
    await page.locator('#chat-log .mine', { hasText: 'back again' }).waitFor();
  });

  it('does not pull whoever reads further up down to the newest line', async (t) => {
    const { url, port } = await startedShowcase(t);
    const page = await open(t, await newContext(t, browser), url);
    const stranger = await NativeClient.open(`ws://127.0.0.1:${port}/chatService`);
    for (let count = 1; count <= 40; count++) stranger.send(`Eve: line ${count}`);
    stranger.send('Eve: the last line');
    await hears(page, 'Eve', 'the last line');
    const log = page.locator('#chat-log');
    const below = () => log.evaluate((list) => list.scrollHeight - list.scrollTop - list.clientHeight);
    assert.ok((await below()) < 2);
    await log.evaluate((list) => (list.scrollTop = 0));
    await page.waitForTimeout(100);
    stranger.send('Eve: and another');
    await hears(page, 'Eve', 'and another');
    assert.equal(await log.evaluate((list) => list.scrollTop), 0);
    await page.locator('#chat-newest').click();
    assert.ok((await below()) < 2);
    await page.locator('#chat-newest').waitFor({ state: 'hidden' });
    await stranger.close();
  });

  it('fits a phone, without scrolling sideways', async (t) => {
    const { url } = await startedShowcase(t);
    const context = await newContext(t, browser, { viewport: { width: 360, height: 740 } });
    const page = await open(t, context, url);
    await say(page, 'x'.repeat(900));
    await page.locator('#chat-log .mine').waitFor();
    await page.locator('#stream tbody tr').first().waitFor();
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  });

  it('can be used by keyboard alone', async (t) => {
    const { url } = await startedShowcase(t);
    const page = await open(t, await newContext(t, browser), url);
    await page.keyboard.press('Tab');
    assert.equal(await focused(page), 'chat-name');
    await page.keyboard.press('Tab');
    assert.equal(await focused(page), 'chat-log');
    await page.keyboard.press('Tab');
    assert.equal(await focused(page), 'chat-text');
    await page.keyboard.type('by keyboard');
    await page.keyboard.press('Enter');
    await page.locator('#chat-log .mine', { hasText: 'by keyboard' }).waitFor();
    assert.equal(await focused(page), 'chat-text');
  });
});

async function newContext(
  t: TestContext,
  browser: Browser,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<BrowserContext> {
  const context = await browser.newContext(options);
  atEnd(t, () => context.close());
  return context;
}

/** A window whose test fails if anything goes wrong in it: an exception, a console error, a breach of its policy. */
async function newPage(
  t: TestContext,
  context: BrowserContext,
  url: string,
  { mayFail = false }: { mayFail?: boolean } = {},
): Promise<Page> {
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (message) => {
    const expected = mayFail && /net::ERR_/.test(message.text());
    if ((message.type() === 'error' || message.type() === 'warning') && !expected) problems.push(message.text());
  });
  page.on(
    'response',
    (response) => response.status() >= 400 && problems.push(`${response.status()} ${response.url()}`),
  );
  page.on(
    'request',
    (request) => new URL(request.url()).origin === new URL(url).origin || problems.push(request.url()),
  );
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) =>
      console.error(`policy: ${event.violatedDirective}`),
    );
  });
  atEnd(t, () => assert.deepEqual(problems, []));
  return page;
}

async function open(t: TestContext, context: BrowserContext, url: string): Promise<Page> {
  const page = await newPage(t, context, url);
  await page.goto(url);
  await connected(page);
  return page;
}

async function connected(page: Page): Promise<void> {
  await page.locator('#chat-state[data-state="connected"]').waitFor();
  await page.locator('#stream [data-part="state"][data-state="connected"]').waitFor();
}

async function name(page: Page, says: string): Promise<void> {
  await page.locator('#chat-name').fill(says);
  await page.locator('#chat-name').press('Enter');
}

async function say(page: Page, words: string): Promise<void> {
  await page.locator('#chat-text').fill(words);
  await page.locator('#chat-text').press('Enter');
}

async function hears(page: Page, speaker: string, words: string): Promise<void> {
  const line = page.locator('#chat-log li', { has: page.locator('.speaker', { hasText: speaker }) });
  await line.filter({ hasText: words }).waitFor();
}

async function focused(page: Page): Promise<string | undefined> {
  return await page.evaluate(() => document.activeElement?.id);
}

async function figures(
  page: Page,
  feed: string,
): Promise<Record<'age' | 'oldest' | 'requests' | 'updates' | 'bytes' | 'rows', number>> {
  const number = async (part: string): Promise<number> =>
    Number((await page.locator(`#${feed} [data-part="${part}"]`).textContent())?.replace(/,| ms$/g, ''));
  return {
    age: await number('age'),
    oldest: await number('oldest'),
    requests: await number('requests'),
    updates: await number('updates'),
    bytes: await number('bytes'),
    rows: await page.locator(`#${feed} tbody tr`).count(),
  };
}
