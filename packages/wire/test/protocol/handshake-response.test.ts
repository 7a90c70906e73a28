import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LocalProtocolError } from '../../src/protocol/errors.ts';
import {
  checkResponse,
  type OpeningResponse,
  type ResponseRules,
  refusalFields,
  responseFields,
} from '../../src/protocol/handshake-response.ts';
import { HeaderFields } from '../../src/protocol/header-fields.ts';
import { acceptDeflate, offerDeflate } from '../../src/protocol/permessage-deflate.ts';
import { type RequestViolation, requestViolations } from '../../src/protocol/violations.ts';

const key = 'dGhlIHNhbXBsZSBub25jZQ==';
const accept = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=';
const request = { key, subprotocols: ['soap', 'wamp'], extensions: [offerDeflate().extension] };
const sample: readonly (readonly [string, string])[] = [
  ['Upgrade', 'websocket'],
  ['Connection', 'Upgrade'],
  ['Sec-WebSocket-Accept', accept],
];

/** Checks the sample response with other values for some fields; none takes the field away. */
function check(
  set: Record<string, readonly string[]> = {},
  { status = 101, ...rules }: Partial<ResponseRules> & { status?: number } = {},
): OpeningResponse | string {
  const kept = sample.filter(([name]) => !Object.hasOwn(set, name));
  const added = Object.entries(set).flatMap(([name, values]) => values.map((value) => [name, value] as const));
  const headers = new HeaderFields([...kept, ...added].flat());
  return checkResponse({ status, headers }, { key, subprotocols: ['soap', 'wamp'], maxHeaders: 100, ...rules });
}

describe('RFC 6455 §4.2.2: the server writes its answer', () => {
  it('in the order in which it is printed there', () => {
    assert.deepEqual(responseFields(request), [
      ['Upgrade', 'WebSocket'],
      ['Connection', 'Upgrade'],
      ['Sec-WebSocket-Accept', accept],
    ]);
  });

  it('with its choice, the own header fields last', () => {
    const extensions = [acceptDeflate(request.extensions)!.extension];
    const fields = responseFields(request, {
      subprotocol: 'wamp',
      extensions,
      headers: [
        ['Set-Cookie', 'a=1'],
        ['Set-Cookie', 'b=2'],
      ],
    });
    assert.deepEqual(fields.slice(3), [
      ['Sec-WebSocket-Protocol', 'wamp'],
      ['Sec-WebSocket-Extensions', 'permessage-deflate; server_max_window_bits=11; client_max_window_bits=11'],
      ['Set-Cookie', 'a=1'],
      ['Set-Cookie', 'b=2'],
    ]);
  });

  it('with no subprotocol but one that "MUST be derived from the client\'s handshake"', () => {
    for (const subprotocol of ['chat', 'WAMP', '', 'soap, wamp', 'constructor']) {
      assert.throws(() => responseFields(request, { subprotocol }), LocalProtocolError, subprotocol);
    }
  });

  it('"Extensions not listed by the client MUST NOT be listed"', () => {
    for (const name of ['foo', 'Permessage-Deflate', 'constructor']) {
      assert.throws(
        () => responseFields(request, { extensions: [{ name, parameters: [] }] }),
        LocalProtocolError,
        name,
      );
    }
  });

  it('without header fields that belong to the handshake or break the line', () => {
    for (const headers of [[['Upgrade', 'h2c']], [['X', 'a\r\nb']]] as const) {
      assert.throws(() => responseFields(request, { headers }), LocalProtocolError);
    }
  });
});

describe('RFC 6455 §4.2.2, §4.4: the server refuses', () => {
  it('another version with the versions that it speaks', () => {
    const expected = [
      ['Upgrade', 'websocket'],
      ['Connection', 'Upgrade, close'],
      ['Sec-WebSocket-Version', '13'],
    ];
    assert.deepEqual(refusalFields('request-version'), expected);
    assert.deepEqual(refusalFields('request-upgrade'), expected);
    assert.deepEqual(refusalFields('request-version-missing'), [
      ['Connection', 'close'],
      ['Sec-WebSocket-Version', '13'],
    ]);
  });

  it('another method with the one that it allows', () => {
    assert.deepEqual(refusalFields('request-method-not-get'), [
      ['Allow', 'GET'],
      ['Connection', 'close'],
    ]);
  });

  it('and ends the connection, whatever the violation', () => {
    for (const violation of Object.keys(requestViolations) as RequestViolation[]) {
      const connection = refusalFields(violation).filter(([name]) => name === 'Connection');
      assert.equal(connection.length, 1, violation);
      assert.match(connection[0]![1], /\bclose$/, violation);
    }
  });
});

