/**
 * A byte stream of which a test holds the far end. Like a kernel it takes a write at once, until it is stalled; each write,
 * with however many buffers, is written down.
 */
import { Duplex } from 'node:stream';
import { concat } from './bytes.ts';

export class Pipe {
  /** The near end, for the code under test. */
  readonly stream: Duplex;
  /** What the near end wrote, one entry for each write. */
  readonly writes: Uint8Array[] = [];
  /** How many buffers each write had. */
  readonly buffers: number[] = [];
  /** The near end has said that it will write no more. */
  ended = false;
  #stalled = false;
  #taken: (() => void) | undefined;
  #final: (() => void) | undefined;

  constructor() {
    this.stream = new Duplex({
      read: () => {},
      write: (chunk: Uint8Array, _encoding, done) => this.#write([chunk], done),
      writev: (chunks: { chunk: Uint8Array }[], done) =>
        this.#write(
          chunks.map(({ chunk }) => chunk),
          done,
        ),
      final: (done) => {
        this.#final = () => {
          this.#final = undefined;
          this.ended = true;
          done();
        };
        if (!this.#stalled) this.#final();
      },
    });
  }

  /** All bytes that arrived at the far end. */
  get wire(): Uint8Array {
    return concat(...this.writes);
  }

  /** The far end sends; each piece is one chunk. */
  send(...pieces: readonly Uint8Array[]): void {
    for (const piece of pieces) {
      // As from the kernel, a chunk has memory of its own.
      const chunk = Buffer.allocUnsafeSlow(piece.length);
      chunk.set(piece);
      if (!this.stream.destroyed) this.stream.push(chunk);
    }
  }

  /** The far end says that it will send no more. */
  end(): void {
    this.stream.push(null);
  }

  /** The connection breaks. */
  cut(error?: Error): void {
    this.stream.destroy(error);
  }

  /** The far end stops reading: one more write is accepted, and not taken. */
  stall(): void {
    this.#stalled = true;
  }

  /** The far end reads on. */
  resume(): void {
    this.#stalled = false;
    this.takeOne();
    this.#final?.();
  }

  /** The far end takes the write that waits; stalled, it takes no other. */
  takeOne(): void {
    const taken = this.#taken;
    this.#taken = undefined;
    taken?.();
  }

  #write(chunks: readonly Uint8Array[], done: () => void): void {
    const take = (): void => {
      const bytes = concat(...chunks);
      if (bytes.length > 0) {
        this.writes.push(bytes);
        this.buffers.push(chunks.filter(({ length }) => length > 0).length);
      }
      done();
    };
    if (this.#stalled) this.#taken = take;
    else take();
  }
}

/** Lets everything that is due happen: one turn of the event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Lets turns pass until `condition` holds, for work on zlib's threads, whose end no turn can foresee. */
export async function until(condition: () => boolean): Promise<void> {
  for (let turns = 0; !condition(); turns++) {
    if (turns > 1_000_000) throw new Error('It never happened');
    await turn();
  }
}
