/**
 * The MessagePack serializer (`wamp.2.msgpack`), by @msgpack/msgpack behind a scan of our own.
 *
 * "Version 5 or later of MessagePack MUST BE used, since this version is able to differentiate between strings and binary
 * values." Integers beyond ±2^53 are bigints, all others numbers. Extension types are not
 * written, and not read but for one (scan-msgpack.ts).
 */
import { Decoder, Encoder, type ExtensionCodecType } from '@msgpack/msgpack';
import { Violation } from '../violation.ts';
import { narrowIntegers } from './narrow-integers.ts';
import { ownBytes } from './own-bytes.ts';
import { isPlain, maxOutgoingDepth, toPlain } from './plain-values.ts';
import { scanMsgpack } from './scan-msgpack.ts';
import { asList, faults, resolveLimits, type Serializer, type SerializerLimits } from './serializer.ts';

/** The library's own codec would write a Date as a timestamp. */
const noExtensions: ExtensionCodecType<undefined> = {
  tryToEncode: () => null,
  // The scan lets none pass but the one that stands for `undefined`.
  decode: () => undefined,
};

/** Makes a serializer for `wamp.2.msgpack`. */
export function msgpackSerializer(limits?: SerializerLimits): Serializer {
  const bounds = resolveLimits(limits);
  const shared = { extensionCodec: noExtensions, ignoreUndefined: true, maxDepth: maxOutgoingDepth + 1 };
  // With `useBigInt64` the encoder writes numbers from 2^32 on as floats, and the decoder makes each 64-bit integer a bigint.
  const encoder = new Encoder(shared);
  const wideEncoder = new Encoder({ ...shared, useBigInt64: true });
  const decoder = new Decoder({ extensionCodec: noExtensions });
  const wideDecoder = new Decoder({ extensionCodec: noExtensions, useBigInt64: true });
  return {
    name: 'msgpack',
    binary: true,
    serialize: (list) => (isPlain(list) ? encoder.encode(list) : wideEncoder.encode(toPlain(list, writeLeaf))),
    parse(data) {
      if (typeof data === 'string') return new Violation(faults.binaryOnly);
      const scan = scanMsgpack(data, bounds);
      if (scan instanceof Violation) return scan;
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      try {
        const value = scan.wide ? narrowIntegers(wideDecoder.decode(bytes)) : decoder.decode(bytes);
        return asList(scan.bytes ? ownBytes(value) : value);
      } catch {
        return new Violation('the data is not MessagePack');
      }
    },
  };
}

function writeLeaf(leaf: number | bigint | Uint8Array): unknown {
  if (typeof leaf !== 'number' || !Number.isInteger(leaf)) return leaf;
  const wide = (Number.isSafeInteger(leaf) && (leaf >= 2 ** 32 || leaf < -(2 ** 31))) || Math.abs(leaf) === 2 ** 53;
  return wide ? BigInt(leaf) : leaf;
}
