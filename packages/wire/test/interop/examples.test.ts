/**
 * The examples of the documents, each run as its reader would run it: a process of its own, on 127.0.0.1. It must print what
 * its comments say, nothing on stderr, and end by itself: an example that leaves something open would hang its reader's.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { globSync, readFileSync } from 'node:fs';
import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { type Browser, chromium } from 'playwright-core';
import { printedBy } from '../support/example.ts';
import { systemPackage } from '../support/system-packages.ts';

const repository = fileURLToPath(new URL('../../../../', import.meta.url));
const folder = join(repository, 'docs/examples');
/** Clients of other projects, installed apart: there is an example for one of them. */
const wampPeers = join(repository, 'packages/hub/test/interop/peers');

interface Run {
  readonly process: ChildProcess;
  /** All that it has printed so far. */
  printed(): string;
  readonly ended: Promise<{ code: number | null; errors: string }>;
}

interface Surroundings {
  readonly environment?: Record<string, string>;
  /** Where it runs, and finds its files. @default the examples' folder */
  readonly in?: string;
}

function run(
  t: TestContext,
  file: string,
  { environment, in: home = folder }: Surroundings = {},
  ...more: string[]
): Run {
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', '--conditions=tidewire-src', join(home, file), ...more],
    {
      cwd: home,
      env: { ...process.env, NODE_PATH: join(wampPeers, 'node_modules'), ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
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
      if (file === 'hub-autobahn-runs.ts') installWampPeers();
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

  async function openBrowser(t: TestContext): Promise<Browser> {
    const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking'];
    const browser = await chromium.launch({ executablePath: browserFound.path, args });
    t.after(() => browser.close());
    return browser;
  }

  test('the page of the tutorial lets two windows talk', { skip: browserFound.missing }, async (t) => {
    const server = run(t, 'tutorial-server.ts', { environment: { PORT: '0' } });
    const url = await addressOf(server);
    const browser = await openBrowser(t);
    const [one, other] = [await browser.newPage(), await browser.newPage()];
    for (const page of [one, other]) {
      await page.goto(url);
      await page.locator('li', { hasText: 'Welcome to the lobby.' }).waitFor();
    }
    await one.locator('#line').fill('high tide');
    await one.locator('#line').press('Enter');
    for (const page of [one, other]) await page.locator('li', { hasText: 'high tide' }).waitFor();
    await stop(server);
  });

  test('the page of the first hub recovers when the server was away', { skip: browserFound.missing }, async (t) => {
    const home = await firstHub(t);
    const start = async (port: string): Promise<{ server: Run; url: string }> => {
      const server = run(t, 'server.ts', { in: home, environment: { PORT: port } });
      return { server, url: await addressOf(server) };
    };
    const before = await start('0');
    const { port } = new URL(before.url);
    const browser = await openBrowser(t);
    const [one, other] = [await browser.newPage(), await browser.newPage()];
    for (const page of [one, other]) {
      await page.goto(before.url);
      await page.locator('#status', { hasText: 'caught up: 0' }).waitFor();
    }
    await one.locator('input').fill('high tide');
    await one.locator('input').press('Enter');
    for (const page of [one, other]) await page.locator('li', { hasText: 'a page: high tide' }).waitFor();

    await stop(before.server);
    await one.locator('#status', { hasText: 'reconnecting' }).waitFor();
    await one.locator('input').fill('said to nobody');
    await one.locator('input').press('Enter');

    const after = await start(port);
    for (const page of [one, other]) await page.locator('li', { hasText: 'a page: said to nobody' }).waitFor();
    const client = run(t, 'client.ts', { in: home }, `ws://127.0.0.1:${port}/realtime`);
    assert.deepEqual((await client.ended).errors, '');
    assert.equal(client.printed(), 'sent as number 3\nlines in the lobby: 3\n');
    for (const page of [one, other]) {
      await page.locator('li', { hasText: 'Node: hello' }).waitFor();
      assert.deepEqual(await page.locator('li').allTextContents(), [
        'a page: high tide',
        'a page: said to nobody',
        'Node: hello',
      ]);
    }
    await stop(after.server);
  });
});

/** Where a server that was started says that it is. */
async function addressOf(server: Run): Promise<string> {
  await once(server.process.stdout!, 'data');
  return /^Open (http:\/\/127\.0\.0\.1:\d+\/)\n$/.exec(server.printed())?.[1] as string;
}

async function stop(server: Run): Promise<void> {
  server.process.kill('SIGTERM');
  const { code, errors } = await server.ended;
  assert.deepEqual({ code, errors }, { code: 0, errors: '' });
}

/** The folder that the tutorial's reader ends up with. */
async function firstHub(t: TestContext): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'first-hub-'));
  t.after(() => rm(home, { recursive: true, force: true }));
  await cp(join(folder, 'first-hub'), home, { recursive: true });
  await symlink(join(repository, 'node_modules'), join(home, 'node_modules'));
  await writeFile(join(home, 'package.json'), '{ "type": "module" }');
  const bundling = { bundle: true, format: 'esm' as const, conditions: ['tidewire-src'] };
  await build({ ...bundling, entryPoints: [join(home, 'page.ts')], outfile: join(home, 'page.js') });
  return home;
}

function installWampPeers(): void {
  const script = join(repository, 'scripts/prepare.cjs');
  const { status, stderr } = spawnSync(process.execPath, [script, wampPeers], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
}
