/** Notifications in a real Chromium: two windows of one user, somebody who sends, a line that fails, a server that restarts. */
import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { systemPackage } from '../../../packages/wire/test/support/system-packages.ts';
import { notifications } from '../notifications/server.ts';
import { badge, fitsItsWidth, launchChromium, newContext, openPage, screenshot } from './support/chromium.ts';
import { startedShowcase } from './support/running.ts';
import { actAs } from './support/talk-page.ts';
import { tcpProxy } from './support/tcp-proxy.ts';

const chromium = systemPackage('chromium');
const hostile = '<img src=x onerror="document.title=1"> is text';

describe('notifications in Chromium', { skip: chromium.missing, timeout: 120_000 }, () => {
  let browser: Browser;
  before(async () => {
    browser = await launchChromium(chromium.path);
  });
  after(() => browser?.close());

  it('reach every window of a user once, read in all of them, whatever happens to line and server', async (t) => {
    const showcase = await startedShowcase(t, { applications: [notifications] });
    const line = await tcpProxy(t, showcase.port);
    const context = await newContext(t, browser);
    const first = await open(t, context, line.url, 'Ann');
    const second = await open(t, context, line.url);
    assert.equal(await second.locator('#your-name').inputValue(), 'Ann', 'a window of the same user');
    const bob = await open(t, await newContext(t, browser), showcase.url, 'Bob');
    const windows = [first, second];
    const expected: string[] = [];

    await send(bob, 'Ann', 'The first one');
    await send(bob, 'Ann', hostile, 'And some more about it.');
    expected.unshift(hostile, 'The first one');
    for (const window of windows) await shows(window, expected, 2);
    assert.equal(await first.title(), '(2) Notifications · Tidewire');
    await markRead(first, 'The first one');
    for (const window of windows) await shows(window, expected, 1);
    await screenshot(first, 'notifications-light', { fullPage: true });

    // Both windows lose their line. What is written there waits, what is sent to them is there when it is back.
    line.cut();
    for (const window of windows) assert.match(await badge(window, 'reconnecting'), /^reconnecting( in \d+ s)? …$/);
    for (const title of ['Missed 1', 'Missed 2', 'Missed 3']) {
      await send(bob, 'Ann', title);
      expected.unshift(title);
    }
    await send(first, 'Bob', 'Written without a line', '', 'waits for the connection');
    await markRead(first, hostile);
    await screenshot(first, 'notifications-offline');
    line.restore();
    for (const window of windows) assert.equal(await badge(window, 'caught-up'), 'caught up: 3');
    for (const window of windows) await shows(window, expected, 3);
    await sent(first, 'Written without a line', 'sent');
    await shows(bob, ['Written without a line'], 1);

    // A line that carries nothing and does not say so.
    line.stall();
    await first.locator('#inbox-all').click();
    await shows(first, expected, 0);
    await send(bob, 'Ann', 'Into a stalled line');
    expected.unshift('Into a stalled line');
    await shows(second, expected.slice(1), 3);
    line.restore();
    for (const window of windows) await shows(window, expected, 1);

    // The server is gone when the time has come for what was put off, and comes back with the same data.
    await put(first, 'Ann', 'Ten seconds later');
    await sent(first, 'Ten seconds later', /^in \d+ s$/);
    await sent(second, 'Ten seconds later', /^in \d+ s$/);
    await screenshot(first, 'notifications-put-off');
    await showcase.stop();
    await Promise.all([first, second, bob].map((page) => badge(page, 'reconnecting')));
    await send(bob, 'Ann', 'To a server that is gone', '', 'waits for the connection');
    await bob.reload({ waitUntil: 'commit' }).catch(() => {});
    await sent(first, 'Ten seconds later', 'due; not connected');
    await showcase.restart();
    // What is due is sent before anybody can be connected again.
    await first.locator('#inbox-list li', { hasText: 'Ten seconds later' }).waitFor({ timeout: 20_000 });
    expected.unshift('To a server that is gone', 'Ten seconds later');
    for (const window of windows) await sent(window, 'Ten seconds later', 'sent');
    for (const window of windows) await shows(window, expected, 3);

    // To everyone, but not without an end.
    await bob.goto(`${showcase.url}notifications`);
    await badge(bob, 'connected', 'caught-up');
    for (const title of ['To all 1', 'To all 2', 'To all 3']) await send(bob, '*', title);
    await send(bob, '*', 'To all 4', '', /^waits: /);
    expected.unshift('To all 3', 'To all 2', 'To all 1');
    for (const window of windows) await shows(window, expected, 6);
    assert.equal(await first.locator('.inbox-tag').count(), 3);
    // The fourth would come through in a while.
    await bob.close();

    // A reload brings back what there was; a stranger has nothing of it, and nothing unread.
    await first.reload();
    await shows(first, expected, 6);
    const stranger = await open(t, await newContext(t, browser, { colorScheme: 'dark' }), showcase.url);
    await shows(stranger, ['To all 3', 'To all 2', 'To all 1'], 0);
    await send(stranger, 'Ann', 'Do you read this?', 'You were away.');
    await put(stranger, 'Ann', 'And this?');
    await row(first, 'Do you read this?').waitFor();
    await screenshot(stranger, 'notifications-dark');
  });

  it('are shown by the system once for all windows, when none is in sight, and are asked for by a click alone', async (t) => {
    const { url } = await startedShowcase(t, { applications: [notifications] });
    const context = await newContext(t, browser, { permissions: ['notifications'] });
    await context.addInitScript(watchSystem);
    const windows = [await open(t, context, url, 'Ann'), await open(t, context, url)];
    const [first, second] = windows as [Page, Page];
    const bob = await open(t, await newContext(t, browser), url, 'Bob');
    const shown = async () =>
      (
        await Promise.all(windows.filter((each) => !each.isClosed()).map((each) => each.evaluate(() => shownBySystem)))
      ).flat();
    const told = async (title: string) => {
      await send(bob, 'Ann', title);
      for (const each of windows) if (!each.isClosed()) await row(each, title).waitFor();
    };

    await told('Both are in sight');
    await first.locator('#inbox-news', { hasText: 'Bob: Both are in sight' }).waitFor({ state: 'attached' });
    await sight(first, 'hidden');
    await told('One is in sight');
    await sight(second, 'hidden');
    assert.deepEqual(await shown(), []);
    await told('None is in sight');
    await first.waitForFunction(() => shownBySystem.length > 0);
    assert.deepEqual(await shown(), ['Bob: None is in sight']);

    // What is read in another window is closed, and what is pressed is read in all.
    await markRead(second, 'None is in sight');
    await first.waitForFunction(() => closedBySystem.includes('Bob: None is in sight'));
    await told('Press me');
    await first.waitForFunction(() => shownBySystem.length > 1);
    await first.evaluate(() => pressLast());
    for (const each of windows) await row(each, 'Press me').and(each.locator('[data-read="true"]')).waitFor();

    // The window that showed them goes; the next one takes its place.
    await first.close();
    await told('One is left');
    await second.waitForFunction(() => shownBySystem.length > 0);
    assert.deepEqual(await shown(), ['Bob: One is left']);
    assert.equal(await second.evaluate(() => askedBySystem), 0);
    await second.getByRole('button', { name: 'Turn off' }).click();
    await told('Turned off');
    await second.getByRole('button', { name: 'Turn on' }).click();
    await told('Turned on');
    await second.waitForFunction(() => shownBySystem.length > 1);
    assert.deepEqual(await shown(), ['Bob: One is left', 'Bob: Turned on']);
  });

  it('work where the browser forbids those of the system, on a phone in the dark, by keyboard alone', async (t) => {
    const { url } = await startedShowcase(t, { applications: [notifications] });
    const phone = { viewport: { width: 360, height: 740 }, colorScheme: 'dark', reducedMotion: 'reduce' } as const;
    const page = await open(t, await newContext(t, browser, phone), url);
    // Headless Chromium says no to whoever asks.
    await page.getByRole('button', { name: 'Allow' }).click();
    await page.getByText('forbid it for this page').waitFor();
    await page.locator('#desk-title').focus();
    for (const title of ['By keyboard', 'x'.repeat(80), 'The last one']) {
      await page.keyboard.type(title);
      await page.keyboard.press('Enter');
      await row(page, title).waitFor();
    }
    assert.ok(await fitsItsWidth(page));
    await screenshot(page, 'notifications-phone-dark', { fullPage: true });
    await row(page, 'The last one').locator('.inbox-mark').focus();
    for (const left of [2, 1, 0]) {
      await page.keyboard.press('Enter');
      await page.locator('#inbox-count', { hasText: left === 0 ? 'none unread' : `${left} unread` }).waitFor();
    }
    await page.locator('#inbox-list:focus').waitFor();
    await page.locator('#inbox-only-unread').check();
    await page.getByText('All is read.').waitFor();
    await put(page, 'Myself', 'Never mind');
    await page.getByRole('button', { name: 'Cancel: Never mind' }).press('Enter');
    await sent(page, 'Never mind', 'canceled');
  });
});

