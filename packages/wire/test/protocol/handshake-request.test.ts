import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { LocalProtocolError } from '../../src/protocol/errors.ts';
import {
  checkRequest,
  type OpeningRequest,
  type RequestOffer,
  requestFields,
} from '../../src/protocol/handshake-request.ts';
import { HeaderFields } from '../../src/protocol/header-fields.ts';

const key = 'dGhlIHNhbXBsZSBub25jZQ==';
const sample: readonly (readonly [string, string])[] = [
  ['Host', 'server.example.com'],
  ['Upgrade', 'websocket'],
  ['Connection', 'Upgrade'],
  ['Sec-WebSocket-Key', key],
  ['Sec-WebSocket-Version', '13'],
];

interface Changes {
  method?: string;
  target?: string;
  httpVersion?: string;
  /** Field lines by name: these values in place of the sample's; none takes it away. */
  set?: Record<string, readonly string[]>;
  insecureAllowMissingHost?: boolean;
  maxHeaders?: number;
}

/** Checks the sample request with some changes. */
function check(changes: Changes = {}): OpeningRequest | string {
  const {
    method = 'GET',
    target = '/chat',
    httpVersion = '1.1',
    set = {},
    insecureAllowMissingHost,
    maxHeaders = 100,
  } = changes;
  const kept = sample.filter(([name]) => !Object.hasOwn(set, name));
  const added = Object.entries(set).flatMap(([name, values]) => values.map((value) => [name, value] as const));
  const headers = new HeaderFields([...kept, ...added].flat());
  return checkRequest({ method, target, httpVersion, headers }, { maxHeaders, insecureAllowMissingHost });
}

function accepted(changes: Changes = {}): OpeningRequest {
  const result = check(changes);
  if (typeof result === 'string') assert.fail(`refused: ${result}`);
  return result;
}

describe('RFC 6455 §4.2.1: the server reads the opening handshake', () => {
  it('takes the sample of §1.2', () => {
    const result = accepted({ set: { Origin: ['http://example.com'], 'Sec-WebSocket-Protocol': ['chat, superchat'] } });
    assert.deepEqual(result, {
      key,
      subprotocols: ['chat', 'superchat'],
      extensions: [],
      origin: 'http://example.com',
    });
  });

  it('takes a request without the fields that are optional', () => {
    assert.deepEqual(accepted(), { key, subprotocols: [], extensions: [], origin: undefined });
  });

  it('ignores header fields that it does not know', () => {
    accepted({
      set: { 'Sec-WebSocket-Nonsense': ['a"b'], constructor: ['x'], ['__proto__']: ['y'], Cookie: ['a=1', 'b=2'] },
    });
  });
});

describe('RFC 6455 §4.2.1 item 1: GET, HTTP/1.1 or higher, a Request-URI', () => {
  it('refuses other methods', () => {
    for (const method of ['POST', 'HEAD', 'OPTIONS', 'CONNECT', 'get', 'Get', '']) {
      assert.equal(check({ method }), 'request-method-not-get', method);
    }
  });

  it('refuses lower versions of HTTP, and what is none', () => {
    for (const httpVersion of ['1.0', '0.9', '1', '', '1.10', '11.1', '1.1 ', 'x']) {
      assert.equal(check({ httpVersion }), 'request-http-version', httpVersion);
    }
    for (const httpVersion of ['1.2', '2.0', '3.0']) accepted({ httpVersion });
  });

  it('takes a resource name or an absolute http(s) URI', () => {
    const targets = [
      '/',
      '/chat?a=b&c=%20',
      '//double//slash',
      '/|"<>^`{}',
      'http://server.example.com/chat',
      'HTTPS://a:8080?x',
    ];
    for (const target of targets) accepted({ target });
  });

  it('refuses any other target', () => {
    const targets = [
      '',
      '*',
      'chat',
      '?a',
      '/a#b',
      '/a b',
      '/\u00e9',
      '/\0',
      '/a\r\n',
      'server.example.com:80',
      'ws://a/b',
      'ftp://a/b',
      'http:/a',
      'http://',
      'http:///a',
      'http://?a',
      'http://a:99999/',
      'http://256.256.256.256/',
    ];
    for (const target of targets) assert.equal(check({ target }), 'request-target', JSON.stringify(target));
  });
});

