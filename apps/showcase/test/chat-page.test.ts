/** The chat room in a real browser: two windows, a server that goes and comes back. */
import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { systemPackage } from '../../../packages/wire/test/support/system-packages.ts';
import { badge, fitsItsWidth, launchChromium, newContext, openPage, screenshot } from './support/chromium.ts';
import { NativeClient } from './support/native-client.ts';
import { startedShowcase } from './support/running.ts';

const chromium = systemPackage('chromium');

describe('the chat room in Chromium', { skip: chromium.missing, timeout: 90_000 }, () => {
  let browser: Browser;
  before(async () => {
    browser = await launchChromium(chromium.path);
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
    await screenshot(ann, 'chat');
  });

  it('gives two windows of one browser a name each, which outlasts a reload', async (t) => {
    const { url } = await startedShowcase(t);
    const context = await newContext(t, browser);
    const [first, second] = [await open(t, context, url), await open(t, context, url)];
    const guests = [await nameIn(first), await nameIn(second)];
    assert.notEqual(guests[0], guests[1]);
    await name(first, '  Ann: of\u202E the shore  ');
    assert.equal(await nameIn(first), 'Ann of the shore');
    for (const page of [first, second]) {
      await page.reload();
      await badge(page, 'connected');
    }
    assert.equal(await nameIn(first), 'Ann of the shore');
    assert.equal(await nameIn(second), guests[1]);
    // A window that is opened later is the one who was chosen.
    assert.equal(await nameIn(await open(t, context, url)), 'Ann of the shore');
  });

  it('gives the second of two people who want the same name a number', async (t) => {
    const { url } = await startedShowcase(t);
    const ann = await open(t, await newContext(t, browser), url);
    const other = await open(t, await newContext(t, browser), url);
    await name(ann, 'Ann');
    await name(other, 'ann');
    assert.equal(await nameIn(ann), 'Ann');
    assert.equal(await nameIn(other), 'ann 2');
    await other.locator('.notice', { hasText: 'You are now ann 2' }).waitFor();
  });

  it('shows what others write as text, whatever it is', async (t) => {
    const { url, port } = await startedShowcase(t);
    const page = await open(t, await newContext(t, browser), url);
    const title = await page.title();
    const stranger = await NativeClient.open(`ws://127.0.0.1:${port}/chatService`);
    const hostile = '<img src=x onerror="document.title=1"><script>document.title=2</script>';
    stranger.send(hostile);
    await hears(page, 'guest', hostile);
    assert.equal(await page.locator('#chat-log img, #chat-log script').count(), 0);
    assert.equal(await page.title(), title);
    await stranger.close();
  });

  it('says that it reconnects when the server is gone, and is connected again when it is back', async (t) => {
    const showcase = await startedShowcase(t);
    const page = await open(t, await newContext(t, browser), showcase.url, { mayFail: true });
    await showcase.stop();
    assert.match(await badge(page, 'reconnecting'), /^reconnecting( in \d+ s)? …$/);
    // What is said meanwhile is pending, and goes out once when there is a connection again.
    await say(page, 'into the void?');
    await page.locator('#chat-log .pending', { hasText: 'into the void?' }).getByText('on its way').waitFor();
    await showcase.restart();
    await page.locator('#chat-log .mine:not(.pending)', { hasText: 'into the void?' }).waitFor();
    assert.equal(await page.locator('#chat-log li', { hasText: 'into the void?' }).count(), 1);
  });

  it('says that it is offline when the machine has no network', async (t) => {
    const showcase = await startedShowcase(t);
    const context = await newContext(t, browser);
    const page = await open(t, context, showcase.url, { mayFail: true });
    await context.setOffline(true);
    await showcase.stop();
    assert.equal(await badge(page, 'offline'), 'offline');
    await context.setOffline(false);
    await showcase.restart();
    await badge(page, 'connected');
  });

  it('does not pull whoever reads further up down to the newest line', async (t) => {
    const { url, port } = await startedShowcase(t);
    const page = await open(t, await newContext(t, browser), url);
    const stranger = await NativeClient.open(`ws://127.0.0.1:${port}/chatService`);
    for (let count = 1; count <= 15; count++) stranger.send(`line ${count}\n\n\n`.padEnd(400, 'x '));
    stranger.send('the last line');
    await hears(page, 'guest', 'the last line');
    const log = page.locator('#chat-log');
    const below = () => log.evaluate((list) => list.scrollHeight - list.scrollTop - list.clientHeight);
    assert.ok((await below()) < 2);
    await log.evaluate((list) => (list.scrollTop = 0));
    await page.waitForTimeout(100);
    stranger.send('and another');
    await hears(page, 'guest', 'and another');
    assert.equal(await log.evaluate((list) => list.scrollTop), 0);
    await page.locator('#chat-newest').click();
    assert.ok((await below()) < 2);
    await page.locator('#chat-newest').waitFor({ state: 'hidden' });
    await stranger.close();
  });

  it('fits a phone, without scrolling sideways', async (t) => {
    const { url } = await startedShowcase(t);
    const context = await newContext(t, browser, { viewport: { width: 360, height: 740 }, colorScheme: 'dark' });
    const page = await open(t, context, url);
    await say(page, 'x'.repeat(900));
    await page.locator('#chat-log .mine').waitFor();
    assert.ok(await fitsItsWidth(page));
    await screenshot(page, 'chat-phone-dark');
  });

  it('can be used by keyboard alone', async (t) => {
    const { url } = await startedShowcase(t);
    const page = await open(t, await newContext(t, browser), url);
    const focused = () => page.evaluate(() => document.activeElement?.id || document.activeElement?.className);
    await page.keyboard.press('Tab');
    assert.equal(await focused(), 'skip');
    await page.keyboard.press('Enter');
    const visited: (string | undefined)[] = [];
    for (let count = 0; count < 3; count++) {
      await page.keyboard.press('Tab');
      visited.push(await focused());
    }
    assert.deepEqual(visited, ['your-name', 'chat-log', 'chat-text']);
    await page.keyboard.type('by keyboard');
    await page.keyboard.press('Enter');
    await page.locator('#chat-log .mine', { hasText: 'by keyboard' }).waitFor();
    assert.equal(await focused(), 'chat-text');
  });
});

async function open(
  t: TestContext,
  context: BrowserContext,
  url: string,
  options: { mayFail?: boolean } = {},
): Promise<Page> {
  const page = await openPage(t, context, new URL('chat', url).href, options);
  await badge(page, 'connected');
  await page.locator('#your-name:enabled').waitFor();
  return page;
}

async function nameIn(page: Page): Promise<string> {
  await page.locator('#your-name:enabled').waitFor();
  return await page.locator('#your-name').inputValue();
}

/** Resolves once the server has given the name, or another. */
async function name(page: Page, says: string): Promise<void> {
  await page.locator('#your-name').fill(says);
  await page.locator('#your-name').press('Enter');
  await page.locator('#your-name:not([aria-busy])').waitFor();
}

async function say(page: Page, words: string): Promise<void> {
  await page.locator('#chat-text').fill(words);
  await page.locator('#chat-text').press('Enter');
}

async function hears(page: Page, speaker: string, words: string): Promise<void> {
  const line = page.locator('#chat-log li', { has: page.locator('.speaker', { hasText: speaker }) });
  await line.filter({ hasText: words }).waitFor();
}