declare global {
  var shownBySystem: string[];
  var closedBySystem: string[];
  var askedBySystem: number;
  function pressLast(): void;
  function putIntoSight(state: DocumentVisibilityState): void;
}

/** Remembers what the page asks of the system, and lets a test hide its window: headless windows are always in sight. */
function watchSystem(): void {
  globalThis.shownBySystem = [];
  globalThis.closedBySystem = [];
  globalThis.askedBySystem = 0;
  let last: Notification | undefined;
  const System = Notification;
  globalThis.pressLast = () => last?.dispatchEvent(new Event('click'));
  globalThis.Notification = class extends System {
    static override requestPermission(): Promise<NotificationPermission> {
      globalThis.askedBySystem++;
      return System.requestPermission();
    }
    constructor(title: string, options?: NotificationOptions) {
      super(title, options);
      globalThis.shownBySystem.push(title);
      last = this;
    }
    override close(): void {
      globalThis.closedBySystem.push(this.title);
      super.close();
    }
  };
  let sight: DocumentVisibilityState = 'visible';
  Object.defineProperty(document, 'visibilityState', { get: () => sight });
  globalThis.putIntoSight = (state) => {
    sight = state;
    document.dispatchEvent(new Event('visibilitychange'));
  };
}

async function sight(page: Page, state: DocumentVisibilityState): Promise<void> {
  await page.evaluate((wanted) => putIntoSight(wanted), state);
}

