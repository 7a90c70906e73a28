/**
 * zlib for one message at a time, with streams that are kept: one compressor for each setting and one inflater, which all
 * connections share and which start anew for each message.
 *
 * Starting anew is cheaper than making a stream. It is cheaper than a stream for each connection, too, whose memory is cold in
 * the processor's cache when its turn comes. What a stream did before must not show in what the next connection gets: its
 * window is wiped after each message. Node has no public call for this, so the handle inside a zlib stream is used, on those
 * lines of Node on which the tests were run, and after a trial. Everywhere else `freshZlib` gives the same results.
 */
import { Buffer } from 'node:buffer';
import process from 'node:process';
import zlib from 'node:zlib';
import {
  type DeflateSetting,
  freshZlib,
  type Inflated,
  type InflateSetting,
  largestInTurn,
  type ZlibInTurn,
} from './fresh-zlib.ts';

const { Z_SYNC_FLUSH, Z_FINISH, Z_DEFAULT_STRATEGY } = zlib.constants;

/** RFC 1951 §3.2.4: a block's three bits of header, padded, and its length twice. */
const storedHeader = 5;
const largestWindow = 1 << 15;
const zeros = new Uint8Array(largestWindow);

export class KeptZlib implements ZlibInTurn {
  /** Seven windows for each level and memLevel that somebody configured: 24 KiB each at the defaults. */
  readonly #deflaters = new Map<string, KeptStream>();
  #inflater: KeptStream | undefined;
  readonly #input = Buffer.allocUnsafeSlow(storedHeader + largestWindow + largestInTurn);
  /** A whole window and a message; zlib makes no message larger by more than an eighth. */
  readonly #output = Buffer.allocUnsafeSlow(2 * largestInTurn);

