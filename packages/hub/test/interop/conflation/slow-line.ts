/**
 * A plain WAMP client that reads its TCP socket a little at a time, so many messages a second, and answers a Ping when it comes
 * to it, as every WebSocket does. What it has not read stands in the buffers of the kernel, or is still the hub's.
 */
import { connect, type Socket } from 'node:net';
import { Connection, type ConnectionEvents } from 'tidewire/protocol';

const handshake = [
  'GET /realtime HTTP/1.1',
  'Host: 127.0.0.1',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Protocol: wamp.2.json',
  '\r\n',
].join('\r\n');

/** The largest piece that is read: about two EVENTs. */
const piece = 256;

export class SlowLine {
  /** Pings that were answered: each moved the hub's window. */
  pings = 0;
  readonly #stream: Socket;
  readonly #pause: number;
  readonly #told: (data: any, details: any) => void;
  readonly #connection: Connection;
  /** Of the handshake's answer. */
  #head = '';
  #isOpen = false;
  /** EVENTs in the piece that was read last. */
  #events = 0;

  /** @param pause ms that each EVENT takes */
  constructor(port: number, topic: string, pause: number, told: (data: any, details: any) => void) {
    this.#pause = pause;
    this.#told = told;
    const none = (): void => {};
    const events: ConnectionEvents = {
      text: (text) => this.#receive(JSON.parse(text), topic),
      output: (frame) => {
        for (const bytes of frame instanceof Uint8Array ? [frame] : frame) this.#stream.write(bytes);
      },
      ping: () => void this.pings++,
      ...{ binary: none, compressed: none, pong: none },
      ...{ closeReceived: () => this.close(), failed: () => this.close() },
    };
    this.#connection = new Connection('client', events);
    const buffer = new Uint8Array(piece);
    const callback = (length: number): boolean => this.#read(buffer.slice(0, length));
    this.#stream = connect({ port, host: '127.0.0.1', onread: { buffer, callback } });
    this.#stream.on('error', none).write(handshake);
  }

  close(): void {
    this.#stream.destroy();
  }

  /** False: nothing more is taken from the kernel for now. */
  #read(bytes: Uint8Array): boolean {
    this.#events = 0;
    if (this.#isOpen) {
      this.#connection.receive(bytes);
      this.#connection.outputFlushed();
    } else this.#shakeHands(bytes);
    if (this.#events === 0) return true;
    setTimeout(() => this.#stream.resume(), this.#events * this.#pause);
    return false;
  }

  #shakeHands(bytes: Uint8Array): void {
    this.#head += Buffer.from(bytes).toString('latin1');
    if (!this.#head.endsWith('\r\n\r\n')) return;
    this.#isOpen = this.#head.startsWith('HTTP/1.1 101 ');
    this.#send([1, 'realm1', { roles: { subscriber: {} } }]);
  }

  #receive(list: readonly any[], topic: string): void {
    if (list[0] === 2) this.#send([32, 1, {}, topic]);
    if (list[0] !== 36) return;
    this.#events++;
    this.#told(list[4][0], list[3]);
  }

  #send(list: readonly unknown[]): void {
    this.#connection.sendText(JSON.stringify(list));
  }
}
