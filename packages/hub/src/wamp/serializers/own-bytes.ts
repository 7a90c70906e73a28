/**
 * Decoders hand out byte strings as views of the message that they came in, so whoever keeps three bytes keeps a megabyte
 * alive, and nobody has counted it.
 */

/** Gives byte strings within a decoded value memory of their own, in place, unless they are most of what their memory holds. */
export function ownBytes(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Uint8Array) return value.length * 2 > value.buffer.byteLength ? value : value.slice();
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) value[i] = ownBytes(value[i]);
    return value;
  }
  const dictionary = value as Record<string, unknown>;
  for (const key of Object.keys(dictionary)) dictionary[key] = ownBytes(dictionary[key]);
  return value;
}
