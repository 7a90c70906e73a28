/**
 * A client made of bytes: what a test writes goes out as it is, what comes back is read as it came. It shares no code with
 * Tidewire, so the two can't be wrong together.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A frame as a server sends it. */
export interface RawFrame {
  readonly fin: boolean;
  readonly rsv1: boolean;
  readonly opcode: number;
  readonly payload: Buffer;
}

export const handshakeKey = 'dGhlIHNhbXBsZSBub25jZQ==';

/** A TCP connection with a buffer of what was not read yet. */
export class RawClient {
  readonly #stream: Socket;
  #chunks: Buffer[] = [];
  #buffered = 0;
  #ended = false;
  #arrived: () => void = () => {};

  constructor(stream: Socket) {
    this.#stream = stream;
    stream.on('data', (chunk) => {
      this.#chunks.push(chunk);
      this.#buffered += chunk.length;
      this.#arrived();
    });
    for (const event of ['end', 'close', 'error']) {
      stream.on(event, () => {
        this.#ended = true;
        this.#arrived();
      });
    }
  }

  static async connect(port: number): Promise<RawClient> {
    const stream = connect(port, '127.0.0.1');
    await once(stream, 'connect');
    return new RawClient(stream);
  }

  /** Connects and shakes hands. @throws when the answer is not 101 */
  static async open(port: number, path: string): Promise<RawClient> {
    const client = await RawClient.connect(port);
    client.write(openingHandshake(path, [`Host: 127.0.0.1:${port}`]));
    const head = await client.head();
    if (!head.startsWith('HTTP/1.1 101 ')) throw new Error(head);
    return client;
  }

  write(bytes: string | Uint8Array): void {
    this.#stream.write(bytes);
  }

  /** Everything up to and with the empty line. */
  async head(): Promise<string> {
    for (;;) {
      const bytes = this.#whole();
      const end = bytes.indexOf('\r\n\r\n');
      if (end >= 0) return (await this.bytes(end + 4)).toString('latin1');
      if (this.#ended) throw new Error(`The connection ended after ${JSON.stringify(bytes.toString('latin1'))}`);
      await this.#more();
    }
  }

  async bytes(count: number): Promise<Buffer> {
    while (this.#buffered < count) {
      if (this.#ended) throw new Error(`The connection ended ${count - this.#buffered} bytes early`);
      await this.#more();
    }
    const bytes = this.#whole();
    this.#chunks = [bytes.subarray(count)];
    this.#buffered -= count;
    return bytes.subarray(0, count);
  }

  async frame(): Promise<RawFrame> {
    const [first = 0, second = 0] = await this.bytes(2);
    let length = second & 0x7f;
    if (length === 126) length = (await this.bytes(2)).readUInt16BE();
    else if (length === 127) length = Number((await this.bytes(8)).readBigUInt64BE());
    const payload = await this.bytes(length);
    return { fin: (first & 0x80) !== 0, rsv1: (first & 0x40) !== 0, opcode: first & 0x0f, payload };
  }

  /** Resolves once the server has ended the stream. */
  async ended(): Promise<void> {
    while (!this.#ended) await this.#more();
  }

  /** Reads nothing any more, so that the server's bytes pile up. */
  pause(): void {
    this.#stream.pause();
  }

  destroy(): void {
    this.#stream.destroy();
  }

  [Symbol.dispose](): void {
    this.destroy();
  }

  #whole(): Buffer {
    const whole = Buffer.concat(this.#chunks);
    this.#chunks = [whole];
    return whole;
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#arrived = resolve;
    });
  }
}

export function openingHandshake(path: string, fields: readonly string[]): string {
  const lines = [
    `GET ${path} HTTP/1.1`,
    ...fields,
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Key: ${handshakeKey}`,
    'Sec-WebSocket-Version: 13',
  ];
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** A client's frame. Its masking key is zero, which RFC 6455 allows and which leaves the payload as it is. */
export function clientFrame(opcode: number, payload: string | Uint8Array, fin = true): Buffer {
  const body = Buffer.from(payload);
  const header = Buffer.alloc(body.length < 126 ? 6 : body.length < 65_536 ? 8 : 14);
  header[0] = (fin ? 0x80 : 0) | opcode;
  header[1] = 0x80 | (body.length < 126 ? body.length : body.length < 65_536 ? 126 : 127);
  if (header.length === 8) header.writeUInt16BE(body.length, 2);
  if (header.length === 14) header.writeBigUInt64BE(BigInt(body.length), 2);
  return Buffer.concat([header, body]);
}
