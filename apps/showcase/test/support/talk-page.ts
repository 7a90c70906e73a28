/** What tests do with a conversation on a page, whichever application it is part of. */
import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';

/** Becomes somebody. */
export async function actAs(page: Page, name: string): Promise<void> {
  await page.locator('#your-name:enabled').fill(name);
  await page.locator('#your-name').press('Enter');
  await page.locator('#your-name:not([aria-busy])').waitFor();
  assert.equal(await page.locator('#your-name').inputValue(), name);
}

/** Writes into the conversation that is open, and sends it by the keyboard. */
export async function write(page: Page, text: string): Promise<void> {
  const field = page.locator('.talk-text-field:visible');
  await field.fill(text);
  await field.press('Enter');
  await message(page, text).waitFor();
}

/** The line of a message. */
export function message(page: Page, text: string): ReturnType<Page['locator']> {
  return page.locator('.talk-list:visible > li', { has: page.getByText(text, { exact: true }) });
}

/** Resolves when a message is there and, with `state`, has come so far. */
export async function seen(page: Page, text: string, state?: string): Promise<void> {
  const line = message(page, text);
  await line.waitFor();
  if (state) await line.locator(`[data-state="${state}"]`).waitFor();
}

/** Everything that was written, in the order in which it is shown. */
export async function texts(page: Page): Promise<string[]> {
  return await page.locator('.talk-list:visible .talk-text').allInnerTexts();
}
