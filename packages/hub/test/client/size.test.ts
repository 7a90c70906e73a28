import assert from 'node:assert/strict';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const client = fileURLToPath(new URL('../../src/client/browser.ts', import.meta.url));

/** Bytes of a page's script, minified and gzipped. */
async function bytes(source: string): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: fileURLToPath(new URL('.', import.meta.url)), loader: 'ts' },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    conditions: ['tidewire-src', 'browser'],
    // Fetched when they are asked for: by pages that answer calls, or read history.
    external: ['./procedures.ts', './history.ts'],
  });
  return gzipSync(outputFiles[0]!.contents, { level: 9 }).length;
}

it('the client takes at most 15 kB of a page, with the socket, JSON and the contract', async (t) => {
  const whole = await bytes(`
    import { connectHub, defineContract } from ${JSON.stringify(client)};
    connectHub(defineContract({ topics: {} }), '/realtime');`);
  const socket = await bytes(`import { connect } from 'tidewire/browser'; connect('/');`);
  t.diagnostic(`${whole} bytes gzipped, of which tidewire/browser is ${socket}`);
  assert.ok(whole <= 15_000, `${whole} bytes`);
});
