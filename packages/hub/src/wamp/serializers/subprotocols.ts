/**
 * The WebSocket subprotocols of WAMP v2 and their serializers, Basic Profile "WebSocket Transport".
 *
 * The bare token `wamp` means v2 in JSON here. The registry's `wamp` predates v2; nothing that still offers it speaks v1.
 */
import { cborSerializer } from './cbor.ts';
import { jsonSerializer } from './json.ts';
import { msgpackSerializer } from './msgpack.ts';
import type { Serializer, SerializerLimits } from './serializer.ts';

/** In order of preference, for a server that chooses from what a client offers. */
export const wampSubprotocols = ['wamp.2.msgpack', 'wamp.2.json', 'wamp.2.cbor', 'wamp'] as const;

export type WampSubprotocol = (typeof wampSubprotocols)[number];

/** Makes one serializer for each token; `wamp` shares the one of `wamp.2.json`. They keep no state between messages. */
export function wampSerializers(limits?: SerializerLimits): ReadonlyMap<string, Serializer> {
  const json = jsonSerializer(limits);
  const serializers: { readonly [token in WampSubprotocol]: Serializer } = {
    'wamp.2.msgpack': msgpackSerializer(limits),
    'wamp.2.json': json,
    'wamp.2.cbor': cborSerializer(limits),
    wamp: json,
  };
  return new Map(Object.entries(serializers));
}
