/**
 * Real WAMP clients, each in a process of its own that is told by lines of JSON what to do: so every one is spoken to in the
 * same way, and none shares anything with ours.
 *
 *   { id, do, … }                      one command; answered by { id, ok } or { id, error, args?, kwargs? }
 *   { id, progress }                   a progressive result of a call
 *   { event, args, kwargs, topic? }    an EVENT of the subscription to `event`
 *   { started }, { interrupted }       a callee that waits was invoked, or interrupted
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Dict } from '../../src/wamp/options.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** A client, and how it is started. */
export interface Kind {
  readonly name: string;
  readonly subprotocol: string;
  readonly command: readonly string[];
}

const node = (script: string): readonly string[] => [process.execPath, here(`peers/${script}`)];
export const subprotocols: readonly string[] = ['wamp.2.json', 'wamp.2.msgpack', 'wamp.2.cbor'];

export function autobahn(subprotocol: string): Kind {
  return { name: 'autobahn', subprotocol, command: node('autobahn-peer.cjs') };
}

export function wampy(subprotocol: string): Kind {
  return { name: 'wampy', subprotocol, command: node('wampy-peer.mjs') };
}

export function pythonAutobahn(python: string, subprotocol: string): Kind {
  return { name: 'python3-autobahn', subprotocol, command: [python, here('python/wamp_peer.py')] };
}

/** Installs the clients of npm, once: they have a lockfile of their own. */
export function installPeers(): void {
  const script = here('../../../../scripts/prepare.cjs');
  const { status, stderr } = spawnSync(process.execPath, [script, here('peers')], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
}

/** How somebody signs in. */
export interface Auth {
  readonly method: 'ticket' | 'wampcra';
  readonly authid: string;
  readonly secret: string;
}

/** What a peer answered instead of a result. */
export class PeerError extends Error {
  readonly error: string;
  readonly args: unknown;
  readonly kwargs: unknown;

  constructor({ error, args, kwargs }: { readonly error: string; readonly args?: unknown; readonly kwargs?: unknown }) {
    super(error);
    this.error = error;
    this.args = args;
    this.kwargs = kwargs;
  }
}

export interface PeerEvent {
  readonly event: string;
  readonly args: unknown;
  readonly kwargs: Dict | null | undefined;
  readonly topic: string | null | undefined;
}

interface Waiting {
  resolve(value: any): void;
  reject(error: PeerError): void;
  progress?(value: unknown): void;
}

export class WampPeer {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  readonly #events: PeerEvent[] = [];
  #heard: (() => void) | undefined;
  readonly #started = Promise.withResolvers<void>();
  readonly #interrupted = Promise.withResolvers<void>();
  #last = 0;

  constructor({ command }: Kind) {
    const [program, ...args] = command;
    this.#child = spawn(program!, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    createInterface(this.#child.stdout!).on('line', (line) => this.#read(JSON.parse(line)));
    this.#child.on('exit', (code) => {
      for (const { reject } of this.#waiting.values()) reject(new PeerError({ error: `the peer ended with ${code}` }));
    });
  }

  async open({ subprotocol }: Kind, url: string, auth?: Auth): Promise<{ session: number; authid?: string }> {
    return await this.do('open', { url, subprotocol, realm: 'realm1', auth }).result;
  }

  /** Tells it to do something. */
  do(
    what: string,
    more: Dict = {},
    progress?: (value: unknown) => void,
  ): { readonly id: number; readonly result: Promise<any> } {
    const id = ++this.#last;
    const { promise, resolve, reject } = Promise.withResolvers<any>();
    this.#waiting.set(id, { resolve, reject, progress });
    this.#child.stdin!.write(`${JSON.stringify({ id, do: what, ...more })}\n`);
    return { id, result: promise };
  }

  async subscribe(topic: string, options: Dict = {}): Promise<void> {
    await this.do('subscribe', { topic, options }).result;
  }

  /** Resolves once the router has acknowledged it. */
  async publish(topic: string, args?: readonly unknown[], kwargs?: Dict): Promise<void> {
    await this.do('publish', { topic, args, kwargs, options: {} }).result;
  }

  async register(procedure: string, behaviour: string, options: Dict = {}, name = ''): Promise<void> {
    await this.do('register', { procedure, behaviour, options, name }).result;
  }

  async call(procedure: string, args: readonly unknown[] = []): Promise<unknown> {
    return await this.do('call', { procedure, args }).result;
  }

  /** The next EVENT. */
  async event(): Promise<PeerEvent> {
    while (this.#events.length === 0) await new Promise<void>((resolve) => (this.#heard = resolve));
    return this.#events.shift()!;
  }

  /** Resolves when it was invoked as a callee that waits. */
  get started(): Promise<void> {
    return this.#started.promise;
  }

  /** Resolves when it was interrupted as a callee. */
  get interrupted(): Promise<void> {
    return this.#interrupted.promise;
  }

  /** Ends its process. */
  async close(): Promise<void> {
    this.#child.stdin!.end();
    this.#child.kill();
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit');
  }

  #read(line: any): void {
    if ('event' in line) {
      this.#events.push(line);
      this.#heard?.();
    } else if ('started' in line) this.#started.resolve();
    else if ('interrupted' in line) this.#interrupted.resolve();
    else if ('progress' in line) this.#waiting.get(line.id)?.progress?.(line.progress);
    else {
      const waiting = this.#waiting.get(line.id);
      this.#waiting.delete(line.id);
      if ('ok' in line) waiting?.resolve(line.ok);
      else waiting?.reject(new PeerError(line));
    }
  }
}
