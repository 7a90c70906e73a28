/**
 * Makes a clone ready to run: `npm ci` when what is installed is not what the lockfile says, then a look at the Node that
 * the npm script is about to use. Plain CommonJS, because it runs under whatever Node the machine has.
 * `node scripts/prepare.cjs <folder>` does the same for a folder with a lockfile of its own.
 */
const { spawnSync } = require('node:child_process');
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');

const repository = path.dirname(__dirname);
const root = path.resolve(process.argv[2] ?? repository);
const stampFile = path.join(root, 'node_modules', '.tidewire-stamp');
const lockFile = path.join(root, '.prepare-lock');

const say = (text) => process.stderr.write(`${text}\n`);

function stop(text) {
  say(text);
  process.exit(1);
}

/** What the installed packages depend on: the lockfile, the manifests, the system and the processor. */
function wantedStamp() {
  const folders = (shelf) => (fs.existsSync(shelf) ? fs.readdirSync(shelf).map((name) => path.join(shelf, name)) : []);
  const workspaces =
    root === repository ? ['packages', 'apps'].flatMap((shelf) => folders(path.join(root, shelf))) : [];
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}`);
  hash.update(fs.readFileSync(path.join(root, 'package-lock.json')));
  for (const manifest of [root, ...workspaces.sort()].map((folder) => path.join(folder, 'package.json'))) {
    if (!fs.existsSync(manifest)) continue;
    const { dependencies, devDependencies, optionalDependencies, allowScripts } = JSON.parse(fs.readFileSync(manifest));
    hash.update(JSON.stringify([dependencies, devDependencies, optionalDependencies, allowScripts]));
  }
  return hash.digest('hex');
}

const isReady = () => fs.existsSync(stampFile) && fs.readFileSync(stampFile, 'utf8') === wantedStamp();

/** One at a time: a second `npm test` waits for the install of the first. A lock whose owner is gone is taken over. */
function lock() {
  for (let waits = 0; ; waits++) {
    try {
      fs.writeFileSync(lockFile, String(process.pid), { flag: 'wx' });
      process.on('exit', () => fs.rmSync(lockFile, { force: true }));
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (waits === 0) say('Another install is running here; waiting for it…');
    if (isAbandoned()) fs.rmSync(lockFile, { force: true });
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200 + Math.random() * 100);
  }
}

function isAbandoned() {
  try {
    process.kill(Number(fs.readFileSync(lockFile, 'utf8')), 0);
    return Date.now() - fs.statSync(lockFile).mtimeMs > 15 * 60_000; // the process id has been given to someone else
  } catch (error) {
    return error.code === 'ESRCH';
  }
}

function install() {
  say(`Installing what ${path.relative('.', root) || '.'}/package-lock.json names, once (npm ci)…`);
  fs.rmSync(stampFile, { force: true });
  // The outer npm's own Node, not node_modules/.bin/node, which `npm ci` is about to remove under its own feet.
  const { npm_execpath: npm = '', npm_node_execpath: node = process.execPath } = process.env;
  const [command, ...first] = /npm-cli\.[cm]?js$/.test(npm) ? [node, npm] : ['npm'];
  const args = [...first, 'ci', '--include=dev', '--include=optional', '--loglevel=error', `--prefix=${root}`];
  const { status, signal, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (status !== 0) stop(`npm ci failed: ${error?.message ?? signal ?? `exit code ${status}`}`);
  fs.writeFileSync(stampFile, wantedStamp());
}

const isNewEnough = (version) => {
  const [major, minor] = version.split('.').map(Number);
  return major > 22 || (major === 22 && minor >= 18);
};

/** The Node that `exec node …` of an npm script finds: node_modules/.bin/node, or else the machine's own. */
function checkNode() {
  const ours = path.join(root, 'node_modules', '.bin', 'node');
  const machines = process.env.PATH.split(':').filter((folder) => path.resolve(folder) !== path.dirname(ours));
  const options = { encoding: 'utf8', env: { ...process.env, PATH: machines.join(':') } };
  const version = (node) => spawnSync(node, ['-p', 'process.versions.node'], options).stdout?.trim() || 'none';
  if (isNewEnough(version(ours))) return;
  if (isNewEnough(version('node'))) return fs.rmSync(ours, { force: true }); // it can't run here: not in the way
  stop(
    `Tidewire needs Node 22.18 or newer. This machine has ${version('node')}; npm brought none (the package "node").\n` +
      'If npm was told to ignore install scripts, run: npm rebuild node --ignore-scripts=false\n' +
      'If it has no build for this system, install Node 24 (https://nodejs.org) and try again.',
  );
}

if (!isReady()) lock();
if (!isReady()) install();
if (root === repository) checkNode();
