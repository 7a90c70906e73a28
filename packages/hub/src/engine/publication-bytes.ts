/**
 * What a store keeps of a publication beside its columns, as MessagePack: `[data, form, publisher, audience]`, shorter when
 * only data is there.
 *
 * Two extension types carry what the library would lose or refuse: BigInt of any size, and objects with a key `__proto__`,
 * which JSON may have and the library's decoder rejects. Spec: https://github.com/msgpack/msgpack/blob/master/spec.md
 */
import { Decoder, Encoder, ExtensionCodec } from '@msgpack/msgpack';
import type { Audience, Draft, Payload, Publisher } from '../contract/publication.ts';

/** What the bytes hold. */
export interface PublicationBody extends Payload {
  readonly publisher?: Publisher;
  readonly audience?: Audience;
}

/** Extension types; they are in files, so they never change. */
const bigInteger = 1;
const protoObject = 2;

/** Deeper than any adapter lets data be; the encoder recurses. */
const maxDepth = 1000;

const codec = new ExtensionCodec();
const encoder = new Encoder({ extensionCodec: codec, ignoreUndefined: true, maxDepth });
const decoder = new Decoder({ extensionCodec: codec });

codec.register({
  type: bigInteger,
  encode: (value) => (typeof value === 'bigint' ? encoder.encode(hexOf(value)) : null),
  decode: (bytes) => bigIntOf(decodeNested(bytes) as string),
});

codec.register({
  type: protoObject,
  encode: (value) => (isProtoObject(value) ? encoder.encode(Object.entries(value).flat()) : null),
  decode: (bytes) => {
    const flat = decodeNested(bytes) as unknown[];
    const pairs = Array.from(
      { length: flat.length / 2 },
      (_, i) => [flat[2 * i], flat[2 * i + 1]] as [string, unknown],
    );
    // Makes every key the object's own, whatever its name.
    return Object.fromEntries(pairs);
  },
});

/** A draft's data and the parts that have no column. @throws when MessagePack has no form for it, or it is too deep */
export function encodeBody({ data, form, publisher, audience }: Draft): Uint8Array {
  if (form === undefined && publisher === undefined && audience === undefined) return encoder.encode([data]);
  return encoder.encode([data, form, publisher, audience]);
}

export function decodeBody(bytes: Uint8Array): PublicationBody {
  const [data, form, publisher, audience] = decoder.decode(bytes) as [unknown, string?, Publisher?, Audience?];
  // Absent parts come as null, and are left out, as they were in the draft.
  return {
    data,
    ...(form != null && { form }),
    ...(publisher != null && { publisher }),
    ...(audience != null && { audience }),
  };
}

/** A decoder is not entered twice. */
function decodeNested(bytes: Uint8Array): unknown {
  return new Decoder({ extensionCodec: codec }).decode(bytes);
}

// Digits of 4 bits: they are read and written in one pass, decimal ones are not.
function hexOf(value: bigint): string {
  return value < 0n ? `-${(-value).toString(16)}` : value.toString(16);
}

function bigIntOf(hex: string): bigint {
  return hex.startsWith('-') ? -BigInt(`0x${hex.slice(1)}`) : BigInt(`0x${hex}`);
}

function isProtoObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, '__proto__');
}
