/**
 * The package as a stranger gets it: packed, installed in an empty project, run on the oldest and on the newest line of Node
 * that it promises, and compiled against by TypeScript with nothing skipped.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const repository = fileURLToPath(new URL('../../../../', import.meta.url));
const otherNodes = fileURLToPath(new URL('./nodes', import.meta.url));
const modules = join(repository, 'node_modules');
const temporary = mkdtempSync(join(tmpdir(), 'tidewire-pack-'));
const project = join(temporary, 'project');
const installed = join(project, 'node_modules/tidewire');

/** Resolves to what the program printed; rejects, with all that it said, unless it ends by 0. */
function run(cwd: string, command: string, ...args: string[]): Promise<string> {
  // What npm says to its scripts is meant for this repository, not for the projects made here.
  const foreign = /^(?:npm_config_local_prefix|npm_config_prefix|npm_package_.*|NODE_OPTIONS|NODE_TEST_CONTEXT)$/i;
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
  return new Promise((resolve, reject) => {
    execFile(command, args, { cwd, env, timeout: 300_000, maxBuffer: 16 << 20 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${command} ${args.join(' ')}: ${error.message}\n${stdout}\n${stderr}`));
    });
  });
}

/** Packs a copy of packages/wire by its own `npm pack`, so that nothing is written to the repository. */
async function pack(): Promise<string> {
  const copy = join(temporary, 'repository');
  const wire = join(copy, 'packages/wire');
  for (const file of ['LICENSE', 'tsconfig.json']) cpSync(join(repository, file), join(copy, file));
  for (const entry of ['package.json', 'README.md', 'tsconfig.build.json', 'src']) {
    cpSync(join(repository, 'packages/wire', entry), join(wire, entry), { recursive: true });
  }
  symlinkSync(modules, join(copy, 'node_modules'));
  await run(wire, 'npm', 'pack', '--pack-destination', temporary);
  const tarball = readdirSync(temporary).find((name) => name.endsWith('.tgz'));
  return join(temporary, tarball ?? 'no tarball');
}

const program = `
import assert from 'node:assert/strict';
import { connect, serve } from 'tidewire';
import { Connection, frameViolations } from 'tidewire/protocol';

assert.equal(typeof Connection, 'function');
assert.equal(frameViolations['masked-frame-from-server'].close, 1002);
const server = await serve({ port: 0, host: '127.0.0.1', routes: { '/echo': { message: (socket, data) => void socket.send(data) } } });
const socket = await connect(server.url + '/echo');
socket.send('hello');
socket.send(new Uint8Array([1, 2, 3]));
const received = [];
for await (const data of socket) {
  received.push(typeof data === 'string' ? data : [...data]);
  if (received.length === 2) socket.close(1000, 'enough');
}
assert.deepEqual(received, ['hello', [1, 2, 3]]);
assert.equal((await socket.closed).code, 1000);
await server.close();
console.log(process.versions.node);
`;

const typed = `
import { type Closed, connect, type Message, type Server, serve } from 'tidewire';
import { Connection, type Role } from 'tidewire/protocol';

const role: Role = 'server';
const server: Server = await serve({
  routes: {
    '/rooms/{room}': {
      upgrade: (request) => ({ data: { room: request.params['room'] ?? '' } }),
      message: async (socket, data: Message) => {
        if (!socket.send(data)) await socket.writable();
      },
    },
  },
});
const socket = await connect(server.url);
for await (const data of socket) console.log(typeof data === 'string' ? data.length : data.byteLength);
const closed: Closed = await socket.closed;
console.log(closed.code, role, Connection.name);
// @ts-expect-error: a message is text or bytes
socket.send(42);
`;

const compilerOptions = {
  target: 'es2024',
  module: 'nodenext',
  moduleResolution: 'nodenext',
  lib: ['es2024', 'esnext.disposable', 'dom'],
  types: ['node'],
  strict: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: false,
  noEmit: true,
};

describe('the packed tarball in an empty project', () => {
  before(async () => {
    const tarball = await pack();
    mkdirSync(project);
    writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'empty', private: true, type: 'module' }));
    await run(project, 'npm', 'install', '--offline', '--no-audit', '--no-fund', tarball);
  });
  after(() => rmSync(temporary, { recursive: true, force: true }));

  test('brings no dependency along', () => {
    const names = readdirSync(join(project, 'node_modules')).filter((name) => !name.startsWith('.'));
    assert.deepEqual(names, ['tidewire']);
    const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as Record<string, unknown>;
    for (const kind of ['dependencies', 'optionalDependencies', 'peerDependencies'])
      assert.equal(manifest[kind], undefined);
  });

  test('holds the compiled package, its sources, its readme and its licence, and nothing else', () => {
    assert.deepEqual(readdirSync(installed).sort(), ['LICENSE', 'README.md', 'dist', 'package.json', 'src']);
    const kinds = readdirSync(join(installed, 'dist'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => entry.name.replace(/^[^.]*/, ''));
    assert.deepEqual([...new Set(kinds)].sort(), ['.d.ts', '.d.ts.map', '.js', '.js.map']);
    assert.equal(readFileSync(join(installed, 'LICENSE'), 'utf8'), readFileSync(join(repository, 'LICENSE'), 'utf8'));
  });

  test('serves and connects on the Node that this repository pins', async () => {
    writeFileSync(join(project, 'echo.js'), program);
    assert.equal((await run(project, process.execPath, 'echo.js')).trim(), process.versions.node);
  });

  test('serves and connects on Node 22', async () => {
    writeFileSync(join(project, 'echo.js'), program);
    await run(repository, process.execPath, 'scripts/prepare.cjs', otherNodes);
    assert.match(await run(project, join(otherNodes, 'node_modules/.bin/node'), 'echo.js'), /^22\./);
  });

  test('shows its types to TypeScript, in strict mode and with its own declarations checked', async () => {
    symlinkSync(join(modules, '@types'), join(project, 'node_modules/@types'));
    writeFileSync(join(project, 'typed.ts'), typed);
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['typed.ts'] }));
    await run(project, process.execPath, join(modules, 'typescript/bin/tsc'), '-p', 'tsconfig.json');
  });

  test('gives bundlers for browsers an entry that needs nothing of Node', async () => {
    const check = `
      import { registerHooks } from 'node:module';
      registerHooks({ resolve: (name, context, next) => {
        if (name.startsWith('node:')) throw new Error(context.parentURL + ' imports ' + name);
        return next(name, context);
      } });
      await import('tidewire');
    `;
    await run(project, process.execPath, '--conditions=browser', '--input-type=module', '--eval', check);
  });
});
