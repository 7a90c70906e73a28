/**
 * `GET /api/handshake`: the opening handshake of RFC 6455 §4 as bytes. The server connects to itself, sends the request that
 * this application is known by, and shows what went over the line, once for all who ask.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { methodIs, pathOf, sendJson } from './answers.ts';

/** Both heads, as text of one byte each (Latin-1), up to and with the empty line. */
export interface HandshakeBytes {
  readonly request: string;
  readonly response: string;
}

const request = [
  'GET /chatService HTTP/1.1',
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Protocol: soap, wamp',
  'Sec-WebSocket-Version: 13',
  '\r\n',
].join('\r\n');

const maxHeadBytes = 16_384;
const patience = 5000;

/** Answers with the handshake. */
export class HandshakeApi {
  readonly #address: () => AddressInfo | string | null;
  #seen: Promise<HandshakeBytes> | undefined;

  /** `address` is where the server itself listens. */
  constructor(address: () => AddressInfo | string | null) {
    this.#address = address;
  }

  /** @returns whether the request was one for the handshake, once it is answered */
  async answer(asking: IncomingMessage, response: ServerResponse): Promise<boolean> {
    if (pathOf(asking) !== '/api/handshake') return false;
    if (!methodIs('GET', asking, response)) return true;
    this.#seen ??= shakeHands(this.#address() as AddressInfo);
    try {
      sendJson(response, await this.#seen);
    } catch (error) {
      this.#seen = undefined;
      throw error;
    }
    return true;
  }
}

function shakeHands({ address, port }: AddressInfo): Promise<HandshakeBytes> {
  // On every interface, this machine's own name finds it, whichever family there is.
  const host = address === '::' || address === '0.0.0.0' ? 'localhost' : address;
  const { promise, resolve, reject } = Promise.withResolvers<HandshakeBytes>();
  const stream = connect({ host, port }, () => stream.write(request, 'latin1'));
  let head = '';
  stream.setEncoding('latin1').on('data', (text: string) => {
    head += text;
    const end = head.indexOf('\r\n\r\n');
    if (end < 0 && head.length <= maxHeadBytes) return;
    resolve({ request, response: head.slice(0, end + 4) });
    stream.destroy();
  });
  stream.setTimeout(patience, () => stream.destroy(new Error('The server does not answer itself')));
  stream.on('error', reject).on('close', () => reject(new Error('The server ended its own handshake')));
  return promise;
}