async function open(t: TestContext, context: BrowserContext, url: string, name?: string): Promise<Page> {
  const page = await openPage(t, context, `${url}notifications`, { mayFail: true });
  if (name) await actAs(page, name);
  await badge(page, 'connected', 'caught-up');
  await page.locator('#your-name:enabled').waitFor();
  return page;
}

/** Writes to somebody by name, or to everyone (`*`), and waits for what the list says of it. */
async function send(page: Page, to: string, title: string, text = '', says: string | RegExp = 'sent'): Promise<void> {
  await choose(page, to);
  await page.locator('#desk-text').fill(text);
  await page.locator('#desk-title').fill(title);
  await page.locator('#desk-title').press('Enter');
  await sent(page, title, says);
}

async function put(page: Page, to: string, title: string): Promise<void> {
  await choose(page, to);
  await page.locator('#desk-when').selectOption('10');
  await page.locator('#desk-title').fill(title);
  await page.locator('#desk-send').click();
}

async function choose(page: Page, to: string): Promise<void> {
  const option = page.locator(to === '*' ? '#desk-to option[value="*"]' : '#desk-to option', {
    hasText: to === '*' ? '' : to,
  });
  await option.first().waitFor({ state: 'attached' });
  await page.locator('#desk-to').selectOption(await option.first().getAttribute('value'));
}

async function sent(page: Page, title: string, says: string | RegExp): Promise<void> {
  const line = page.locator('#desk-sent li', { has: page.getByText(title, { exact: true }) });
  const exactly = typeof says === 'string' ? new RegExp(`^${says}$`) : says;
  await line.locator('.sent-says', { hasText: exactly }).first().waitFor();
}

function row(page: Page, title: string): ReturnType<Page['locator']> {
  return page.locator('#inbox-list li', { has: page.getByText(title, { exact: true }) });
}

async function markRead(page: Page, title: string): Promise<void> {
  await row(page, title).locator('.inbox-mark').click();
}

/** Resolves when the window shows so many unread, and then these titles and no others, the newest first. */
async function shows(page: Page, titles: readonly string[], unread: number): Promise<void> {
  await page
    .locator('#inbox-list li')
    .nth(titles.length - 1)
    .waitFor();
  await page.locator('#inbox-count', { hasText: unread === 0 ? 'none unread' : `${unread} unread` }).waitFor();
  assert.deepEqual(await page.locator('.inbox-title').allInnerTexts(), titles);
  assert.equal(await page.locator('#inbox-list li[data-read="false"]').count(), unread);
}
