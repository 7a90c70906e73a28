/**
 * The payload of a Ping that asks how far a peer is: its Pong says that everything sent before it has arrived. Eight bytes, so
 * that the heartbeat's, which has four, is never taken for one.
 */

/** The payload for "everything up to the `total`th publication". */
export function probePayload(total: number): Uint8Array {
  const payload = new Uint8Array(8);
  new DataView(payload.buffer).setFloat64(0, total);
  return payload;
}

/** The total of a Pong's payload; `undefined` when it is no answer to a probe. */
export function probeTotal(payload: Uint8Array): number | undefined {
  if (payload.length !== 8) return undefined;
  const total = new DataView(payload.buffer, payload.byteOffset, 8).getFloat64(0);
  return Number.isSafeInteger(total) && total > 0 ? total : undefined;
}
