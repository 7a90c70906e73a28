/** The stock ticker in a real browser: two windows over lines that break, a server that is started again, a slow reader. */
import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import { connectHub, type HubClient } from '@tidewire/hub/client';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { systemPackage } from '../../../packages/wire/test/support/system-packages.ts';
import { type StocksContract, stocksContract } from '../stocks/contract.ts';
import { stocks, stocksWith } from '../stocks/server.ts';
import { atEnd } from './support/at-end.ts';
import { badge, fitsItsWidth, launchChromium, newContext, openPage, screenshot } from './support/chromium.ts';
import { startedShowcase } from './support/running.ts';
import { tcpProxy } from './support/tcp-proxy.ts';

const chromium = systemPackage('chromium');

describe('the stock ticker in Chromium', { skip: chromium.missing, timeout: 90_000 }, () => {
  let browser: Browser;
  before(async () => {
    browser = await launchChromium(chromium.path);
  });
  after(() => browser?.close());

  it('shows the newest price of each symbol after every cut, stall and restart, and says what is going on', async (t) => {
    const market = { halted: false };
    const showcase = await startedShowcase(t, { applications: [stocksWith({ halted: () => market.halted })] });
    const [oneLine, twoLine] = [await tcpProxy(t, showcase.port), await tcpProxy(t, showcase.port)];
    const one = await open(t, await newContext(t, browser), oneLine.url);
    const two = await open(t, await newContext(t, browser), twoLine.url);
    const server = await serverOf(t, showcase.port);
    const agree = async (): Promise<void> => {
      market.halted = true;
      for (const page of [one, two]) await shows(page, await server.call('stocks.prices', null));
      market.halted = false;
    };
    await moves(one);
    await moves(two);
    await agree();

    twoLine.cut();
    assert.match(await badge(two, 'reconnecting'), /^reconnecting( in \d+ s)? …$/);
    await moves(one);
    twoLine.restore();
    await comeBack(two);
    assert.match(await badge(two, 'caught-up'), /^caught up: [1-9]\d*$/);
    await agree();

    twoLine.stall();
    await moves(one);
    twoLine.restore();
    await moves(two);
    await agree();

    await showcase.stop();
    for (const page of [one, two]) await badge(page, 'reconnecting');
    await showcase.restart();
    for (const page of [one, two]) {
      await comeBack(page);
      await badge(page, 'caught-up');
    }
    await agree();

    // A cut while nothing moves: there is no later price that would cover up a lost one.
    market.halted = true;
    oneLine.cut();
    await badge(one, 'reconnecting');
    oneLine.restore();
    await comeBack(one);
    await badge(one, 'caught-up');
    await agree();
  });

  it('gives a slow reader few prices, but new ones, and counts what it was spared', async (t) => {
    const market = { halted: false };
    const showcase = await startedShowcase(t, { applications: [stocksWith({ halted: () => market.halted })] });
    const page = await open(t, await newContext(t, browser), showcase.url);
    const server = await serverOf(t, showcase.port);
    await page.locator('#slow-rate').selectOption('200');
    await page.locator('#slow').check();
    const figure = async (name: string): Promise<number> => {
      const text = await page.locator(`[data-lag="${name}"]`).innerText();
      return Number(text.replaceAll(/[^\d.]/g, '')) / (text.endsWith('ms') ? 1000 : 1);
    };
    await page.waitForFunction(() => {
      const number = (name: string) =>
        Number(document.querySelector(`[data-lag="${name}"]`)?.textContent?.replaceAll(/\D/g, ''));
      return number('queue-waiting') > 3_000 && number('read') > 0 && number('read') < 300;
    });
    assert.ok((await figure('skipped')) > 500);
    assert.ok((await figure('p99')) < 3, `age p99: ${await figure('p99')} s`);
    assert.match(await page.locator('[data-lag="turn"]').innerText(), /every 2 s\.$/);
    await screenshot(page, 'stocks-slow', { fullPage: true });
    // It is behind by its window alone: once nothing moves, it has every price within one round.
    market.halted = true;
    await shows(page, await server.call('stocks.prices', null));
    market.halted = false;
    await page.locator('#slow').uncheck();
    await page.locator('[data-lag="queue-waiting"]', { hasText: '–' }).waitFor();
  });

  it('finds companies, and keeps the watchlist in the browser', async (t) => {
    const { url } = await startedShowcase(t, { applications: [stocks] });
    const page = await open(t, await newContext(t, browser), url);
    const rows = page.locator('#quotes-body tr');
    assert.equal(await rows.count(), 500);
    await page.locator('#search').fill('kelp ra');
    assert.deepEqual(await rows.locator('.symbol').allInnerTexts(), ['KERL']);
    await rows.locator('.star').click();
    await rows.locator('.name').click();
    assert.equal(await page.locator('#chart-symbol').innerText(), 'KERL');
    await page.reload();
    await badge(page, 'connected');
    assert.equal(await page.locator('#chart-symbol').innerText(), 'KERL');
    await page.locator('label:has(#view-watched)').click();
    assert.equal((await rows.locator('.symbol').allInnerTexts()).includes('KERL'), true);
    await page.locator('#search').fill('no such thing');
    await page.locator('#quotes-none').waitFor();
    await page.locator('#search').fill('');
    // By keyboard: the Tab key reaches one row, the arrows the others.
    await rows.first().locator('.name').focus();
    await page.keyboard.press('ArrowDown');
    const second = await rows.nth(1).getAttribute('data-symbol');
    assert.equal(await page.evaluate(() => document.activeElement?.closest('tr')?.dataset['symbol']), second);
    await page.keyboard.press('Enter');
    assert.equal(await page.locator('#chart-symbol').innerText(), second);
    assert.equal(await page.locator('#quotes-body [tabindex="0"]').count(), 2);
    await screenshot(page, 'stocks');
  });

  it('fits a phone', async (t) => {
    const { url } = await startedShowcase(t, { applications: [stocks] });
    const phone = { viewport: { width: 360, height: 740 }, colorScheme: 'dark' } as const;
    const page = await open(t, await newContext(t, browser, phone), url);
    await moves(page);
    assert.ok(await fitsItsWidth(page));
    await screenshot(page, 'stocks-phone-dark', { fullPage: true });
  });
});

