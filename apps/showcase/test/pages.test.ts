/** The page over HTTP: what is served, how it is labelled, and that nothing else is. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RawClient } from './support/raw-client.ts';
import { startedShowcase } from './support/running.ts';

describe('the page', () => {
  it('is HTML that may load nothing but its own files', async (t) => {
    const { url } = await startedShowcase(t);
    const response = await fetch(url);
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('content-type'), 'text/html; charset=utf-8');
    assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
    const policy = response.headers.get('content-security-policy') ?? '';
    assert.match(policy, /default-src 'none'; script-src 'self'; style-src 'self'/);
    assert.doesNotMatch(policy, /unsafe/);
    const html = await response.text();
    assert.doesNotMatch(html, /<script(?![^>]*src=)|<style|\sstyle=|\son[a-z]+=/i, 'nothing inline');
  });

  it('serves every module that its entry needs, without a type left in it', async (t) => {
    const { url } = await startedShowcase(t);
    const waiting = [new URL('page.ts', url).href];
    const seen = new Set<string>();
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (seen.has(next)) continue;
      seen.add(next);
      const response = await fetch(next);
      assert.equal(response.status, 200, next);
      assert.equal(response.headers.get('content-type'), 'text/javascript; charset=utf-8', next);
      const source = await response.text();
      assert.doesNotMatch(source, /^(import|export) (type|interface) /m, next);
      for (const [, specifier = ''] of source.matchAll(/^(?:import|export)\b[^'"`;]*?from '([^']+)'/gm)) {
        assert.match(specifier, /^\//, `${next} imports ${specifier}`);
        waiting.push(new URL(specifier, next).href);
      }
    }
    assert.ok(
      [...seen].some((each) => new URL(each).pathname.startsWith('/tidewire/')),
      'the browser client among them',
    );
  });

  it('is not sent again to a browser that has it', async (t) => {
    const { url } = await startedShowcase(t);
    const etag = (await fetch(url)).headers.get('etag') ?? '';
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

  for (const path of [
    '/main.ts',
    '/../main.ts',
    '/%2e%2e/main.ts',
    '//etc/passwd',
    '/tidewire/../../package.json',
    '/__proto__',
    '*',
  ]) {
    it(`has nothing at ${path}`, async (t) => {
      const { port } = await startedShowcase(t);
      using client = await RawClient.connect(port);
      client.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`);
      assert.match(await client.head(), /^HTTP\/1\.1 40[04] /);
    });
  }
});
