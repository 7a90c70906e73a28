/** `POST /api/name` and `/api/name/renew`: what is answered, and what is refused. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { NameGrant } from '../names.ts';
import { RateLimit } from '../rate-limit.ts';
import { RawClient } from './support/raw-client.ts';
import { startedShowcase } from './support/running.ts';

const json = { 'content-type': 'application/json' };

function post(url: string, body: unknown, headers: Record<string, string> = json): Promise<Response> {
  return fetch(url, { method: 'POST', headers, body: typeof body === 'string' ? body : JSON.stringify(body) });
}

describe('asking for a name', () => {
  it('gets a token and a user, and sets nothing', async (t) => {
    const { url } = await startedShowcase(t);
    const response = await post(`${url}api/name`, { name: ' Ann:  of the shore' });
    assert.equal(response.status, 200);
    assert.deepEqual([response.headers.get('cache-control'), response.headers.get('set-cookie')], ['no-store', null]);
    const { token, user, lifetime } = (await response.json()) as NameGrant;
    assert.equal(user.name, 'Ann of the shore');
    assert.match(user.id, /^[\w-]{16}$/);
    assert.equal(lifetime, 3_600_000);
    const renewed = (await (await post(`${url}api/name/renew`, { token })).json()) as NameGrant;
    assert.deepEqual(renewed.user, user);
  });

  it('works after a restart, with the token from before', async (t) => {
    const showcase = await startedShowcase(t);
    const { token, user } = (await (await post(`${showcase.url}api/name`, { name: 'Ann' })).json()) as NameGrant;
    await showcase.restart();
    const renewed = (await (await post(`${showcase.url}api/name/renew`, { token })).json()) as NameGrant;
    assert.deepEqual(renewed.user, user);
  });

  for (const [says, body, status] of [
    ['nothing left of the name', { name: ' : ' }, 422],
    ['no name', {}, 400],
    ['a name that is no text', { name: ['Ann'] }, 400],
    ['a name beyond all measure', { name: 'x'.repeat(201) }, 400],
    ['null', 'null', 400],
    ['no JSON', '{"name":', 400],
    ['nothing', '', 400],
    ['more than 4 KiB', { name: 'Ann', more: 'x'.repeat(4096) }, 413],
  ] as const) {
    it(`with ${says} is answered with ${status}`, async (t) => {
      const { url } = await startedShowcase(t);
      const response = await post(`${url}api/name`, body);
      assert.equal(response.status, status);
      assert.match(await response.text(), /^[A-Z][^\n]*\n$/);
    });
  }

  it('with somebody else’s token is answered with 422', async (t) => {
    const { url } = await startedShowcase(t);
    assert.equal((await post(`${url}api/name/renew`, { token: 'x.y.z' })).status, 422);
  });

  it('from a page of another origin, or as a form sends it, is refused', async (t) => {
    const { url, port } = await startedShowcase(t);
    const ask = (headers: Record<string, string>) => post(`${url}api/name`, { name: 'Ann' }, headers);
    assert.equal((await ask({ ...json, origin: 'https://elsewhere.example' })).status, 403);
    assert.equal((await ask({ ...json, origin: 'null' })).status, 403);
    assert.equal((await ask({ ...json, origin: `http://127.0.0.1:${port + 1}` })).status, 403);
    assert.equal((await ask({ 'content-type': 'text/plain' })).status, 415);
    assert.equal((await ask({ ...json, origin: `http://127.0.0.1:${port}` })).status, 200);
  });

  it('by GET is answered with 405', async (t) => {
    const { url } = await startedShowcase(t);
    const response = await fetch(`${url}api/name`);
    assert.deepEqual([response.status, response.headers.get('allow')], [405, 'POST']);
  });

  it('too often from one address is answered with 429', async (t) => {
    const { url } = await startedShowcase(t);
    const statuses: number[] = [];
    for (let count = 0; count < 80 && statuses.at(-1) !== 429; count++)
      statuses.push((await post(`${url}api/name/renew`, {})).status);
    assert.equal(statuses.at(-1), 429);
    assert.ok(statuses.length > 60);
  });

  it('does no harm when whoever asks goes away in the middle', async (t) => {
    const { port, url } = await startedShowcase(t);
    const client = await RawClient.connect(port);
    client.write(
      `POST /api/name HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"na`,
    );
    client.destroy();
    assert.equal((await post(`${url}api/name`, { name: 'Ann' })).status, 200);
  });
});

describe('a rate limit', () => {
  it('lets a burst through, and then as many as the time that passes', () => {
    let now = 0;
    const limit = new RateLimit({ burst: 3, perSecond: 2, now: () => now });
    const taken = (): number => {
      let count = 0;
      while (limit.take('192.0.2.1')) count++;
      return count;
    };
    assert.equal(taken(), 3);
    now = 1000;
    assert.equal(taken(), 2);
    now = 60_000;
    assert.equal(taken(), 3);
    assert.equal(limit.take('192.0.2.2'), true);
  });

  it('takes all addresses of one IPv6 network for one', () => {
    const limit = new RateLimit({ burst: 1, perSecond: 1, now: () => 0 });
    assert.equal(limit.take('2001:db8:1:2:3:4:5:6'), true);
    assert.equal(limit.take('2001:db8:1:2::9'), false);
    assert.equal(limit.take('2001:db8:1:3::9'), true);
    assert.equal(limit.take('2001:db8::9'), true);
    assert.equal(limit.take('2001:db8:0:0:1::'), false);
    assert.equal(limit.take('::ffff:192.0.2.1'), true);
    assert.equal(limit.take('::ffff:192.0.2.2'), true);
  });

  it('remembers a bounded number of addresses, and forgets the quietest', () => {
    const limit = new RateLimit({ burst: 1, perSecond: 1, maxAddresses: 2, now: () => 0 });
    limit.take('192.0.2.1');
    limit.take('192.0.2.2');
    limit.take('192.0.2.1');
    limit.take('192.0.2.3');
    assert.equal(limit.size, 2);
    assert.equal(limit.take('192.0.2.1'), false);
    assert.equal(limit.take('192.0.2.2'), true);
  });
});
