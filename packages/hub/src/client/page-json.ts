/**
 * JSON for pages: what `wamp.2.json` says, in the few lines that the platform leaves to do. The whole serializer
 * (wamp/serializers/json.ts) also bounds what strangers send and keeps integers beyond 2^53, and can be passed as an option.
 *
 * Bytes are strings: U+0000 and then base64 (Basic Profile, "Binary conversion of JSON Strings").
 */
import type { Serializer } from '../wamp/serializers/serializer.ts';

export const pageJson: Serializer = {
  name: 'json',
  binary: false,
  // Half a surrogate pair has no UTF-8, and no peer would take it.
  serialize: (list) =>
    JSON.stringify(list, (_, value) =>
      typeof value === 'string'
        ? value.toWellFormed()
        : value instanceof Uint8Array
          ? `\0${btoa(Array.from(value, (byte) => String.fromCharCode(byte)).join(''))}`
          : value,
    ),
  parse: (data) => {
    try {
      const text = data as string;
      const list: unknown = JSON.parse(text, text.includes('\\u0000') ? revive : undefined);
      if (Array.isArray(list)) return list;
    } catch {}
    return { reason: 'A message must be a list in JSON' };
  },
};

function revive(_: string, value: unknown): unknown {
  if (typeof value !== 'string' || value[0] !== '\0') return value;
  try {
    return Uint8Array.from(atob(value.slice(1)), (char) => char.charCodeAt(0));
  } catch {
    return value;
  }
}
