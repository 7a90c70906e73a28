/** The news in a real browser: an editor and a reader, over lines that break and a server that is started again. */
import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { systemPackage } from '../../../packages/wire/test/support/system-packages.ts';
import { news } from '../news/server.ts';
import { badge, fitsItsWidth, launchChromium, newContext, openPage, screenshot } from './support/chromium.ts';
import { startedShowcase } from './support/running.ts';
import { tcpProxy } from './support/tcp-proxy.ts';

const chromium = systemPackage('chromium');
const applications = [news];

describe('the news in Chromium', { skip: chromium.missing, timeout: 90_000 }, () => {
  let browser: Browser;
  before(async () => {
    browser = await launchChromium(chromium.path);
  });
  after(() => browser?.close());

  it('reaches the reader once, whatever the lines and the server do, and says what is going on', async (t) => {
    const showcase = await startedShowcase(t, { applications });
    const [editorLine, readerLine] = [await tcpProxy(t, showcase.port), await tcpProxy(t, showcase.port)];
    const editor = await open(t, await newContext(t, browser), editorLine.url);
    const readersBrowser = await newContext(t, browser);
    const reader = await open(t, readersBrowser, readerLine.url);

    // A newcomer gets what is retained, and nothing of it is marked.
    assert.equal(await reader.locator('.item').count(), 4);
    assert.equal(await reader.locator('.item').first().getAttribute('data-breaking'), '', 'breaking stands above');
    assert.equal(await reader.locator('#away').isHidden(), true);

    await editor.locator('#desk-take').click();
    await editor.locator('#desk-form').waitFor();
    await publish(editor, 'One');
    await has(reader, 'One');
    await reader.locator('#strip-row li', { hasText: 'One' }).first().waitFor();

    // What a reader missed is marked, and counted.
    readerLine.cut();
    assert.match(await badge(reader, 'reconnecting'), /^reconnecting( in \d+ s)? …$/);
    await publish(editor, 'Two');
    await publish(editor, 'Three', { text: 'With a text.', breaking: true });
    await correct(editor, 'One', 'One, corrected');
    readerLine.restore();
    await comeBack(reader);
    assert.equal(await badge(reader, 'caught-up'), 'caught up: 3');
    assert.equal(await away(reader), '2 new, 1 corrected while you were away');
    await screenshot(reader, 'news-away');
    await reader.locator('#away-read').click();
    assert.equal(await reader.locator('[data-new]').count(), 0);

    // The correction took the old item's place, and says what was there.
    const corrected = reader.locator('.item', { hasText: 'One, corrected' });
    assert.match(await corrected.locator('summary').innerText(), /^corrected \d/);
    await corrected.locator('summary').click();
    assert.equal(await corrected.locator('del').innerText(), 'One');

    // What the editor writes without a connection goes out when there is one, once.
    editorLine.cut();
    await badge(editor, 'reconnecting');
    await publish(editor, 'Written offline');
    await editor.locator('.item[data-sending="waiting"]', { hasText: 'Written offline' }).waitFor();
    editorLine.restore();
    await comeBack(editor);
    await has(reader, 'Written offline');
    await editor.locator('.item:not([data-sending])', { hasText: 'Written offline' }).waitFor();

    // A line that stands still loses nothing.
    readerLine.stall();
    await publish(editor, 'While the line stood still');
    await editor.locator('.item:not([data-sending])', { hasText: 'While the line stood still' }).waitFor();
    assert.equal(await reader.locator('.item', { hasText: 'While the line stood still' }).count(), 0);
    readerLine.restore();
    await has(reader, 'While the line stood still');

    // Items and desk are kept over a restart.
    await showcase.stop();
    for (const page of [editor, reader]) await badge(page, 'reconnecting');
    await showcase.restart();
    for (const page of [editor, reader]) await comeBack(page);
    await badge(editor, 'connected', 'caught-up');
    assert.match(await editor.locator('#desk-who').innerText(), /^The desk is yours/);
    await publish(editor, 'After the restart');
    await has(reader, 'After the restart');

    // Who closed the page finds what came meanwhile marked.
    await reader.close();
    for (const headline of ['Away 1', 'Away 2', 'Away 3']) await publish(editor, headline);
    await editor.locator('.item:not([data-sending])', { hasText: 'Away 3' }).waitFor();
    const again = await open(t, readersBrowser, readerLine.url);
    assert.equal(await away(again), '3 new while you were away');
    assert.equal(await again.locator('.item[data-new="new"]').count(), 3);

    const all = await headlines(editor);
    assert.equal(all.length, 4 + 9);
    assert.equal(new Set(all).size, all.length, 'nothing twice');
    assert.deepEqual(await headlines(again), all);
  });

  it('lets only who sits at the desk publish, and gives words back that were refused', async (t) => {
    const { url } = await startedShowcase(t, { applications });
    const ann = await open(t, await newContext(t, browser), url);
    const bob = await open(t, await newContext(t, browser), url);
    await ann.locator('#desk-take').click();
    await ann.locator('#desk-form').waitFor();
    await bob.locator('#desk-who', { hasText: 'At the desk: ' }).waitFor();
    assert.equal(await bob.locator('#desk-form').isHidden(), true);
    assert.equal(await bob.locator('.item button').count(), 0);
    await ann.locator('#desk-headline').fill('Almost published');
    // Bob is quicker: Ann's page may not have heard of it when she presses the button.
    await bob.evaluate(() => document.querySelector<HTMLButtonElement>('#desk-take')?.click());
    await bob.locator('#desk-form').waitFor();
    await ann.locator('#desk-form').waitFor({ state: 'hidden' });
    await ann.evaluate(() => document.querySelector<HTMLFormElement>('#desk-form')?.requestSubmit());
    await ann.locator('.notice', { hasText: 'You may not publish' }).waitFor();
    assert.equal(await ann.locator('#desk-headline').inputValue(), 'Almost published');
    assert.equal(await ann.locator('.item', { hasText: 'Almost published' }).count(), 0);
  });

  it('shows an editor’s words as text, and a strip that stands still where motion is unwanted', async (t) => {
    const { url } = await startedShowcase(t, { applications });
    const still = { viewport: { width: 360, height: 740 }, colorScheme: 'dark', reducedMotion: 'reduce' } as const;
    const page = await open(t, await newContext(t, browser, still), url);
    await page.locator('#desk-take').click();
    await publish(page, '<img src=x onerror="document.title=1">', { text: 'x'.repeat(600) });
    await page.locator('.item h3', { hasText: '<img src=x' }).waitFor();
    assert.equal(await page.locator('.item img').count(), 0);
    assert.ok(await fitsItsWidth(page));
    const moving = (of: Page) => of.locator('#strip-row').evaluate((row) => row.getAnimations().length);
    assert.equal(await moving(page), 0);
    assert.equal(await page.locator('#strip-pause').isHidden(), true);
    await screenshot(page, 'news-phone-dark', { fullPage: true });

    const other = await open(t, await newContext(t, browser), url);
    assert.equal(await moving(other), 1);
    await other.locator('#strip-pause').click();
    const state = await other.locator('#strip-row').evaluate((row) => row.getAnimations()[0]?.playState);
    assert.equal(state, 'paused');
    await screenshot(other, 'news');
  });

  it('can be edited by keyboard alone', async (t) => {
    const { url } = await startedShowcase(t, { applications });
    const page = await open(t, await newContext(t, browser), url);
    await page.locator('#desk-take').focus();
    await page.keyboard.press('Enter');
    await page.locator('#desk-headline:focus').waitFor();
    await page.keyboard.type('By keyboard');
    await page.keyboard.press('Enter');
    await has(page, 'By keyboard');
    const button = page.locator('.item', { hasText: 'By keyboard' }).locator('button');
    assert.equal(await button.getAttribute('aria-label'), 'Correct: By keyboard');
    await button.focus();
    await page.keyboard.press('Enter');
    assert.equal(await page.locator('#desk-headline').inputValue(), 'By keyboard');
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'desk-headline');
    await page.locator('#desk-leave').press('Enter');
    await page.locator('#desk-take:focus').waitFor();
  });
});

