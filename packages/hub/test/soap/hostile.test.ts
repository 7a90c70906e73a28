/** Anything at all, thrown at a session: it answers or closes, and never throws. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { isUnusable, readMessage } from '../../src/soap/message.ts';
import { soapService } from '../../src/soap/service.ts';
import { SoapSession } from '../../src/soap/session.ts';
import { element, type XmlElement } from '../../src/soap/xml.ts';
import { defaultXmlLimits, isXmlRefusal, parseXml } from '../../src/soap/xml-parser.ts';
import { serializeXml } from '../../src/soap/xml-writer.ts';
import { addMessage, type ChatDefinition, chat, PaperPeer } from '../support/soap-example.ts';

const service = soapService<ChatDefinition, undefined>(chat, {
  join: () => ({ members: [] }),
  add: ({ a, b }) => ({ sum: a + b }),
  say: () => undefined,
  wait: () => ({}),
});

function give(data: string | Uint8Array): PaperPeer {
  const peer = new PaperPeer();
  const session = new SoapSession(peer, service, { user: undefined, onError: () => {} });
  session.receive(data);
  return peer;
}

const whole = addMessage('urn:uuid:1', '<a:ReplyTo><a:Address>urn:x</a:Address></a:ReplyTo>');
const pieces = [
  '<',
  '>',
  '/',
  '"',
  '&',
  ';',
  '&#0;',
  '<![CDATA[',
  ']]>',
  '<!--',
  '-->',
  '<?',
  '?>',
  '<!DOCTYPE a',
  ' xmlns=""',
];
pieces.push('s:', 'a:', ' s:mustUnderstand="1"', '<s:Body>', '</s:Header>', '\0', '\uD800', '\uFEFF', '<x/>', ' a="1"');

describe('a session', () => {
  test('gets over a message with anything put in, taken out or said twice', () => {
    const edit = fc.record({ at: fc.nat(whole.length), cut: fc.nat(40), put: fc.constantFrom(...pieces, '') });
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
        let text = whole;
        for (const { at, cut, put } of edits) text = text.slice(0, at) + put + text.slice(at + cut);
        const { sent, closed, texts } = give(text);
        // One answer at most, it is always XML, and what was no XML has ended the conversation.
        assert.ok(sent.length <= 1);
        for (const answer of texts) assert.ok(!isXmlRefusal(parseXml(answer)));
        assert.equal(closed !== undefined, isXmlRefusal(parseXml(text)));
      }),
      { numRuns: 2000 },
    );
  });

  test('gets over any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        assert.ok(give(bytes).closed !== undefined);
      }),
      { numRuns: 1000 },
    );
  });

  test('gets over a message that is cut anywhere', () => {
    for (let end = 0; end < whole.length; end++) {
      assert.ok(isUnusable(readMessage(whole.slice(0, end), defaultXmlLimits, () => false)));
    }
  });
});

describe('the writer', () => {
  test('gives every text back, but for characters that XML does not have', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (text, value) => {
        const written = serializeXml(element('urn:x', 'a', [text], [{ namespace: '', name: 'b', value }]));
        const root = parseXml(written) as XmlElement;
        const kept = (each: string) => each.replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, '\ufffd');
        assert.equal(root.children.join(''), kept(text));
        assert.equal(root.attributes[0]!.value, kept(value));
      }),
      { numRuns: 1000 },
    );
  });
});
