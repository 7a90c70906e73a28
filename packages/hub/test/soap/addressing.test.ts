/** WS-Addressing 1.0: properties read and written, and its faults (SOAP Binding §6.4). */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type Addressing,
  actionNotSupported,
  addresses,
  addressingFaultAction,
  headerRequired,
  isAddressingHeader,
  parseAddressing,
  refuseForeignAddress,
  replyRelationship,
  serializeAddressing,
  sketchAddressing,
} from '../../src/soap/addressing.ts';
import { SoapFault } from '../../src/soap/fault.ts';
import { element, QName, type XmlElement } from '../../src/soap/xml.ts';
import { parseXml } from '../../src/soap/xml-parser.ts';
import { serializeXml } from '../../src/soap/xml-writer.ts';

const wsa = 'http://www.w3.org/2005/08/addressing';
const soap = 'http://www.w3.org/2003/05/soap-envelope';
const blocks = (text: string): XmlElement[] =>
  (parseXml(`<h xmlns:a="${wsa}" xmlns:s="${soap}" xmlns:o="urn:o">${text}</h>`) as XmlElement)
    .children as XmlElement[];
const parse = (text: string): Addressing | SoapFault => parseAddressing(blocks(text));
const parsed = (text: string): Addressing => {
  const result = parse(text);
  assert.ok(!(result instanceof SoapFault), String(result));
  return result;
};
const codesOf = (result: Addressing | SoapFault | undefined): string[] => {
  assert.ok(result instanceof SoapFault);
  assert.equal(result.code, 'Sender');
  assert.equal(result.action, addressingFaultAction);
  return result.subcodes.map(({ name }) => name);
};
const problemOf = (fault: unknown): string => serializeXml((fault as SoapFault).detail[0]!);
const action = '<a:Action>urn:do</a:Action>';
const reference = (address: string) => `<a:Address>${address}</a:Address>`;

describe('the properties of a message (Core §3)', () => {
  test('are read, each trimmed', () => {
    const { relatesTo, replyTo, faultTo, from, ...rest } = parsed(
      `
      <a:Action> urn:do </a:Action><a:To>ws://host/x</a:To><a:MessageID>urn:uuid:1</a:MessageID>
      <a:RelatesTo>urn:uuid:0</a:RelatesTo><a:RelatesTo RelationshipType="urn:other">urn:uuid:9</a:RelatesTo>
      <a:ReplyTo>${reference(addresses.anonymous)}</a:ReplyTo><a:FaultTo>${reference(addresses.none)}</a:FaultTo>
      <a:From>${reference('urn:me')}</a:From>`
        .replace(/>\s+</g, '><')
        .trim(),
    );
    assert.deepEqual(rest, { action: 'urn:do', to: 'ws://host/x', messageId: 'urn:uuid:1' });
    assert.deepEqual(relatesTo, [
      { messageId: 'urn:uuid:0', type: replyRelationship },
      { messageId: 'urn:uuid:9', type: 'urn:other' },
    ]);
    assert.deepEqual(
      [replyTo.address, faultTo.address, from?.address],
      [addresses.anonymous, addresses.none, 'urn:me'],
    );
  });

  test('that are missing have the values that the specification gives them', () => {
    const { to, messageId, relatesTo, from, replyTo, faultTo } = parsed(action);
    assert.deepEqual([to, messageId, from, relatesTo.length], [addresses.anonymous, undefined, undefined, 0]);
    assert.equal(replyTo.address, addresses.anonymous);
    assert.equal(faultTo, replyTo);
    assert.equal(
      parsed(`${action}<a:ReplyTo>${reference(addresses.none)}</a:ReplyTo>`).faultTo.address,
      addresses.none,
    );
  });

  test('in blocks for another role are not ours', () => {
    assert.equal(parsed(`${action}<a:Action s:role="urn:other">urn:not</a:Action>`).action, 'urn:do');
    assert.deepEqual(codesOf(parse('<a:Action s:role="urn:other">urn:not</a:Action>')), [
      'MessageAddressingHeaderRequired',
    ]);
  });

  test('are known by name, and others of the namespace are not', () => {
    const names = ['Action', 'To', 'MessageID', 'RelatesTo', 'ReplyTo', 'FaultTo', 'From'];
    assert.ok(names.every((name) => isAddressingHeader(new QName(wsa, name))));
    assert.ok(!isAddressingHeader(new QName(wsa, 'Address')));
    assert.ok(!isAddressingHeader(new QName('urn:o', 'Action')));
  });
});

