import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { describe, test } from 'node:test';

/** Every module that the browser's entry loads, as a browser would find them: by the imports that are left without types. */
async function loaded(url: URL, found: Map<string, string> = new Map()): Promise<Map<string, string>> {
  if (found.has(url.href)) return found;
  const code = stripTypeScriptTypes(await readFile(url, 'utf8'));
  found.set(url.href, code);
  for (const [, specifier] of code.matchAll(/^(?:import|.*\bfrom)\s*\(?['"]([^'"]+)['"]/gm)) {
    assert.match(specifier!, /^\.{1,2}\/.*\.ts$/, `${url.pathname} imports ${specifier}`);
    await loaded(new URL(specifier!, url), found);
  }
  return found;
}

describe('the browser entry', () => {
  test('imports only relative .ts files, nothing of Node, and stays out of server/', async () => {
    const modules = await loaded(new URL('../../src/client/browser.ts', import.meta.url));
    assert.ok(modules.size > 5);
    for (const [url, code] of modules) {
      assert.doesNotMatch(url, /\/server\//);
      const withoutComments = code.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
      assert.doesNotMatch(withoutComments, /\b(?:Buffer|process|setImmediate|require)\b/, url);
    }
  });

  test('is small: not even the table of violations comes along', async () => {
    const modules = await loaded(new URL('../../src/client/browser.ts', import.meta.url));
    const names = [...modules.keys()].map((url) => url.slice(url.indexOf('/src/') + 5));
    assert.deepEqual(names.filter((name) => !name.startsWith('client/')).sort(), [
      'protocol/utf8-length.ts',
      'socket/fifo.ts',
      'socket/inbox.ts',
    ]);
  });
});
