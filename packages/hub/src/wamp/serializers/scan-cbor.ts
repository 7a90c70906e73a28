/**
 * One pass over CBOR data before it is decoded, RFC 8949 §3: decoders differ in what they bound, and tags can make them build
 * anything.
 *
 * Refused: what crosses the bounds, declared lengths beyond the data, truncated and trailing data, invalid UTF-8, keys that
 * are no strings of definite length, `__proto__`, integers beyond 64 bits, simple values other than false, true, null and
 * undefined, and every tag that is not in `harmlessTags`, bignums and shared references included.
 */
import { Violation } from '../violation.ts';
import { isProtoKey, isUtf8Between, uint32At } from './binary-text.ts';
import { Nesting } from './nesting.ts';
import { type Bounds, faults } from './serializer.ts';

/**
 * Tags that only say what a value is meant to be, RFC 8949 §3.4: a date as text (0) or seconds (1), a URI (32), and
 * "self-described CBOR" (55799). The value passes as it is, without the tag, which no other serializer could write.
 */
export const harmlessTags: readonly number[] = [0, 1, 32, 55799];

export interface CborScan {
  /** Whether there is an integer of ±2^53 or beyond. */
  readonly wide: boolean;
  /** Whether there is a byte string. */
  readonly bytes: boolean;
}

/** The argument that follows a head: -1 where the length is indefinite. */
interface Head {
  major: number;
  info: number;
  /** Rounded beyond 2^53. */
  argument: number;
  /** The upper half of an argument of eight octets, else 0. */
  high: number;
  /** Where the head ends. */
  end: number;
}

const bytesType = 2;
const textType = 3;
const listType = 4;
const mapType = 5;
const tagType = 6;
const simpleType = 7;
const indefinite = 31;

/** Checks the data of one message; linear in it, and allocates next to nothing. */
export function scanCbor(bytes: Uint8Array, bounds: Bounds): CborScan | Violation {
  const nesting = new Nesting(bounds);
  const head: Head = { major: 0, info: 0, argument: 0, high: 0, end: 0 };
  let wide = false;
  let byteStrings = false;
  let tagged = false;
  for (;;) {
    const at = head.end;
    const fault = readHead(bytes, at, head) ?? nestingFault(head, nesting, tagged);
    if (fault !== undefined) return new Violation(fault);
    if (head.major === tagType) {
      if (tagged || !harmlessTags.includes(head.argument))
        return new Violation(`only the tags ${harmlessTags} are accepted`);
      tagged = true;
      continue;
    }
    tagged = false;
    wide ||= head.major < 2 && head.info === 27 && head.argument >= 2 ** 53 - 1;
    byteStrings ||= head.major === bytesType;
    const state = scanValue(bytes, head, nesting);
    if (state === 'open') continue;
    if (state !== 'whole') return new Violation(state);
    if (nesting.took())
      return head.end === bytes.length ? { wide, bytes: byteStrings } : new Violation(faults.trailing);
  }
}

/** What can't stand in this place, whatever it holds. */
function nestingFault(head: Head, nesting: Nesting, tagged: boolean): string | undefined {
  if (head.major === simpleType && head.info === indefinite) return tagged ? 'a tag has no value' : undefined;
  if (nesting.atKey && (head.major !== textType || head.info === indefinite)) return faults.key;
  return tagged ? undefined : nesting.next();
}

/** Moves `head.end` behind the value, or only behind its head if that opens a container. */
function scanValue(bytes: Uint8Array, head: Head, nesting: Nesting): 'whole' | 'open' | (string & {}) {
  switch (head.major) {
    case bytesType:
    case textType:
      return (
        (head.info === indefinite ? chunksFault(bytes, head, nesting) : stringFault(bytes, head, nesting)) ?? 'whole'
      );
    case listType:
    case mapType:
      return openContainer(bytes, head, nesting);
    case simpleType:
      if (head.info === indefinite) return nesting.close() ? 'whole' : 'a break ends nothing here';
      if (head.info < 20 || head.info === 24)
        return 'simple values other than false, true, null and undefined are not accepted';
      return 'whole';
    default:
      // -1 - argument, so from 2^63 on a negative integer needs more than 64 bits.
      return head.major === 1 && head.high >= 2 ** 31 ? faults.wide : 'whole';
  }
}

function openContainer(bytes: Uint8Array, head: Head, nesting: Nesting): 'whole' | 'open' | (string & {}) {
  const dictionary = head.major === mapType;
  const endless = head.info === indefinite;
  const fault = nesting.open(endless ? undefined : head.argument, dictionary);
  if (fault !== undefined) return fault;
  if (endless) return 'open';
  // Every item takes an octet or more, so a count beyond the data is seen before a decoder makes room for it.
  if ((dictionary ? head.argument * 2 : head.argument) > bytes.length - head.end) return faults.truncated;
  if (head.argument > 0) return 'open';
  nesting.close();
  return 'whole';
}

function stringFault(bytes: Uint8Array, head: Head, nesting: Nesting): string | undefined {
  const from = head.end;
  const to = from + head.argument;
  if (to > bytes.length) return faults.truncated;
  head.end = to;
  if (head.major === bytesType) return undefined;
  if (!isUtf8Between(bytes, from, to)) return faults.utf8;
  return nesting.atKey && isProtoKey(bytes, from, to) ? faults.proto : undefined;
}

/** RFC 8949 §3.2.3: the chunks are definite strings of the same major type, each valid UTF-8 by itself. */
function chunksFault(bytes: Uint8Array, head: Head, nesting: Nesting): string | undefined {
  const { major } = head;
  for (;;) {
    const fault = readHead(bytes, head.end, head);
    if (fault !== undefined) return fault;
    if (head.major === simpleType && head.info === indefinite) return undefined;
    if (head.major !== major || head.info === indefinite)
      return 'a string of indefinite length has a chunk that is none';
    const chunkFault = nesting.count(1) ?? stringFault(bytes, head, nesting);
    if (chunkFault !== undefined) return chunkFault;
  }
}

/** RFC 8949 §3: major type in three bits, additional information in five, then the argument. */
function readHead(bytes: Uint8Array, at: number, head: Head): string | undefined {
  if (at >= bytes.length) return faults.truncated;
  const first = bytes[at]!;
  head.major = first >> 5;
  head.info = first & 0x1f;
  head.end = at + 1;
  head.argument = head.info;
  head.high = 0;
  if (head.info < 24) return undefined;
  if (head.info > 27) {
    const mayEndLater = head.major >= bytesType && head.major !== tagType;
    return head.info === indefinite && mayEndLater ? undefined : 'the additional information is reserved';
  }
  const octets = 1 << (head.info - 24);
  head.end += octets;
  if (head.end > bytes.length) return faults.truncated;
  if (octets === 8) {
    head.high = uint32At(bytes, at + 1);
    head.argument = head.high * 2 ** 32 + uint32At(bytes, at + 5);
  } else {
    head.argument = uintAt(bytes, at + 1, octets);
  }
  return undefined;
}

function uintAt(bytes: Uint8Array, at: number, octets: number): number {
  if (octets === 4) return uint32At(bytes, at);
  return octets === 2 ? bytes[at]! * 0x100 + bytes[at + 1]! : bytes[at]!;
}
