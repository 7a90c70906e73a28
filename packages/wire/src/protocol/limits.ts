/**
 * What a peer may grow, in bytes and in number. Each limit says what it stops; `null` lifts it.
 *
 * Bytes that arrive are never queued chunk by chunk: what is not yet a whole message is copied into one growing buffer
 * (message-buffer.ts), so the number of buffered chunks is one, however small the pieces in which a peer sends.
 */

export interface Limits {
  /** Bytes of one message, after inflation, counted while they inflate. Stops memory exhaustion and deflate bombs: 1009. @default 1 MiB */
  readonly maxMessageBytes: number | null;
  /** Payload bytes of one frame, refused by its header alone, before any of it arrives: 1009. @default 1 MiB */
  readonly maxFrameBytes: number | null;
  /** Frames of one message, empty ones included. Stops work without bytes (CVE-2026-12151): 1008. @default 4096 */
  readonly maxFragments: number | null;
  /**
   * Pongs that wait to be sent. Beyond it only the newest Ping is answered, as RFC 6455 §5.5.3 allows, so that a peer that
   * floods Pings and does not read grows nothing (ws 8.23, CVE-2026-11586). @default 16
   */
  readonly maxPendingPongs: number;
  /** Messages that were received and wait for a handler; then reading pauses. @default 64 */
  readonly maxQueuedMessages: number;
  /** Bytes of messages that were received and wait for a handler; then reading pauses. @default 1 MiB */
  readonly maxQueuedBytes: number;
  /** Bytes that wait to be sent; a send on top of that closes the connection with 1013. @default 16 MiB */
  readonly maxOutboxBytes: number;
  /** Frames that wait to be sent; a send on top of that closes the connection with 1013. @default 65536 */
  readonly maxOutboxFrames: number;
}

export const defaultLimits: Limits = {
  maxMessageBytes: 1 << 20,
  maxFrameBytes: 1 << 20,
  maxFragments: 4096,
  maxPendingPongs: 16,
  maxQueuedMessages: 64,
  maxQueuedBytes: 1 << 20,
  maxOutboxBytes: 16 << 20,
  maxOutboxFrames: 65_536,
};

/** Fills in the defaults and refuses what is not a limit. @throws RangeError */
export function resolveLimits(limits: Partial<Limits> = {}): Limits {
  if (resolvedBefore.has(limits)) return limits as Limits;
  const resolved = { ...defaultLimits };
  for (const [name, value] of Object.entries(limits)) {
    if (!Object.hasOwn(defaultLimits, name)) throw new RangeError(`There is no limit ${JSON.stringify(name)}`);
    if (value === undefined) continue;
    const liftable = name === 'maxMessageBytes' || name === 'maxFrameBytes' || name === 'maxFragments';
    if (!(value === null ? liftable : Number.isSafeInteger(value) && value >= 1)) {
      throw new RangeError(`limits.${name} must be a positive integer${liftable ? ' or null' : ''}, not ${value}`);
    }
    Object.assign(resolved, { [name]: value });
  }
  // A frame can't be larger than its message, so a user who raises one number has raised both.
  if (limits.maxFrameBytes === undefined) Object.assign(resolved, { maxFrameBytes: resolved.maxMessageBytes });
  resolvedBefore.add(resolved);
  return resolved;
}

/** A server's connections share their limits, which are looked at once. */
const resolvedBefore = new WeakSet<object>();
