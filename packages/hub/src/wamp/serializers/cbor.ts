/**
 * The CBOR serializer (`wamp.2.cbor`), RFC 8949, by cbor2 behind a scan of our own.
 *
 * Integers beyond ±2^53 are bigints, all others numbers. Harmless tags (see scan-cbor.ts) are dropped and their values kept;
 * no tag is ever written. cbor2 is the slowest of the three encoders by far, and the only one found that writes WAMP's ids
 * as integers, as their type demands: cbor-x makes floats of numbers from 2^32 on.
 */
import { decode, encode, type ITag } from 'cbor2';
import { Violation } from '../violation.ts';
import { narrowIntegers } from './narrow-integers.ts';
import { ownBytes } from './own-bytes.ts';
import { isPlain, toPlain } from './plain-values.ts';
import { harmlessTags, scanCbor } from './scan-cbor.ts';
import { asList, faults, resolveLimits, type Serializer, type SerializerLimits } from './serializer.ts';

const untag = ({ contents }: ITag): unknown => contents;
const tagged = { ignoreGlobalTags: true, tags: new Map(harmlessTags.map((tag) => [tag, untag])) };
/** cbor2 makes room in chunks, 4 KiB each by default; most messages need less. */
const writing = { chunkSize: 512 };

/** Makes a serializer for `wamp.2.cbor`. */
export function cborSerializer(limits?: SerializerLimits): Serializer {
  const bounds = resolveLimits(limits);
  const reading = { ...tagged, maxDepth: bounds.maxDepth * 2 }; // a tag counts as a level there
  return {
    name: 'cbor',
    binary: true,
    serialize: (list) => new Uint8Array(encode(isPlain(list) ? list : toPlain(list, writeLeaf), writing)),
    parse(data) {
      if (typeof data === 'string') return new Violation(faults.binaryOnly);
      const scan = scanCbor(data, bounds);
      if (scan instanceof Violation) return scan;
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      try {
        const value = scan.bytes ? ownBytes(decode(bytes, reading)) : decode(bytes, reading);
        return asList(scan.wide ? narrowIntegers(value) : value);
      } catch {
        return new Violation('the data is not CBOR');
      }
    },
  };
}

/** cbor2 writes the number 2^53 as a float. */
function writeLeaf(leaf: number | bigint | Uint8Array): unknown {
  return typeof leaf === 'number' && Math.abs(leaf) === 2 ** 53 ? BigInt(leaf) : leaf;
}
