/** The opening handshake, [MS-SWSB] §3.2: what is let in, and what refusals say; through tidewire's own server, on paper. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Fields, handshake, MemoryServer, type Visitor } from '../../../wire/test/support/memory-server.ts';
import { acceptSoap, offeredSoap, refuseSoapHeaders, soapRequired } from '../../src/soap/handshake.ts';

const server = new MemoryServer({
  routes: { '/soap': { upgrade: (request) => acceptSoap(request), message: (socket, data) => socket.send(data) } },
});
const visit = (fields: Fields): Promise<Visitor> => server.visit(handshake('/soap', fields));
const fields = (more: Fields = {}): Fields => ({ 'Sec-WebSocket-Protocol': 'soap', ...more });

describe('the subprotocol', () => {
  test('soap is chosen, as it was spelled: WCF does not mind upper case, and RFC 6455 wants it to the letter', async () => {
    for (const [offer, chosen] of [
      ['soap', 'soap'],
      ['SOAP', 'SOAP'],
      ['wamp, Soap', 'Soap'],
      ['soap, SOAP', 'soap'],
    ]) {
      const visitor = await visit({ 'Sec-WebSocket-Protocol': offer });
      assert.equal(visitor.status, 101);
      assert.deepEqual(visitor.header('Sec-WebSocket-Protocol'), [chosen]);
    }
    assert.equal(offeredSoap(['wamp']), undefined);
  });

  test('without it the answer is 426 with the one that is spoken', async () => {
    for (const offer of [undefined, 'wamp', 'soap2']) {
      const visitor = await visit({ 'Sec-WebSocket-Protocol': offer });
      assert.equal(visitor.status, 426);
      assert.deepEqual(visitor.header('Sec-WebSocket-Protocol'), ['soap']);
      assert.deepEqual(visitor.header('Upgrade'), ['websocket']);
      assert.match(visitor.body, /"soap" is spoken here/);
    }
    assert.equal(soapRequired().status, 426);
  });
});

describe('soap-content-type', () => {
  const good = [
    undefined,
    'application/soap+xml',
    'application/soap+xml; charset=utf-8',
    'Application/SOAP+XML;charset="UTF-8"',
    'application/soap+xml; action="urn:a;b,c"; charset=utf-8',
    // OpenStack's DataCore driver.
    'text/xml',
    'text/xml; charset=utf8',
    'application/xml',
  ];
  for (const value of good) {
    test(`${value ?? 'none, as from a page,'} is let in`, async () => {
      assert.equal((await visit(fields({ 'soap-content-type': value }))).status, 101);
    });
  }

  const bad = [
    'application/soap+msbinsession1',
    'application/soap+msbin1',
    'multipart/related; type="application/xop+xml"',
    'application/soap+xml; charset=utf-16',
    'application/soap+xml; charset="iso-8859-1"',
    'application/soap+xml; charset',
    'application/soap+xml charset=utf-8',
    'application/json',
    'nonsense',
    '',
  ];
  for (const value of bad) {
    test(`${JSON.stringify(value)} gets 400 and the type that is spoken`, async () => {
      const visitor = await visit(fields({ 'soap-content-type': value }));
      assert.equal(visitor.status, 400);
      assert.deepEqual(visitor.header('soap-content-type'), ['application/soap+xml; charset=utf-8']);
    });
  }

  test('twice is once too often', async () => {
    assert.equal((await visit(fields({ 'soap-content-type': ['text/xml', 'text/xml'] }))).status, 400);
  });

  test('is judged in time by its length', () => {
    for (const filler of [' ', ';', '; ', ';a=', ';a="']) {
      const headers = new Headers({ 'soap-content-type': `text/xml${filler.repeat(20_000)}!` });
      assert.equal(refuseSoapHeaders(headers)?.status, 400);
    }
  });
});

describe('microsoft-binary-transfer-mode', () => {
  test('may be any of the four: text is the same in all', async () => {
    for (const mode of ['Buffered', 'Streamed', 'StreamedRequest', 'streamedresponse']) {
      assert.equal((await visit(fields({ 'microsoft-binary-transfer-mode': mode }))).status, 101);
    }
  });

  test('that does not exist gets 400 with ours', async () => {
    const visitor = await visit(fields({ 'microsoft-binary-transfer-mode': 'Sideways' }));
    assert.equal(visitor.status, 400);
    assert.deepEqual(visitor.header('microsoft-binary-transfer-mode'), ['Buffered']);
    assert.deepEqual(visitor.header('soap-content-type'), ['application/soap+xml; charset=utf-8']);
  });
});
