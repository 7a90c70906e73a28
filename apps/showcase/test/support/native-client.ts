/** Node's own `WebSocket` (undici's), with its messages as a queue: a peer that is not ours. */

/** Something that was received; an ArrayBuffer when it was binary. */
export type Received = string | ArrayBuffer;

export class NativeClient {
  readonly socket: WebSocket;
  /** How the connection ended. */
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly #received: Received[] = [];
  #waiting: ((data: Received) => void) | undefined;

  constructor(url: string, protocols?: string[]) {
    this.socket = new WebSocket(url, protocols);
    this.socket.binaryType = 'arraybuffer';
    this.socket.addEventListener('message', ({ data }) => {
      if (this.#waiting === undefined) this.#received.push(data);
      else this.#waiting(data);
      this.#waiting = undefined;
    });
    this.closed = new Promise((resolve) => {
      this.socket.addEventListener('close', ({ code, reason }) => resolve({ code, reason }));
    });
  }

  static async open(url: string, protocols?: string[]): Promise<NativeClient> {
    const client = new NativeClient(url, protocols);
    await new Promise<void>((resolve, reject) => {
      client.socket.addEventListener('open', () => resolve());
      client.socket.addEventListener('error', () => reject(new Error(`${url} did not open`)));
    });
    return client;
  }

  send(data: string | Uint8Array<ArrayBuffer>): void {
    this.socket.send(data);
  }

  async next(): Promise<Received> {
    const early = this.#received.shift();
    return early ?? (await new Promise<Received>((resolve) => (this.#waiting = resolve)));
  }

  async close(): Promise<void> {
    this.socket.close();
    await this.closed;
  }
}
