/** How TypeScript becomes what a browser can load, and what is left alone. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';
import { loadBrowserModules } from '../browser-modules.ts';

/** Writes `files` below a folder `page` and loads its `entry.ts`. */
async function loaded(t: TestContext, files: Record<string, string>): Promise<Map<string, string>> {
  const folder = await mkdtemp(join(tmpdir(), 'tidewire-modules-'));
  t.after(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, 'page', 'parts'), { recursive: true });
  for (const [name, source] of Object.entries(files)) await writeFile(join(folder, 'page', name), source);
  return await loadBrowserModules(pathToFileURL(join(folder, 'page', 'entry.ts')));
}

describe('the modules of the page', () => {
  it('are found by their imports, which become addresses of this server', async (t) => {
    const modules = await loaded(t, {
      'entry.ts':
        "import { one } from './parts/one.ts';\nimport './effect.js';\nexport { two } from './parts/two.ts';\n",
      'effect.js': 'globalThis.done = true;\n',
      'parts/one.ts': "import {\n  two,\n} from './two.ts';\nexport const one: number = two;\n",
      'parts/two.ts': "export { one } from './one.ts';\nexport const two = 2 as const;\n",
      'unused.ts': 'export {};\n',
    });
    assert.deepEqual([...modules.keys()].sort(), ['/effect.js', '/entry.ts', '/parts/one.ts', '/parts/two.ts']);
    assert.equal(
      modules.get('/entry.ts'),
      "import { one } from '/parts/one.ts';\nimport '/effect.js';\nexport { two } from '/parts/two.ts';\n",
    );
    assert.equal(
      modules.get('/parts/one.ts'),
      "import {\n  two,\n} from '/parts/two.ts';\nexport const one         = two;\n",
    );
    assert.equal(
      modules.get('/parts/two.ts'),
      "export { one } from '/parts/one.ts';\nexport const two = 2         ;\n",
    );
  });

  it('may use types from anywhere, since no type is loaded', async (t) => {
    const modules = await loaded(t, {
      'entry.ts': "import type { Server } from 'node:http';\nexport type S = Server;\n",
    });
    assert.doesNotMatch(modules.get('/entry.ts') ?? '', /import|type/);
  });

  it('bring Tidewire’s browser client along, and nothing of Node', async (t) => {
    const modules = await loaded(t, { 'entry.ts': "import { connect } from 'tidewire/browser';\n" });
    assert.match(modules.get('/entry.ts') ?? '', /^import \{ connect \} from '\/tidewire\/client\/browser\.[tj]s';$/m);
    for (const [path, source] of modules)
      assert.doesNotMatch(source, /^(?:import|export)\b.* from '(?:node:|[^/])/m, path);
  });

  it('may not import what is outside of their folder', async (t) => {
    await assert.rejects(loaded(t, { 'entry.ts': "import '../secret.ts';\n" }), /is outside/);
    await assert.rejects(loaded(t, { 'entry.ts': "import './../../etc/passwd';\n" }), /is outside/);
  });

  it('may not import what a browser can’t load', async (t) => {
    await assert.rejects(
      loaded(t, { 'entry.ts': "import 'node:fs';\n" }),
      /imports node:fs, which a browser can't load/,
    );
    await assert.rejects(loaded(t, { 'entry.ts': "export * from 'ws';\n" }), /imports ws, which a browser can't load/);
  });
});
