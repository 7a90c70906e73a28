/**
 * The other side of permessage-deflate as most libraries build it: one zlib stream for each direction that lives as long
 * as the connection. It shares nothing with src/, which keeps windows of its own.
 */
import zlib from 'node:zlib';

const tail = Uint8Array.of(0x00, 0x00, 0xff, 0xff);

export interface PeerDirection {
  readonly windowBits: number;
  readonly takeover: boolean;
}

/** One message through a stream that goes on. */
function through(stream: zlib.DeflateRaw | zlib.InflateRaw, input: Uint8Array): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const parts: Buffer[] = [];
  const take = (part: Buffer): void => void parts.push(part);
  stream.on('data', take);
  stream.once('error', reject);
  stream.write(input);
  stream.flush(zlib.constants.Z_SYNC_FLUSH, () => {
    stream.off('data', take);
    stream.off('error', reject);
    resolve(Buffer.concat(parts));
  });
  return promise;
}

export class ZlibDeflater {
  readonly #direction: PeerDirection;
  #stream: zlib.DeflateRaw | undefined;

  constructor(direction: PeerDirection) {
    this.#direction = direction;
  }

  async deflate(message: Uint8Array): Promise<Uint8Array> {
    // A raw stream of zlib's can't have a window of 8 bits; one of 9 never refers back further than 250 bytes.
    this.#stream ??= zlib.createDeflateRaw({ windowBits: Math.max(9, this.#direction.windowBits) });
    const whole = await through(this.#stream, message);
    if (!this.#direction.takeover) this.#stream = undefined;
    return whole.subarray(0, whole.length - tail.length);
  }
}

export class ZlibInflater {
  readonly #direction: PeerDirection;
  #stream: zlib.InflateRaw | undefined;

  constructor(direction: PeerDirection) {
    this.#direction = direction;
  }

  async inflate(payload: Uint8Array): Promise<Uint8Array> {
    // zlib checks references within one chunk of output against that chunk alone: no larger than the window, so that none escapes.
    const { windowBits } = this.#direction;
    this.#stream ??= zlib.createInflateRaw({ windowBits, chunkSize: Math.min(1 << windowBits, 16_384) });
    const message = await through(this.#stream, Buffer.concat([payload, tail]));
    if (!this.#direction.takeover) this.#stream = undefined;
    return message;
  }
}
