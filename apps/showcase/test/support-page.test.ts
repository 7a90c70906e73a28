/** Live support in a real Chromium: a visitor and an agent, a line that fails, and a server that goes and comes back. */
import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { systemPackage } from '../../../packages/wire/test/support/system-packages.ts';
import { support } from '../support/server.ts';
import { badge, fitsItsWidth, launchChromium, newContext, openPage, screenshot } from './support/chromium.ts';
import { startedShowcase } from './support/running.ts';
import { actAs, message, seen, texts, write } from './support/talk-page.ts';
import { tcpProxy } from './support/tcp-proxy.ts';

const chromium = systemPackage('chromium');
const hostile = '<img src=x onerror="document.title=1"> is shown as text';

describe('live support in Chromium', { skip: chromium.missing, timeout: 90_000 }, () => {
  let browser: Browser;
  before(async () => {
    browser = await launchChromium(chromium.path);
  });
  after(() => browser?.close());

  it('loses nothing and doubles nothing while lines fail and the server restarts, and says what is going on', async (t) => {
    const showcase = await startedShowcase(t, { applications: [support] });
    const line = await tcpProxy(t, showcase.port);
    const visitor = await open(t, browser, `${line.url}support`, 'Vera');
    const agent = await open(t, browser, `${showcase.url}support#desk`, 'Adam');
    const row = agent.locator('.ticket-list li');

    // Whoever enters is an agent, and that is said.
    await agent.getByText('In this demonstration whoever enters is an agent').waitFor();
    await screenshot(agent, 'support-door');
    await agent.getByRole('button', { name: 'Enter the desk' }).click();
    await agent.getByText('No ticket is open.').waitFor();
    await visitor.getByText('One agent is at the desk').waitFor();
    await write(visitor, 'My kettle does not boil');
    await row.locator('.unread', { hasText: '1' }).waitFor();
    await row.locator('.here[data-here="true"]').waitFor();
    await seen(visitor, 'My kettle does not boil', 'sent');
    await row.locator('button').click();
    await seen(visitor, 'My kettle does not boil', 'read');
    await row.locator('.unread').waitFor({ state: 'hidden' });
    await message(agent, 'My kettle does not boil').getByText('Vera', { exact: true }).waitFor();
    assert.equal(await agent.locator('.talk-text-field:visible').count(), 0, 'nobody has taken it');
    await agent.getByRole('button', { name: 'Take the ticket' }).click();
    await visitor.getByText('Adam is here').waitFor();
    await agent.locator('.talk-text-field:visible').pressSequentially('Is it plug');
    await visitor.getByText('Adam is typing …').waitFor();
    await write(agent, 'Is it plugged in?');
    await seen(agent, 'Is it plugged in?', 'read');
    await visitor.locator('.talk-typing', { hasText: /^$/ }).waitFor({ state: 'attached' });
    await write(visitor, hostile);
    const expected = ['My kettle does not boil', 'Is it plugged in?', hostile];

    // The visitor's line is cut: the desk knows at once, and both go on writing.
    line.cut();
    assert.match(await badge(visitor, 'reconnecting'), /^reconnecting( in \d+ s)? …$/);
    await visitor.getByText('Not connected. What you write waits in this window').waitFor();
    await agent.getByText('Vera has left').waitFor();
    await write(visitor, 'written without a line');
    await write(visitor, 'and once more');
    await seen(visitor, 'and once more', 'waiting');
    await screenshot(visitor, 'support-offline');
    for (const text of ['Try another socket', 'Then the fuse']) await write(agent, text);
    await seen(agent, 'Then the fuse', 'sent');
    line.restore();
    assert.match(await badge(visitor, 'caught-up'), /^caught up: \d+$/);
    await agent.getByText('Vera is here').waitFor();
    await seen(visitor, 'and once more', 'read');
    expected.push('Try another socket', 'Then the fuse', 'written without a line', 'and once more');
    await agree(visitor, agent, expected);

    // A line that carries nothing and does not say so.
    line.stall();
    await write(visitor, 'into a stalled line');
    await seen(visitor, 'into a stalled line', 'sending');
    await write(agent, 'to a stalled line');
    await seen(agent, 'to a stalled line', 'sent');
    line.restore();
    await seen(visitor, 'into a stalled line', 'read');
    await seen(agent, 'to a stalled line', 'read');
    expected.push('to a stalled line', 'into a stalled line');
    await agree(visitor, agent, expected);

    // The server is gone for a while, and comes back with the same data: Adam is still an agent.
    await showcase.stop();
    await Promise.all([badge(visitor, 'reconnecting'), badge(agent, 'reconnecting')]);
    await write(visitor, 'to a server that is gone');
    await seen(visitor, 'to a server that is gone', 'waiting');
    await showcase.restart();
    await seen(visitor, 'to a server that is gone', 'read');
    await write(agent, 'from a desk that came back');
    await seen(visitor, 'from a desk that came back');
    expected.push('to a server that is gone', 'from a desk that came back');
    await agree(visitor, agent, expected);
    await screenshot(agent, 'support-desk');

    // A reload brings the whole conversation back; another visitor has none of it.
    await visitor.reload();
    await seen(visitor, 'to a server that is gone', 'read');
    await agree(visitor, agent, expected);
    assert.equal(await visitor.evaluate(() => document.title), 'Support · Tidewire');
    await screenshot(visitor, 'support-visitor');
    const other = await open(t, browser, `${showcase.url}support`, 'Olga');
    await other.getByRole('heading', { name: 'How can we help?' }).waitFor();
    assert.deepEqual(await texts(other), []);

    await agent.getByRole('button', { name: 'Close the ticket' }).click();
    await visitor.getByText('This ticket is closed.').waitFor();
    await agent.getByText('No ticket is open.').waitFor();
    await visitor.getByRole('button', { name: 'Ask something new' }).click();
    await write(visitor, 'Another matter');
    await row.filter({ hasText: 'Another matter' }).first().waitFor();
    assert.deepEqual(await texts(visitor), ['Another matter']);
  });

  it('fits a phone in the dark, by keyboard alone', async (t) => {
    const { url } = await startedShowcase(t, { applications: [support] });
    const phone = { viewport: { width: 360, height: 740 }, colorScheme: 'dark' } as const;
    const visitor = await openPage(t, await newContext(t, browser, phone), `${url}support`);
    const agent = await openPage(t, await newContext(t, browser, phone), `${url}support#desk`);
    await agent.getByRole('button', { name: 'Enter the desk' }).press('Enter');
    await agent.getByText('No ticket is open.').waitFor();
    await agent.locator('#tickets-title:focus').waitFor();
    await visitor.locator('.talk-text-field:visible').focus();
    await visitor.keyboard.type('x'.repeat(400));
    await visitor.keyboard.press('Enter');
    await agent.locator('.ticket-list button').press('Enter');
    await agent.locator('.talk-closed button:focus', { hasText: 'Take the ticket' }).press('Enter');
    // The keyboard is where one writes next.
    await agent.locator('.talk-text-field:focus').waitFor();
    await agent.keyboard.type('That is a long word');
    await agent.keyboard.press('Shift+Enter');
    await agent.keyboard.type('on two lines');
    await agent.keyboard.press('Enter');
    await message(visitor, 'That is a long word\non two lines').waitFor();
    for (const [page, name] of [
      [visitor, 'visitor'],
      [agent, 'agent'],
    ] as const) {
      assert.ok(await fitsItsWidth(page), name);
      await screenshot(page, `support-phone-dark-${name}`);
    }
    await agent.getByRole('button', { name: '‹ Tickets' }).press('Enter');
    await agent.locator('.ticket-list button:focus').waitFor();
    await screenshot(agent, 'support-phone-dark-list');
  });
});

async function open(t: TestContext, browser: Browser, url: string, name: string): Promise<Page> {
  const page = await openPage(t, await newContext(t, browser), url, { mayFail: true });
  await actAs(page, name);
  await badge(page, 'connected');
  return page;
}

/** Both show the same, each once and in one order. */
async function agree(visitor: Page, agent: Page, expected: readonly string[]): Promise<void> {
  await Promise.all([visitor, agent].flatMap((page) => expected.map((text) => seen(page, text))));
  const inOrder = await texts(visitor);
  assert.deepEqual(await texts(agent), inOrder);
  assert.deepEqual([...inOrder].sort(), [...expected].sort());
}
