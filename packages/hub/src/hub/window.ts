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

/** Places that a window begins with: few sessions ever have much under way. A power of two. */
const firstPlaces = 4;
/** A publication counts as no more, so that its entry is a small integer. */
const mostBytes = 2 ** 29;

export class Window {
  readonly limits: WindowLimits;
  /**
   * What is under way, from `#first` on: a publication as twice its size, plus one when it is of a `latest` topic; a run as the
   * sizes in it, which all sessions share.
   */
  #ring: (number | readonly number[])[] = new Array(firstPlaces).fill(0);
  #first = 0;
  #count = 0;
  /** Of the run that stands first, so many have arrived. */
  #arrived = 0;
  #sent = 0;
  #acknowledged = 0;
  #bytes = 0;
  #latest = 0;

  constructor(limits: WindowLimits) {
    this.limits = limits;
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
    const size = Math.min(bytes, mostBytes);
    this.#put(size * 2 + (latest ? 1 : 0));
    this.#sent++;
    this.#bytes += size;
    if (latest) this.#latest++;
  }

  /** As `add`, for several; not of a `latest` topic. `sizes` must not change. */
  addRun(sizes: readonly number[]): void {
    this.#put(sizes);
    this.#sent += sizes.length;
    this.#bytes += sum(sizes, 0, sizes.length);
  }

  /** Everything up to the `total`th has arrived. False: so many were never sent. */
  acknowledge(total: number): boolean {
    if (total > this.#sent) return false;
    while (this.#acknowledged < total) {
      const oldest = this.#ring[this.#first]!;
      if (typeof oldest === 'number') {
        this.#acknowledged++;
        this.#bytes -= oldest >>> 1;
        this.#latest -= oldest & 1;
        this.#take();
      } else {
        const end = Math.min(oldest.length, this.#arrived + total - this.#acknowledged);
        this.#acknowledged += end - this.#arrived;
        this.#bytes -= sum(oldest, this.#arrived, end);
        this.#arrived = end;
        if (end === oldest.length) this.#take();
      }
    }
    return true;
  }

  #put(entry: number | readonly number[]): void {
    if (this.#count === this.#ring.length) this.#grow();
    this.#ring[(this.#first + this.#count++) & (this.#ring.length - 1)] = entry;
  }

  #take(): void {
    // The sizes of a run must not be kept alive by their place.
    this.#ring[this.#first] = 0;
    this.#first = (this.#first + 1) & (this.#ring.length - 1);
    this.#count--;
    this.#arrived = 0;
  }

  #grow(): void {
    const { length } = this.#ring;
    this.#ring = [...this.#ring.slice(this.#first), ...this.#ring.slice(0, this.#first), ...new Array(length).fill(0)];
    this.#first = 0;
  }
}

function sum(sizes: readonly number[], start: number, end: number): number {
  let bytes = 0;
  for (let i = start; i < end; i++) bytes += sizes[i]!;
  return bytes;
}
