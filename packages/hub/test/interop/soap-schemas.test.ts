/** Every kind of envelope that we emit, against the schemas of SOAP 1.2 and WS-Addressing 1.0, by libxml2's xmllint. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { systemPackage } from '../../../wire/test/support/system-packages.ts';
import { actionNotSupported, headerRequired, invalidHeader, serializeAddressing } from '../../src/soap/addressing.ts';
import { serializeEnvelope, serializeFaultEnvelope } from '../../src/soap/envelope.ts';
import { mustUnderstandFault, SoapFault, senderFault, versionMismatchFault } from '../../src/soap/fault.ts';
import { SoapClient, SoapSession, soapService } from '../../src/soap/index.ts';
import { failedFault } from '../../src/soap/service.ts';
import { element, QName } from '../../src/soap/xml.ts';
import { addMessage, type ChatDefinition, chat, message, PaperPeer } from '../support/soap-example.ts';

const xmllint = systemPackage('libxml2-utils');
const schemas = fileURLToPath(new URL('../fixtures/schemas/', import.meta.url));

function validate(text: string): string {
  const args = ['--nonet', '--noout', '--schema', `${schemas}message.xsd`, '-'];
  const env = { ...process.env, XML_CATALOG_FILES: `${schemas}catalog.xml` };
  const { status, stderr } = spawnSync(xmllint.path, args, { input: text, env, encoding: 'utf8' });
  return status === 0 ? 'valid' : stderr;
}

/** What a session sends for a message. */
async function answerTo(text: string): Promise<string> {
  const peer = new PaperPeer();
  const service = soapService<ChatDefinition, undefined>(chat, {
    join: () => ({ members: ['a', '<&>', '\0'] }),
    add: ({ a, b }) => ({ sum: a + b }),
    say: () => undefined,
    wait: () => senderFault('No <waiting>', [new QName('urn:example:chat', 'NoWaiting')]),
  });
  const session = new SoapSession(peer, service, { user: undefined, onError: () => {} });
  session.receive(text);
  await new Promise((resolve) => setImmediate(resolve));
  return peer.texts.at(-1)!;
}

/** What a client sends for a call. */
function requestFor(send: (client: SoapClient<ChatDefinition>) => Promise<unknown>): string {
  const peer = new PaperPeer();
  const client = new SoapClient(chat, peer, { to: 'ws://example.com/chat' });
  void send(client).catch(() => {});
  client.close();
  return peer.texts[0]!;
}

const anonymous = '<a:Address>http://www.w3.org/2005/08/addressing/anonymous</a:Address>';
const parameters = '<a:ReferenceParameters><k xmlns="urn:k" v="1">7</k></a:ReferenceParameters>';
const faults: Record<string, SoapFault> = {
  'no action': headerRequired('Action'),
  'an action that nobody has': actionNotSupported('urn:what'),
  'an address that is none': invalidHeader('InvalidAddress', 'To'),
  'a block twice': invalidHeader('InvalidCardinality', 'To'),
  'an endpoint without an address': invalidHeader('MissingAddressInEPR', 'ReplyTo'),
  'an id twice': invalidHeader('DuplicateMessageID', 'MessageID'),
  'an endpoint elsewhere': invalidHeader('OnlyAnonymousAddressSupported', 'ReplyTo'),
  'blocks that were not understood': mustUnderstandFault([new QName('urn:a', 'x'), new QName('urn:b', 'y')]),
  'another version': versionMismatchFault(),
  'a failure': failedFault(),
  'one with everything': new SoapFault({
    code: 'Sender',
    reason: ']]> & "all"',
    language: 'en-GB',
    subcodes: [new QName('urn:a', 'A'), new QName('urn:b', 'B'), new QName('urn:a', 'C')],
    detail: [element('urn:d', 'd', ['x']), element('', 'plain')],
    header: [element('urn:h', 'h')],
  }),
  'an encoding': new SoapFault({ code: 'DataEncodingUnknown', reason: 'x' }),
};

describe('schemas', { skip: xmllint.missing, timeout: 60_000 }, () => {
  test('the validator notices what is wrong in an envelope, in a header block and in a fault', () => {
    const fault = serializeFaultEnvelope(serializeAddressing({ action: 'urn:f' }), senderFault('x'));
    assert.equal(validate(fault), 'valid');
    assert.match(validate(fault.replace('env:Sender', 'env:Nobody')), /enumeration/);
    assert.match(validate(fault.replace(' xml:lang="en"', '')), /lang/);
    assert.match(validate(fault.replace('<wsa:Action>', '<wsa:Action x="1">')), /attribute 'x'/);
    assert.match(validate('<Envelope xmlns="http://www.w3.org/2003/05/soap-envelope"/>'), /Body/);
  });

  for (const [name, fault] of Object.entries(faults)) {
    test(`the fault for ${name}`, () => {
      const header = serializeAddressing({ action: fault.action, relatesTo: 'urn:uuid:1' });
      assert.equal(validate(serializeFaultEnvelope(header, fault)), 'valid');
    });
  }

  const answers: Record<string, string> = {
    'a reply': addMessage(),
    'a reply with a list and odd characters': message({
      action: 'urn:example:chat:join',
      body: '<join xmlns="urn:example:chat"><name>x</name></join>',
    }),
    'a reply with the parameters of its endpoint': addMessage(
      'urn:1',
      `<a:ReplyTo>${anonymous}${parameters}</a:ReplyTo>`,
    ),
    "a handler's fault": message({ action: 'urn:example:chat:wait', body: '<wait xmlns="urn:example:chat"/>' }),
    'the answer to no XML': '<a>',
    'the answer to no envelope': '<html/>',
    'the answer to a block that was not understood': addMessage('urn:1', '<x xmlns="urn:x" s:mustUnderstand="1"/>'),
  };
  for (const [name, text] of Object.entries(answers)) {
    test(name, async () => assert.equal(validate(await answerTo(text)), 'valid'));
  }

  test('requests, one-way messages and notifications', () => {
    assert.equal(validate(requestFor((client) => client.call('join', { name: 'Bob', age: 5 }))), 'valid');
    assert.equal(validate(requestFor((client) => client.call('say', { text: '\x01<&>' }))), 'valid');
    assert.equal(validate(chat.notification('said', { name: 'a', text: 'b', note: null }).text), 'valid');
    assert.equal(validate(serializeEnvelope([], [])), 'valid');
  });
});