describe('what is wrong with them (SOAP Binding §6.4)', () => {
  test('no action: it is required, and named', () => {
    const fault = parse('<a:MessageID>urn:uuid:1</a:MessageID>');
    assert.deepEqual(codesOf(fault), ['MessageAddressingHeaderRequired']);
    assert.match(problemOf(fault), /<wsa:ProblemHeaderQName [^>]*>wsa:Action</);
  });

  for (const name of ['Action', 'To', 'MessageID', 'ReplyTo', 'FaultTo', 'From']) {
    test(`${name} twice: InvalidCardinality`, () => {
      const one = `<a:${name}>${name === 'ReplyTo' || name === 'FaultTo' || name === 'From' ? reference('urn:x') : 'urn:x'}</a:${name}>`;
      const fault = parse(name === 'Action' ? one + one : action + one + one);
      assert.deepEqual(codesOf(fault), ['InvalidAddressingHeader', 'InvalidCardinality']);
      assert.ok(problemOf(fault).includes(`wsa:${name}<`));
    });
  }

  test('an endpoint without an address: MissingAddressInEPR', () => {
    for (const name of ['ReplyTo', 'FaultTo', 'From']) {
      assert.deepEqual(codesOf(parse(`${action}<a:${name}><o:Address/></a:${name}>`)), [
        'InvalidAddressingHeader',
        'MissingAddressInEPR',
      ]);
    }
  });

  test('an empty address, action or id, or elements in one: InvalidAddress', () => {
    const wrong = ['<a:Action/>', '<a:Action> </a:Action>', '<a:Action><o:x/></a:Action>', `${action}<a:MessageID/>`];
    for (const text of [...wrong, `${action}<a:To/>`, `${action}<a:ReplyTo><a:Address/></a:ReplyTo>`]) {
      assert.deepEqual(codesOf(parse(text)), ['InvalidAddressingHeader', 'InvalidAddress']);
    }
  });

  test('an endpoint elsewhere: OnlyAnonymousAddressSupported, so that nobody can send us anywhere', () => {
    for (const address of ['http://127.0.0.1/admin', 'ws://x/', 'urn:me', `${addresses.anonymous}#x`]) {
      const { replyTo } = parsed(`${action}<a:ReplyTo>${reference(address)}</a:ReplyTo>`);
      const fault = refuseForeignAddress('ReplyTo', replyTo);
      assert.deepEqual(codesOf(fault), ['InvalidAddressingHeader', 'OnlyAnonymousAddressSupported']);
      assert.match(problemOf(fault), />wsa:ReplyTo</);
    }
    for (const address of [addresses.anonymous, addresses.none]) {
      assert.equal(refuseForeignAddress('FaultTo', { address, referenceParameters: [] }), undefined);
    }
  });

  test('an action that nobody has: ActionNotSupported with the action', () => {
    const fault = actionNotSupported('urn:what');
    assert.deepEqual(codesOf(fault), ['ActionNotSupported']);
    assert.match(problemOf(fault), /<wsa:ProblemAction [^>]*><wsa:Action>urn:what<\/wsa:Action>/);
    assert.deepEqual(codesOf(headerRequired('MessageID')), ['MessageAddressingHeaderRequired']);
  });
});

describe('a sketch, for faults of messages that are wrong', () => {
  test('takes what can be made out', () => {
    const found = sketchAddressing(
      blocks(
        `<a:MessageID>urn:1</a:MessageID><a:RelatesTo>urn:0</a:RelatesTo><a:ReplyTo>${reference(addresses.none)}</a:ReplyTo>`,
      ),
    );
    assert.deepEqual([found.messageId, found.relatesTo, found.faultTo?.address], ['urn:1', 'urn:0', addresses.none]);
    const nothing = { messageId: undefined, relatesTo: undefined, faultTo: undefined };
    assert.deepEqual(sketchAddressing(blocks('<a:MessageID/><a:ReplyTo/>')), nothing);
    assert.deepEqual(sketchAddressing([]), nothing);
  });
});

describe('what is written', () => {
  const written = (header: Parameters<typeof serializeAddressing>[0]) =>
    serializeXml(element('', 'h', serializeAddressing(header)));

  test('is read again as the same', () => {
    const text = written({
      action: 'urn:do',
      to: 'urn:to',
      messageId: 'urn:1',
      relatesTo: 'urn:0',
      expectsReply: true,
    });
    const { action, to, messageId, relatesTo, replyTo } = parseAddressing(
      (parseXml(text) as XmlElement).children as XmlElement[],
    ) as Addressing;
    assert.deepEqual([action, to, messageId, replyTo.address], ['urn:do', 'urn:to', 'urn:1', addresses.anonymous]);
    assert.equal(relatesTo[0]!.messageId, 'urn:0');
    assert.equal(written({ action: 'urn:do' }), `<h xmlns:wsa="${wsa}"><wsa:Action>urn:do</wsa:Action></h>`);
  });

  test('gives the parameters of an endpoint back, marked as such (SOAP Binding §3.2)', () => {
    const { replyTo } = parsed(
      `${action}<a:ReplyTo>${reference(addresses.anonymous)}<a:ReferenceParameters><o:k o:v="1">x</o:k><o:l a:IsReferenceParameter="false"/>` +
        '</a:ReferenceParameters></a:ReplyTo>',
    );
    const text = written({ action: 'urn:r', destination: replyTo });
    assert.match(text, /<n1:k n1:v="1" wsa:IsReferenceParameter="true">x<\/n1:k>/);
    assert.match(text, /<n1:l wsa:IsReferenceParameter="true"\/>/);
  });
});
