/** Messaging in a real Chromium: two windows of one person and two of others, a line that fails, and a server that comes back. */
import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { systemPackage } from '../../../packages/wire/test/support/system-packages.ts';
import { messaging } from '../messaging/server.ts';
import { badge, fitsItsWidth, launchChromium, newContext, openPage, screenshot } from './support/chromium.ts';
import { startedShowcase } from './support/running.ts';
import { actAs, seen, texts, write } from './support/talk-page.ts';
import { tcpProxy } from './support/tcp-proxy.ts';

const chromium = systemPackage('chromium');

describe('messaging in Chromium', { skip: chromium.missing, timeout: 90_000 }, () => {
  let browser: Browser;
  before(async () => {
    browser = await launchChromium(chromium.path);
  });
  after(() => browser?.close());

  it('delivers each message once and in order, whatever the line and the server do, and says what is going on', async (t) => {
    const showcase = await startedShowcase(t, { applications: [messaging] });
    const line = await tcpProxy(t, showcase.port);
    const anns = await newContext(t, browser);
    const setGate = await gate(anns);
    const ann = await open(t, anns, line.url, 'Ann');
    const bob = await open(t, await newContext(t, browser), showcase.url, 'Bob');
    // The same person: a window of the same browser is who was chosen last.
    const second = await open(t, anns, line.url);
    assert.equal(await second.locator('#your-name').inputValue(), 'Ann');

    await person(ann, 'Bob').locator('.here[data-here="true"]').waitFor();
    await person(ann, 'Bob').click();
    await write(ann, 'Hello Bob');
    await talk(bob, 'Ann').locator('.unread', { hasText: '1' }).waitFor();
    await seen(ann, 'Hello Bob', 'delivered');
    assert.match(await bob.title(), /^\(1\) /);
    await talk(bob, 'Ann').click();
    await seen(ann, 'Hello Bob', 'read');
    await talk(second, 'Bob').click();
    await seen(second, 'Hello Bob', 'read');
    await bob.locator('.talk-text-field:visible').pressSequentially('Hel');
    await ann.getByText('Bob is typing …').waitFor();
    await write(bob, 'Hello Ann');
    await seen(bob, 'Hello Ann', 'read');
    const expected = ['Hello Bob', 'Hello Ann'];

    // Without a line: what is written waits, and the page can be loaded anew, even where there is no hub then.
    line.cut();
    assert.match(await badge(ann, 'reconnecting'), /^reconnecting( in \d+ s)? …$/);
    await ann.getByText('What you write waits in this window').waitFor();
    await bob.getByText('Ann is not here; what you write waits there').waitFor();
    for (const text of ['offline 1', 'offline 2', 'offline 3']) await write(ann, text);
    await seen(ann, 'offline 3', 'waiting');
    await screenshot(ann, 'messaging-offline');
    for (const text of ['where are you?', 'hello?']) await write(bob, text);
    await seen(bob, 'hello?', 'sent');
    await setGate(ann, false);
    line.restore();
    await ann.reload();
    await talk(ann, 'Bob').click();
    for (const text of ['offline 1', 'offline 2', 'offline 3']) await seen(ann, text, 'waiting');
    await setGate(ann, true);
    assert.match(await badge(second, 'caught-up'), /^caught up: \d+$/);
    await seen(ann, 'offline 3', 'read');
    await seen(bob, 'hello?', 'read');
    expected.push('where are you?', 'hello?', 'offline 1', 'offline 2', 'offline 3');
    await agree([ann, second, bob], expected);
    assert.deepEqual(
      (await texts(bob)).filter((text) => text.startsWith('offline')),
      ['offline 1', 'offline 2', 'offline 3'],
    );

    // A line that carries nothing and does not say so.
    line.stall();
    await write(ann, 'into a stalled line');
    await seen(ann, 'into a stalled line', 'sending');
    await write(bob, 'to a stalled line');
    line.restore();
    await seen(ann, 'into a stalled line', 'read');
    await seen(ann, 'to a stalled line');
    expected.push('into a stalled line', 'to a stalled line');
    await agree([ann, second, bob], expected);

    // The server is gone for a while, and comes back with the same data.
    await showcase.stop();
    await Promise.all([ann, bob].map((page) => badge(page, 'reconnecting')));
    await write(ann, 'to a server that is gone');
    await write(bob, 'so do I');
    await seen(bob, 'so do I', 'waiting');
    await showcase.restart();
    await seen(ann, 'to a server that is gone', 'read');
    await seen(bob, 'so do I', 'read');
    expected.push('to a server that is gone', 'so do I');
    await seen(second, 'so do I');
    await agree([ann, second, bob], expected);
    await screenshot(ann, 'messaging-direct');
  });

  it('says after a reload what the hub has refused of what waited', async (t) => {
    const showcase = await startedShowcase(t, { applications: [messaging] });
    const line = await tcpProxy(t, showcase.port);
    const anns = await newContext(t, browser);
    const setGate = await gate(anns);
    const ann = await open(t, anns, line.url, 'Ann');
    await open(t, await newContext(t, browser), showcase.url, 'Bob');
    await person(ann, 'Bob').click();
    await write(ann, 'Hello Bob');
    await seen(ann, 'Hello Bob', 'delivered');
    await setGate(ann, false);
    line.cut();
    await badge(ann, 'reconnecting');
    line.restore();
    await write(ann, 'too long in the end');
    await write(ann, 'and this one is not');
    // As a later version of the server might think of what an earlier one had allowed.
    const long = 'x'.repeat(3_000);
    await ann.evaluate((text) => {
      const key = Object.keys(sessionStorage).find((each) => each.startsWith('tidewire-messaging-outbox-'))!;
      sessionStorage.setItem(key, sessionStorage.getItem(key)!.replace('too long in the end', text));
    }, long);
    await ann.reload();
    await talk(ann, 'Bob').click();
    await seen(ann, long, 'waiting');
    await setGate(ann, true);
    await seen(ann, long, 'refused');
    await seen(ann, 'and this one is not', 'delivered');
    await screenshot(ann, 'messaging-refused');
  });

  it('counts what is unread in step over the windows of one person, and says who of a group has read', async (t) => {
    const { url } = await startedShowcase(t, { applications: [messaging] });
    const anns = await newContext(t, browser);
    const ann = await open(t, anns, url, 'Ann');
    const second = await open(t, anns, url);
    const bob = await open(t, await newContext(t, browser), url, 'Bob');
    const cleo = await open(t, await newContext(t, browser), url, 'Cleo');
    await person(bob, 'Cleo').waitFor();
    await bob.getByRole('button', { name: 'New group' }).click();
    await bob.getByLabel('Its name').fill('Harbour walk');
    for (const name of ['Ann', 'Cleo']) await bob.getByRole('checkbox', { name }).check();
    await screenshot(bob, 'messaging-new-group');
    await bob.getByRole('button', { name: 'Make the group' }).click();
    for (const text of ['At nine?', 'Or ten?']) await write(bob, text);
    for (const page of [ann, second, cleo])
      await talk(page, 'Harbour walk').locator('.unread', { hasText: '2' }).waitFor();
    await seen(bob, 'Or ten?', 'delivered');
    await ann.reload();
    await talk(ann, 'Harbour walk').locator('.unread', { hasText: '2' }).waitFor();
    await talk(ann, 'Harbour walk').click();
    for (const page of [ann, second]) await talk(page, 'Harbour walk').locator('.unread').waitFor({ state: 'hidden' });
    await bob.getByText('read by 1 of 2').first().waitFor();
    await second.reload();
    await talk(second, 'Harbour walk').getByText('Or ten?').waitFor();
    await talk(second, 'Harbour walk').locator('.unread').waitFor({ state: 'hidden' });
    await talk(cleo, 'Harbour walk').click();
    await seen(bob, 'Or ten?', 'read');
    await write(cleo, 'Ten is <b>fine</b>');
    await write(ann, 'Ten it is');
    for (const text of ['Ten is <b>fine</b>', 'Ten it is']) await seen(bob, text);
    assert.deepEqual(await texts(bob), ['At nine?', 'Or ten?', 'Ten is <b>fine</b>', 'Ten it is']);
    await screenshot(bob, 'messaging-group');
    // Who has left is told nothing more.
    await cleo.getByRole('button', { name: 'Leave' }).click();
    await bob.getByText('Cleo left').waitFor();
    await write(bob, 'Without Cleo');
    await seen(bob, 'Without Cleo', 'read');
    assert.equal(await talk(cleo, 'Harbour walk').count(), 0);
  });

  it('fits a phone in the dark, by keyboard alone', async (t) => {
    const { url } = await startedShowcase(t, { applications: [messaging] });
    const phone = { viewport: { width: 360, height: 740 }, colorScheme: 'dark' } as const;
    const ann = await open(t, await newContext(t, browser, phone), url, 'Ann');
    const bob = await open(t, await newContext(t, browser, phone), url, 'Bob of the longest pier');
    await person(ann, 'Bob').press('Enter');
    await ann.locator('.talk-text-field:focus').waitFor();
    await ann.keyboard.type('x'.repeat(400));
    await ann.keyboard.press('Enter');
    await talk(bob, 'Ann').press('Enter');
    await write(bob, 'That is a long word');
    await seen(ann, 'That is a long word');
    await screenshot(ann, 'messaging-phone-dark');
    for (const page of [ann, bob]) assert.ok(await fitsItsWidth(page));
    await ann.getByRole('button', { name: '‹ Talks' }).press('Enter');
    await ann.locator('.talk-rows button:focus').waitFor();
    assert.ok(await fitsItsWidth(ann));
    await screenshot(ann, 'messaging-phone-dark-list');
  });
});

