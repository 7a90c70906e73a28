/**
 * What a message costs on the wire, above TCP. For WebSocket and server-sent events this is exact once they are open. For the
 * rest a page does not get to see every header, so heads are estimates: of requests what browsers send, of responses what
 * the page is shown.
 */

const encoder = new TextEncoder();

/** Bytes of a text in UTF-8. */
export function textBytes(text: string): number {
  return encoder.encode(text).length;
}

/** Bytes of the frame that brought `text`: RFC 6455 §5.2, from the server, so without a masking key. */
export function frameBytes(text: string): number {
  const length = textBytes(text);
  return length + (length < 126 ? 2 : length < 65_536 ? 4 : 10);
}

/** Bytes of the chunk that brought an event: HTML §9.2.5 in RFC 9112 §7.1, as this server writes it. */
export function eventBytes(id: string, data: string): number {
  const length = textBytes(`id: ${id}\ndata: ${data}\n\n`);
  return length.toString(16).length + 2 + length + 2;
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
  return lines.reduce((sum, line) => sum + textBytes(line) + 2, 2);
}
