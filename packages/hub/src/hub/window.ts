/**
 * How much of what was sent to a peer is not known to have arrived: the window. What the kernel was handed can't be taken
 * back, and it takes megabytes, so no more than the window is handed out unacknowledged; what waits behind it is ours, and a topic's policy can act
 * on it.
 *
 * Publications are counted from 1 for each session. An acknowledgement names the last one that arrived.
 */

export interface WindowLimits {
  /** Publications under way. @default 256 */
  readonly messages: number;
  /** Bytes under way. @default 64 KiB */
  readonly bytes: number;
  /** Of the publications, those of `latest` topics: each of them may be old by the time that it is read. @default 16 */
  readonly latest: number;
}

export const defaultWindow: WindowLimits = { messages: 256, bytes: 64 * 1024, latest: 16 };

/** Places that a window begins with: few sessions ever have as many publications under way as they may. */
const firstPlaces = 16;

export class Window {
  readonly limits: WindowLimits;
  /** Twice the size of each publication under way, plus one when it is of a `latest` topic. */
  #ring: Uint32Array;
  /** The place of the oldest. */
  #first = 0;
  #sent = 0;
  #acknowledged = 0;
  #bytes = 0;
  #latest = 0;

  constructor(limits: WindowLimits) {
    this.limits = limits;
    this.#ring = new Uint32Array(Math.min(limits.messages, firstPlaces));
  }

  /** How many were ever sent. */
  get sent(): number {
    return this.#sent;
  }

  /** Whether one more may be sent. One always may when nothing is under way, whatever its size. */
  hasRoom(latest: boolean): boolean {
    const messages = this.#sent - this.#acknowledged;
    if (messages === 0) return true;
    const { limits } = this;
    return messages < limits.messages && this.#bytes < limits.bytes && (!latest || this.#latest < limits.latest);
  }

  /** How many bytes so many more may take together, if they are sent as one; 0: they have no room as a whole. */
  roomFor(count: number, latest: boolean): number {
    const { limits } = this;
    if (this.#sent - this.#acknowledged + count > limits.messages) return 0;
    if (latest && this.#latest + count > limits.latest) return 0;
    return Math.max(0, limits.bytes - this.#bytes);
  }

  /** Half of it, in any measure, is under way: time to ask how far the peer is. */
  get isHalfFull(): boolean {
    const { messages, bytes, latest } = this.limits;
    return (this.#sent - this.#acknowledged) * 2 >= messages || this.#bytes * 2 >= bytes || this.#latest * 2 >= latest;
  }

  add(bytes: number, latest: boolean): void {
    const size = Math.min(bytes, 0x7fffffff);
    const count = this.#sent - this.#acknowledged;
    if (count === this.#ring.length) this.#grow();
    const place = this.#first + count;
    const { length } = this.#ring;
    this.#ring[place < length ? place : place - length] = size * 2 + (latest ? 1 : 0);
    this.#sent++;
    this.#bytes += size;
    if (latest) this.#latest++;
  }

  /** Everything up to the `total`th has arrived. False: so many were never sent. */
  acknowledge(total: number): boolean {
    if (total > this.#sent) return false;
    const ring = this.#ring;
    let bytes = 0;
    for (; this.#acknowledged < total; this.#acknowledged++) {
      const entry = ring[this.#first]!;
      this.#first = this.#first + 1 === ring.length ? 0 : this.#first + 1;
      bytes += entry >>> 1;
      this.#latest -= entry & 1;
    }
    this.#bytes -= bytes;
    return true;
  }

  #grow(): void {
    const ring = this.#ring;
    this.#ring = new Uint32Array(ring.length * 2);
    this.#ring.set(ring.subarray(this.#first));
    this.#ring.set(ring.subarray(0, this.#first), ring.length - this.#first);
    this.#first = 0;
  }
}
