/** The pages over HTTP: what is served, how it is labelled, and that nothing else is. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';
import { type Application, pageIn } from '../application.ts';
import { applications } from '../applications.ts';
import { createPages } from '../pages.ts';
import { RawClient } from './support/raw-client.ts';
import { startedShowcase, temporaryFolder } from './support/running.ts';

const paths = ['/', ...applications.map(({ id }) => `/${id}`)];

describe('every page', () => {
  it('is HTML that may load nothing but its own files, with nothing inline', async (t) => {
    const { url } = await startedShowcase(t);
    for (const path of paths) {
      const response = await fetch(new URL(path, url));
      assert.equal(response.status, 200, path);
      assert.equal(response.headers.get('content-type'), 'text/html; charset=utf-8');
      assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
      const policy = response.headers.get('content-security-policy') ?? '';
      assert.match(policy, /default-src 'none'; script-src 'self'; style-src 'self'/);
      assert.match(policy, /require-trusted-types-for 'script'/);
      assert.doesNotMatch(policy, /unsafe/);
      const html = await response.text();
      assert.doesNotMatch(html, /<script(?![^>]*src=)|<style|\sstyle=|\son[a-z]+=/i, path);
    }
  });

  it('links every other one, and says which one it is', async (t) => {
    const { url } = await startedShowcase(t);
    for (const path of paths) {
      const html = await (await fetch(new URL(path, url))).text();
      for (const other of paths) assert.match(html, new RegExp(`<a[^>]* href="${other}"`), `${path} to ${other}`);
      assert.match(html, new RegExp(`href="${path}" aria-current="page"`));
    }
  });

  it('serves every file that it names, to be kept for ever', async (t) => {
    const { url } = await startedShowcase(t);
    for (const path of paths) {
      const html = await (await fetch(new URL(path, url))).text();
      const files = [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map((match) => match[1] ?? '');
      assert.ok(files.length >= 3, `${path} names ${files}`);
      for (const file of files) {
        const response = await fetch(new URL(file, url));
        assert.equal(response.status, 200, file);
        assert.equal(response.headers.get('cache-control'), 'public, max-age=31536000, immutable');
        assert.match(file, /-[0-9A-Z]{8}\.(?:js|css)$/);
        const type = file.endsWith('.css') ? 'text/css; charset=utf-8' : 'text/javascript; charset=utf-8';
        assert.equal(response.headers.get('content-type'), type);
      }
    }
  });

  it('is not sent again to a browser that has it', async (t) => {
    const { url } = await startedShowcase(t);
    const first = await fetch(url);
    assert.equal(first.headers.get('cache-control'), 'no-cache');
    const etag = first.headers.get('etag') ?? '';
    for (const condition of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await fetch(url, { headers: { 'if-none-match': condition } });
      assert.deepEqual([again.status, await again.text()], [304, ''], condition);
    }
    assert.equal((await fetch(url, { headers: { 'if-none-match': '"other"' } })).status, 200);
  });

  it('answers HEAD without a body, and other methods with 405', async (t) => {
    const { url } = await startedShowcase(t);
    const head = await fetch(url, { method: 'HEAD' });
    assert.deepEqual([head.status, await head.text()], [200, '']);
    assert.ok(Number(head.headers.get('content-length')) > 1000);
    const post = await fetch(url, { method: 'POST', body: 'x' });
    assert.deepEqual([post.status, post.headers.get('allow')], [405, 'GET, HEAD']);
  });

  it('is found with a slash at the end, too', async (t) => {
    const { url } = await startedShowcase(t);
    assert.equal((await fetch(`${url}chat/`)).status, 200);
  });
});

describe('what is not in the table', () => {
  for (const path of [
    '/main.ts',
    '/../main.ts',
    '/%2e%2e/main.ts',
    '//etc/passwd',
    '/assets/',
    '/assets/../../package.json',
    '/chat/page.ts',
    '/__proto__',
    '*',
  ]) {
    it(`is not served: ${path}`, async (t) => {
      const { port } = await startedShowcase(t);
      using client = await RawClient.connect(port);
      client.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`);
      assert.match(await client.head(), /^HTTP\/1\.1 40[04] /);
    });
  }
});

describe('an application', () => {
  /** An application whose files are in a folder of their own. */
  async function application(t: TestContext, files: Record<string, string>, id = 'tidepool'): Promise<Application> {
    const folder = await temporaryFolder(t);
    for (const [name, source] of Object.entries(files)) await writeFile(join(folder, name), source);
    const page = pageIn(pathToFileURL(join(folder, 'server.ts')).href);
    return { id, title: 'Tide & pool', summary: 'A "pool" <of> names', page };
  }
  async function pagesOf(t: TestContext, files: Record<string, string>, id?: string): Promise<void> {
    await createPages([await application(t, files, id)]);
  }
  const files = {
    'page.html': '<h1>Here</h1>',
    'page.ts': 'document.title = "here";\n',
    'page.css': 'h1 { color: red }',
  };

  it('that imports what a browser can’t load is told of at the start, with the place', async (t) => {
    await assert.rejects(pagesOf(t, { ...files, 'page.ts': "import 'node:fs';\n" }), /page\.ts:1:7.*node:fs/s);
    await assert.rejects(pagesOf(t, { ...files, 'page.ts': 'const = 1;\n' }), /page\.ts:1:6/);
  });

  it('without its files is told of at the start', async (t) => {
    await assert.rejects(pagesOf(t, {}), /page\.(?:ts|css|html)/);
  });

  it('has an id of lower-case letters, since that is its path', async (t) => {
    for (const id of ['', 'A', '../x', 'a/b', 'assets?'])
      await assert.rejects(pagesOf(t, { ...files, 'page.ts': '' }, id), /lower-case letters/);
  });

  it('has a page between the shared header and footer, and a card on the page that greets', async (t) => {
    const { url } = await startedShowcase(t, { applications: [await application(t, files)] });
    const html = await (await fetch(`${url}tidepool`)).text();
    assert.match(html, /<title>Tide &amp; pool · Tidewire<\/title>/);
    assert.match(html, /<main [^>]*>.*<h1>Here<\/h1>.*<\/main>/s);
    const [style = ''] = html.match(/\/assets\/[^"]*tidewire-showcase[^"]*page-\w+\.css/) ?? [];
    assert.match(await (await fetch(new URL(style, url))).text(), /h1\{color:red\}/);
    const greeting = await (await fetch(url)).text();
    assert.match(greeting, /<a class="card app-card" href="\/tidepool".*A &quot;pool&quot; &lt;of&gt; names/s);
  });
});
