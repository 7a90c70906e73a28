/**
 * The client's opening handshake, RFC 6455 §4.1 and §4.2.1: written by the client, checked by the server.
 *
 * Rule of this file: the first thing that is wrong is the answer, and the order is that of use to whoever reads it. Someone
 * who did not mean to speak WebSocket at all learns that (405, 426) before he learns what is missing from a handshake that
 * he never began; and a client of another version learns the version before the rules of ours.
 */
import { LocalProtocolError } from './errors.ts';
import { applicationFields, checkedFieldValue, type HeaderField, isKey, protocolVersion } from './handshake.ts';
import {
  asciiLowerCase,
  type Extension,
  type HeaderFields,
  isToken,
  listHasToken,
  parseExtensions,
  parseTokenList,
  serializeExtensions,
} from './header-fields.ts';
import type { RequestViolation } from './violations.ts';

/** A request as its HTTP parser left it. */
export interface RequestHead {
  readonly method: string;
  readonly target: string;
  /** For example `1.1`. */
  readonly httpVersion: string;
  readonly headers: HeaderFields;
}

/** What an opening handshake asks for. */
export interface OpeningRequest {
  readonly key: string;
  /** In the client's order of preference, each once; empty when it asked for none. */
  readonly subprotocols: readonly string[];
  /** In the client's order of preference; some may be unknown to us, or the same with other parameters. */
  readonly extensions: readonly Extension[];
  /** Browsers always send one, at times `null` as a string; `undefined` when there was no such header field. */
  readonly origin: string | undefined;
}

export interface RequestRules {
  /** Header fields, each line counted. */
  readonly maxHeaders: number;
  /** Lets in requests without `Host`, against RFC 6455 §4.2.1. @default false */
  readonly insecureAllowMissingHost?: boolean;
}

/**
 * Checks an opening handshake as a server; a string is the violation that it shows. When it passes, `http://`, `Host` and an
 * origin-form target, put together, are a URL that parses, and so is an absolute-form target alone.
 */
export function checkRequest(head: RequestHead, rules: RequestRules): OpeningRequest | RequestViolation {
  const { headers } = head;
  const violation = checkHttp(head, rules) ?? checkUpgrade(headers);
  if (violation !== undefined) return violation;
  // RFC 6455 §11.3.4: "The |Sec-WebSocket-Protocol| header field MAY appear multiple times in an HTTP request".
  const subprotocols = parseTokenList(headers.all('Sec-WebSocket-Protocol'));
  // RFC 6455 §4.1: "… and MUST all be unique strings."
  if (subprotocols === undefined || !areUnique(subprotocols)) return 'request-subprotocols';
  // RFC 6455 §9.1: "If a value is received by either the client or the server during negotiation that does not conform to
  // the ABNF below, the recipient of such malformed data MUST immediately _Fail the WebSocket Connection_."
  const extensions = parseExtensions(headers.all('Sec-WebSocket-Extensions'));
  if (extensions === undefined) return 'request-extensions';
  return { key: headers.one('Sec-WebSocket-Key')!, subprotocols, extensions, origin: headers.one('Origin') };
}

/** What HTTP alone asks of the request, RFC 6455 §4.2.1 items 1 and 2. */
function checkHttp(
  { method, target, httpVersion, headers }: RequestHead,
  rules: RequestRules,
): RequestViolation | undefined {
  if (headers.count > rules.maxHeaders) return 'request-too-many-headers';
  if (method !== 'GET') return 'request-method-not-get';
  // "An HTTP/1.1 or higher GET request"
  if (!/^(?:1\.[1-9]|[2-9]\.\d)$/.test(httpVersion)) return 'request-http-version';
  if (!isTarget(target)) return 'request-target';
  const hosts = headers.all('Host');
  if (hosts.length === 0 && rules.insecureAllowMissingHost === true) return undefined;
  // RFC 9112 §3.2: 400 to a request "that contains more than one Host header field line or a Host header field with an
  // invalid field value".
  return hosts.length === 1 && isHost(hosts[0]!) ? undefined : 'request-host';
}

