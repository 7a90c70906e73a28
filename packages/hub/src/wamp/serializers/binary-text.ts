/**
 * Strings within binary data, looked at in place before a decoder that might let bad UTF-8 pass (RFC 3629).
 */

const decoder = new TextDecoder('utf-8', { fatal: true });

/** Whether the octets from `from` up to `to` are valid UTF-8; most strings are ASCII, and seen to be so on the way. */
export function isUtf8Between(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) {
    if (bytes[at]! < 0x80) continue;
    try {
      decoder.decode(bytes.subarray(at, to));
      return true;
    } catch {
      return false;
    }
  }
  return true;
}

const proto = Uint8Array.from('__proto__', (character) => character.charCodeAt(0));

/** Whether a key is `__proto__`, with which a careless copy sets a prototype. */
export function isProtoKey(bytes: Uint8Array, from: number, to: number): boolean {
  return to - from === proto.length && proto.every((octet, i) => bytes[from + i] === octet);
}

/** Four octets, the most significant first. The caller knows that they are there. */
export function uint32At(bytes: Uint8Array, at: number): number {
  return bytes[at]! * 0x100_0000 + (bytes[at + 1]! << 16) + (bytes[at + 2]! << 8) + bytes[at + 3]!;
}
