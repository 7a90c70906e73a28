/** `wsa:MessageID`s: an absolute IRI that is never used twice (WS-Addressing Core §3.1), here a random UUID as a URN. */

/** RFC 9562 §5.4. Not `crypto.randomUUID`, which pages without TLS do not have. */
export function newMessageId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return `urn:uuid:${hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')}`;
}