async function open(t: TestContext, context: BrowserContext, url: string, name?: string): Promise<Page> {
  const page = await openPage(t, context, new URL('messaging', url).href, { mayFail: true });
  if (name) await actAs(page, name);
  await badge(page, 'connected');
  await page.locator('#your-name:enabled').waitFor();
  return page;
}

/** Pages of a context come to the hub only while the gate is open; there is nothing at the address otherwise. */
async function gate(context: BrowserContext): Promise<(page: Page, open: boolean) => Promise<void>> {
  await context.addInitScript(() => {
    const Native = WebSocket;
    globalThis.WebSocket = class extends Native {
      constructor(url: string | URL, subprotocols?: string | string[]) {
        super(localStorage.getItem('gate') === 'closed' ? `${url}-closed` : url, subprotocols);
      }
    };
  });
  return (page, open) => page.evaluate((state) => localStorage.setItem('gate', state), open ? 'open' : 'closed');
}

function talk(page: Page, title: string): ReturnType<Page['locator']> {
  return page.locator('.talk-rows button', { has: page.locator('.talk-row-title', { hasText: title }) });
}

function person(page: Page, name: string): ReturnType<Page['locator']> {
  return page.locator('.person', { hasText: name });
}

/** All show the same, each once and in one order. */
async function agree(pages: readonly Page[], expected: readonly string[]): Promise<void> {
  await Promise.all(pages.flatMap((page) => expected.map((text) => seen(page, text))));
  const [inOrder = [], ...others] = await Promise.all(pages.map(texts));
  for (const other of others) assert.deepEqual(other, inOrder);
  assert.deepEqual([...inOrder].sort(), [...expected].sort());
}