  deflate(message: Uint8Array, setting: DeflateSetting): Buffer {
    const { windowBits, level, memLevel, dictionary } = setting;
    const used = message.length + (dictionary?.length ?? 0);
    // zlib's buffer has room for two windows, and what moves through it can't be wiped.
    if (used >= 2 << windowBits) return freshZlib.deflate(message, setting);
    const key = `${windowBits} ${level} ${memLevel}`;
    let stream = this.#deflaters.get(key);
    if (stream === undefined) {
      stream = new KeptStream(zlib.createDeflateRaw({ windowBits, level, memLevel, chunkSize: 64 }));
      this.#deflaters.set(key, stream);
    }
    try {
      stream.restart(setting);
      const { written } = stream.write(Z_SYNC_FLUSH, message, this.#output);
      if (written === this.#output.length) throw new Error('zlib made a message larger than it may');
      const deflated = copied(this.#output, 0, written);
      stream.wipe(used, setting, this.#output);
      return deflated;
    } catch (error) {
      this.#deflaters.delete(key); // a stream that failed is not used again
      stream.close();
      throw error;
    }
  }

  inflate(input: Uint8Array, { dictionary, maxOutputLength }: InflateSetting): Inflated {
    // A stream with the largest window reads what was made for a smaller one, so one serves all. It is primed by no call of
    // its own, but by a block in front that holds the dictionary as it is, and whose output is skipped.
    const before = dictionary === undefined ? 0 : this.#store(dictionary);
    this.#input.set(input, before);
    const stream = (this.#inflater ??= new KeptStream(zlib.createInflateRaw({ chunkSize: 64 })));
    try {
      stream.restart();
      const all = this.#input.subarray(0, before + input.length);
      const { bytes, bytesRead } = this.#inflateAll(stream, all, dictionary?.length ?? 0, maxOutputLength);
      return { bytes, bytesRead: bytesRead - before };
    } catch (error) {
      this.#inflater = undefined;
      stream.close();
      throw error;
    }
  }

  /** Begins the input with a stored block, and says how long it is. */
  #store(dictionary: Uint8Array): number {
    const { length } = dictionary;
    this.#input[0] = 0; // BFINAL 0, BTYPE 00
    this.#input.writeUInt16LE(length, 1);
    this.#input.writeUInt16LE(length ^ 0xffff, 3);
    this.#input.set(dictionary, storedHeader);
    return storedHeader + length;
  }

  #inflateAll(stream: KeptStream, input: Buffer, skipped: number, limit: number): Inflated {
    const parts: Buffer[] = [];
    let [length, bytesRead, from] = [0, 0, skipped];
    for (;;) {
      // Z_FINISH: a stream that breaks off is an error, and a window that nothing will refer to is not kept.
      const { written, read } = stream.write(Z_FINISH, input.subarray(bytesRead), this.#output);
      bytesRead += read;
      length += written - from;
      if (length > limit) throw Object.assign(new RangeError('Too large'), { code: 'ERR_BUFFER_TOO_LARGE' });
      parts.push(copied(this.#output, from, written));
      if (written < this.#output.length) break;
      from = 0;
    }
    return { bytes: parts.length === 1 ? parts[0]! : Buffer.concat(parts), bytesRead };
  }
}

function copied(bytes: Buffer, start: number, end: number): Buffer {
  const copy = Buffer.allocUnsafe(end - start);
  bytes.copy(copy, 0, start, end);
  return copy;
}

/** What Node keeps inside a zlib stream; none of it is documented. */
interface Inside {
  readonly _handle: {
    init(
      windowBits: number,
      level: number,
      memLevel: number,
      strategy: number,
      state: Uint32Array,
      afterAsyncWrite: () => void,
      dictionary: Uint8Array | undefined,
    ): void;
    reset(): void;
    params(level: number, strategy: number): void;
    writeSync(
      flush: number,
      input: Uint8Array,
      inputFrom: number,
      inputLength: number,
      output: Uint8Array,
      outputFrom: number,
      outputLength: number,
    ): void;
    onerror: (message: string, errno: number, code: string) => void;
  };
  /** After a write: how much room is left in the output, and how much of the input. */
  readonly _writeState: Uint32Array;
}

/** A zlib stream that is driven by its handle. */
class KeptStream {
  readonly #stream: zlib.DeflateRaw | zlib.InflateRaw;
  readonly #handle: Inside['_handle'];
  readonly #left: Uint32Array;
  #failure: Error | undefined;

  constructor(stream: zlib.DeflateRaw | zlib.InflateRaw) {
    const { _handle, _writeState } = stream as unknown as Inside;
    this.#stream = stream;
    this.#handle = _handle;
    this.#left = _writeState;
    // Node's own would destroy the stream and emit an event later.
    _handle.onerror = (message, errno, code) => {
      this.#failure = Object.assign(new Error(message), { errno, code });
    };
  }

  /** Forgets all that went before; what follows may refer to the setting's dictionary. */
  restart(setting?: DeflateSetting): void {
    if (setting?.dictionary !== undefined) this.#prime(setting, setting.dictionary);
    this.#handle.reset();
    this.#check();
  }

  /** `reset` puts the dictionary in place that was given last. To give one once more does not make the stream anew. */
  #prime({ windowBits, level, memLevel }: DeflateSetting, dictionary: Uint8Array | undefined): void {
    this.#handle.init(windowBits, level, memLevel, Z_DEFAULT_STRATEGY, this.#left, () => {}, dictionary);
  }

  write(flush: number, input: Uint8Array, output: Buffer): { written: number; read: number } {
    this.#handle.writeSync(flush, input, 0, input.length, output, 0, output.length);
    this.#check();
    return { written: output.length - this.#left[0]!, read: input.length - this.#left[1]! };
  }

  /**
   * Fills the window with zeros, as far as it was used. Where zlib looks for what it has seen before, it reads a byte past
   * the end of the message: what stands there may decide whether it finds something, and so another connection's byte would
   * show in a length. At level 0 zlib copies what it is given into its window and does nothing else, which costs 1 µs.
   */
  wipe(used: number, setting: DeflateSetting, output: Buffer): void {
    const window = 1 << setting.windowBits;
    if (setting.dictionary !== undefined) this.#prime(setting, undefined);
    this.#handle.reset();
    this.#handle.params(0, Z_DEFAULT_STRATEGY);
    this.write(Z_SYNC_FLUSH, zeros.subarray(0, Math.min(used, window)), output);
    if (used > window) this.write(Z_SYNC_FLUSH, zeros.subarray(0, used - window), output);
    this.#handle.reset();
    this.#handle.params(setting.level, Z_DEFAULT_STRATEGY);
    this.#check();
  }

  close(): void {
    this.#stream.close();
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }
}

/** The lines of Node on which the tests of `KeptZlib` were run: elsewhere a call inside Node could end the process. */
const [firstLine, lastLine] = [22, 26];

/** `KeptZlib` where it can be had, else `freshZlib`. The arguments are there for tests. */
export function pickZlib(
  node: string = process.versions.node,
  make: () => ZlibInTurn = () => new KeptZlib(),
): ZlibInTurn {
  const line = Number.parseInt(node, 10);
  if (line < firstLine || line > lastLine || process.versions['bun'] !== undefined) return freshZlib;
  try {
    const kept = make();
    return passesTrial(kept) ? kept : freshZlib;
  } catch {
    return freshZlib;
  }
}

/** Does it what `freshZlib` does, with one dictionary after another? */
function passesTrial(kept: ZlibInTurn): boolean {
  const message = Buffer.from('one message, another message');
  return ['one message, ', 'another message', undefined].every((known) => {
    const dictionary = known === undefined ? undefined : Buffer.from(known);
    const setting = { windowBits: 9, level: 6, memLevel: 1, dictionary };
    const [made, expected] = [kept.deflate(message, setting), freshZlib.deflate(message, setting)];
    const ended = Buffer.concat([made, Buffer.of(3, 0)]);
    const { bytes, bytesRead } = kept.inflate(ended, { windowBits: 9, maxOutputLength: message.length, dictionary });
    return made.equals(expected) && bytes.equals(message) && bytesRead === ended.length;
  });
}

let picked: ZlibInTurn | undefined;

/** The one that all connections of this thread share. */
export function zlibInTurn(): ZlibInTurn {
  picked ??= pickZlib();
  return picked;
}
