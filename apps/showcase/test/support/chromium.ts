/**
 * Pages in a real Chromium. A page fails its test if anything goes wrong in it: an exception, a console error or warning, a
 * breach of its policy, an answer of 400 or more, a request to elsewhere. With `mayFail`, the failures of a line that a
 * test cuts are expected.
 *
 * With TIDEWIRE_SCREENSHOTS set to a folder, `screenshot` writes pictures there; without it, none are taken.
 */
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { atEnd } from './at-end.ts';

const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

/** Starts Chromium, for a `before` hook; close it in `after`. `path` is that of `systemPackage('chromium')`. */
export async function launchChromium(path: string): Promise<Browser> {
  return await chromium.launch({ executablePath: path, args });
}

/** Options of a context: viewport, colour scheme, reduced motion, and so on. */
export type ContextOptions = NonNullable<Parameters<Browser['newContext']>[0]>;

/** A browser with a storage of its own, as another person has. It goes with the test. */
export async function newContext(
  t: TestContext,
  browser: Browser,
  options: ContextOptions = {},
): Promise<BrowserContext> {
  const context = await browser.newContext(options);
  atEnd(t, () => context.close());
  return context;
}

export interface PageOptions {
  /** Expects failed requests and answers of 502 to 504, as behind a line that is cut. @default false */
  readonly mayFail?: boolean;
}

/** Opens `url` in a new window of the context. */
export async function openPage(
  t: TestContext,
  context: BrowserContext,
  url: string,
  { mayFail = false }: PageOptions = {},
): Promise<Page> {
  const page = await context.newPage();
  const problems: string[] = [];
  const { origin } = new URL(url);
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (message) => {
    const expected = mayFail && /net::ERR_|WebSocket connection to|status of 50[234]/.test(message.text());
    if (/^(?:error|warning)$/.test(message.type()) && !expected) problems.push(message.text());
  });
  page.on('response', (response) => {
    const expected = mayFail && response.status() >= 502;
    if (response.status() >= 400 && !expected) problems.push(`${response.status()} ${response.url()}`);
  });
  page.on('request', (request) => new URL(request.url()).origin === origin || problems.push(request.url()));
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) =>
      console.error(`policy: ${event.violatedDirective} ${event.sourceFile}:${event.lineNumber}`),
    );
  });
  atEnd(t, () => assert.deepEqual(problems, [], page.url()));
  await page.goto(url);
  return page;
}

/** Waits until the page's badge has one of these states, and gives its words. */
export async function badge(page: Page, ...states: readonly string[]): Promise<string> {
  const selector = states.map((state) => `#connection[data-state="${state}"]`).join(', ');
  await page.locator(selector).waitFor();
  return (await page.locator('#connection [data-part="shown"]').textContent()) ?? '';
}

/** Whether nothing is wider than the window. */
export async function fitsItsWidth(page: Page): Promise<boolean> {
  return await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth);
}

/** Takes a picture of the page, if anybody wants one: `name` without an extension. */
export async function screenshot(page: Page, name: string, options: { fullPage?: boolean } = {}): Promise<void> {
  const folder = process.env['TIDEWIRE_SCREENSHOTS'];
  if (!folder) return;
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), animations: 'disabled', ...options });
}
