/** The parts that every page may use, in a real browser under the policy of the pages. */
import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { systemPackage } from '../../../packages/wire/test/support/system-packages.ts';
import type { ConnectionStatus } from '../shared/connection-words.ts';
import type { Parts } from './parts/page.ts';
import { parts as application } from './parts/server.ts';
import { type ContextOptions, launchChromium, newContext, openPage, screenshot } from './support/chromium.ts';
import { startedShowcase } from './support/running.ts';

const chromium = systemPackage('chromium');

declare global {
  var parts: Parts;
}

describe('the shared parts in Chromium', { skip: chromium.missing, timeout: 60_000 }, () => {
  let browser: Browser;
  before(async () => {
    browser = await launchChromium(chromium.path);
  });
  after(() => browser?.close());

  async function opened(t: TestContext, options: ContextOptions = {}): Promise<Page> {
    const { url } = await startedShowcase(t, { applications: [application] });
    const page = await openPage(t, await newContext(t, browser, options), `${url}parts`);
    await page.waitForFunction(() => globalThis.parts !== undefined);
    return page;
  }

  it('the badge is not there before it has something to say, and shows and speaks each state', async (t) => {
    const page = await opened(t);
    assert.equal(await page.locator('#connection').isVisible(), false);
    const shown: string[] = [];
    const spoken: string[] = [];
    const statuses: ConnectionStatus[] = [
      { state: 'connecting' },
      { state: 'connected' },
      { state: 'reconnecting', delay: 0 },
      { state: 'caught-up', count: 14 },
      { state: 'missed' },
      { state: 'closed', reason: 'revoked' },
    ];
    for (const status of statuses) {
      await page.evaluate((each) => parts.badge.show(each), status);
      await page.locator(`#connection[data-state="${status.state}"]`).waitFor();
      shown.push((await page.locator('#connection [data-part="shown"]').textContent()) ?? '');
      spoken.push((await page.locator('#connection [role="status"]').textContent()) ?? '');
      await screenshot(page, `badge-${status.state}`);
    }
    const words = ['connecting …', 'connected', 'reconnecting …', 'caught up: 14', 'missed some', 'closed: revoked'];
    assert.deepEqual(shown, words);
    assert.deepEqual(spoken, words.with(2, 'Connection lost, reconnecting'));
  });

  it('the badge counts down without anybody hearing it, and is connected some time after it caught up', async (t) => {
    const page = await opened(t);
    await page.clock.install();
    await page.evaluate(() => parts.badge.show({ state: 'reconnecting', delay: 2000 }));
    const shown = page.locator('#connection [data-part="shown"]');
    assert.equal(await shown.textContent(), 'reconnecting in 2 s …');
    await page.clock.runFor(1100);
    assert.equal(await shown.textContent(), 'reconnecting in 1 s …');
    await page.clock.runFor(1100);
    assert.equal(await shown.textContent(), 'reconnecting …');
    assert.equal(await page.locator('#connection [role="status"]').textContent(), 'Connection lost, reconnecting');
    await page.evaluate(() => parts.badge.show({ state: 'caught-up', count: 3 }));
    await page.clock.runFor(7000);
    assert.equal(await shown.textContent(), 'caught up: 3');
    await page.clock.runFor(2000);
    assert.equal(await shown.textContent(), 'connected');
  });

  it('elements are made of text, and of no attribute that could run something', async (t) => {
    const page = await opened(t);
    const hostile = '<img src=x onerror=alert(1)>';
    const html = await page.evaluate((text) => {
      const { element, words } = parts;
      return element('p', { class: 'a"b', hidden: true, id: undefined }, text, words(text), null, false, 7).outerHTML;
    }, hostile);
    const escaped = hostile.replaceAll('<', '&lt;').replaceAll('>', '&gt;');
    assert.equal(html, `<p class="a&quot;b" hidden="">${escaped}<bdi>${escaped}</bdi>7</p>`);
    for (const [attribute, value] of [
      ['onclick', 'alert(1)'],
      ['ONCLICK', 'alert(1)'],
      ['style', 'color: red'],
      ['srcdoc', '<p>'],
      ['href', 'javascript:alert(1)'],
      ['href', ' javascript:alert(1)'],
      ['src', 'data:text/html,x'],
    ] as const) {
      const thrown = await page.evaluate(
        ([name, text]) => {
          try {
            parts.element('a', { [name]: text });
            return 'nothing';
          } catch (error) {
            return (error as Error).name;
          }
        },
        [attribute, value] as const,
      );
      assert.equal(thrown, 'TypeError', `${attribute}=${value}`);
    }
    for (const href of ['/support', '#main', '?page=2', 'https://example.com/'])
      assert.equal(await page.evaluate((to) => parts.element('a', { href: to }).getAttribute('href'), href), href);
  });

  it('not even the page’s own code makes markup of a string', async (t) => {
    const { url } = await startedShowcase(t, { applications: [application] });
    const context = await newContext(t, browser);
    // Not by openPage, whose test would fail by the very thing that is asked for here.
    const page = await context.newPage();
    await page.goto(`${url}parts`);
    const attempt = (run: string): Promise<string> =>
      page.evaluate((source) => {
        const place = document.querySelector('#place')!;
        try {
          if (source === 'innerHTML') place.innerHTML = '<b>x</b>';
          else if (source === 'insertAdjacentHTML') place.insertAdjacentHTML('beforeend', '<b>x</b>');
          else document.createRange().createContextualFragment('<b>x</b>');
          return 'done';
        } catch (error) {
          return (error as Error).name;
        }
      }, run);
    for (const way of ['innerHTML', 'insertAdjacentHTML', 'fragment']) assert.equal(await attempt(way), 'TypeError');
  });

  it('notices are read out, can be acted upon and closed, go by themselves, and are not many', async (t) => {
    const page = await opened(t);
    await page.clock.install();
    const notices = page.locator('#notices[aria-live="polite"] .notice');
    await page.evaluate(() => {
      for (let count = 1; count <= 6; count++) parts.notice(`Notice ${count}`);
    });
    assert.deepEqual(await notices.locator('p').allInnerTexts(), ['Notice 3', 'Notice 4', 'Notice 5', 'Notice 6']);
    await notices.first().getByRole('button', { name: 'Close the notice' }).click();
    assert.equal(await notices.count(), 3);
    await page.mouse.move(0, 0);
    await page.clock.runFor(7000);
    assert.equal(await notices.count(), 0);
    await page.evaluate(() => {
      const action = { says: 'Undo', run: () => (document.title = 'undone') };
      parts.notice('Gone', { kind: 'bad', stays: 60_000, action });
    });
    await screenshot(page, 'notice');
    await page.getByRole('button', { name: 'Undo' }).click();
    assert.equal(await page.title(), 'undone');
    assert.equal(await notices.count(), 0);
  });

  it('the theme is the system’s until somebody chooses, and the choice outlasts a reload', async (t) => {
    const page = await opened(t, { colorScheme: 'dark' });
    const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    const theme = page.locator('#theme');
    const dark = await ground();
    assert.equal(await theme.getAttribute('aria-label'), 'Theme: as the system');
    await theme.click();
    assert.equal(await theme.getAttribute('aria-label'), 'Theme: light');
    const light = await ground();
    assert.notEqual(light, dark);
    await page.reload();
    assert.equal(await ground(), light);
    await theme.click();
    assert.equal(await ground(), dark);
    await page.emulateMedia({ colorScheme: 'light' });
    assert.equal(await ground(), dark, 'it was chosen');
    await theme.click();
    assert.equal(await ground(), light);
  });

  it('nothing moves for who wants no motion', async (t) => {
    const page = await opened(t, { reducedMotion: 'reduce' });
    await page.evaluate(() => parts.badge.show({ state: 'connecting' }));
    const animation = () => page.evaluate(() => getComputedStyle(document.querySelector('.badge-dot')!).animationName);
    assert.equal(await animation(), 'none');
    await page.emulateMedia({ reducedMotion: 'no-preference' });
    assert.equal(await animation(), 'pulse');
  });

  it('what runs only while it is seen stops when it leaves the window, and when it is ended', async (t) => {
    const page = await opened(t);
    await page.evaluate(() => {
      const place = document.querySelector('#place')!;
      const below = document.createElement('div');
      below.style.height = '4000px';
      document.querySelector('main')!.append(below);
      const log: string[] = [];
      const end = parts.whileOnScreen(place, () => {
        log.push('start');
        return () => log.push('stop');
      });
      Object.assign(globalThis, { log, end });
    });
    const log = (length: number) =>
      page
        .waitForFunction((wanted) => (globalThis as any).log.length >= wanted, length)
        .then(() => page.evaluate(() => (globalThis as any).log.join(' ')));
    assert.equal(await log(1), 'start');
    await page.evaluate(() => scrollTo(0, 3000));
    assert.equal(await log(2), 'start stop');
    await page.evaluate(() => scrollTo(0, 0));
    assert.equal(await log(3), 'start stop start');
    await page.evaluate(() => (globalThis as any).end());
    assert.equal(await log(4), 'start stop start stop');
  });

  it('what is stored is for one window, or for all of them', async (t) => {
    const page = await opened(t);
    await page.evaluate(() => {
      parts.windowStore.write('key', 'here');
      parts.browserStore.write('key', 'everywhere');
    });
    const other = await openPage(t, page.context(), page.url());
    await other.waitForFunction(() => globalThis.parts !== undefined);
    const read = (of: Page) => of.evaluate(() => [parts.windowStore.read('key'), parts.browserStore.read('key')]);
    assert.deepEqual(await read(page), ['here', 'everywhere']);
    assert.deepEqual(await read(other), [undefined, 'everywhere']);
  });

  it('what is stored is kept in memory by a browser that keeps nothing', async (t) => {
    const { url } = await startedShowcase(t, { applications: [application] });
    const context = await newContext(t, browser);
    await context.addInitScript(() => {
      for (const name of ['localStorage', 'sessionStorage'])
        Object.defineProperty(globalThis, name, {
          get() {
            throw new DOMException('denied', 'SecurityError');
          },
        });
    });
    const page = await openPage(t, context, `${url}parts`);
    await page.waitForFunction(() => globalThis.parts !== undefined);
    const read = await page.evaluate(() => {
      parts.browserStore.write('key', 'for now');
      return parts.browserStore.read('key');
    });
    assert.equal(read, 'for now');
  });
});
