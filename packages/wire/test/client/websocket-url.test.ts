import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseWebSocketUrl } from '../../src/client/websocket-url.ts';

describe('RFC 6455 §3: the URL of a WebSocket', () => {
  test('http and https become ws and wss, with their ports', () => {
    const cases = [
      ['ws://h/', 'ws://h/'],
      ['http://h:8080/p?q', 'ws://h:8080/p?q'],
      ['https://h/', 'wss://h/'],
      ['http://h:443/', 'ws://h:443/'],
      ['https://h:80/', 'wss://h:80/'],
    ] as const;
    for (const [url, expected] of cases) assert.equal(parseWebSocketUrl(url).href, expected);
  });

  test('a relative URL is resolved against its base', () => {
    assert.equal(parseWebSocketUrl('/chat', 'https://example.com/a/b').href, 'wss://example.com/chat');
    assert.equal(parseWebSocketUrl('//other/chat', 'http://example.com/').href, 'ws://other/chat');
  });

  test('another scheme, a fragment (an empty one too) and what is no URL are refused', () => {
    for (const url of ['ftp://h/', 'ws://h/#a', 'ws://h/#', '/chat', '', 'ws://', 'file:///x', 'javascript:0']) {
      assert.throws(() => parseWebSocketUrl(url), SyntaxError, url);
    }
  });

  test('the URL that was handed in is left as it was', () => {
    const url = new URL('http://h/');
    parseWebSocketUrl(url);
    assert.equal(url.protocol, 'http:');
  });
});
