/**
 * The package as a stranger gets it, beside tidewire's: packed, installed in an empty project, run on the oldest and on the
 * newest line of Node that it promises, bundled for a browser, and compiled against by TypeScript with nothing skipped.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { compile, installInto, packInto, run, temporaryFolder } from '../../../wire/test/support/packing.ts';

const repository = fileURLToPath(new URL('../../../../', import.meta.url));
const otherNodes = fileURLToPath(new URL('../../../wire/test/interop/nodes', import.meta.url));
const temporary = temporaryFolder();
const project = join(temporary, 'project');
const installed = join(project, 'node_modules/@tidewire/hub');

const program = `
import assert from 'node:assert/strict';
import { serve } from 'tidewire';
import { anything, createHub, defineContract, everyone, sqliteEngine } from '@tidewire/hub';
import { connectHub } from '@tidewire/hub/client';
import { connectSoap } from '@tidewire/hub/soap';

assert.equal(typeof connectSoap, 'function');
const contract = defineContract({
  topics: { 'chat.{room}': anything },
  calls: { add: { input: anything, output: anything } },
});
const hub = createHub(contract, { engine: sqliteEngine('hub.db') });
hub.topic('chat.{room}', { history: {}, allow: { subscribe: everyone, publish: everyone, history: everyone } });
hub.handle('add', { allow: everyone }, ({ input }) => input.a + input.b);
const server = await serve({ host: '127.0.0.1', routes: { '/realtime': hub } });
const client = connectHub(contract, server.url + '/realtime');
assert.equal(await client.call('add', { a: 2, b: 40 }), 42);
const chat = client.topic('chat.{room}', { room: 'lobby' });
const { position } = await chat.publish({ text: 'hello' });
assert.equal(position.offset > 0, true);
for await (const item of chat.subscribe({ last: 1 })) {
  if (item.type !== 'publication') continue;
  assert.deepEqual(item.data, { text: 'hello' });
  break;
}
client.close();
await server.close();
await hub.close();
console.log(process.versions.node);
`;

const typed = `
import { serve } from 'tidewire';
import { createHub, defineContract, everyone, HubError, signedIn, type User } from '@tidewire/hub';
import { connectHub } from '@tidewire/hub/client';

const text = {
  '~standard': {
    version: 1,
    vendor: 'mine',
    validate: (value: unknown) => (typeof value === 'string' ? { value } : { issues: [{ message: 'no text' }] }),
    types: undefined as { input: string; output: string } | undefined,
  },
} as const;
const contract = defineContract({
  topics: { 'chat.{room}': text },
  calls: { shout: { input: text, output: text } },
});
const hub = createHub(contract, { authenticate: ({ token }) => (token === 'ann' ? { user: { id: 'ann' } } : undefined) });
hub.topic('chat.{room}', {
  slowReader: 'latest',
  allow: { subscribe: everyone, publish: ({ user, room }) => room === user?.id },
});
hub.handle('shout', { allow: signedIn }, ({ input, user }: { input: string; user: User | undefined }) => {
  if (user === undefined) throw new HubError('denied');
  return input.toUpperCase();
});
const server = await serve({ routes: { '/realtime': hub } });
const client = connectHub(contract, server.url);
const loud: string = await client.call('shout', 'hello');
await client.topic('chat.{room}', { room: 'a' }).publish(loud);
// @ts-expect-error: a line is a string
await client.topic('chat.{room}', { room: 'a' }).publish(42);
// @ts-expect-error: there is no such topic
client.topic('nothing', {});
`;

describe('the packed tarball in an empty project', () => {
  before(async () => {
    await installInto(project, await packInto(temporary, 'wire', 'hub'));
  });
  after(() => rmSync(temporary, { recursive: true, force: true }));

  test('holds the compiled package, its sources, its readme and its licence, and nothing else', () => {
    assert.deepEqual(readdirSync(installed).sort(), ['LICENSE', 'README.md', 'dist', 'package.json', 'src']);
    assert.equal(readFileSync(join(installed, 'LICENSE'), 'utf8'), readFileSync(join(repository, 'LICENSE'), 'utf8'));
  });

  test('brings along what it depends on, and nothing native', () => {
    const shelf = join(project, 'node_modules');
    const names = readdirSync(shelf).flatMap((name) =>
      name.startsWith('@') ? readdirSync(join(shelf, name)).map((inner) => `${name}/${inner}`) : [name],
    );
    const built = names.filter((name) => /gyp|extract|prebuild/.test(name));
    assert.deepEqual(built, []);
  });

  test('serves, recovers and calls on the Node that this repository pins', async () => {
    writeFileSync(join(project, 'hub.js'), program);
    assert.equal(
      (await run(project, process.execPath, '--disable-warning=ExperimentalWarning', 'hub.js')).trim(),
      process.versions.node,
    );
  });

  test('serves, recovers and calls on Node 22', async () => {
    writeFileSync(join(project, 'hub.js'), program);
    await run(repository, process.execPath, 'scripts/prepare.cjs', otherNodes);
    assert.match(await run(project, join(otherNodes, 'node_modules/.bin/node'), 'hub.js'), /^22\./);
  });

  test('shows its types to TypeScript, in strict mode and with its own declarations checked', async () => {
    writeFileSync(join(project, 'typed.ts'), typed);
    await compile(project, 'typed.ts');
  });

  test('gives bundlers for browsers a client that needs nothing of Node', async () => {
    const check = `
      import { registerHooks } from 'node:module';
      registerHooks({ resolve: (name, context, next) => {
        if (name.startsWith('node:')) throw new Error(context.parentURL + ' imports ' + name);
        return next(name, context);
      } });
      await import('@tidewire/hub/client');
      await import('@tidewire/hub/contract');
    `;
    await run(project, process.execPath, '--conditions=browser', '--input-type=module', '--eval', check);
  });
});
