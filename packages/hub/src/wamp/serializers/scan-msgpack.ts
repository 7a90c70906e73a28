/**
 * One pass over MessagePack data before it is decoded: the decoder has no bound on depth, lets bad UTF-8 pass and rounds
 * integers beyond 2^53 (https://github.com/msgpack/msgpack/blob/master/spec.md, "Formats").
 *
 * Refused: what crosses the bounds, declared lengths beyond the data, truncated and trailing data, invalid UTF-8, keys that
 * are no strings, `__proto__`, and every extension type, timestamps too, since the other serializers could not write them; but
 * for `D4 00 00`, by which a library in wide use writes JavaScript's `undefined`.
 */
import { Violation } from '../violation.ts';
import { isProtoKey, isUtf8Between, uint32At } from './binary-text.ts';
import { Nesting } from './nesting.ts';
import { type Bounds, faults } from './serializer.ts';

export interface MsgpackScan {
  /** Whether there is an integer beyond ±2^53. */
  readonly wide: boolean;
  /** Whether there is a byte string. */
  readonly bytes: boolean;
}

/** What an octet 0xC0 to 0xDF starts: a kind, octets of its length or octets of its number. */
type Format = readonly [
  'none' | 'number' | 'int64' | 'uint64' | 'bin' | 'str' | 'array' | 'map' | 'ext' | 'never',
  number,
];

const formats: readonly Format[] = [
  ['none', 0], // C0 nil
  ['never', 0], // C1
  ['none', 0], // C2 false
  ['none', 0], // C3 true
  ['bin', 1],
  ['bin', 2],
  ['bin', 4],
  ['ext', 0],
  ['ext', 0],
  ['ext', 0],
  ['number', 4], // CA float 32
  ['number', 8], // CB float 64
  ['number', 1],
  ['number', 2],
  ['number', 4],
  ['uint64', 8], // CF
  ['number', 1],
  ['number', 2],
  ['number', 4],
  ['int64', 8], // D3
  ['ext', 0],
  ['ext', 0],
  ['ext', 0],
  ['ext', 0],
  ['ext', 0],
  ['str', 1], // D9
  ['str', 2],
  ['str', 4],
  ['array', 2], // DC
  ['array', 4],
  ['map', 2], // DE
  ['map', 4],
];
const fixed: Format = ['none', 0];
const fixedString: Format = ['str', 0];
const fixedArray: Format = ['array', 0];
const fixedMap: Format = ['map', 0];

function formatOf(head: number): Format {
  if (head < 0x80 || head >= 0xe0) return fixed;
  if (head >= 0xc0) return formats[head - 0xc0]!;
  if (head >= 0xa0) return fixedString;
  return head >= 0x90 ? fixedArray : fixedMap;
}

/** Checks the data of one message; linear in it, and allocates next to nothing. */
export function scanMsgpack(bytes: Uint8Array, bounds: Bounds): MsgpackScan | Violation {
  const nesting = new Nesting(bounds);
  let wide = false;
  let byteStrings = false;
  for (let at = 0; ; ) {
    if (at >= bytes.length) return new Violation(faults.truncated);
    const head = bytes[at++]!;
    const [kind, octets] = formatOf(head);
    if (at + octets > bytes.length) return new Violation(faults.truncated);
    if (kind !== 'str' && nesting.atKey) return new Violation(faults.key);
    let fault: string | undefined;
    let whole = true;
    if (kind === 'str' || kind === 'bin') {
      byteStrings ||= kind === 'bin';
      const from = at + octets;
      at = from + (octets === 0 ? head & 0x1f : lengthAt(bytes, at, octets));
      fault = stringFault(bytes, from, at, kind === 'str', nesting.atKey);
    } else if (kind === 'array' || kind === 'map') {
      const count = octets === 0 ? head & 0x0f : lengthAt(bytes, at, octets);
      at += octets;
      fault = openFault(nesting, count, kind === 'map', bytes.length - at);
      whole = count === 0;
      if (whole) nesting.close();
    } else if (head === 0xd4 && bytes[at] === 0 && bytes[at + 1] === 0) {
      at += 2; // `undefined`, as msgpackr writes it, and so wampy in every SUBSCRIBE
    } else if (kind === 'ext' || kind === 'never') {
      fault = kind === 'ext' ? 'extension types are not accepted' : 'the octet C1 is never used';
    } else {
      if (octets === 8) wide ||= isWide(kind, bytes, at);
      at += octets;
    }
    if (fault !== undefined) return new Violation(fault);
    if (whole && nesting.took())
      return at === bytes.length ? { wide, bytes: byteStrings } : new Violation(faults.trailing);
  }
}

function lengthAt(bytes: Uint8Array, at: number, octets: number): number {
  if (octets === 4) return uint32At(bytes, at);
  return octets === 2 ? bytes[at]! * 0x100 + bytes[at + 1]! : bytes[at]!;
}

function stringFault(bytes: Uint8Array, from: number, to: number, text: boolean, key: boolean): string | undefined {
  if (to > bytes.length) return faults.truncated;
  if (text && !isUtf8Between(bytes, from, to)) return faults.utf8;
  return key && isProtoKey(bytes, from, to) ? faults.proto : undefined;
}

/** Every item takes an octet or more, so a count beyond the data is seen before a decoder makes room for it. */
function openFault(nesting: Nesting, count: number, dictionary: boolean, octetsLeft: number): string | undefined {
  const fault = nesting.open(count, dictionary);
  return fault ?? ((dictionary ? count * 2 : count) > octetsLeft ? faults.truncated : undefined);
}

function isWide(kind: string, bytes: Uint8Array, at: number): boolean {
  const high = uint32At(bytes, at);
  if (kind === 'uint64') return high > 0x20_0000 || (high === 0x20_0000 && uint32At(bytes, at + 4) > 0);
  const signed = high | 0;
  return (
    kind === 'int64' &&
    (signed < -0x20_0000 || signed > 0x20_0000 || (signed === 0x20_0000 && uint32At(bytes, at + 4) > 0))
  );
}