/** Opens the page and waits until it has prices. */
async function open(t: TestContext, context: BrowserContext, url: string): Promise<Page> {
  const page = await openPage(t, context, new URL('stocks', url).href, { mayFail: true });
  await badge(page, 'connected');
  await page.locator('#quotes-body tr[data-update]').first().waitFor();
  return page;
}

/** Another client of the hub's, to ask what is true. */
async function serverOf(t: TestContext, port: number): Promise<HubClient<StocksContract>> {
  const client = connectHub(stocksContract, `ws://127.0.0.1:${port}/realtime`, {
    reconnect: { initial: 50, max: 200 },
  });
  atEnd(t, () => client.close());
  await client.connected();
  return client;
}

/** Resolves when the first price has moved on. */
async function moves(page: Page): Promise<void> {
  const row = page.locator('#quotes-body tr').first();
  const before = await row.getAttribute('data-update');
  await page.waitForFunction(
    (update) => document.querySelector<HTMLElement>('#quotes-body tr')?.dataset['update'] !== update,
    before,
  );
}

/** Resolves when every row shows this price. */
async function shows(
  page: Page,
  quotes: readonly { readonly symbol: string; readonly price: number }[],
): Promise<void> {
  assert.equal(quotes.length, 500);
  const expected = quotes.map(({ symbol, price }) => [symbol, price.toFixed(2)] as const);
  await page.waitForFunction(
    (wanted) =>
      wanted.every(
        ([symbol, price]) => document.querySelector(`tr[data-symbol="${symbol}"] .price`)?.textContent === price,
      ),
    expected,
    { timeout: 15_000 },
  );
}

/** The delay before the next attempt is cut short, as it is when a machine comes online. */
async function comeBack(page: Page): Promise<void> {
  await page.evaluate(() => dispatchEvent(new Event('online')));
}