describe('RFC 6455 §4.2.1 item 2: Host', () => {
  it('is required', () => {
    assert.equal(check({ set: { Host: [] } }), 'request-host');
  });

  it('is required once, even when it is the same twice', () => {
    assert.equal(check({ set: { Host: ['a', 'a'] } }), 'request-host');
  });

  it('may be missing by a rule that says that this is insecure, but then too not be there twice, or wrong', () => {
    const insecureAllowMissingHost = true;
    accepted({ set: { Host: [] }, insecureAllowMissingHost });
    accepted({ insecureAllowMissingHost });
    assert.equal(check({ set: { Host: ['a', 'b'] }, insecureAllowMissingHost }), 'request-host');
    assert.equal(check({ set: { Host: ['a/b'] }, insecureAllowMissingHost }), 'request-host');
    assert.equal(check({ set: { Host: [] }, insecureAllowMissingHost: false }), 'request-host');
  });

  it('names a host and perhaps a port', () => {
    for (const host of [
      'a',
      'a:8080',
      'a:',
      'a_b.c-d~e',
      '127.0.0.1:1',
      '[::1]',
      '[::ffff:1.2.3.4]:80',
      'xn--bcher-kva.example',
    ]) {
      accepted({ set: { Host: [host] } });
    }
  });

  it('is refused when it is no host, or none that can be', () => {
    const hosts = [
      '',
      'a b',
      'a/b',
      'a?b',
      'a#b',
      'user@a',
      'a:b',
      'a:80:80',
      'a:99999',
      '256.256.256.256',
      '[::1',
      '::1',
      '[::g]',
      '%zz',
      'http://a',
      'a\\b',
      '\u00e9',
      'a\0',
      '[]',
    ];
    for (const host of hosts) assert.equal(check({ set: { Host: [host] } }), 'request-host', JSON.stringify(host));
  });

  it('makes, with the target, a URL that parses and stays on that host', () => {
    const visible = fc.string({ unit: fc.integer({ min: 0x21, max: 0x7f }).map((code) => String.fromCharCode(code)) });
    const piece = fc.oneof(visible, fc.constantFrom('//evil.example', '/..', ':', '[', '%', '\\', '?', '@'));
    const text = fc.array(piece, { maxLength: 5 }).map((pieces) => pieces.join(''));
    const hosts = fc.oneof(text, fc.constantFrom('a', '[::1]:8'));
    const targets = fc.tuple(fc.constantFrom('/', '', 'http://a'), text).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(hosts, targets, (host, target) => {
        if (typeof check({ target, set: { Host: [host] } }) === 'string') return;
        if (target.startsWith('/'))
          assert.equal(new URL(`http://${host}${target}`).host, new URL(`http://${host}`).host);
        else assert.ok(URL.canParse(target));
      }),
      { numRuns: 300 },
    );
  });
});

describe('RFC 6455 §4.2.1 item 3: Upgrade', () => {
  it('contains "websocket" in any case, in any of its lines', () => {
    for (const values of [['WebSocket'], ['h2c, WEBSOCKET'], ['TLS/1.0', 'websocket'], [', websocket ,']]) {
      accepted({ set: { Upgrade: values } });
    }
  });

  it('is refused when it does not', () => {
    for (const values of [[], [''], ['websockets'], ['web socket'], ['h2c'], ['websocket/13'], ['web', 'socket']]) {
      assert.equal(check({ set: { Upgrade: values } }), 'request-upgrade', values.join());
    }
  });
});

describe('RFC 6455 §4.2.1 item 4: Connection', () => {
  it('includes the token "Upgrade" in any case, in any of its lines', () => {
    for (const values of [['upgrade'], ['keep-alive, UPGRADE'], ['keep-alive', 'Upgrade']])
      accepted({ set: { Connection: values } });
  });

  it('is refused when it does not', () => {
    for (const values of [[], [''], ['keep-alive'], ['Upgraded'], ['keep-alive Upgrade']]) {
      assert.equal(check({ set: { Connection: values } }), 'request-connection', values.join());
    }
  });
});

describe('RFC 6455 §4.2.1 item 5, §11.3.1: Sec-WebSocket-Key', () => {
  it('may have white space around it', () => {
    assert.equal(accepted({ set: { 'Sec-WebSocket-Key': [` \t${key} `] } }).key, key);
  });

  it('is refused when it is missing, or not 16 bytes in base64', () => {
    for (const values of [
      [],
      [''],
      ['c2hvcnQ='],
      [key.slice(0, 22)],
      [`${key}, ${key}`],
      ['dGhlIHNhbXBsZSBub25jZSBsb25n'],
    ]) {
      assert.equal(check({ set: { 'Sec-WebSocket-Key': values } }), 'request-key', values.join());
    }
  });

  it('"MUST NOT appear more than once in an HTTP request"', () => {
    assert.equal(check({ set: { 'Sec-WebSocket-Key': [key, key] } }), 'request-key');
  });
});

