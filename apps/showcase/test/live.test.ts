/** The live show in a real browser: two windows, a line that is cut, stalls and comes back, and a server that starts again. */
import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { systemPackage } from '../../../packages/wire/test/support/system-packages.ts';
import { live } from '../live/server.ts';
import { badge, fitsItsWidth, launchChromium, newContext, openPage, screenshot } from './support/chromium.ts';
import { startedShowcase } from './support/running.ts';
import { tcpProxy } from './support/tcp-proxy.ts';

const chromium = systemPackage('chromium');

describe('the live show in Chromium', { skip: chromium.missing, timeout: 120_000 }, () => {
  let browser: Browser;
  before(async () => {
    browser = await launchChromium(chromium.path);
  });
  after(() => browser?.close());

  it('loses and doubles nothing through a cut, a stall and a restart, and says how it goes', async (t) => {
    const showcase = await startedShowcase(t, { applications: [live] });
    const proxy = await tcpProxy(t, showcase.port);
    const ann = await open(t, await newContext(t, browser), proxy.url, 'Ann');
    const bob = await open(t, await newContext(t, browser), showcase.url, 'Bob');
    for (const page of [ann, bob]) await shows(page, '#live-viewers', '2 viewers');

    await comment(ann, 'hello from Ann');
    await comments(bob).filter({ hasText: 'hello from Ann' }).waitFor();
    await bob.locator('[data-kind="heart"]').click();
    for (const page of [ann, bob]) await shows(page, '[data-kind="heart"] [data-part="count"]', '1');
    await startPoll(bob, 'What next?', ['Low Tide', 'Paper Boats']);
    await choice(ann, 'Paper Boats').click();
    await choice(bob, 'Low Tide').waitFor();
    await shows(ann, '.live-poll-says', '1 vote so far. Yours is counted.');
    await shows(bob, '.live-poll-says', '1 vote so far. One each.');
    await talk(bob, ann, 'Ann', 'Bob');

    // Cut: what the others did meanwhile comes, counted.
    proxy.cut();
    assert.match(await badge(ann, 'reconnecting'), /^reconnecting/);
    assert.equal(await ann.locator('[data-kind="heart"]').isDisabled(), true);
    await shows(bob, '#live-viewers', '1 viewer');
    for (const text of ['one', 'two']) await comment(bob, text);
    await write(bob, 'between us');
    await screenshot(ann, 'live-cut');
    proxy.restore();
    // It counts up, topic by topic.
    await shows(ann, '#connection', 'caught up: 3');
    await shows(ann, '#live-viewers', '2 viewers');

    // Stalled: neither end is told. What is written meanwhile waits in the page, and goes out once.
    proxy.stall();
    await comment(ann, 'written into the void');
    await comments(ann).filter({ hasText: 'written into the void' }).locator('[data-state="sending"]').waitFor();
    await badge(ann, 'reconnecting');
    await comment(bob, 'are you there?');
    proxy.restore();
    await badge(ann, 'connected', 'caught-up');
    await comments(bob).filter({ hasText: 'written into the void' }).waitFor();
    await comments(ann).filter({ hasText: 'are you there?' }).waitFor();

    // Restarted: the show, the poll, the votes and the line are where they were.
    proxy.cut();
    await badge(ann, 'reconnecting');
    await comment(ann, 'still here');
    await comments(ann).filter({ hasText: 'still here' }).locator('[data-state="waiting"]').waitFor();
    await showcase.restart();
    proxy.restore();
    for (const page of [ann, bob]) await badge(page, 'connected', 'caught-up');
    for (const page of [ann, bob]) await comments(page).filter({ hasText: 'still here' }).waitFor();
    await shows(ann, '.live-poll-says', '1 vote so far. Yours is counted.');
    await choice(bob, 'Low Tide').click();
    await shows(ann, '.live-poll-says', '2 votes so far. Yours is counted.');
    await shows(bob, '#live-host', 'You host.');
    await write(ann, 'and after');
    await lines(bob).filter({ hasText: 'and after' }).waitFor();

    const said = ['hello from Ann', 'one', 'two', 'are you there?', 'still here', 'written into the void'].toSorted();
    for (const page of [ann, bob]) {
      assert.deepEqual((await comments(page).locator('.talk-text').allInnerTexts()).toSorted(), said);
      assert.deepEqual(await lines(page).locator('.talk-text').allInnerTexts(), [
        'for your eyes',
        'between us',
        'and after',
      ]);
    }
    assert.deepEqual(
      await comments(ann).locator('.talk-text').allInnerTexts(),
      await comments(bob).locator('.talk-text').allInnerTexts(),
    );
    await ann.locator('#live-crowd').click();
    await ann.waitForFunction(() => Number(document.querySelector('#live-rate')?.textContent?.replace(',', '')) > 500);
    assert.ok(Number(await ann.locator('#live-messages').textContent()) <= 11);
    await screenshot(ann, 'live-desktop', { fullPage: true });
  });

  it('fits a phone in the dark, and is used by keyboard alone, without motion', async (t) => {
    const showcase = await startedShowcase(t, { applications: [live] });
    const phone = { viewport: { width: 360, height: 740 }, colorScheme: 'dark', reducedMotion: 'reduce' } as const;
    const page = await open(t, await newContext(t, browser, phone), showcase.url, 'Ann');
    await page.locator('#live-chair').focus();
    await page.keyboard.press('Enter');
    await shows(page, '#live-host', 'You host.');
    await page.locator('#live-question').focus();
    for (const text of ['x'.repeat(140), 'y'.repeat(60), 'z']) {
      await page.keyboard.type(text);
      await page.keyboard.press('Tab');
    }
    await page.locator('#live-start').press('Enter');
    await choice(page, 'z').focus();
    await page.keyboard.press('Enter');
    await shows(page, '.live-poll-says', '1 vote so far. Yours is counted.');
    await page.locator('[data-kind="star"]').press('Enter');
    await shows(page, '[data-kind="star"] [data-part="count"]', '1');
    await comment(page, 'w'.repeat(300));
    assert.ok(await fitsItsWidth(page));
    await screenshot(page, 'live-phone-dark', { fullPage: true });
  });
});

