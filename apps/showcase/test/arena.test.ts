/** The arena in a real browser: two windows, a line that is cut, stalls and comes back, and a server that starts again. */
import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { systemPackage } from '../../../packages/wire/test/support/system-packages.ts';
import { arena } from '../arena/server.ts';
import { badge, fitsItsWidth, launchChromium, newContext, openPage, screenshot } from './support/chromium.ts';
import { startedShowcase } from './support/running.ts';
import { tcpProxy } from './support/tcp-proxy.ts';

const chromium = systemPackage('chromium');

describe('the arena in Chromium', { skip: chromium.missing, timeout: 120_000 }, () => {
  let browser: Browser;
  before(async () => {
    browser = await launchChromium(chromium.path);
  });
  after(() => browser?.close());

  it('gives a player back the seat, the name and the points after a cut, a stall and a restart', async (t) => {
    const showcase = await startedShowcase(t, { applications: [arena] });
    const proxy = await tcpProxy(t, showcase.port);
    const ann = await open(t, await newContext(t, browser), proxy.url, 'Ann');
    const bob = await open(t, await newContext(t, browser), showcase.url, 'Bob');
    for (const page of [ann, bob]) for (const name of ['Ann', 'Bob']) await player(page, name).waitFor();
    await score(ann, 'Ann');
    await screenshot(ann, 'arena-desktop', { fullPage: true });

    // Cut: nobody can take the points of somebody who is away.
    proxy.cut();
    assert.match(await badge(ann, 'reconnecting'), /^reconnecting/);
    await says(ann, 'The line is down. Your seat is kept for 10 s.');
    await player(bob, 'Ann · away').waitFor();
    await screenshot(ann, 'arena-cut');
    const kept = await points(bob, 'Ann');
    proxy.restore();
    await says(ann, `Back in your seat, with ${kept} point`);
    await badge(ann, 'connected');
    await isHere(bob, 'Ann');

    // Stalled: neither end is told, and both find out.
    proxy.stall();
    await badge(ann, 'reconnecting');
    await player(bob, 'Ann · away').waitFor();
    const keptAgain = await points(bob, 'Ann');
    proxy.restore();
    await says(ann, `Back in your seat, with ${keptAgain} point`);
    await isHere(bob, 'Ann');

    // Restarted while Ann's line is cut.
    proxy.cut();
    await player(bob, 'Ann · away').waitFor();
    const last = await points(bob, 'Ann');
    const best = await bob.locator('#arena-best li', { hasText: 'Ann' }).locator('.arena-points').textContent();
    await showcase.restart();
    proxy.restore();
    for (const page of [ann, bob]) await says(page, 'Back in your seat, with ');
    await says(ann, `Back in your seat, with ${last} point`);
    await badge(ann, 'connected');
    await isHere(bob, 'Ann');
    assert.equal(await ann.locator('#arena-players li', { hasText: 'Ann' }).count(), 1);
    assert.ok(Number(await bestOf(ann, 'Ann')) >= Number(best));
    assert.notEqual(await ann.locator('#arena-lag').textContent(), '–');
  });

  it('is played in one window of a person at a time, by touch on a phone too', async (t) => {
    const showcase = await startedShowcase(t, { applications: [arena] });
    const phone = {
      viewport: { width: 360, height: 740 },
      colorScheme: 'dark',
      hasTouch: true,
      isMobile: true,
    } as const;
    const context = await newContext(t, browser, phone);
    const first = await open(t, context, showcase.url, 'Ann');
    await dashes(first);
    assert.ok(await fitsItsWidth(first));
    await screenshot(first, 'arena-phone-dark', { fullPage: true });
    const second = await openPage(t, context, new URL('arena', showcase.url).href);
    await says(second, 'Back in your seat');
    await says(first, 'You play in another window');
    await first.locator('#arena-here').click();
    await says(second, 'You play in another window');
    await says(first, 'Back in your seat');
  });
});

async function open(t: TestContext, context: BrowserContext, url: string, name: string): Promise<Page> {
  const page = await openPage(t, context, new URL('arena', url).href, { mayFail: true });
  await page.locator('#your-name:enabled').fill(name);
  await page.locator('#your-name').press('Enter');
  await says(page, `You play as ${name}`);
  return page;
}

async function says(page: Page, words: string): Promise<void> {
  await page.locator('#arena-says', { hasText: words }).waitFor();
}

function player(page: Page, words: string): Locator {
  return page.locator('#arena-players li', { hasText: words });
}

async function isHere(page: Page, name: string): Promise<void> {
  await page.locator('#arena-players li', { hasText: name, hasNotText: 'away' }).waitFor();
}

async function points(page: Page, name: string): Promise<number> {
  return Number(await player(page, name).locator('.arena-points').textContent());
}

async function bestOf(page: Page, name: string): Promise<string | null> {
  return await page.locator('#arena-best li', { hasText: name }).locator('.arena-points').textContent();
}

/** Runs in circles, wider and wider, until there is a point. */
async function score(page: Page, name: string): Promise<void> {
  const keys = ['ArrowRight', 'ArrowDown', 'ArrowLeft', 'ArrowUp'];
  for (let turn = 0; (await points(page, name)) === 0; turn++) {
    const key = keys[turn % 4]!;
    await page.keyboard.down(key);
    await page.waitForTimeout(300 + (turn % 12) * 60);
    await page.keyboard.up(key);
  }
}

/** By the button, until it shows that the next dash is not ready. */
async function dashes(page: Page): Promise<void> {
  await page.locator('#arena-dash[data-ready="true"]').tap();
  await page.locator('#arena-dash[data-ready="false"]').waitFor();
}
