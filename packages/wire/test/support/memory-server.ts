/**
 * A server without a port: its visitors are streams in memory, and Node's own HTTP parser is between them and the code under
 * test. Requests are written, and answers read, octet by octet; nothing of src/ is used for either.
 */
import type { Server as HttpServer } from 'node:http';
import { type ServeOptions, Server } from '../../src/server/serve.ts';
import type { ServerSocket } from '../../src/server/server-socket.ts';
import { concat, exampleKey, FrameBuilder, type ReadFrame, readFrames } from './bytes.ts';
import { ManualClock } from './manual-clock.ts';
import { Pipe, turn } from './pipe.ts';

export interface MemoryServerOptions extends Omit<ServeOptions, 'clock' | 'onError'> {}

export class MemoryServer {
  readonly server: Server;
  readonly clock: ManualClock = new ManualClock();
  /** What went to `onError`. */
  readonly errors: { error: unknown; stage: string }[] = [];

  constructor(options: MemoryServerOptions) {
    const onError = (error: unknown, { stage }: { stage: string }) => void this.errors.push({ error, stage });
    this.server = new Server({ ...options, clock: this.clock, onError });
  }

  get sockets(): ServerSocket<any, any>[] {
    return [...this.server.sockets];
  }

  /** Somebody comes and sends this. */
  async visit(request: string | Uint8Array, options: VisitorOptions = {}): Promise<Visitor> {
    const visitor = new Visitor(this.server.http as HttpServer, options);
    await visitor.send(request);
    return visitor;
  }
}

export interface VisitorOptions {
  /** Comes over TLS, as far as the server can see. */
  readonly encrypted?: boolean;
  readonly remoteAddress?: string;
}

export class Visitor {
  readonly pipe: Pipe = new Pipe();
  readonly frame: FrameBuilder = new FrameBuilder(exampleKey);

  constructor(http: HttpServer, options: VisitorOptions = {}) {
    Object.assign(this.pipe.stream, options);
    http.emit('connection', this.pipe.stream);
  }

  /** Sends, and lets happen what follows. */
  async send(...pieces: readonly (string | Uint8Array)[]): Promise<void> {
    this.pipe.send(...pieces.map((piece) => (typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece)));
    await settle();
  }

  /** Everything that was answered, octets as characters. */
  get answer(): string {
    return Buffer.from(this.pipe.wire).toString('latin1');
  }

  get status(): number {
    return Number(/^HTTP\/1\.1 (\d{3}) /.exec(this.answer)?.[1]);
  }

  /** The lines of the head after the status line. */
  get lines(): string[] {
    return this.answer.slice(0, this.#endOfHead).split('\r\n').slice(1);
  }

  /** The values of a header field. */
  header(name: string): string[] {
    const prefix = `${name.toLowerCase()}: `;
    return this.lines.filter((line) => line.toLowerCase().startsWith(prefix)).map((line) => line.slice(prefix.length));
  }

  /** What follows the head. */
  get body(): string {
    return this.answer.slice(this.#endOfHead + 4);
  }

  /** The frames that follow a 101. */
  get frames(): ReadFrame[] {
    return readFrames(concat(Buffer.from(this.body, 'latin1')));
  }

  /** The texts, and the codes of Close frames, that follow a 101. */
  get heard(): (string | number)[] {
    return this.frames.map(({ opcode, payload }) =>
      opcode === 8 ? Buffer.from(payload).readUInt16BE() : Buffer.from(payload).toString(),
    );
  }

  /** The server has ended its side, and nothing holds the stream any more. */
  get gone(): boolean {
    return this.pipe.stream.destroyed;
  }

  /** Answers a Close frame and ends the stream, as a good client does. */
  async leave(code = 1000): Promise<void> {
    await this.send(this.frame.close(code));
    this.pipe.end();
    await settle();
  }

  get #endOfHead(): number {
    const end = this.answer.indexOf('\r\n\r\n');
    return end < 0 ? this.answer.length : end;
  }
}

/** Lets everything that is due happen: parsing, hooks that answer at once, and one flush. */
export async function settle(): Promise<void> {
  for (let turns = 0; turns < 4; turns++) await turn();
}

/** Header fields by name; `undefined` leaves one out that would be there. */
export type Fields = Readonly<Record<string, string | readonly string[] | undefined>>;

/** A request; `request('GET /pages HTTP/1.1')` has a Host and nothing else. */
export function request(firstLine: string, fields: Fields = {}): string {
  const lines = Object.entries({ Host: 'example.com', ...fields }).flatMap(([name, value]) =>
    value === undefined ? [] : [value].flat().map((each) => `${name}: ${each}`),
  );
  return [firstLine, ...lines, '', ''].join('\r\n');
}

/** An opening handshake as RFC 6455 §1.2 has it, but for these fields. */
export function handshake(target: string, fields: Fields = {}): string {
  return request(`GET ${target} HTTP/1.1`, {
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version': '13',
    ...fields,
  });
}
