/** scripts/prepare.cjs, which runs before every npm script, in a repository on paper with an npm that only pretends. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('../../../scripts/prepare.cjs', import.meta.url));

/** Writes one line to installs.log, then, like `npm ci`, makes node_modules anew; the Node in it is a shell script. */
const pretendedNpm = `
const fs = require('node:fs');
fs.appendFileSync('installs.log', process.argv.slice(2).join(' ') + '\\n');
if (process.env.FAILS) process.exit(7);
fs.rmSync('node_modules', { recursive: true, force: true });
fs.mkdirSync('node_modules/.bin', { recursive: true });
if (process.env.BRINGS) fs.writeFileSync('node_modules/.bin/node', '#!/bin/sh\\n' + process.env.BRINGS, { mode: 0o755 });
`;

/** A repository in a temporary folder, on a machine whose own Node says that it is `machineNode`. */
function paperRepository(t: { after(work: () => void): void }, machineNode: string) {
  const root = mkdtempSync(join(tmpdir(), 'tidewire-prepare-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  for (const folder of ['scripts', 'packages/one', 'apps', 'bin']) mkdirSync(join(root, folder), { recursive: true });
  copyFileSync(script, join(root, 'scripts/prepare.cjs'));
  writeFileSync(join(root, 'npm-cli.js'), pretendedNpm);
  writeFileSync(join(root, 'bin/node'), `#!/bin/sh\necho ${machineNode}`);
  chmodSync(join(root, 'bin/node'), 0o755);
  for (const file of ['package-lock.json', 'package.json', 'packages/one/package.json'])
    writeFileSync(join(root, file), '{}');
  const prepare = (variables: Record<string, string> = {}): Promise<{ code: unknown; says: string }> => {
    const env = {
      PATH:
        ['bin', 'node_modules/.bin'].map((folder) => join(root, folder)).join(delimiter) +
        delimiter +
        process.env['PATH'],
      npm_execpath: join(root, 'npm-cli.js'),
      npm_node_execpath: process.execPath,
      ...variables,
    };
    return new Promise((resolve) => {
      execFile(process.execPath, ['scripts/prepare.cjs'], { cwd: root, env }, (error, _, says) =>
        resolve({ code: error?.code ?? 0, says }),
      );
    });
  };
  const installs = (): string[] =>
    existsSync(join(root, 'installs.log')) ? readFileSync(join(root, 'installs.log'), 'utf8').trim().split('\n') : [];
  return { root, prepare, installs };
}

const brings24 = { BRINGS: 'echo 24.21.0' };

test('a fresh clone is installed once, by npm ci with everything, and then left in peace', async (t) => {
  const { root, prepare, installs } = paperRepository(t, '20.20.2');
  const first = await prepare(brings24);
  assert.deepEqual(first, { code: 0, says: 'Installing what ./package-lock.json names, once (npm ci)…\n' });
  assert.deepEqual(await prepare(brings24), { code: 0, says: '' });
  assert.deepEqual(installs(), [`ci --include=dev --include=optional --loglevel=error --prefix=${root}`]);
});

test('another lockfile, or another dependency of a workspace, installs again; another script does not', async (t) => {
  const { root, prepare, installs } = paperRepository(t, '20.20.2');
  await prepare(brings24);
  writeFileSync(join(root, 'package-lock.json'), '{"packages":{}}');
  await prepare(brings24);
  assert.equal(installs().length, 2);
  writeFileSync(join(root, 'packages/one/package.json'), '{"dependencies":{"two":"1"}}');
  await prepare(brings24);
  assert.equal(installs().length, 3);
  writeFileSync(join(root, 'package.json'), '{"scripts":{"test":"true"}}');
  await prepare(brings24);
  assert.equal(installs().length, 3);
});

test('two at once install once', async (t) => {
  const { root, prepare, installs } = paperRepository(t, '20.20.2');
  const outcomes = await Promise.all([prepare(brings24), prepare(brings24)]);
  assert.deepEqual(
    outcomes.map((outcome) => outcome.code),
    [0, 0],
  );
  assert.equal(installs().length, 1);
  assert.equal(existsSync(join(root, '.prepare-lock')), false);
});

test('a lock whose owner is gone is taken over', async (t) => {
  const { root, prepare, installs } = paperRepository(t, '20.20.2');
  writeFileSync(join(root, '.prepare-lock'), '99999999');
  assert.equal((await prepare(brings24)).code, 0);
  assert.equal(installs().length, 1);
});

test('an install that fails ends by 1, says so, and is tried again the next time', async (t) => {
  const { prepare, installs } = paperRepository(t, '24.21.0');
  const { code, says } = await prepare({ FAILS: 'yes' });
  assert.equal(code, 1);
  assert.match(says, /npm ci failed: exit code 7\n$/);
  assert.equal((await prepare(brings24)).code, 0);
  assert.equal(installs().length, 2);
});

test('without the Node that npm should have brought, an old machine is told what to do', async (t) => {
  const { prepare } = paperRepository(t, '22.17.1');
  const { code, says } = await prepare();
  assert.equal(code, 1);
  assert.match(says, /needs Node 22\.18 or newer\. This machine has 22\.17\.1; npm brought none/);
  assert.match(says, /npm rebuild node --ignore-scripts=false/);
});

test('a machine with a Node of its own that is new enough needs none from npm', async (t) => {
  const { prepare } = paperRepository(t, '22.18.0');
  assert.equal((await prepare()).code, 0);
});

test('a Node from npm that can not run here does not stand before the one of the machine', async (t) => {
  const { root, prepare } = paperRepository(t, '26.1.0');
  assert.equal((await prepare({ BRINGS: 'exit 127' })).code, 0);
  assert.equal(existsSync(join(root, 'node_modules/.bin/node')), false);
});
