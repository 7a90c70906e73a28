/**
 * The payload of one message while its bytes arrive: one growing buffer, so that a message in a million pieces costs its
 * bytes and not a million objects.
 *
 * Rule of this file: never more than `foresight` times what has really arrived is allocated, whatever a header declares.
 */

/**
 * What a peer must send to make us allocate: 1 byte for every 32, above a small start. So a read of nearly 64 KiB is enough for
 * the whole of a message of 1 MiB.
 */
const foresight = 32;
const smallest = 256;

const empty = new Uint8Array(0);

export class MessageBuffer {
  readonly #allocate: (size: number) => Uint8Array;
  #bytes: Uint8Array = empty;
  #length = 0;

  constructor(allocate: (size: number) => Uint8Array = (size) => new Uint8Array(size)) {
    this.#allocate = allocate;
  }

  get length(): number {
    return this.#length;
  }

  /**
   * Copies `source[start … end)` in, unless it stands where `spare` said. `expected` is how long the message will be at the least, and `final` says that it
   * will be no longer.
   */
  append(source: Uint8Array, start: number, end: number, expected: number, final: boolean): void {
    const length = this.#length + end - start;
    if (length > this.#bytes.length) this.#grow(length, expected, final);
    const inPlace = source.buffer === this.#bytes.buffer && source.byteOffset + start === this.#end;
    if (!inPlace)
      this.#bytes.set(start === 0 && end === source.length ? source : source.subarray(start, end), this.#length);
    this.#length = length;
  }

  /** Memory for at most `most` of the bytes that come next, as far as there is any yet. */
  spare(most: number): Uint8Array {
    return this.#bytes.subarray(this.#length, this.#length + most);
  }

  /** Hands the message over and forgets it. */
  take(): Uint8Array {
    const whole = this.#length === this.#bytes.length ? this.#bytes : this.#bytes.subarray(0, this.#length);
    this.clear();
    return whole;
  }

  clear(): void {
    this.#bytes = empty;
    this.#length = 0;
  }

  /** Where in their memory the message's bytes end. */
  get #end(): number {
    return this.#bytes.byteOffset + this.#length;
  }

  #grow(length: number, expected: number, final: boolean): void {
    // Doubling keeps appending linear; what the header announces is trusted only as far as bytes have come.
    const size = Math.max(length * 2, Math.min(expected, length * foresight), smallest);
    const grown = this.#allocate(final && size > expected ? expected : size);
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}
