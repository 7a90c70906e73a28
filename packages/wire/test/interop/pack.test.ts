/**
 * The package as a stranger gets it: packed, installed in an empty project, run on the oldest and on the newest line of Node
 * that it promises, and compiled against by TypeScript with nothing skipped.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { compile, installInto, packInto, run, temporaryFolder } from '../support/packing.ts';

const repository = fileURLToPath(new URL('../../../../', import.meta.url));
const otherNodes = fileURLToPath(new URL('./nodes', import.meta.url));
const temporary = temporaryFolder();
const project = join(temporary, 'project');
const installed = join(project, 'node_modules/tidewire');

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

describe('the packed tarball in an empty project', () => {
  before(async () => {
    await installInto(project, await packInto(temporary, 'wire'));
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
    assert.match(await run(project, join(otherNodes, 'node_modules/node-22/bin/node'), 'echo.js'), /^22\./);
  });

  test('shows its types to TypeScript, in strict mode and with its own declarations checked', async () => {
    writeFileSync(join(project, 'typed.ts'), typed);
    await compile(project, 'typed.ts');
  });

  test('loads nothing of the Fetch that Node has, which would cost each server 50 ms and 3 MB', async () => {
    const loaded = `await import('tidewire'); console.log(process.moduleLoadList.filter((name) => name.includes('undici')));`;
    assert.equal((await run(project, process.execPath, '--input-type=module', '--eval', loaded)).trim(), '[]');
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
