/**
 * The examples of the documents, each run as its reader would run it: a process of its own, on 127.0.0.1. It must print what
 * its comments say, nothing on stderr, and end by itself: an example that leaves something open would hang its reader's.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { printedBy } from '../support/example.ts';
import { systemPackage } from '../support/system-packages.ts';

const folder = fileURLToPath(new URL('../../../../docs/examples/', import.meta.url));

interface Run {
  readonly process: ChildProcess;
  /** All that it has printed so far. */
  printed(): string;
  readonly ended: Promise<{ code: number | null; errors: string }>;
}

function run(t: TestContext, file: string, environment: Record<string, string> = {}): Run {
  const child = spawn(process.execPath, ['--conditions=tidewire-src', join(folder, file)], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => child.kill('SIGKILL'));
  let printed = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, errors }));
  return { process: child, printed: () => printed, ended };
}

describe('examples', { concurrency: availableParallelism(), timeout: 120_000 }, () => {
  const scripts = globSync('*.ts', { cwd: folder }).filter((file) => file !== 'tutorial-server.ts');
  for (const file of scripts.sort()) {
    const expected = printedBy(readFileSync(join(folder, file), 'utf8'));
    // A module that only exports is run by the file of the same name with "-runs".
    if (expected.length === 0 && scripts.includes(file.replace('.ts', '-runs.ts'))) continue;

    test(`${file} prints what it says, and ends`, async (t) => {
      assert.notEqual(expected.length, 0, 'an example that prints nothing shows nothing');
      const example = run(t, file);
      const { code, errors } = await example.ended;
      assert.deepEqual(
        { lines: example.printed().trimEnd().split('\n'), errors, code },
        { lines: expected, errors: '', code: 0 },
      );
    });
  }

  const browserFound = systemPackage('chromium');
  test('the page of the tutorial lets two windows talk', { skip: browserFound.missing }, async (t) => {
    const server = run(t, 'tutorial-server.ts', { PORT: '0' });
    await once(server.process.stdout!, 'data');
    const url = /^Open (http:\/\/127\.0\.0\.1:\d+\/)\n$/.exec(server.printed())?.[1] as string;
    const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking'];
    const browser = await chromium.launch({ executablePath: browserFound.path, args });
    t.after(() => browser.close());
    const [one, other] = [await browser.newPage(), await browser.newPage()];
    for (const page of [one, other]) {
      await page.goto(url);
      await page.locator('li', { hasText: 'Welcome to the lobby.' }).waitFor();
    }
    await one.locator('#line').fill('high tide');
    await one.locator('#line').press('Enter');
    for (const page of [one, other]) await page.locator('li', { hasText: 'high tide' }).waitFor();
    server.process.kill('SIGTERM');
    const { code, errors } = await server.ended;
    assert.deepEqual({ code, errors }, { code: 0, errors: '' });
  });
});
