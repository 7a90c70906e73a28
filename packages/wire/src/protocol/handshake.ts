/**
 * What both halves of the opening handshake share, RFC 6455 §4: the version, the key and its answer, and what an
 * application may add to the header fields. The halves themselves are in handshake-request.ts and handshake-response.ts.
 */
import { base64 } from './base64.ts';
import { LocalProtocolError } from './errors.ts';
import { asciiLowerCase, isFieldValue, isToken } from './header-fields.ts';
import { type Platform, universalPlatform } from './platform.ts';

/** RFC 6455 §4.1: "The value of this header field MUST be 13." */
export const protocolVersion = 13;

/** A header field, its name and its value. */
export type HeaderField = [name: string, value: string];

/** RFC 6455 §4.1: "a nonce consisting of a randomly selected 16-byte value that has been base64-encoded". */
export function createKey(random: (bytes: Uint8Array) => void): string {
  const nonce = new Uint8Array(16);
  random(nonce);
  return base64(nonce);
}

/**
 * Whether this is the base64 of 16 bytes: 22 characters and two of padding. The four bits of the last character that no
 * byte takes may have any value (RFC 4648 §3.5 leaves that to the decoder), since some clients fill them at random.
 */
export function isKey(text: string): boolean {
  return /^[A-Za-z\d+/]{22}==$/.test(text);
}

/** The value of `Sec-WebSocket-Accept` that answers a key, RFC 6455 §4.2.2 step 5.4. */
export function acceptFor(key: string, platform: Platform = universalPlatform): string {
  return platform.sha1(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`);
}

/**
 * Field names that the handshake speaks for itself, or that would tell the other end, or a proxy between, that a message
 * body or another protocol follows (RFC 9110 §7.6.1).
 */
const reserved: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/**
 * The header fields that an application adds to a handshake.
 * @throws LocalProtocolError on a reserved name, and on a name or value that could not stand in one line of a header.
 */
export function applicationFields(headers?: Iterable<readonly [name: string, value: string]>): HeaderField[] {
  if (headers === undefined) return [];
  return Array.from(headers, ([name, value]) => {
    if (!isToken(name)) throw new LocalProtocolError(`${JSON.stringify(name)} is not the name of a header field`);
    const key = asciiLowerCase(name);
    if (reserved.has(key) || key.startsWith('sec-websocket-')) {
      throw new LocalProtocolError(`The header field ${name} belongs to the handshake and can't be set`);
    }
    return [name, checkedFieldValue(name, value)];
  });
}

/** @throws LocalProtocolError on what can't be the value of a header field. */
export function checkedFieldValue(name: string, value: string): string {
  // The value itself stays out of the message: it may be a secret.
  if (!isFieldValue(value))
    throw new LocalProtocolError(`The header field ${name} has a character that it must not have`);
  return value;
}