describe('RFC 6455 §4.1: the client checks the answer', () => {
  it('and takes one with nothing chosen', () => {
    assert.deepEqual(check(), { subprotocol: '', deflate: undefined });
  });

  it('and takes what a server of ours writes', () => {
    const { offer, extension } = offerDeflate({ clientMaxWindowBits: 9 });
    const { agreement, extension: answer } = acceptDeflate([extension])!;
    const fields = responseFields(
      { ...request, extensions: [extension] },
      { subprotocol: 'soap', extensions: [answer] },
    );
    const rules = { key, subprotocols: ['soap'], deflate: offer, maxHeaders: 5 };
    assert.deepEqual(checkResponse({ status: 101, headers: new HeaderFields(fields.flat()) }, rules), {
      subprotocol: 'soap',
      deflate: agreement,
    });
  });

  it('and ignores header fields that it does not know', () => {
    assert.equal(
      typeof check({
        'Sec-WebSocket-Version': ['13', '8'],
        constructor: ['x'],
        ['__proto__']: ['y'],
        'Set-Cookie': ['a', 'b'],
      }),
      'object',
    );
  });
});

describe('RFC 6455 §4.1, response item 1: the status', () => {
  it('is 101, or a matter of HTTP', () => {
    for (const status of [100, 102, 200, 301, 401, 426, 500]) assert.equal(check({}, { status }), 'response-status');
    assert.equal(check({ Upgrade: [] }, { status: 404, maxHeaders: 1 }), 'response-status');
  });
});

describe('RFC 6455 §4.1, response item 2: Upgrade', () => {
  it('is "websocket" in any case', () => {
    for (const value of ['WebSocket', 'WEBSOCKET', ' websocket '])
      assert.equal(typeof check({ Upgrade: [value] }), 'object');
  });

  it('fails the connection when it is missing or anything else', () => {
    for (const values of [
      [],
      [''],
      ['h2c'],
      ['websocket, h2c'],
      ['websockets'],
      ['websocket', 'h2c'],
      ['websoc\u212aet'],
    ]) {
      assert.equal(check({ Upgrade: values }), 'response-upgrade', values.join());
    }
  });
});

describe('RFC 6455 §4.1, response item 3: Connection', () => {
  it('contains "Upgrade" in any case, in any of its lines', () => {
    for (const values of [['upgrade'], ['keep-alive, UPGRADE'], ['keep-alive', 'Upgrade']]) {
      assert.equal(typeof check({ Connection: values }), 'object');
    }
  });

  it('fails the connection when it does not', () => {
    for (const values of [[], [''], ['close'], ['upgraded'], ['"upgrade"']]) {
      assert.equal(check({ Connection: values }), 'response-connection', values.join());
    }
  });
});

describe('RFC 6455 §4.1, response item 4, §11.3.3: Sec-WebSocket-Accept', () => {
  it('is compared "ignoring any leading and trailing whitespace"', () => {
    assert.equal(typeof check({ 'Sec-WebSocket-Accept': [` \t${accept}\t `] }), 'object');
  });

  it('fails the connection when it is missing or answers something else', () => {
    for (const values of [
      [],
      [''],
      [key],
      [accept.toLowerCase()],
      [accept.slice(0, -1)],
      [`${accept}=`],
      [`${accept}, ${accept}`],
    ]) {
      assert.equal(check({ 'Sec-WebSocket-Accept': values }), 'response-accept', values.join());
    }
    assert.equal(check({}, { key: 'AAAAAAAAAAAAAAAAAAAAAA==' }), 'response-accept');
  });

  it('"MUST NOT appear more than once in an HTTP response"', () => {
    assert.equal(check({ 'Sec-WebSocket-Accept': [accept, accept] }), 'response-accept');
  });
});