async function open(t: TestContext, context: BrowserContext, url: string, name: string): Promise<Page> {
  const page = await openPage(t, context, new URL('live', url).href, { mayFail: true });
  await page.locator('#your-name:enabled').fill(name);
  await page.locator('#your-name').press('Enter');
  await page.locator('#your-name:not([aria-busy])').waitFor();
  await badge(page, 'connected');
  await page.locator('#live-comments .talk-list:not([aria-busy])').waitFor();
  return page;
}

async function shows(page: Page, selector: string, words: string): Promise<void> {
  await page.locator(selector, { hasText: words }).waitFor();
}

function comments(page: Page): Locator {
  return page.locator('#live-comments .talk-list > li');
}

function lines(page: Page): Locator {
  return page.locator('#live-lines .talk-list > li');
}

async function comment(page: Page, text: string): Promise<void> {
  await page.locator('#live-comment').fill(text);
  await page.locator('#live-comment').press('Enter');
  await comments(page).filter({ hasText: text }).waitFor();
}

function choice(page: Page, option: string): Locator {
  return page.locator('.live-choices button', { hasText: option });
}

async function startPoll(page: Page, question: string, options: readonly string[]): Promise<void> {
  await page.locator('#live-chair').click();
  await page.locator('#live-question').fill(question);
  for (const [i, option] of options.entries()) await page.locator(`#live-option-${i}`).fill(option);
  await page.locator('#live-start').click();
}

/** One asks the other, by the name beside a comment; the other accepts, and they talk. */
async function talk(asking: Page, asked: Page, name: string, by: string): Promise<void> {
  await asking.locator('#live-comments .talk-from', { hasText: name }).first().click();
  await shows(asking, '#live-lines', `Waiting for ${name} to answer`);
  await shows(asked, '#live-lines', `${by} would like to talk to you`);
  await asked.locator('#live-lines button', { hasText: 'Accept' }).press('Enter');
  await asked.locator('#live-lines textarea:focus').waitFor();
  await write(asking, 'for your eyes');
  await lines(asked).filter({ hasText: 'for your eyes' }).waitFor();
}

async function write(page: Page, text: string): Promise<void> {
  await page.locator('#live-lines textarea').fill(text);
  await page.locator('#live-lines textarea').press('Enter');
  await lines(page).filter({ hasText: text }).waitFor();
}