describe('RFC 6455 §4.2.1 item 6, §4.4, §11.3.5: Sec-WebSocket-Version', () => {
  it('is refused when it is missing, or there more than once', () => {
    assert.equal(check({ set: { 'Sec-WebSocket-Version': [] } }), 'request-version-missing');
    assert.equal(check({ set: { 'Sec-WebSocket-Version': ['13', '13'] } }), 'request-version-missing');
    assert.equal(check({ set: { 'Sec-WebSocket-Version': ['8', '13'] } }), 'request-version-missing');
  });

  it('is refused when it is not 13', () => {
    for (const version of ['8', '0', '12', '14', '25', '130', '013', '13.0', '+13', '13, 8', '0xd', '', 'x']) {
      assert.equal(check({ set: { 'Sec-WebSocket-Version': [version] } }), 'request-version', version);
    }
  });
});

describe('RFC 6455 §4.2.1 item 7: Origin', () => {
  it('is handed on as it stands', () => {
    assert.equal(accepted({ set: { Origin: ['null'] } }).origin, 'null');
    assert.equal(accepted({ set: { Origin: [''] } }).origin, '');
  });

  it('RFC 6454 §7.3: is refused twice, so that it can not pass for none', () => {
    assert.equal(check({ set: { Origin: ['http://a', 'http://b'] } }), 'request-origin');
    assert.equal(check({ set: { Origin: ['http://a', 'http://a'] } }), 'request-origin');
  });
});

describe('RFC 6455 §4.2.1 item 8, §11.3.4: Sec-WebSocket-Protocol', () => {
  const offered = (...values: string[]): readonly string[] | string => {
    const result = check({ set: { 'Sec-WebSocket-Protocol': values } });
    return typeof result === 'string' ? result : result.subprotocols;
  };

  it('keeps the order of preference, over several lines', () => {
    assert.deepEqual(offered('soap, wamp'), ['soap', 'wamp']);
    assert.deepEqual(offered('b', 'a,c'), ['b', 'a', 'c']);
  });

  it('has names that are tokens; those of prototypes are too', () => {
    assert.deepEqual(offered('constructor,__proto__, toString'), ['constructor', '__proto__', 'toString']);
    for (const value of ['', ',', 'a b', 'a/b', 'a;b', '"a"', '{a}', '\u00e9'])
      assert.equal(offered(value), 'request-subprotocols', value);
  });

  it('§4.1: names that "MUST all be unique strings", whose case counts', () => {
    assert.equal(offered('a, b, a'), 'request-subprotocols');
    assert.equal(offered('a', 'a'), 'request-subprotocols');
    assert.deepEqual(offered('chat, Chat'), ['chat', 'Chat']);
  });
});

describe('RFC 6455 §4.2.1 item 9, §9.1: Sec-WebSocket-Extensions', () => {
  it('is handed on, unknown extensions too', () => {
    const values = ['foo', 'permessage-deflate; client_max_window_bits, permessage-deflate'];
    assert.deepEqual(accepted({ set: { 'Sec-WebSocket-Extensions': values } }).extensions, [
      { name: 'foo', parameters: [] },
      { name: 'permessage-deflate', parameters: [['client_max_window_bits', true]] },
      { name: 'permessage-deflate', parameters: [] },
    ]);
  });

  it('is refused when it breaks its grammar', () => {
    for (const value of ['', 'a;', 'a;b=', 'a;b="c d"', 'a b', '=']) {
      assert.equal(check({ set: { 'Sec-WebSocket-Extensions': [value] } }), 'request-extensions', value);
    }
    assert.equal(check({ set: { 'Sec-WebSocket-Extensions': ['a', ';b'] } }), 'request-extensions');
  });
});

describe('RFC 6455 §4.2.1: no body', () => {
  it('refuses a request that announces one', () => {
    for (const value of ['1', '10', '0, 1', '', '-0', '0x0', 'x']) {
      assert.equal(check({ set: { 'Content-Length': [value] } }), 'request-body', value);
    }
    assert.equal(check({ set: { 'Content-Length': ['0', '5'] } }), 'request-body');
    for (const value of ['chunked', 'identity', ''])
      assert.equal(check({ set: { 'transfer-encoding': [value] } }), 'request-body');
  });

  it('takes a length of zero', () => {
    accepted({ set: { 'content-length': ['0'] } });
  });
});

describe('RFC 6455 §10.4: the number of header fields', () => {
  it('is limited', () => {
    accepted({ maxHeaders: 5 });
    assert.equal(check({ maxHeaders: 4 }), 'request-too-many-headers');
    assert.equal(check({ set: { X: Array(96).fill('') } }), 'request-too-many-headers');
  });
});

