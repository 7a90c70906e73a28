/**
 * The last bytes of what went through one direction of a compressed connection: its LZ77 window (RFC 7692 §7.1.1).
 *
 * Context takeover is kept here, as plain bytes that prime zlib for each message, and not inside a zlib stream
 * that lives as long as the connection. What that buys: a connection that is silent holds at most
 * twice its window (4 KiB by default) instead of zlib's working memory (up to 256 KiB); small messages are compressed in turn,
 * by zlib memory that all connections share and that is warm; and a message that was compressed once for many peers can be told to each one's window afterwards.
 */
export class DeflateHistory {
  readonly #window: number;
  /** Filled from the start; when it is full, its last `window` bytes move to the front. At most twice the window. */
  #bytes: Uint8Array = new Uint8Array(0);
  #end = 0;

  /** @param windowBits the base-2 logarithm of the window's size, 8 to 15. */
  constructor(windowBits: number) {
    this.#window = 1 << windowBits;
  }

  /** What zlib is primed with for the next message. */
  get dictionary(): Uint8Array | undefined {
    if (this.#end === 0) return undefined;
    return this.#bytes.subarray(Math.max(0, this.#end - this.#window), this.#end);
  }

  /** A message went through. */
  append(message: Uint8Array): void {
    const tail = message.length > this.#window ? message.subarray(message.length - this.#window) : message;
    if (this.#end + tail.length > this.#bytes.length) this.#makeRoom(tail.length);
    this.#bytes.set(tail, this.#end);
    this.#end += tail.length;
  }

  #makeRoom(size: number): void {
    const kept = Math.min(this.#end, this.#window - size);
    const needed = kept + size;
    const from = this.#end - kept;
    const capacity = Math.min(2 * this.#window, Math.max(needed, 2 * this.#bytes.length));
    if (capacity > this.#bytes.length) {
      const grown = new Uint8Array(capacity);
      grown.set(this.#bytes.subarray(from, this.#end));
      this.#bytes = grown;
    } else this.#bytes.copyWithin(0, from, this.#end);
    this.#end = kept;
  }
}
