/** What was to be sent while there was no connection, in order, bounded in bytes and in number. */
import { utf8Length } from '../protocol/utf8-length.ts';
import type { Sendable } from './opener.ts';

export interface OfflineQueueLimits {
  readonly maxOfflineBytes: number;
  readonly maxOfflineMessages: number;
}

export class OfflineQueue {
  readonly #limits: OfflineQueueLimits;
  #waiting: { readonly data: Sendable; readonly size: number }[] = [];
  #bytes = 0;

  constructor(limits: OfflineQueueLimits) {
    this.#limits = limits;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get length(): number {
    return this.#waiting.length;
  }

  /** Keeps a copy. False: it would not fit, and was not taken. */
  keep(data: Sendable): boolean {
    const size = sizeOf(data);
    const { maxOfflineBytes, maxOfflineMessages } = this.#limits;
    if (this.#waiting.length >= maxOfflineMessages || this.#bytes + size > maxOfflineBytes) return false;
    this.#waiting.push({ data: typeof data === 'string' ? data : copyOf(data), size });
    this.#bytes += size;
    return true;
  }

  /** Hands on what was kept, the oldest first, until `send` refuses one; that one and all behind it are kept. */
  flush(send: (data: Sendable) => boolean): void {
    let sent = 0;
    for (const { data, size } of this.#waiting) {
      if (!send(data)) break;
      this.#bytes -= size;
      sent++;
    }
    this.#waiting.splice(0, sent);
  }

  clear(): void {
    this.#waiting = [];
    this.#bytes = 0;
  }
}

/** Bytes on the wire, without framing. @throws TypeError on what can't be sent */
export function sizeOf(data: Sendable): number {
  if (typeof data === 'string') return utf8Length(data);
  const size: unknown = (data as ArrayBuffer | undefined | null)?.byteLength;
  if (typeof size !== 'number') throw new TypeError('A message is a string, an ArrayBuffer or a view of one');
  return size;
}

function copyOf(data: ArrayBufferLike | ArrayBufferView): Uint8Array {
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
  return new Uint8Array(data).slice();
}