/** Opens the page and waits until the items are there. */
async function open(t: TestContext, context: BrowserContext, url: string): Promise<Page> {
  const page = await openPage(t, context, new URL('news', url).href, { mayFail: true });
  await badge(page, 'connected');
  await page.locator('.item').first().waitFor();
  return page;
}

async function publish(
  page: Page,
  headline: string,
  { text = '', breaking = false }: { text?: string; breaking?: boolean } = {},
): Promise<void> {
  await page.locator('#desk-headline').fill(headline);
  await page.locator('#desk-text').fill(text);
  await page.locator('#desk-breaking').setChecked(breaking);
  await page.locator('#desk-submit').click();
}

async function correct(page: Page, headline: string, to: string): Promise<void> {
  await page.getByRole('button', { name: `Correct: ${headline}`, exact: true }).click();
  await page.locator('#desk-headline').fill(to);
  await page.locator('#desk-submit').click();
  await page.locator('.item:not([data-sending])', { hasText: to }).waitFor();
}

async function has(page: Page, headline: string): Promise<void> {
  await page.locator('.item h3', { hasText: headline }).waitFor();
}

/** The delay before the next attempt is cut short, as it is when a machine comes online. */
async function comeBack(page: Page): Promise<void> {
  await page.evaluate(() => dispatchEvent(new Event('online')));
}

async function away(page: Page): Promise<string> {
  await page.locator('#away').waitFor();
  return await page.locator('#away-text').innerText();
}

async function headlines(page: Page): Promise<string[]> {
  return await page.locator('.item h3').allInnerTexts();
}
