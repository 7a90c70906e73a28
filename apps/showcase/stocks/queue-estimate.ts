/**
 * What a queue would come to that keeps every message for a slow reader, computed from what is known: how many were published
 * when, by the offsets and times that came, and how many were read. The next one that such a reader read would be
 * the one at `start + read`; how long ago that was published is its age.
 */

export interface QueueState {
  /** Messages that would wait. */
  readonly waiting: number;
  /** How old the next one would be, ms. */
  readonly age: number;
}

interface Sample {
  readonly time: number;
  readonly offset: number;
}

/** Not more often than this is a sample kept, ms; and not more of them than this. */
const sampleInterval = 250;
const maxSamples = 2_000;

export class QueueEstimate {
  #epoch: string | undefined;
  #samples: Sample[] = [];
  #newest: Sample | undefined;
  #start = 0;
  #read = 0;

  /** A live message was read: its place in the topic, and when it was published, ms since 1970. */
  took({ epoch, offset }: { readonly epoch: string; readonly offset: number }, time: number): void {
    if (epoch !== this.#epoch) this.#begin(epoch, offset, time);
    else this.#read++;
    if (this.#newest !== undefined && offset <= this.#newest.offset) return;
    this.#newest = { time, offset };
    const last = this.#samples.at(-1);
    if (last === undefined || time - last.time >= sampleInterval) this.#samples.push(this.#newest);
    // Fewer, but as far back.
    if (this.#samples.length > maxSamples) this.#samples = this.#samples.filter((_, index) => index % 2 === 0);
  }

  /** How many were published since it began, as far as is known. */
  get published(): number {
    return this.#newest === undefined ? 0 : this.#newest.offset - this.#start;
  }

  /** `now` by the server's clock. */
  state(now: number): QueueState | undefined {
    if (this.#newest === undefined) return undefined;
    const head = this.#start + this.#read;
    if (head >= this.#newest.offset) return { waiting: 0, age: 0 };
    return { waiting: this.#newest.offset - head, age: Math.max(0, now - this.#timeOf(head)) };
  }

  /** Forgets everything: the queue begins anew, empty. */
  reset(): void {
    this.#epoch = undefined;
    this.#newest = undefined;
    this.#samples = [];
  }

  #begin(epoch: string, offset: number, time: number): void {
    this.#epoch = epoch;
    this.#start = offset;
    this.#read = 0;
    this.#newest = { time, offset };
    this.#samples = [this.#newest];
  }

  #timeOf(offset: number): number {
    const after = this.#samples.findIndex((sample) => sample.offset >= offset);
    const next = this.#samples[after] ?? this.#newest!;
    const before = this.#samples[after === -1 ? this.#samples.length - 1 : after - 1];
    if (before === undefined || next.offset === before.offset) return next.time;
    const part = (offset - before.offset) / (next.offset - before.offset);
    return before.time + part * (next.time - before.time);
  }
}
