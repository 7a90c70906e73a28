/**
 * What a message costs on the wire, above TCP. For WebSocket this is exact. For HTTP a page does not get to see every
 * header, so both heads are estimates: of the request what browsers send, of the response what the page is shown.
 */

const encoder = new TextEncoder();

/** Bytes of the frame that brought `text`: RFC 6455 §5.2, from the server, so without a masking key. */
export function frameBytes(text: string): number {
  const { length } = encoder.encode(text);
  return length + (length < 126 ? 2 : length < 65_536 ? 4 : 10);
}

/** Bytes of the request's head, about. */
export function requestHeadBytes(path: string): number {
  const lines = [
    `GET ${path} HTTP/1.1`,
    `Host: ${location.host}`,
    'Connection: keep-alive',
    'Pragma: no-cache',
    'Cache-Control: no-cache',
    `User-Agent: ${navigator.userAgent}`,
    'Accept: */*',
    'Sec-Fetch-Site: same-origin',
    'Sec-Fetch-Mode: cors',
    'Sec-Fetch-Dest: empty',
    'Accept-Encoding: gzip, deflate, br, zstd',
    `Accept-Language: ${navigator.languages.join(',')}`,
  ];
  return headBytes(lines);
}

/** Bytes of the response's head, about. */
export function responseHeadBytes({ status, statusText, headers }: Response): number {
  return headBytes([`HTTP/1.1 ${status} ${statusText}`, ...[...headers].map(([name, value]) => `${name}: ${value}`)]);
}

/** Each line and the empty one at the end have a CR and an LF. */
function headBytes(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + encoder.encode(line).length + 2, 2);
}
