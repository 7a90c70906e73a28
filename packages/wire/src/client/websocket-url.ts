/** The URL of a WebSocket: RFC 6455 §3, with the liberty that the WHATWG standard takes (`http:` and `https:`). */

/**
 * Parses a URL; `http:` and `https:` become `ws:` and `wss:`.
 * @throws SyntaxError on what is not the URL of a WebSocket
 */
export function parseWebSocketUrl(url: string | URL, base?: string | URL): URL {
  let parsed: URL;
  try {
    parsed = new URL(url, base);
  } catch (cause) {
    throw new SyntaxError(`${JSON.stringify(String(url))} is not a URL`, { cause });
  }
  const scheme = parsed.protocol;
  if (scheme === 'http:') parsed.protocol = 'ws:';
  else if (scheme === 'https:') parsed.protocol = 'wss:';
  else if (scheme !== 'ws:' && scheme !== 'wss:') {
    throw new SyntaxError(`The URL of a WebSocket starts with ws:, wss:, http: or https:, not ${scheme}`);
  }
  // RFC 6455 §3: "Fragment identifiers are meaningless in the context of WebSocket URIs and MUST NOT be used on these URIs."
  // An empty one is one as well, and shows in the text alone.
  if (parsed.href.includes('#')) throw new SyntaxError('The URL of a WebSocket has no fragment (RFC 6455 §3)');
  return parsed;
}
