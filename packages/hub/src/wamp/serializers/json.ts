/**
 * The JSON serializer (`wamp.2.json`), Basic Profile "Serializers" and its appendix "Binary conversion of JSON Strings".
 *
 * Bytes are strings: U+0000 and then base64. WAMP has no escape for a text that starts with U+0000, so such a text is read
 * as bytes when its rest is base64. An integer beyond ±2^53 is read as a bigint; one beyond 64 bits as a number when the
 * number says the same digits, else it is refused. When a key comes twice, the last one counts, as everywhere here.
 *
 * Rule of this file: nothing but the language and what browsers have, for the client SDK imports it.
 */
import { Violation } from '../violation.ts';
import { isPlain, toPlain } from './plain-values.ts';
import { scanJson } from './scan-json.ts';
import { asList, type Bounds, faults, resolveLimits, type Serializer, type SerializerLimits } from './serializer.ts';

/** Newer than the compiler's library: a text put into JSON as it stands. Runtimes without it can't write wide bigints. */
const { rawJSON } = JSON as typeof JSON & { readonly rawJSON?: (text: string) => unknown };

/** Makes a serializer for `wamp.2.json`. */
export function jsonSerializer(limits?: SerializerLimits): Serializer {
  const bounds = resolveLimits(limits);
  return {
    name: 'json',
    binary: false,
    serialize: (list) => JSON.stringify(isPlain(list) ? list : toPlain(list, writeLeaf)),
    parse: (data) => (typeof data === 'string' ? parseJson(data, bounds) : new Violation(faults.textOnly)),
  };
}

function writeLeaf(leaf: number | bigint | Uint8Array): unknown {
  if (typeof leaf === 'object') return `\0${toBase64(leaf)}`;
  if (typeof leaf === 'number') {
    // With an exponent, so that no reader takes the rounded digits of a large double for an integer.
    return rawJSON === undefined || leaf === 2 ** 53 || leaf === -(2 ** 53) ? leaf : writeDouble(rawJSON, leaf);
  }
  if (leaf >= -(2n ** 53n) && leaf <= 2n ** 53n) return Number(leaf);
  if (rawJSON === undefined) throw new TypeError('This runtime has no JSON.rawJSON, which a bigint beyond 2^53 needs');
  return rawJSON(String(leaf));
}

function writeDouble(raw: (text: string) => unknown, value: number): unknown {
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? raw(value.toExponential()) : value;
}

function parseJson(text: string, bounds: Bounds): readonly unknown[] | Violation {
  const scan = scanJson(text, bounds);
  if (scan instanceof Violation) return scan;
  try {
    return scan.special || scan.wide ? parseSpecial(text) : asList(JSON.parse(text));
  } catch {
    return new Violation('the text is not JSON');
  }
}

/** The source text of a number, which newer runtimes give to revivers. */
interface ReviverContext {
  readonly source?: string;
}

/** Slower: looks at every value. */
function parseSpecial(text: string): readonly unknown[] | Violation {
  let fault: string | undefined;
  const revive = (key: string, value: unknown, context?: ReviverContext): unknown => {
    if (key === '__proto__') fault ??= faults.proto;
    if (!key.isWellFormed()) fault ??= halfPair;
    if (typeof value === 'string') {
      if (!value.isWellFormed()) fault ??= halfPair;
      return value.startsWith('\0') ? (fromBase64(value) ?? value) : value;
    }
    if (typeof value !== 'number' || Math.abs(value) < 2 ** 53) return value;
    const integer = wideInteger(value, context?.source);
    if (integer === undefined) fault ??= faults.wide;
    return integer;
  };
  const value: unknown = JSON.parse(text, revive as (key: string, value: unknown) => unknown);
  return fault === undefined ? asList(value) : new Violation(fault);
}

const halfPair = 'a string holds half of a surrogate pair, which UTF-8 can not write';

/** The value of a number of ±2^53 or more, exactly; undefined when there is no exact one. */
function wideInteger(value: number, source: string | undefined): number | bigint | undefined {
  if (source === undefined) return undefined;
  if (!/^-?\d+$/.test(source)) return value; // a fraction or an exponent: the sender's own double
  if (source.length > 20) return String(value) === source ? value : undefined;
  const integer = BigInt(source);
  if (integer === BigInt(value) && Math.abs(value) === 2 ** 53) return value;
  return integer >= -(2n ** 63n) && integer < 2n ** 64n ? integer : undefined;
}

/** btoa and atob know no bytes, only strings of char codes, and apply() takes only so many arguments. */
const slice = 0x8000;

function toBase64(bytes: Uint8Array): string {
  let binary = '';
  for (let at = 0; at < bytes.length; at += slice) {
    binary += String.fromCharCode.apply(null, bytes.subarray(at, at + slice) as unknown as number[]);
  }
  return btoa(binary);
}

/** The bytes of a string that starts with U+0000; undefined when its rest is not base64. */
function fromBase64(text: string): Uint8Array | undefined {
  try {
    const binary = atob(text.slice(1));
    const bytes = new Uint8Array(binary.length);
    for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
    return bytes;
  } catch {
    return undefined;
  }
}
