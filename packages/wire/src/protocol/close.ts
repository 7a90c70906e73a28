/**
 * Close codes and the payload of a Close frame, RFC 6455 §5.5.1 and §7.4.
 *
 * Three codes never stand in a frame; they only tell the application how a connection ended: 1005 (the Close frame had no
 * code), 1006 (there was no Close frame) and 1015 (TLS failed).
 */
import { LocalProtocolError } from './errors.ts';
import { maxControlPayload } from './frame.ts';
import { isUtf8 } from './utf8.ts';
import type { FrameViolation } from './violations.ts';

/** RFC 6455 §7.4.1 and the IANA registry of WebSocket close codes, by what they say. */
export const closeCodes = {
  normal: 1000,
  goingAway: 1001,
  protocolError: 1002,
  unsupportedData: 1003,
  noStatus: 1005,
  abnormal: 1006,
  invalidPayload: 1007,
  policyViolation: 1008,
  messageTooBig: 1009,
  mandatoryExtension: 1010,
  internalError: 1011,
  serviceRestart: 1012,
  tryAgainLater: 1013,
  badGateway: 1014,
  tlsHandshake: 1015,
} as const;

/** The code and reason of a Close frame; `1005` and `''` when its body was empty (RFC 6455 §7.1.5). */
export interface CloseStatus {
  readonly code: number;
  readonly reason: string;
}

/** RFC 6455 §7.4.2: whether an endpoint may put this code in a Close frame. 1004 is reserved, 1016 to 2999 are unassigned. */
export function mayStandInFrame(code: number): boolean {
  if (code >= 3000) return code <= 4999;
  return code >= 1000 && code <= 1014 && code !== 1004 && code !== 1005 && code !== 1006;
}

const nothing = new Uint8Array(0);
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Reads the body of a Close frame; a string is the violation that it shows. */
export function parseClose(payload: Uint8Array): CloseStatus | FrameViolation {
  // RFC 6455 §7.1.5: "If this Close control frame contains no status code, _The WebSocket Connection Close Code_ is
  // considered to be 1005."
  if (payload.length === 0) return { code: closeCodes.noStatus, reason: '' };
  if (payload.length === 1) return 'close-payload-of-one-byte';
  const code = payload[0]! * 0x100 + payload[1]!;
  if (!mayStandInFrame(code)) return 'close-code-not-allowed';
  const reason = payload.subarray(2);
  if (!isUtf8(reason)) return 'close-reason-not-utf8';
  return { code, reason: reason.length === 0 ? '' : decoder.decode(reason) };
}

/**
 * Writes the body of a Close frame; without a code it is empty.
 * @throws LocalProtocolError on a code that may not be sent, a reason without a code, or a reason over 123 bytes.
 */
export function serializeClose(code?: number, reason = ''): Uint8Array {
  if (code === undefined) {
    if (reason !== '') throw new LocalProtocolError('A close reason needs a close code (RFC 6455 §5.5.1)');
    return nothing;
  }
  if (!Number.isInteger(code) || !mayStandInFrame(code)) {
    throw new LocalProtocolError(`${code} may not be sent as a close code (RFC 6455 §7.4)`);
  }
  const text = reason === '' ? nothing : encoder.encode(reason);
  if (text.length > maxControlPayload - 2) {
    throw new LocalProtocolError(`A close reason takes at most 123 bytes of UTF-8, not ${text.length} (RFC 6455 §5.5)`);
  }
  const payload = new Uint8Array(2 + text.length);
  payload[0] = code >>> 8;
  payload[1] = code;
  payload.set(text, 2);
  return payload;
}
