/** The page that greets, in a real browser: HTTP beside WebSocket, live figures, the handshake. */
import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { systemPackage } from '../../../packages/wire/test/support/system-packages.ts';
import { badge, fitsItsWidth, launchChromium, newContext, openPage, screenshot } from './support/chromium.ts';
import { NativeClient } from './support/native-client.ts';
import { startedShowcase } from './support/running.ts';
import { tcpProxy } from './support/tcp-proxy.ts';

const chromium = systemPackage('chromium');
const transports = ['polling', 'long-polling', 'events', 'socket'] as const;

describe('the page that greets, in Chromium', { skip: chromium.missing, timeout: 120_000 }, () => {
  let browser: Browser;
  before(async () => {
    browser = await launchChromium(chromium.path);
  });
  after(() => browser?.close());

  it('shows age, rates and price of four transports as numbers, and each costs what it must', async (t) => {
    const { url } = await startedShowcase(t);
    const page = await comparing(t, await newContext(t, browser), url);
    // Once the opening handshakes have left the window of five seconds, no request is left on the sides that listen.
    const requests = ['events', 'socket'].map((id) => page.locator(`#${id} [data-part="requests"]`));
    await Promise.all(requests.map((each) => each.filter({ hasText: /[1-9]/ }).waitFor()));
    await Promise.all(requests.map((each) => each.filter({ hasText: /^0\.0$/ }).waitFor()));
    const [poll, long, events, socket] = await Promise.all(transports.map((id) => figures(page, id)));
    assert.ok(poll && long && events && socket);
    for (const feed of [poll, long, events, socket]) {
      assert.ok(Object.values(feed).every(Number.isFinite), JSON.stringify(feed));
      assert.ok(feed.age >= 0 && feed.oldest > 0 && feed.price > 300 && feed.each > 100, JSON.stringify(feed));
    }
    // Once and ten times a second; wide bounds, for a busy machine.
    assert.ok(poll.requests > 0.3 && poll.requests < 1.5, `${poll.requests} polls a second`);
    assert.ok(long.requests > 2 && long.requests < 12, `${long.requests} long polls a second`);
    assert.ok(Math.abs(long.requests - long.updates) < 1, 'a request for each update');
    for (const { updates } of [events, socket]) assert.ok(updates > 2 && updates < 15, `${updates} updates a second`);
    assert.ok(socket.each < events.each && events.each < long.each, 'heads cost more than events, events than frames');
    await screenshot(page, 'comparison');
  });

  it('draws what it measures', async (t) => {
    const { url } = await startedShowcase(t);
    const page = await comparing(t, await newContext(t, browser), url);
    // Curves that no other one hides: the polls' age, and what the long polls cost.
    const curves = { 'plot-age': [122, 133, 131], 'plot-requests': [194, 87, 12], 'plot-bytes': [194, 87, 12] };
    for (const [id, colour] of Object.entries(curves)) {
      await page.locator(`#${id}[role="img"][aria-label] canvas`).waitFor();
      await page.waitForFunction(
        ({ id, colour }) => {
          const canvas = document.querySelector<HTMLCanvasElement>(`#${id} canvas`)!;
          const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d')!;
          copy.drawImage(canvas, 0, 0);
          const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
          for (let at = 0; at < data.length; at += 4)
            if (data[at + 3]! > 150 && colour.every((part, index) => Math.abs(data[at + index]! - part) < 8))
              return true;
          return false;
        },
        { id, colour },
      );
    }
  });

  it('asks as seldom as it is told to', async (t) => {
    const { url } = await startedShowcase(t);
    const page = await comparing(t, await newContext(t, browser), url);
    await page.locator('input[name="poll-interval"][value="5000"]').check({ force: true });
    await page.waitForTimeout(200);
    let asked = 0;
    page.on('request', (request) => request.url().endsWith('/api/ticker') && asked++);
    await page.waitForTimeout(4000);
    assert.ok(asked <= 1, `${asked} requests`);
  });

  it('asks nothing while it is paused, or out of sight', async (t) => {
    const { url } = await startedShowcase(t);
    const page = await comparing(t, await newContext(t, browser), url);
    let asked = 0;
    page.on('request', (request) => request.url().includes('/api/ticker') && asked++);
    await page.locator('#comparison-pause').click();
    await page.waitForTimeout(100);
    asked = 0;
    await page.waitForTimeout(1500);
    assert.equal(asked, 0);
    await page.locator('#comparison-pause').click();
    await page.waitForRequest(/\/api\/ticker\/wait/);
    await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
    await page.waitForTimeout(300);
    asked = 0;
    await page.waitForTimeout(1500);
    assert.equal(asked, 0);
  });

  it('says so on every side when the line is cut, and goes on when it is back', async (t) => {
    const { port } = await startedShowcase(t);
    const proxy = await tcpProxy(t, port);
    const page = await comparing(t, await newContext(t, browser), proxy.url, { mayFail: true });
    proxy.cut();
    for (const id of transports) await page.locator(`#${id} [data-state="reconnecting"]`).waitFor();
    assert.match(await badge(page, 'reconnecting'), /^reconnecting/);
    await screenshot(page, 'greeting-cut');
    proxy.restore();
    for (const id of transports) await page.locator(`#${id} [data-state="connected"]`).waitFor();
    await badge(page, 'connected');
  });

  it('notices a line that is stalled, though nobody closed it', async (t) => {
    const { port } = await startedShowcase(t);
    const proxy = await tcpProxy(t, port);
    const page = await openPage(t, await newContext(t, browser), proxy.url, { mayFail: true });
    await badge(page, 'connected');
    proxy.stall();
    await badge(page, 'reconnecting');
    proxy.restore();
    await badge(page, 'connected');
  });

  it('shows live figures of the server and of its applications', async (t) => {
    const { url, port } = await startedShowcase(t);
    const page = await openPage(t, await newContext(t, browser), url);
    const room = page.locator('[data-application="chat"] [data-part="figures"]');
    await room.filter({ hasText: '0 in the room' }).waitFor();
    const somebody = await NativeClient.open(`ws://127.0.0.1:${port}/chatService`);
    await room.filter({ hasText: '1 in the room' }).waitFor();
    await somebody.close();
    await room.filter({ hasText: '0 in the room' }).waitFor();
    assert.match((await page.locator('#figures [data-part="memory"]').textContent()) ?? '', /^\d+\.\d MB$/);
  });

  it('shows the handshake of /chatService as bytes', async (t) => {
    const { url } = await startedShowcase(t);
    const page = await openPage(t, await newContext(t, browser), url);
    const dump = page.locator('#handshake-request');
    await dump.filter({ hasText: '0000  47 45 54 20 2f 63 68 61 74 53 65 72 76 69 63 65' }).waitFor();
    const answer = (await page.locator('#handshake-response').innerText()).split('\n');
    const text = answer.map((row) => row.slice(-16).trim()).join('');
    assert.match(text, /^HTTP\/1\.1·101·.*s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=/);
  });

  it('fits a phone, in the dark, without scrolling sideways', async (t) => {
    const { url } = await startedShowcase(t);
    const context = await newContext(t, browser, { viewport: { width: 360, height: 740 }, colorScheme: 'dark' });
    const page = await comparing(t, context, url);
    await page.locator('#handshake-request .hex-row').first().waitFor();
    assert.ok(await fitsItsWidth(page));
    await screenshot(page, 'greeting-phone-dark', { fullPage: true });
  });

  it('can be used by keyboard alone', async (t) => {
    const { url } = await startedShowcase(t);
    const page = await openPage(t, await newContext(t, browser), url);
    await badge(page, 'connected');
    const visited: string[] = [];
    for (let count = 0; count < 40; count++) {
      await page.keyboard.press('Tab');
      const [where, outlined] = await page.evaluate(() => {
        const { activeElement: active } = document;
        const shown = active instanceof HTMLInputElement ? active.nextElementSibling : active;
        return [
          active?.id || active?.getAttribute('href') || active?.tagName,
          shown && getComputedStyle(shown).outlineStyle,
        ];
      });
      if (where === 'BODY') break;
      assert.notEqual(outlined, 'none', `the focus is seen on ${where}`);
      visited.push(String(where));
    }
    for (const id of ['#main', '/', '/chat', 'theme', 'comparison-pause'])
      assert.ok(visited.includes(id), `${id}: ${visited}`);
  });
});

/** Opens the page where its transports are in sight, and all of them are connected. */
async function comparing(
  t: TestContext,
  context: BrowserContext,
  url: string,
  options: { mayFail?: boolean } = {},
): Promise<Page> {
  const page = await openPage(t, context, url, options);
  await badge(page, 'connected');
  await page.locator('.transports').scrollIntoViewIfNeeded();
  for (const id of transports) await page.locator(`#${id} [data-state="connected"]`).waitFor();
  return page;
}

type Part = 'age' | 'oldest' | 'requests' | 'updates' | 'each' | 'price';

async function figures(page: Page, id: string): Promise<Record<Part, number>> {
  const number = async (part: string): Promise<number> =>
    Number((await page.locator(`#${id} [data-part="${part}"]`).textContent())?.replace(/,| ms$/g, ''));
  return {
    age: await number('age'),
    oldest: await number('oldest'),
    requests: await number('requests'),
    updates: await number('updates'),
    each: await number('bytes-each'),
    price: await number('price'),
  };
}
