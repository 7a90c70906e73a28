/**
 * The opening handshake of SOAP over WebSocket, [MS-SWSB] §3.2, judged by the service: the subprotocol, the encoding of the
 * messages that will follow, and the answers by which a client of WCF tells its user precisely what does not fit.
 *
 *   upgrade(request) {
 *     const soap = acceptSoap(request);
 *     if (soap instanceof Response) return soap;
 *     return { subprotocol: soap.subprotocol };
 *   }
 *
 * Departs from [MS-SWSB] §3.2: "MUST send `soap-content-type`" is not enforced, because a page's WebSocket can't send header
 * fields, and CoreWCF does not look at it either. Without it, text XML in UTF-8 is assumed.
 */

export const soapSubprotocol = 'soap';
/** What is spoken here, as RFC 3902 writes it. */
export const soapContentType = 'application/soap+xml; charset=utf-8';

const contentTypeField = 'soap-content-type';
const transferModeField = 'microsoft-binary-transfer-mode';
/** [MS-SWSB] §3.2 lists three; its own example in §4 sends the fourth. They say how WCF buffers, which text does not mind. */
const transferModes: readonly string[] = ['buffered', 'streamed', 'streamedrequest', 'streamedresponse'];

/** What is looked at. An `UpgradeRequest` of tidewire is one. */
export interface SoapUpgradeRequest {
  readonly subprotocols: readonly string[];
  readonly headers: Headers;
}

export interface SoapAcceptance {
  /** As the client spelled it: RFC 6455 lets a server only choose what was offered, to the letter. */
  readonly subprotocol: string;
}

/** Judges a handshake that is to end in SOAP; a `Response` refuses it. */
export function acceptSoap(request: SoapUpgradeRequest): SoapAcceptance | Response {
  const subprotocol = offeredSoap(request.subprotocols);
  if (subprotocol === undefined) return soapRequired();
  return refuseSoapHeaders(request.headers) ?? { subprotocol };
}

/** The offer of SOAP among the offered subprotocols, as it is spelled there: WCF does not mind upper case. */
export function offeredSoap(offered: readonly string[]): string | undefined {
  return offered.find((each) => each.toLowerCase() === soapSubprotocol);
}

/** 426, as WCF answers who offers no `soap`: with the one that is spoken. RFC 9110 §15.5.22 wants `Upgrade` with it. */
export function soapRequired(): Response {
  const headers = { Upgrade: 'websocket', 'Sec-WebSocket-Protocol': soapSubprotocol };
  return refusal(426, 'The WebSocket subprotocol "soap" is spoken here', headers);
}

/**
 * 400 when the header fields announce an encoding that is not spoken here, with the one that is; nothing when they fit.
 * `application/soap+xml` is as [MS-SWSB] has it; `text/xml` and `application/xml` are sent by clients in the wild.
 */
export function refuseSoapHeaders(headers: Headers): Response | undefined {
  const contentType = headers.get(contentTypeField);
  if (contentType !== null && !isTextXml(contentType)) {
    return refusal(400, `Only ${soapContentType} is spoken here`, { [contentTypeField]: soapContentType });
  }
  const mode = headers.get(transferModeField);
  if (mode !== null && !transferModes.includes(mode.trim().toLowerCase())) {
    return refusal(400, `There is no such ${transferModeField}`, {
      [contentTypeField]: soapContentType,
      [transferModeField]: 'Buffered',
    });
  }
  return undefined;
}

/** RFC 9110 §8.3: `type/subtype` with parameters, of which only the charset matters here. */
function isTextXml(contentType: string): boolean {
  const type = /^[\w.+-]+\/[\w.+-]+/.exec(contentType.trim())?.[0] ?? '';
  if (!['application/soap+xml', 'text/xml', 'application/xml'].includes(type.toLowerCase())) return false;
  const rest = contentType.trim().slice(type.length);
  const parameter = /[ \t]*;[ \t]*([\w-]+)=(?:"([^"]*)"|([^ \t";,]+))/y;
  while (parameter.lastIndex < rest.length) {
    const match = parameter.exec(rest);
    if (match === null) return false;
    const value = match[2] ?? match[3]!;
    if (match[1]!.toLowerCase() === 'charset' && !/^utf-?8$/i.test(value)) return false;
  }
  return true;
}

function refusal(status: number, text: string, headers: Record<string, string>): Response {
  return new Response(`${text}\n`, { status, headers: { 'Content-Type': 'text/plain; charset=utf-8', ...headers } });
}
