/** The opening handshake that the chat is known by, byte for byte. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openingHandshake, RawClient } from './support/raw-client.ts';
import { startedShowcase } from './support/running.ts';

const printed = [
  'GET /chatService HTTP/1.1',
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Protocol: soap, wamp',
  'Sec-WebSocket-Version: 13',
  '\r\n',
].join('\r\n');

describe('the opening handshake of /chatService', () => {
  it('answers the printed request, which has no Host, with 101, four fields in order and `wamp`', async (t) => {
    const { port } = await startedShowcase(t);
    using client = await RawClient.connect(port);
    client.write(printed);
    const [status, ...fields] = (await client.head()).split('\r\n');
    assert.match(status ?? '', /^HTTP\/1\.1 101 /);
    assert.deepEqual(fields, [
      'Upgrade: WebSocket',
      'Connection: Upgrade',
      'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=',
      'Sec-WebSocket-Protocol: wamp',
      '',
      '',
    ]);
  });

  it('answers the same when it comes byte by byte', async (t) => {
    const { port } = await startedShowcase(t);
    using client = await RawClient.connect(port);
    for (const byte of printed) client.write(byte);
    assert.match(await client.head(), /Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r\n/);
  });

  for (const path of ['/ticker', '/echo', '/echo/plain', '/fanout']) {
    it(`refuses a request without Host for ${path} with 400 (RFC 6455 §4.2.1)`, async (t) => {
      const { port } = await startedShowcase(t);
      using client = await RawClient.connect(port);
      client.write(openingHandshake(path, []));
      assert.match(await client.head(), /^HTTP\/1\.1 400 /);
      await client.ended();
    });
  }

  it('refuses a page of another origin with 403', async (t) => {
    const { port } = await startedShowcase(t);
    using client = await RawClient.connect(port);
    client.write(openingHandshake('/chatService', [`Host: 127.0.0.1:${port}`, 'Origin: https://elsewhere.example']));
    assert.match(await client.head(), /^HTTP\/1\.1 403 /);
  });

  it('answers an opening handshake for a path that is nobody’s with 404', async (t) => {
    const { port } = await startedShowcase(t);
    using client = await RawClient.connect(port);
    client.write(openingHandshake('/nowhere', [`Host: 127.0.0.1:${port}`]));
    assert.match(await client.head(), /^HTTP\/1\.1 404 /);
  });
});
