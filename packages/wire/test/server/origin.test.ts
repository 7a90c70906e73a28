/** RFC 6455 §10.2: whose pages may connect. */
import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { describe, test } from 'node:test';
import { type OriginPolicy, originCheck } from '../../src/server/origin.ts';
import { UpgradeRequest } from '../../src/server/upgrade-request.ts';

function requestTo(host: string | undefined, encrypted = false): UpgradeRequest {
  const raw = {
    url: '/chat',
    headers: host === undefined ? {} : { host },
    rawHeaders: host === undefined ? [] : ['Host', host],
    socket: { encrypted },
  } as unknown as IncomingMessage;
  const opening = { key: '', subprotocols: [], extensions: [], origin: undefined };
  return new UpgradeRequest(raw, opening, {}, () => new AbortController().signal);
}

const allows = (policy: OriginPolicy | undefined, origin: string | undefined, request = requestTo('example.com')) =>
  originCheck(policy)(origin, request);

describe('same-origin, the default', () => {
  const rows: [host: string | undefined, origin: string, expected: boolean, secure?: boolean][] = [
    ['example.com', 'http://example.com', true],
    ['example.com', 'https://example.com', true], // a proxy may have ended TLS before us
    ['example.com', 'https://example.com', true, true],
    ['example.com', 'http://example.com', false, true], // over TLS, plain pages are anybody's
    ['example.com:80', 'http://example.com', true],
    ['example.com', 'http://example.com:80', true],
    ['example.com:443', 'https://example.com', true],
    ['example.com', 'https://example.com:443', true],
    ['example.com:443', 'http://example.com', false],
    ['example.com:80', 'https://example.com', false],
    ['example.com:8080', 'http://example.com:8080', true],
    ['example.com:8080', 'http://example.com', false],
    ['example.com', 'http://example.com:8080', false],
    ['EXAMPLE.com', 'http://example.COM', true],
    ['xn--bcher-kva.example', 'http://bücher.example', true],
    ['xn--bcher-kva.example', 'http://xn--bcher-kva.example', true],
    ['example.com.', 'http://example.com', false],
    ['example.com', 'http://example.com.', false],
    ['example.com.', 'http://example.com.', true],
    ['127.0.0.1:8080', 'http://127.0.0.1:8080', true],
    ['127.0.0.1', 'http://127.0.0.2', false],
    ['127.0.0.1', 'http://localhost', false],
    ['[::1]:8080', 'http://[::1]:8080', true],
    ['[0:0::1]', 'http://[::1]', true],
    ['example.com', 'http://www.example.com', false],
    ['example.com', 'http://example.com.evil.example', false],
    ['example.com', 'http://evil.example/example.com', false],
    ['example.com', 'http://evil.example?example.com', false],
    ['example.com', 'http://evil.example#example.com', false],
    ['example.com', 'http://evil.example\\example.com', false],
    ['example.com', 'http://example.com@evil.example', false],
    ['example.com', 'http://user@example.com', false],
    ['example.com', 'http://example.com/', false],
    ['example.com', 'http://example.com/page', false],
    ['example.com', 'http://example.com?', false],
    ['example.com', 'null', false],
    ['example.com', '', false],
    ['example.com', 'example.com', false],
    ['example.com', 'file://example.com', false],
    ['example.com', 'ws://example.com', false],
    ['example.com', 'ftp://example.com', false],
    ['null', 'null', false],
    [undefined, 'http://example.com', false],
    ['', 'http://example.com', false],
  ];
  for (const [host, origin, expected, secure = false] of rows) {
    test(`${expected ? 'lets in' : 'refuses'} ${origin || 'an empty origin'} at ${host}${secure ? ' over TLS' : ''}`, () => {
      assert.equal(allows(undefined, origin, requestTo(host, secure)), expected);
      assert.equal(allows('same-origin', origin, requestTo(host, secure)), expected);
    });
  }
});

test('clients without an Origin pass each policy: only browsers send one', () => {
  const never = () => assert.fail('a function is asked only where there is an Origin');
  const policies: (OriginPolicy | undefined)[] = [undefined, 'same-origin', 'any', [], ['https://example.com'], never];
  for (const policy of policies) assert.equal(allows(policy, undefined), true);
  assert.equal(allows(undefined, undefined, requestTo(undefined)), true);
});

