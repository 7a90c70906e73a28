/**
 * What the tests with hostile peers are made of: the server in a process of its own, a peer that says whatever it is told to,
 * and a witness, who behaves and must not notice anything.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { WebSocket } from 'ws';
import type { Dict } from '../../src/wamp/options.ts';
import type { Serializer } from '../../src/wamp/serializers/serializer.ts';
import { wampSerializers } from '../../src/wamp/serializers/subprotocols.ts';
import { allFeatures } from '../support/wamp-router.ts';
import type { Condition } from './hostile-server.ts';

export const subprotocols = ['wamp.2.json', 'wamp.2.msgpack', 'wamp.2.cbor', 'wamp'] as const;
const serializers = wampSerializers({ maxDepth: 100, maxItems: 1e6 });

/** How long anything may take, ms: far more than it does. */
const patience = 15_000;

export async function within<T>(what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not happen in time`)), patience);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The server in its process. */
export class HostileServer {
  readonly port: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  static async start(): Promise<HostileServer> {
    const script = fileURLToPath(new URL('hostile-server.ts', import.meta.url));
    const flags = ['--disable-warning=ExperimentalWarning', '--conditions=tidewire-src', '--expose-gc'];
    const child = spawn(process.execPath, [...flags, script], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const [{ port }] = (await within('the start', once(child, 'message'))) as [{ port: number }];
    return new HostileServer(child, port);
  }

  async condition(): Promise<Condition> {
    const answer = once(this.#child, 'message');
    this.#child.send('how are you?');
    return (await within('an answer of the server', answer))[0];
  }

  stop(): void {
    this.#child.disconnect();
  }
}

/**
 * What the server may hold more than before, also in the middle of an attack, bytes: heap and buffers once everything is
 * collected, about three times what may wait for one socket (16 MiB); and what the system has given to the process.
 */
export const budget = { held: 48 << 20, rss: 256 << 20 } as const;

/** The server with somebody who behaves, and what it held before anybody attacked. */
export class Scene {
  readonly server: HostileServer;
  readonly witness: Witness;
  readonly before: Condition;

  private constructor(server: HostileServer, witness: Witness, before: Condition) {
    this.server = server;
    this.witness = witness;
    this.before = before;
  }

  static async begin(): Promise<Scene> {
    const server = await HostileServer.start();
    for (const subprotocol of subprotocols) await (await HostilePeer.join(server, subprotocol)).close();
    const witness = await Witness.begin(server);
    return new Scene(server, witness, await server.condition());
  }

  /** Nobody but the attacker noticed anything, and nothing of the attack is left. */
  async unharmed(): Promise<void> {
    await this.witness.unharmed();
    for (const peer of HostilePeer.open) if (!this.witness.peers.includes(peer)) peer.socket.terminate();
    let now = await this.server.condition();
    for (let i = 0; now.sessions > this.before.sessions && i < 100; i++) {
      await delay(50);
      now = await this.server.condition();
    }
    assert.deepEqual([now.accidents, now.polluted, now.sessions], [[], [], this.before.sessions]);
    this.within(now);
  }

  /** What the server holds in the middle of an attack is bounded too. */
  async bounded(): Promise<Condition> {
    const now = await this.server.condition();
    this.within(now);
    return now;
  }

  within(now: Condition): void {
    for (const what of ['held', 'rss'] as const) {
      const more = now[what] - this.before[what];
      assert.ok(more <= budget[what], `${what}: ${Math.round(more / 1024)} KiB more than before`);
    }
    if (process.env['HOSTILE_LOG']) {
      console.log(now.held - this.before.held, now.rss - this.before.rss, now.sessions, now.topics, now.reports);
    }
  }

  async end(): Promise<void> {
    await this.witness.end();
    this.server.stop();
  }
}

/** How a connection was ended. */
export interface Ending {
  readonly code: number;
  readonly reason: string;
}

export interface PeerOptions {
  /** Pongs are its own affair. @default true */
  readonly autoPong?: boolean;
}

/** A connection whose other end says whatever it likes. */
export class HostilePeer {
  /** Those that have not been closed. */
  static readonly open: Set<HostilePeer> = new Set();
  readonly socket: WebSocket;
  readonly closed: Promise<Ending>;
  /** Messages that came and were not taken, as they came. */
  readonly inbox: (string | Buffer)[] = [];
  session = 0;
  readonly #serializer: Serializer | undefined;
  #heard: (() => void) | undefined;
  #request = 0;

  constructor({ port }: { readonly port: number }, offered: readonly string[], { autoPong = true }: PeerOptions = {}) {
    this.#serializer = serializers.get(offered[0] ?? '');
    this.socket = new WebSocket(`ws://127.0.0.1:${port}/`, [...offered], { autoPong, perMessageDeflate: false });
    HostilePeer.open.add(this);
    this.socket.on('error', () => {});
    this.closed = new Promise((resolve) => {
      this.socket.on('close', (code, reason) => resolve({ code, reason: String(reason) }));
    });
    this.socket.on('message', (data: Buffer, binary) => {
      this.inbox.push(binary ? data : String(data));
      this.#heard?.();
    });
    this.socket.on('close', () => {
      HostilePeer.open.delete(this);
      this.#heard?.();
    });
  }

  /** A connection that is open. */
  static async connect(server: HostileServer, subprotocol?: string, options?: PeerOptions): Promise<HostilePeer> {
    const peer = new HostilePeer(server, subprotocol === undefined ? [] : [subprotocol], options);
    await within('the handshake', once(peer.socket, 'open'));
    return peer;
  }

  /** A connection with an open session of WAMP. */
  static async join(server: HostileServer, subprotocol = 'wamp.2.json', details: Dict = {}, options?: PeerOptions) {
    const peer = await HostilePeer.connect(server, subprotocol, options);
    await peer.hello(details);
    return peer;
  }

  async hello(details: Dict = {}): Promise<void> {
    this.say(1, 'realm1', { roles: allFeatures, ...details });
    const [type, session] = await this.next();
    assert.equal(type, 2, 'WELCOME');
    this.session = session as number;
    this.#request = 0;
  }

  /** Sends a message of WAMP, or what should be one. */
  say(...list: readonly unknown[]): void {
    this.value(list);
  }

  /** Sends any value, whether or not it is a list. */
  value(value: unknown): void {
    this.socket.send(this.#serializer!.serialize(value as readonly unknown[]));
  }

  raw(data: string | Uint8Array): void {
    this.socket.send(data);
  }

  get nextRequest(): number {
    return ++this.#request;
  }

  /** The next message as it came. */
  async nextRaw(): Promise<string | Buffer> {
    const wait = async (): Promise<void> => {
      while (this.inbox.length === 0) {
        if (this.socket.readyState === WebSocket.CLOSED) throw new Error('the connection was closed');
        await new Promise<void>((resolve) => (this.#heard = resolve));
      }
    };
    await within('a message', wait());
    return this.inbox.shift()!;
  }

  /** The next message of WAMP. */
  async next(): Promise<readonly unknown[]> {
    const list = this.#serializer!.parse(await this.nextRaw());
    assert.ok(Array.isArray(list), 'a message of WAMP');
    return list;
  }

  /** Everything that was said before has been answered; what came is counted by type, errors by their URI. */
  async settled(): Promise<Readonly<Record<string, number>>> {
    const counts: Record<string, number> = {};
    const ask = (): number => {
      const request = this.nextRequest;
      this.say(48, request, {}, 'tidewire.session.ping');
      return request;
    };
    for (let asked = ask(); ; ) {
      const [type, first, second, , error] = await this.next();
      if (type === 50 && first === asked) return counts;
      if (type === 8 && second === asked) {
        // As many calls run as may: one of them ends, and makes room for this one.
        await delay(5);
        asked = ask();
        continue;
      }
      const what = String(type === 8 ? error : type);
      counts[what] = (counts[what] ?? 0) + 1;
    }
  }

  /** It was told that it broke the protocol, and its connection ended. */
  async expectViolation(code = 1002): Promise<string> {
    const ending = await within('the end', this.closed);
    const last = this.inbox.pop();
    assert.ok(last !== undefined, `ABORT comes before ${JSON.stringify(ending)}`);
    const [type, details, reason] = this.#serializer!.parse(last) as [number, Dict, string];
    assert.deepEqual([type, reason, ending.code], [3, 'wamp.error.protocol_violation', code]);
    return String(details['message']);
  }

  async close(): Promise<void> {
    this.socket.resume();
    this.socket.terminate();
    await this.closed;
  }
}

/** Somebody who publishes and gets what is published, over both kinds of serializers, while others attack. */
export class Witness {
  readonly #publisher: HostilePeer;
  readonly #readers: readonly HostilePeer[];
  readonly #timer: NodeJS.Timeout;
  #published = 0;
  #seen = 0;

  private constructor(publisher: HostilePeer, readers: readonly HostilePeer[]) {
    this.#publisher = publisher;
    this.#readers = readers;
    this.#timer = setInterval(() => this.publish(), 20);
  }

  static async begin(server: HostileServer): Promise<Witness> {
    const [publisher, ...readers] = await Promise.all(
      ['wamp.2.json', 'wamp.2.json', 'wamp.2.msgpack'].map((each) => HostilePeer.join(server, each)),
    );
    for (const reader of readers) {
      reader.say(32, reader.nextRequest, {}, 'witness.topic');
      assert.equal((await reader.next())[0], 33);
    }
    return new Witness(publisher!, readers);
  }

  get peers(): readonly HostilePeer[] {
    return [this.#publisher, ...this.#readers];
  }

  publish(): void {
    const { nextRequest } = this.#publisher;
    this.#publisher.say(16, nextRequest, {}, 'witness.topic', [++this.#published]);
  }

  /** Every message up to now came, once and in order. */
  async unharmed(): Promise<void> {
    this.publish();
    const all = this.#published;
    for (const reader of this.#readers) {
      for (let i = this.#seen + 1; i <= all; i++) {
        const [type, , , , args] = (await reader.next()) as [number, number, number, Dict, number[]];
        assert.deepEqual([type, args?.[0]], [36, i], 'the witness missed a message');
      }
    }
    this.#seen = all;
  }

  async end(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.peers.map((peer) => peer.close()));
  }
}
