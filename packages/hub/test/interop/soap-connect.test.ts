/** Our client over real sockets, in Node: with a service, with servers that are none, and through the end. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { type Route, serve } from 'tidewire';
import {
  addressingName,
  connectSoap,
  defineSoapContract,
  SoapConnectionError,
  SoapFault,
} from '../../src/soap/index.ts';
import { chat } from '../support/soap-example.ts';
import { soapChat } from '../support/soap-server.ts';

async function start(t: TestContext, route: Route<any, any> = soapChat().route) {
  const server = await serve({ host: '127.0.0.1', routes: { '/chat': route } });
  t.after(() => server.close());
  return { server, url: `ws://127.0.0.1:${server.port}/chat` };
}

describe('connectSoap', { timeout: 30_000 }, () => {
  for (const frames of ['binary', 'text'] as const) {
    test(`calls, is told and closes, in ${frames} frames`, async (t) => {
      const { url } = await start(t);
      const client = await connectSoap(url, chat, { frames });
      const told = client.notifications();
      assert.deepEqual(await client.call('add', { a: 2, b: 3 }), { sum: 5 });
      await client.call('say', { text: 'Hello 🌊' });
      const { value } = await told.next();
      assert.deepEqual(value, { name: 'said', value: { name: 'visitor', text: 'Hello 🌊', note: null } });
      const many = Array.from({ length: 50 }, (_, i) => client.call('add', { a: i, b: 1 }));
      assert.deepEqual(
        (await Promise.all(many)).map(({ sum }) => sum),
        many.map((_, i) => i + 1),
      );
      client.close();
      assert.equal((await told.next()).done, true);
    });
  }

  test('sends soap-content-type, and the headers that are given', async (t) => {
    const seen: (string | null)[] = [];
    const { url } = await start(t, {
      subprotocols: ['soap'],
      upgrade: ({ headers }) => void seen.push(headers.get('soap-content-type'), headers.get('x-a')),
      message: () => {},
    });
    const client = await connectSoap(url, chat, { headers: { 'x-a': '1' } });
    client.close();
    assert.deepEqual(seen, ['application/soap+xml; charset=utf-8', '1']);
  });

  test('says which encoding a server wants that refuses ours', async (t) => {
    const headers = { 'soap-content-type': 'application/soap+msbinsession1' };
    const { url } = await start(t, { upgrade: () => new Response('', { status: 400, headers }) });
    await assert.rejects(connectSoap(url, chat), {
      name: 'SoapConnectionError',
      message: 'The server wants the messages as application/soap+msbinsession1',
    });
  });

  test('does not stay with a server that speaks something else', async (t) => {
    const { url } = await start(t, { message: () => {} });
    await assert.rejects(connectSoap(url, chat), SoapConnectionError);
  });

  test('ends every call when the connection does', async (t) => {
    const { server, url } = await start(t);
    const client = await connectSoap(url, chat);
    const cut = assert.rejects(client.call('wait', {}), SoapConnectionError);
    await client.call('add', { a: 1, b: 1 });
    for (const socket of server.sockets) socket.terminate();
    await cut;
    await assert.rejects(client.call('add', { a: 1, b: 1 }), /ended with 1006/);
  });

  test('more calls than may run at once only wait', async (t) => {
    const { url } = await start(t);
    const client = await connectSoap(url, chat);
    const waiting = Array.from({ length: 16 }, () => client.call('wait', {}, { timeout: null }));
    for (const each of waiting) each.catch(() => {});
    await assert.rejects(client.call('add', { a: 1, b: 1 }, { timeout: 100 }), { name: 'TimeoutError' });
    client.close();
    for (const each of await Promise.allSettled(waiting)) assert.equal(each.status, 'rejected');
  });

  test('a fault is a SoapFault here too', async (t) => {
    const { url } = await start(t);
    const newer = defineSoapContract({ namespace: 'urn:newer', operations: { shout: { input: {}, output: {} } } });
    const client = await connectSoap(url, newer);
    await assert.rejects(client.call('shout', {}), (error) => {
      assert.ok(error instanceof SoapFault && error.is(addressingName('ActionNotSupported')));
      return true;
    });
    client.close();
  });
});