test('any lets everybody in, opaque origins too', () => {
  for (const origin of ['https://evil.example', 'null', '', 'anything']) assert.equal(allows('any', origin), true);
});

describe('a list', () => {
  const rows: [allowed: string, origin: string, expected: boolean][] = [
    ['https://example.com', 'https://example.com', true],
    ['https://example.com', 'https://example.com:443', true],
    ['https://example.com:443', 'https://example.com', true],
    ['HTTPS://Example.COM', 'https://example.com', true],
    ['https://bücher.example', 'https://xn--bcher-kva.example', true],
    ['https://example.com', 'http://example.com', false],
    ['https://example.com', 'https://example.com:8443', false],
    ['https://example.com', 'https://www.example.com', false],
    ['https://example.com', 'https://example.com.', false],
    ['https://example.com', 'https://example.com.evil.example', false],
    ['https://example.com', 'null', false],
    ['https://*.example.com', 'https://www.example.com', true],
    ['https://*.example.com', 'https://a.b.example.com', true],
    ['https://*.example.com', 'https://WWW.example.com', true],
    ['https://*.example.com', 'https://example.com', false],
    ['https://*.example.com', 'https://any-example.com', false],
    ['https://*.example.com', 'https://evilexample.com', false],
    ['https://*.example.com', 'https://www.example.com.evil.example', false],
    ['https://*.example.com', 'https://www.example.com.', false],
    ['https://*.example.com', 'http://www.example.com', false],
    ['https://*.example.com', 'https://www.example.com:8443', false],
    ['https://*.example.com:8443', 'https://www.example.com:8443', true],
    ['https://*.example.com:8443', 'https://www.example.com', false],
    ['https://*.bücher.example', 'https://www.xn--bcher-kva.example', true],
    ['https://*.example.com', 'https://user@www.example.com', false],
    ['https://*.example.com', 'https://www.example.com/', false],
    ['https://*.example.com', 'null', false],
    ['chrome-extension://abcdef', 'chrome-extension://abcdef', true],
    ['chrome-extension://abcdef', 'chrome-extension://abcdefg', false],
    ['capacitor://localhost', 'capacitor://localhost', true],
    ['capacitor://localhost', 'http://localhost', false],
    ['https://*.example.com', 'https://evil.example#.example.com', false],
  ];
  for (const [allowed, origin, expected] of rows) {
    test(`with ${allowed} ${expected ? 'lets in' : 'refuses'} ${origin}`, () => {
      assert.equal(allows([allowed], origin), expected);
      assert.equal(allows(['http://other.example', allowed], origin), expected);
    });
  }

  test('that is empty lets no page in, and does not look at the Host', () => {
    assert.equal(allows([], 'http://example.com'), false);
    assert.equal(allows(['http://other.example'], 'http://example.com'), false);
    assert.equal(allows(['http://other.example'], 'http://other.example', requestTo(undefined)), true);
  });

  test('with something that is not an origin is refused at once', () => {
    const wrong = [
      '*',
      'null',
      '',
      'example.com',
      'https://example.com/',
      'https://example.com/chat',
      'wss://example.com',
    ];
    wrong.push('https://user@example.com', 'https://example.com?', '*.example.com', 'https://', 'file:///page');
    wrong.push(
      'https://*',
      'https://*example.com',
      'https://www.*.com',
      'https://*.*.com',
      'https://*.',
      'https://*.a b',
    );
    wrong.push('https://*.example.com/', 'https://example.com:*');
    for (const origin of wrong) assert.throws(() => originCheck([origin]), TypeError, origin);
  });
});

describe('a function', () => {
  test('is asked with the origin as it came, and may take its time', async () => {
    const request = requestTo('example.com');
    const asked: unknown[] = [];
    const policy = async (...question: unknown[]) => {
      asked.push(question);
      return question[0] === 'null';
    };
    assert.equal(await allows(policy, 'null', request), true);
    assert.equal(await allows(policy, 'https://example.com', request), false);
    assert.deepEqual(asked, [
      ['null', request],
      ['https://example.com', request],
    ]);
  });
});

test('what is no policy is refused at once', () => {
  for (const policy of ['https://example.com', '*', true, 42, {}, null]) {
    assert.throws(() => originCheck(policy as unknown as OriginPolicy), /'same-origin', 'any', a list or a function/);
  }
});
