/**
 * Decoders that keep 64-bit integers exact hand out bigints also where a number would do; WAMP's ids are numbers up to 2^53.
 */

/** Turns each bigint of up to ±2^53 within a decoded value into a number, in place. The depth was bounded by the scan. */
export function narrowIntegers(value: unknown): unknown {
  if (typeof value === 'bigint') return value >= -(2n ** 53n) && value <= 2n ** 53n ? Number(value) : value;
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) value[i] = narrowIntegers(value[i]);
    return value;
  }
  const dictionary = value as Record<string, unknown>;
  for (const key of Object.keys(dictionary)) dictionary[key] = narrowIntegers(dictionary[key]);
  return value;
}
