/** Faults, SOAP 1.2 Part 1 §5.4: written, and read again. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  mustUnderstandFault,
  parseFault,
  SoapFault,
  senderFault,
  serializeFault,
  soapFaultAction,
} from '../../src/soap/fault.ts';
import { element, QName, type XmlElement } from '../../src/soap/xml.ts';
import { parseXml } from '../../src/soap/xml-parser.ts';
import { serializeXml } from '../../src/soap/xml-writer.ts';

const again = (fault: SoapFault): SoapFault | undefined =>
  parseFault(parseXml(serializeXml(serializeFault(fault))) as XmlElement);
const soap = 'http://www.w3.org/2003/05/soap-envelope';
const faultOf = (inside: string) =>
  parseFault(parseXml(`<f:Fault xmlns:f="${soap}">${inside}</f:Fault>`) as XmlElement);

describe('a fault', () => {
  test('is read as it was written, subcodes, language and detail included', () => {
    const fault = new SoapFault({
      code: 'Sender',
      reason: 'Falsch <&>',
      language: 'de',
      subcodes: [new QName('urn:a', 'Outer'), new QName('urn:b', 'Inner')],
      detail: [element('urn:d', 'limit', ['5'])],
    });
    const read = again(fault)!;
    assert.deepEqual([read.code, read.reason, read.language], ['Sender', 'Falsch <&>', 'de']);
    assert.deepEqual(read.subcodes.map(String), ['{urn:a}Outer', '{urn:b}Inner']);
    assert.ok(read.is(new QName('urn:b', 'Inner')));
    assert.ok(!read.is(new QName('urn:b', 'Outer')));
    assert.deepEqual(read.detail[0]!.children, ['5']);
  });

  test('is an error whose message is its reason, with an action of its own or that of SOAP', () => {
    const fault = senderFault('No');
    assert.ok(fault instanceof Error);
    assert.equal(fault.message, 'No');
    assert.equal(fault.action, soapFaultAction);
    assert.equal(new SoapFault({ code: 'Receiver', reason: '', action: 'urn:x' }).action, 'urn:x');
  });

  test('for what was not understood names each block by its QName (§5.4.8)', () => {
    const fault = mustUnderstandFault([new QName('urn:h', 'x'), new QName('urn:h', 'y')]);
    assert.equal(fault.code, 'MustUnderstand');
    const texts = fault.header.map((block) => serializeXml(block));
    assert.match(texts[0]!, /<env:NotUnderstood xmlns:env="[^"]+" xmlns:n1="urn:h" qname="n1:x"\/>/);
    assert.match(texts[1]!, /qname="n1:y"/);
  });
});

describe("a peer's fault", () => {
  test('that is not as SOAP has it is still a fault', () => {
    assert.equal(faultOf('')!.code, 'Receiver');
    assert.equal(faultOf('')!.reason, '');
    assert.equal(faultOf('<f:Code><f:Value>Sender</f:Value></f:Code>')!.code, 'Receiver');
    assert.equal(faultOf('<f:Code><f:Value>f:Nonsense</f:Value></f:Code>')!.code, 'Receiver');
    assert.equal(faultOf('<f:Code><f:Value>g:Sender</f:Value></f:Code>')!.code, 'Receiver');
    assert.equal(faultOf('<f:Code><f:Value><f:x/></f:Value></f:Code>')!.code, 'Receiver');
  });

  test('may have any prefixes', () => {
    const fault = faultOf(
      '<f:Code><f:Value> f:Sender </f:Value><f:Subcode><f:Value xmlns:m="urn:m">m:Busy</f:Value></f:Subcode></f:Code>' +
        '<f:Reason><f:Text xml:lang="en-US">Wait</f:Text></f:Reason>',
    )!;
    assert.equal(fault.code, 'Sender');
    assert.equal(String(fault.subcodes[0]), '{urn:m}Busy');
    assert.deepEqual([fault.reason, fault.language], ['Wait', 'en-US']);
  });

  test('is nothing else', () => {
    assert.equal(parseFault(parseXml('<Fault/>') as XmlElement), undefined);
    assert.equal(parseFault(parseXml(`<Code xmlns="${soap}"/>`) as XmlElement), undefined);
  });
});