/** What makes the request an opening handshake, RFC 6455 §4.2.1 items 3 to 7. */
function checkUpgrade(headers: HeaderFields): RequestViolation | undefined {
  if (!listHasToken(headers.all('Upgrade'), 'websocket')) return 'request-upgrade';
  if (!listHasToken(headers.all('Connection'), 'upgrade')) return 'request-connection';
  if (announcesBody(headers)) return 'request-body';
  // RFC 6455 §11.3.5: "The |Sec-WebSocket-Version| header field MUST NOT appear more than once in an HTTP request."
  const version = headers.one('Sec-WebSocket-Version');
  if (version === undefined) return 'request-version-missing';
  // RFC 6455 §4.4: a server that does not speak the version "MUST respond with a |Sec-WebSocket-Version| header field (or
  // multiple |Sec-WebSocket-Version| header fields) containing all versions it is willing to use."
  if (version !== `${protocolVersion}`) return 'request-version';
  // RFC 6455 §11.3.1: "The |Sec-WebSocket-Key| header field MUST NOT appear more than once in an HTTP request."
  const key = headers.one('Sec-WebSocket-Key');
  if (key === undefined || !isKey(key)) return 'request-key';
  // Two of them would else look like none, and "none" is what lets clients that are not browsers in.
  if (headers.all('Origin').length > 1) return 'request-origin';
  return undefined;
}

/** What follows the head of the request are frames. A body would be read as frames by one and as a body by another. */
function announcesBody(headers: HeaderFields): boolean {
  return headers.has('Transfer-Encoding') || headers.all('Content-Length').some((length) => !/^0+$/.test(length));
}

/** RFC 6455 §4.2.1: a resource name (§3: no fragment), "or an absolute HTTP/HTTPS URI containing the /resource name/". */
function isTarget(target: string): boolean {
  if (!/^[\x21\x22\x24-\x7e]+$/.test(target)) return false;
  return target.startsWith('/') || (/^https?:\/\/[^/?]/i.test(target) && URL.canParse(target));
}

/** RFC 9110 §7.2: `uri-host [ ":" port ]`, and one that can be looked up: no port 65536, no 256.256.256.256. */
function isHost(host: string): boolean {
  if (host === latestHost) return true;
  const grammar = /^(?:\[[\dA-Fa-f:.]+\]|(?:[\w.~!$&'()*+,;=-]|%[\dA-Fa-f]{2})+)(?::\d*)?$/;
  if (!grammar.test(host) || !URL.canParse(`http://${host}`)) return false;
  latestHost = host;
  return true;
}

/** A server's clients nearly all name the same one. */
let latestHost: string | undefined;

/** What a client asks for. */
export interface RequestOffer {
  /** Host and, unless it is the scheme's own, port. */
  readonly host: string;
  readonly key: string;
  /** In order of preference. */
  readonly subprotocols?: readonly string[];
  /** In order of preference. */
  readonly extensions?: readonly Extension[];
  readonly origin?: string;
  /** The application's own header fields. */
  readonly headers?: Iterable<readonly [name: string, value: string]>;
}

/** The header fields of the client's opening handshake, RFC 6455 §4.1. @throws LocalProtocolError on what may not be sent */
export function requestFields(offer: RequestOffer): HeaderField[] {
  const { host, key, subprotocols = [], extensions = [], origin } = offer;
  if (!isHost(host)) throw new LocalProtocolError(`${JSON.stringify(host)} is not a host with an optional port`);
  if (!isKey(key)) throw new LocalProtocolError('The key is not 16 bytes in base64 (RFC 6455 §4.1)');
  const fields: HeaderField[] = [
    ['Host', host],
    ['Upgrade', 'websocket'],
    ['Connection', 'Upgrade'],
    ['Sec-WebSocket-Key', key],
    ['Sec-WebSocket-Version', `${protocolVersion}`],
  ];
  if (origin !== undefined) fields.push(['Origin', checkedFieldValue('Origin', origin)]);
  if (subprotocols.length > 0) fields.push(['Sec-WebSocket-Protocol', subprotocolList(subprotocols)]);
  if (extensions.length > 0) fields.push(['Sec-WebSocket-Extensions', serializeExtensions(extensions)]);
  fields.push(...applicationFields(offer.headers));
  if (fields.filter(([name]) => asciiLowerCase(name) === 'origin').length > 1) {
    throw new LocalProtocolError('A request has one Origin at most');
  }
  return fields;
}

/** RFC 6455 §4.1: "The elements that comprise this value MUST be non-empty strings with characters in the range U+0021 to
 * U+007E not including separator characters … and MUST all be unique strings." */
function subprotocolList(subprotocols: readonly string[]): string {
  for (const name of subprotocols) {
    if (!isToken(name)) throw new LocalProtocolError(`${JSON.stringify(name)} can't be the name of a subprotocol`);
  }
  if (!areUnique(subprotocols))
    throw new LocalProtocolError(`A subprotocol is named twice: ${subprotocols.join(', ')}`);
  return subprotocols.join(', ');
}

function areUnique(names: readonly string[]): boolean {
  return names.length < 2 || new Set(names).size === names.length;
}