describe('RFC 6455 §4.2.1: of several things that are wrong, the most useful is told', () => {
  const none = { Upgrade: [], Connection: [], 'Sec-WebSocket-Key': [], 'Sec-WebSocket-Version': [] };
  const cases: [says: string, changes: Changes, violation: string][] = [
    ['a plain GET needs an upgrade', { set: none }, 'request-upgrade'],
    [
      'a plain POST needs another method',
      { method: 'POST', set: { ...none, 'Content-Length': ['3'] } },
      'request-method-not-get',
    ],
    ['a proxy that drops Upgrade but not Connection', { set: { Upgrade: [] } }, 'request-upgrade'],
    [
      'a client of an early draft hears of versions',
      { set: { 'Sec-WebSocket-Version': [], 'Sec-WebSocket-Key': [] } },
      'request-version-missing',
    ],
    [
      'a client of another version hears of versions',
      { set: { 'Sec-WebSocket-Version': ['8'], 'Sec-WebSocket-Key': ['?'] } },
      'request-version',
    ],
    ['Host comes before the upgrade', { set: { ...none, Host: [] } }, 'request-host'],
    ['HTTP/1.0 comes before Host', { httpVersion: '1.0', set: { Host: [] } }, 'request-http-version'],
    [
      'the key comes before what is optional',
      { set: { 'Sec-WebSocket-Key': [], 'Sec-WebSocket-Protocol': [''] } },
      'request-key',
    ],
  ];
  for (const [says, changes, violation] of cases) {
    it(says, () => {
      assert.equal(check(changes), violation);
    });
  }
});

describe('RFC 6455 §4.1: the client writes the opening handshake', () => {
  const offer: RequestOffer = { host: 'server.example.com', key };

  it('writes what is required', () => {
    assert.deepEqual(requestFields(offer), sample);
  });

  it('writes what is asked for, the own header fields last', () => {
    const fields = requestFields({
      ...offer,
      origin: 'http://example.com',
      subprotocols: ['chat', 'superchat'],
      extensions: [{ name: 'permessage-deflate', parameters: [['client_max_window_bits', true]] }],
      headers: [['Cookie', 'a=1']],
    });
    assert.deepEqual(fields.slice(sample.length), [
      ['Origin', 'http://example.com'],
      ['Sec-WebSocket-Protocol', 'chat, superchat'],
      ['Sec-WebSocket-Extensions', 'permessage-deflate; client_max_window_bits'],
      ['Cookie', 'a=1'],
    ]);
  });

  it('writes what the server reads back', () => {
    const extensions = [
      {
        name: 'a',
        parameters: [
          ['b', 'c'],
          ['d', true],
        ] as const,
      },
      { name: 'a', parameters: [] },
    ];
    const fields = requestFields({ ...offer, origin: 'null', subprotocols: ['x', 'y'], extensions });
    const headers = new HeaderFields(fields.flat());
    const read = checkRequest({ method: 'GET', target: '/', httpVersion: '1.1', headers }, { maxHeaders: 8 });
    assert.deepEqual(read, { key, origin: 'null', subprotocols: ['x', 'y'], extensions });
  });

  it('refuses a host that is none', () => {
    for (const host of ['', 'a b', 'a/b', 'a\r\nX: y', 'user@a', 'a:99999']) {
      assert.throws(() => requestFields({ ...offer, host }), LocalProtocolError, host);
    }
  });

  it('refuses a key that is not 16 bytes', () => {
    assert.throws(() => requestFields({ ...offer, key: 'c2hvcnQ=' }), LocalProtocolError);
  });

  it('refuses subprotocols that are not tokens, or named twice', () => {
    for (const subprotocols of [[''], ['a b'], ['a,b'], ['a\r\n'], ['\u00e9'], ['a', 'b', 'a']]) {
      assert.throws(() => requestFields({ ...offer, subprotocols }), LocalProtocolError, subprotocols.join());
    }
    assert.deepEqual(requestFields({ ...offer, subprotocols: ['a', 'A'] }).at(-1), ['Sec-WebSocket-Protocol', 'a, A']);
  });

  it('refuses extensions that are not tokens', () => {
    assert.throws(() => requestFields({ ...offer, extensions: [{ name: 'a b', parameters: [] }] }), LocalProtocolError);
  });

  it('takes one Origin, as an option or among the header fields, and not one that breaks the line', () => {
    assert.deepEqual(requestFields({ ...offer, headers: [['origin', 'http://a']] }).at(-1), ['origin', 'http://a']);
    assert.throws(
      () => requestFields({ ...offer, origin: 'http://a', headers: [['ORIGIN', 'http://b']] }),
      LocalProtocolError,
    );
    assert.throws(
      () =>
        requestFields({
          ...offer,
          headers: [
            ['Origin', 'http://a'],
            ['origin', 'http://b'],
          ],
        }),
      LocalProtocolError,
    );
    assert.throws(() => requestFields({ ...offer, origin: 'a\r\nb' }), LocalProtocolError);
  });

  it('refuses header fields that belong to the handshake', () => {
    assert.throws(() => requestFields({ ...offer, headers: [['Sec-WebSocket-Protocol', 'a']] }), LocalProtocolError);
  });
});
