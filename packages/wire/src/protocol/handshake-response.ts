/**
 * The server's opening handshake, RFC 6455 §4.2.2: written by the server, checked by the client (§4.1).
 *
 * Rule of this file: a server agrees to nothing that was not offered, and a client believes no server that does.
 */
import { LocalProtocolError } from './errors.ts';
import { acceptFor, applicationFields, type HeaderField, protocolVersion } from './handshake.ts';
import type { OpeningRequest } from './handshake-request.ts';
import {
  asciiLowerCase,
  type Extension,
  type HeaderFields,
  listHasToken,
  parseExtensions,
  parseTokenList,
  serializeExtensions,
} from './header-fields.ts';
import { checkDeflate, type DeflateAgreement, type DeflateOffer, deflateExtensionName } from './permessage-deflate.ts';
import type { Platform } from './platform.ts';
import { type RequestViolation, type ResponseViolation, requestViolations } from './violations.ts';

/** What a server chose among what the client offered. */
export interface ResponseChoice {
  readonly subprotocol?: string | undefined;
  readonly extensions?: readonly Extension[];
  /** The application's own header fields. */
  readonly headers?: Iterable<readonly [name: string, value: string]> | undefined;
}

/**
 * The header fields of the server's answer, status 101, RFC 6455 §4.2.2 step 5.
 * @throws LocalProtocolError on a choice that was not offered, or header fields that may not be sent.
 */
export function responseFields(
  request: Pick<OpeningRequest, 'key' | 'subprotocols' | 'extensions'>,
  choice: ResponseChoice = {},
  platform?: Platform,
): HeaderField[] {
  const { subprotocol, extensions = [] } = choice;
  const fields: HeaderField[] = [
    ['Upgrade', 'WebSocket'],
    ['Connection', 'Upgrade'],
    ['Sec-WebSocket-Accept', acceptFor(request.key, platform)],
  ];
  if (subprotocol !== undefined) {
    // RFC 6455 §4.2.2: "The value chosen MUST be derived from the client's handshake".
    if (!request.subprotocols.includes(subprotocol)) {
      throw new LocalProtocolError(`The client did not offer the subprotocol ${JSON.stringify(subprotocol)}`);
    }
    fields.push(['Sec-WebSocket-Protocol', subprotocol]);
  }
  // RFC 6455 §4.2.2: "Extensions not listed by the client MUST NOT be listed."
  for (const { name } of extensions) {
    if (request.extensions.some((offered) => offered.name === name)) continue;
    throw new LocalProtocolError(`The client did not offer the extension ${JSON.stringify(name)}`);
  }
  if (extensions.length > 0) fields.push(['Sec-WebSocket-Extensions', serializeExtensions(extensions)]);
  fields.push(...applicationFields(choice.headers));
  return fields;
}

/** The header fields that a refusal owes, beside its status, to the violation of the request. The connection ends with it. */
export function refusalFields(violation: RequestViolation): HeaderField[] {
  const fields: HeaderField[] = [];
  const { status } = requestViolations[violation];
  // RFC 9110 §15.5.6: "The origin server MUST generate an Allow header field in a 405 response".
  if (status === 405) fields.push(['Allow', 'GET']);
  // RFC 9110 §15.5.22: "The server MUST send an Upgrade header field in a 426 response".
  if (status === 426) fields.push(['Upgrade', 'websocket']);
  // RFC 9110 §7.8: "A sender of Upgrade MUST also send an "Upgrade" connection option in the Connection header field".
  fields.push(['Connection', status === 426 ? 'Upgrade, close' : 'close']);
  // RFC 6455 §4.4: the header field "containing all versions it is willing to use".
  if (status === 426 || violation === 'request-version-missing') {
    fields.push(['Sec-WebSocket-Version', `${protocolVersion}`]);
  }
  return fields;
}

/** A response as its HTTP parser left it. */
export interface ResponseHead {
  readonly status: number;
  readonly headers: HeaderFields;
}

/** What the client sent, and what it takes in answer. */
export interface ResponseRules {
  readonly key: string;
  readonly subprotocols: readonly string[];
  /** Our offer of permessage-deflate; without it no extension was offered. */
  readonly deflate?: DeflateOffer | undefined;
  /** Header fields, each line counted. */
  readonly maxHeaders: number;
}

/** What was agreed on. */
export interface OpeningResponse {
  /** `''` when the server chose none, as it may (the WHATWG's WebSocket fails the connection then). */
  readonly subprotocol: string;
  readonly deflate: DeflateAgreement | undefined;
}

/** Checks a server's answer as the client that asked, RFC 6455 §4.1; a string is the violation that it shows. */
export function checkResponse(
  { status, headers }: ResponseHead,
  rules: ResponseRules,
): OpeningResponse | ResponseViolation {
  // RFC 6455 §4.1 item 1: any other status is a matter of HTTP, and of the caller: a redirect, a challenge.
  if (status !== 101) return 'response-status';
  if (headers.count > rules.maxHeaders) return 'response-too-many-headers';
  // Item 2: "… or the |Upgrade| header field contains a value that is not an ASCII case-insensitive match for "websocket"".
  if (asciiLowerCase(headers.one('Upgrade') ?? '') !== 'websocket') return 'response-upgrade';
  // Item 3
  if (!listHasToken(headers.all('Connection'), 'upgrade')) return 'response-connection';
  // Item 4: "… but ignoring any leading and trailing whitespace"; §11.3.3: not "more than once in an HTTP response".
  if (headers.one('Sec-WebSocket-Accept') !== acceptFor(rules.key)) return 'response-accept';
  const deflate = checkExtensions(headers, rules.deflate);
  if (typeof deflate === 'string') return deflate;
  const subprotocols = headers.all('Sec-WebSocket-Protocol');
  // §11.3.4: "However, the |Sec-WebSocket-Protocol| header field MUST NOT appear more than once in an HTTP response."
  if (subprotocols.length > 1 || (parseTokenList(subprotocols) ?? []).length > 1)
    return 'response-subprotocol-repeated';
  // Item 6: "… a subprotocol that was not present in the client's handshake"
  const [subprotocol] = subprotocols;
  if (subprotocol !== undefined && !rules.subprotocols.includes(subprotocol)) return 'response-subprotocol-not-offered';
  return { subprotocol: subprotocol ?? '', deflate };
}

/**
 * Item 5: "the use of an extension that was not present in the client's handshake". The header field may come in several
 * lines: where RFC 6455 §11.3.2 says that it must not, erratum 3433 corrects it.
 */
function checkExtensions(
  headers: HeaderFields,
  offer: DeflateOffer | undefined,
): DeflateAgreement | ResponseViolation | undefined {
  const extensions = parseExtensions(headers.all('Sec-WebSocket-Extensions'));
  if (extensions === undefined) return 'response-extensions';
  let agreement: DeflateAgreement | undefined;
  for (const extension of extensions) {
    if (offer === undefined || extension.name !== deflateExtensionName) return 'response-extension-not-offered';
    // Two would both lay claim to RSV1.
    if (agreement !== undefined) return 'response-deflate-repeated';
    agreement = checkDeflate(extension, offer);
    if (agreement === undefined) return 'response-deflate-parameters';
  }
  return agreement;
}
