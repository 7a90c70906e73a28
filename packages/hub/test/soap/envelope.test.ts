/** Envelopes and who must understand what of them, SOAP 1.2 Part 1 §5 and §2. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type Envelope,
  notUnderstood,
  parseEnvelope,
  serializeEnvelope,
  serializeVersionMismatch11,
} from '../../src/soap/envelope.ts';
import { SoapFault } from '../../src/soap/fault.ts';
import { element, type XmlElement } from '../../src/soap/xml.ts';
import { parseXml } from '../../src/soap/xml-parser.ts';
import { read } from '../support/soap-example.ts';

const soap = 'http://www.w3.org/2003/05/soap-envelope';
const envelope = (inside: string): Envelope | SoapFault =>
  parseEnvelope(parseXml(`<s:Envelope xmlns:s="${soap}" xmlns:h="urn:h">${inside}</s:Envelope>`) as XmlElement);
const header = (blocks: string): readonly XmlElement[] =>
  (envelope(`<s:Header>${blocks}</s:Header><s:Body/>`) as Envelope).header;

describe('an envelope (§5.1)', () => {
  test('has a header, which may be missing, and a body', () => {
    const both = envelope(' <s:Header><h:a/><h:b/></s:Header> <s:Body><c/></s:Body>\n') as Envelope;
    assert.deepEqual(
      both.header.map(({ name }) => name),
      ['a', 'b'],
    );
    assert.deepEqual(
      both.body.map(({ name }) => name),
      ['c'],
    );
    assert.deepEqual(envelope('<s:Body/>'), { header: [], body: [] });
  });

  const wrong: [name: string, inside: string][] = [
    ['nothing in it', ''],
    ['only a header', '<s:Header/>'],
    ['the body first', '<s:Body/><s:Header/>'],
    ['two headers', '<s:Header/><s:Header/><s:Body/>'],
    ['two bodies', '<s:Body/><s:Body/>'],
    ['something behind the body', '<s:Body/><h:x/>'],
    ['something before the body', '<h:x/><s:Body/>'],
    ['a body of no namespace', '<Body/>'],
    ['text in it', 'x<s:Body/>'],
    ['text in its header', '<s:Header>x</s:Header><s:Body/>'],
    ['text in its body', '<s:Body>x</s:Body>'],
    ['a header block of no namespace', '<s:Header><x/></s:Header><s:Body/>'],
  ];
  for (const [name, inside] of wrong) {
    test(`with ${name} is its sender's fault`, () => {
      const fault = envelope(inside);
      assert.ok(fault instanceof SoapFault);
      assert.equal(fault.code, 'Sender');
    });
  }

  test('of another version, or what is no envelope, gets VersionMismatch with what is understood (§5.4.7)', () => {
    for (const text of [
      '<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body/></Envelope>',
      '<Envelope xmlns="urn:other"/>',
      `<Body xmlns="${soap}"/>`,
      '<html/>',
    ]) {
      const fault = parseEnvelope(parseXml(text) as XmlElement) as SoapFault;
      assert.equal(fault.code, 'VersionMismatch');
      assert.equal(fault.header[0]!.name, 'Upgrade');
    }
  });
});

describe('what is written', () => {
  test('is read again as the same', () => {
    const text = serializeEnvelope([element('urn:h', 'h', ['1'])], [element('urn:b', 'b', ['2'])]);
    const again = parseEnvelope(parseXml(text) as XmlElement) as Envelope;
    assert.deepEqual([again.header[0]!.children, again.body[0]!.children], [['1'], ['2']]);
    assert.ok(!serializeEnvelope([], []).includes('Header'));
  });

  test('to a sender of SOAP 1.1 is SOAP 1.1, with the Upgrade block of 1.2 (Appendix A)', () => {
    const text = serializeVersionMismatch11();
    const { root, header: blocks, content } = read(text);
    assert.equal(root.namespace, 'http://schemas.xmlsoap.org/soap/envelope/');
    assert.deepEqual([blocks[0]!.namespace, blocks[0]!.name], [soap, 'Upgrade']);
    assert.match(text, /<env:SupportedEnvelope qname="env:Envelope"\/>/);
    assert.match(text, /<faultcode>env11:VersionMismatch<\/faultcode>/);
    assert.equal(content!.name, 'Fault');
  });
});

describe('mustUnderstand (§5.2.3, §2.4)', () => {
  const named = (blocks: string): string[] => {
    const names = notUnderstood(header(blocks), ({ name }) => name === 'known');
    assert.ok(!(names instanceof SoapFault));
    return names.map(String);
  };

  test('counts for what is not known, in all its spellings', () => {
    assert.deepEqual(named('<h:x s:mustUnderstand="true"/><h:y s:mustUnderstand=" 1 "/>'), ['{urn:h}x', '{urn:h}y']);
    assert.deepEqual(named('<h:known s:mustUnderstand="1"/>'), []);
    assert.deepEqual(named('<h:x/><h:x s:mustUnderstand="0"/><h:x s:mustUnderstand="false"/>'), []);
    // Only the attribute of SOAP's namespace is meant.
    assert.deepEqual(named('<h:x mustUnderstand="1" h:mustUnderstand="1"/>'), []);
  });

  test('counts for the roles of the last receiver only', () => {
    const block = (role: string) => `<h:x s:mustUnderstand="1" s:role="${role}"/>`;
    assert.equal(named(block(`${soap}/role/next`)).length, 1);
    assert.equal(named(block(`${soap}/role/ultimateReceiver`)).length, 1);
    assert.equal(named(block('')).length, 1);
    assert.equal(named(block(`${soap}/role/none`)).length, 0);
    assert.equal(named(block('urn:some:intermediary')).length, 0);
  });

  test('that is no boolean is a fault of its sender', () => {
    const fault = notUnderstood(header('<h:x s:mustUnderstand="yes"/>'), () => true);
    assert.ok(fault instanceof SoapFault);
    assert.equal(fault.code, 'Sender');
  });
});
