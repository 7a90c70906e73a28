/** What a socket can be told, for both roles: resolved and judged once, then shared by all sockets of a server or route. */
import { type Limits, resolveLimits } from '../protocol/limits.ts';
import { type DeflateOptions, offerDeflate } from '../protocol/permessage-deflate.ts';

export interface SocketOptions {
  /** What the peer may grow; see `Limits` for each one's default. */
  readonly limits?: Partial<Limits> | undefined;
  /**
   * permessage-deflate (RFC 7692): true for the defaults. It costs CPU and memory for every message, so it is not
   * offered or accepted until asked for. @default false
   */
  readonly compression?: boolean | CompressionOptions | undefined;
  /**
   * A Ping goes out twice per `interval` (ms), and a peer from which nothing was heard for an interval is dropped with 1006;
   * `null` sends none. @default { interval: 30_000 }
   */
  readonly heartbeat?: { readonly interval: number } | null | undefined;
  /** How long a closing may take, in ms: from `close()`, or the peer's Close frame, to the end of the stream. @default 10_000 */
  readonly closeTimeout?: number | undefined;
  /** `send` returns false while more than this many bytes wait to be sent. @default 256 KiB */
  readonly highWaterMark?: number | undefined;
}

export interface CompressionOptions extends DeflateOptions {
  /** Messages below this many bytes are sent as they are. @default 512 */
  readonly threshold?: number;
  /** zlib's effort, 1 (fastest) to 9 (smallest). @default 6 */
  readonly level?: number;
  /** zlib's working memory while it compresses a message, 1 to 9. @default 5 */
  readonly memLevel?: number;
}

export interface ResolvedCompression extends DeflateOptions {
  readonly threshold: number;
  readonly level: number;
  readonly memLevel: number;
}

export interface ResolvedSocketOptions {
  readonly limits: Limits;
  readonly compression: ResolvedCompression | undefined;
  /** ms, or `null` for no heartbeat. */
  readonly heartbeatInterval: number | null;
  readonly closeTimeout: number;
  readonly highWaterMark: number;
}

const compressionDefaults = { threshold: 512, level: 6, memLevel: 5 };

/** Fills in the defaults. @throws RangeError on a value that makes no sense. */
export function resolveSocketOptions(options: SocketOptions = {}): ResolvedSocketOptions {
  return {
    limits: resolveLimits(options.limits),
    compression: resolveCompression(options.compression),
    heartbeatInterval:
      options.heartbeat === null ? null : inRange('heartbeat.interval', options.heartbeat?.interval, 30_000, 2),
    closeTimeout: inRange('closeTimeout', options.closeTimeout, 10_000, 1),
    highWaterMark: inRange('highWaterMark', options.highWaterMark, 256 * 1024, 1),
  };
}

function resolveCompression(compression: boolean | CompressionOptions = false): ResolvedCompression | undefined {
  if (compression === false) return undefined;
  const options = compression === true ? {} : compression;
  offerDeflate(options); // which throws on windows that can't be, now and not at the first handshake
  return {
    ...options,
    threshold: inRange('compression.threshold', options.threshold, compressionDefaults.threshold, 0),
    level: inRange('compression.level', options.level, compressionDefaults.level, 1, 9),
    memLevel: inRange('compression.memLevel', options.memLevel, compressionDefaults.memLevel, 1, 9),
  };
}

/** The longest that Node's timers can wait. */
const longestTimer = 2 ** 31 - 1;

/** `value`, or its default. @throws RangeError when it is not a number between `least` and `most`. */
export function inRange(
  name: string,
  value: number | undefined,
  byDefault: number,
  least: number,
  most: number = longestTimer,
): number {
  if (value === undefined) return byDefault;
  if (typeof value === 'number' && value >= least && value <= most) return value;
  throw new RangeError(`${name} must be a number from ${least} to ${most}, not ${value}`);
}
