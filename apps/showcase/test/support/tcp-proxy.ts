/**
 * A line that can fail: a TCP proxy on loopback between a client and a server, which a test cuts, stalls, slows and restores.
 * It knows nothing of what it carries.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { atEnd } from './at-end.ts';

/** Both ends of one connection through the proxy. */
interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  readonly lanes: readonly Lane[];
}

interface Weather {
  readonly stalled: boolean;
  /** ms that each chunk is late. */
  readonly delay: number;
  /** Of each connection, each way. */
  readonly bytesPerSecond: number;
}

const fair: Weather = { stalled: false, delay: 0, bytesPerSecond: Number.POSITIVE_INFINITY };

export class TcpProxy {
  /** Where the clients connect. It stays the same, whatever happens. */
  readonly port: number;
  /** Where new connections go; set it when the server has moved. */
  target: number;
  readonly #server: Server;
  readonly #pairs: Set<Pair> = new Set();
  #weather: Weather = fair;
  #isCut = false;

  private constructor(server: Server, target: number) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    this.target = target;
    server.on('connection', (client) => this.#accept(client));
  }

  /** Listens on a free port of loopback. */
  static async listen(target: number): Promise<TcpProxy> {
    const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new TcpProxy(server, target);
  }

  /** Connections through it now. */
  get connections(): number {
    return this.#pairs.size;
  }

  /** What a page is opened with, for example `http://127.0.0.1:40123/`. */
  get url(): string {
    return `http://127.0.0.1:${this.port}/`;
  }

  /** Destroys every connection, and refuses new ones (they are reset) until `restore()`. */
  cut(): void {
    this.#isCut = true;
    for (const { client, server } of this.#pairs) {
      // What a pulled cable never sends is a FIN; a reset at least does not look like a proper end.
      client.resetAndDestroy();
      server.resetAndDestroy();
    }
  }

  /** Carries nothing either way any more, and closes nothing: neither end can tell, until `restore()`. */
  stall(): void {
    this.#change({ stalled: true });
  }

  /** From now on each chunk arrives `ms` later, in order. */
  delay(ms: number): void {
    this.#change({ delay: ms });
  }

  /** From now on each connection carries so many bytes a second each way. */
  throttle(bytesPerSecond: number): void {
    this.#change({ bytesPerSecond });
  }

  /** Fair weather: what was held back goes on, and new connections are taken. */
  restore(): void {
    this.#isCut = false;
    this.#change(fair);
  }

  async close(): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #change(weather: Partial<Weather>): void {
    this.#weather = { ...this.#weather, ...weather };
    for (const { lanes } of this.#pairs) for (const lane of lanes) lane.change(this.#weather);
  }

  #accept(client: Socket): void {
    if (this.#isCut) {
      client.resetAndDestroy();
      return;
    }
    const server = connect({ port: this.target, host: '127.0.0.1', allowHalfOpen: true });
    const lanes = [new Lane(client, server, this.#weather), new Lane(server, client, this.#weather)];
    const pair: Pair = { client, server, lanes };
    this.#pairs.add(pair);
    const end = (): void => {
      for (const lane of lanes) lane.stop();
      // Whatever went wrong on one side is told the other by a reset, so that it is not taken for a proper end.
      client.resetAndDestroy();
      server.resetAndDestroy();
      this.#pairs.delete(pair);
    };
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      // One that was closed properly has said so by its FIN, which goes on behind what is still on its way.
      socket.on('error', end).on('close', () => client.destroyed && server.destroyed && end());
    }
  }
}

/** One direction of one connection: chunks in order, each sent when its time has come. */
class Lane {
  readonly #to: Socket;
  readonly #from: Socket;
  readonly #chunks: { readonly bytes: Buffer; readonly taken: number; readonly due: number }[] = [];
  #weather: Weather;
  #timer: NodeJS.Timeout | undefined;
  /** Until when the line is busy with what was sent before, by performance.now(). */
  #busyUntil = 0;
  #ended = false;

  constructor(from: Socket, to: Socket, weather: Weather) {
    this.#from = from;
    this.#to = to;
    this.#weather = weather;
    from.on('data', (bytes: Buffer) => this.#take(bytes));
    from.on('end', () => {
      this.#ended = true;
      this.#run();
    });
    to.on('drain', () => this.#run());
  }

  change(weather: Weather): void {
    this.#weather = weather;
    this.#run();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#chunks.length = 0;
  }

  #take(bytes: Buffer): void {
    const taken = performance.now();
    this.#chunks.push({ bytes, taken, due: taken + this.#weather.delay });
    // A line that does not move fills up, as a real one does: its sender is held back at last.
    if (this.#chunks.length >= 64) this.#from.pause();
    this.#run();
  }

  #run(): void {
    clearTimeout(this.#timer);
    while (!this.#weather.stalled && !this.#to.writableNeedDrain) {
      const next = this.#chunks[0];
      if (next === undefined) break;
      const now = performance.now();
      // The last byte of a chunk arrives when the line has carried all of them, those of earlier chunks first.
      const begins = Math.max(this.#weather.delay > 0 ? next.due : next.taken, this.#busyUntil);
      const at = begins + (next.bytes.length / this.#weather.bytesPerSecond) * 1000;
      if (at > now) {
        this.#timer = setTimeout(() => this.#run(), Math.ceil(at - now));
        return;
      }
      this.#chunks.shift();
      this.#busyUntil = at;
      this.#to.write(next.bytes);
    }
    if (this.#chunks.length < 64) this.#from.resume();
    if (this.#ended && this.#chunks.length === 0 && !this.#weather.stalled) this.#to.end();
  }
}

/** A proxy in front of a port, that goes with the test. */
export async function tcpProxy(context: TestContext, target: number): Promise<TcpProxy> {
  const proxy = await TcpProxy.listen(target);
  atEnd(context, () => proxy.close());
  return proxy;
}