describe('RFC 6455 §4.1, response item 5, §9.1: Sec-WebSocket-Extensions', () => {
  const deflate = offerDeflate().offer;
  const extensions = (values: readonly string[], offer = true): OpeningResponse | string =>
    check({ 'Sec-WebSocket-Extensions': values }, offer ? { deflate } : {});

  it('may accept what was offered, or not', () => {
    assert.deepEqual(extensions(['permessage-deflate; server_no_context_takeover']), {
      subprotocol: '',
      deflate: {
        serverMaxWindowBits: 15,
        clientMaxWindowBits: 11,
        serverNoContextTakeover: true,
        clientNoContextTakeover: false,
      },
    });
    assert.deepEqual(extensions([]), { subprotocol: '', deflate: undefined });
  });

  it('erratum 3433: may come in several lines', () => {
    assert.equal(typeof extensions(['permessage-deflate', '']), 'object');
    assert.equal(extensions(['permessage-deflate', 'foo']), 'response-extension-not-offered');
  });

  it('fails the connection when it names an extension that was not offered', () => {
    assert.equal(extensions(['permessage-deflate'], false), 'response-extension-not-offered');
    for (const value of [
      'foo',
      'constructor',
      'Permessage-Deflate',
      'permessage-deflate, foo',
      'foo, permessage-deflate',
    ]) {
      assert.equal(extensions([value]), 'response-extension-not-offered', value);
    }
  });

  it('fails the connection when it breaks its grammar, whether or not anything was offered', () => {
    for (const value of ['', 'permessage-deflate;', 'permessage-deflate; a="b c"', '=', 'a b']) {
      assert.equal(extensions([value]), 'response-extensions', value);
      assert.equal(extensions([value], false), 'response-extensions', value);
    }
  });

  it('RFC 7692 §6: fails the connection when two extensions claim RSV1', () => {
    assert.equal(extensions(['permessage-deflate, permessage-deflate']), 'response-deflate-repeated');
    assert.equal(extensions(['permessage-deflate', 'permessage-deflate']), 'response-deflate-repeated');
  });

  it('RFC 7692 §7.1: fails the connection when the parameters are not acceptable', () => {
    for (const parameters of [
      'foo',
      'client_max_window_bits',
      'server_max_window_bits=16',
      'server_no_context_takeover=1',
    ]) {
      assert.equal(extensions([`permessage-deflate; ${parameters}`]), 'response-deflate-parameters', parameters);
    }
  });
});

describe('RFC 6455 §4.1, response item 6, §11.3.4: Sec-WebSocket-Protocol', () => {
  it('is one of those that were offered', () => {
    assert.deepEqual(check({ 'Sec-WebSocket-Protocol': [' wamp '] }), { subprotocol: 'wamp', deflate: undefined });
  });

  it('fails the connection when it was not offered', () => {
    for (const value of ['chat', 'WAMP', '', 'constructor', '__proto__', 'wamp,', 'a b', '"wamp"']) {
      assert.equal(check({ 'Sec-WebSocket-Protocol': [value] }), 'response-subprotocol-not-offered', value);
    }
    assert.equal(
      check({ 'Sec-WebSocket-Protocol': ['wamp'] }, { subprotocols: [] }),
      'response-subprotocol-not-offered',
    );
  });

  it('"MUST NOT appear more than once in an HTTP response"', () => {
    assert.equal(check({ 'Sec-WebSocket-Protocol': ['soap', 'wamp'] }), 'response-subprotocol-repeated');
    assert.equal(check({ 'Sec-WebSocket-Protocol': ['wamp', 'wamp'] }), 'response-subprotocol-repeated');
    assert.equal(check({ 'Sec-WebSocket-Protocol': ['soap, wamp'] }), 'response-subprotocol-repeated');
    assert.equal(check({ 'Sec-WebSocket-Protocol': ['soap', ''] }), 'response-subprotocol-repeated');
    assert.equal(check({ 'Sec-WebSocket-Protocol': ['soap', 'a b'] }), 'response-subprotocol-repeated');
  });
});

describe('RFC 6455 §10.4: the number of header fields', () => {
  it('is limited', () => {
    assert.equal(typeof check({}, { maxHeaders: 3 }), 'object');
    assert.equal(check({}, { maxHeaders: 2 }), 'response-too-many-headers');
  });
});
