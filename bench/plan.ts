/**
 * The plan: every byte that a generator sends and awaits for one work against one rival, built before anything is measured.
 *
 * Each message carries its connection and its place in the segment, so that one that is lost, doubled, reordered or sent to
 * the wrong socket is noticed by plain comparison. Frames: RFC 6455 §5.2. Socket.IO's are Engine.IO 4 packets (`4` = message)
 * with a Socket.IO 5 packet inside (`2` = event).
 */
import type { Rival, Work } from './works.ts';

export interface Script {
  /** What a client sends in one turn, in one segment. */
  readonly send: Uint8Array;
  /** What must arrive in that turn, byte for byte. */
  readonly expect: Uint8Array;
}

export interface Plan {
  readonly clients: number;
  /** Only the first client speaks; everyone listens. */
  readonly onlyFirst: boolean;
  /** Frames in each `expect`, all of one size. */
  readonly frames: number;
  readonly request: Uint8Array;
  /** What is sent once upgraded, and how many frames the server greets with. */
  readonly hello: Uint8Array;
  readonly helloFrames: number;
  /** One for each client, or one for all. */
  readonly scripts: readonly Script[];
}

const text = new TextEncoder();

export function planFor(work: Work, rival: Rival, port: number): Plan {
  const onlyFirst = work.kind === 'fanout';
  const wrap = rival === 'socket.io' ? (data: string) => `42["message","${data}"]` : (data: string) => data;
  const path = rival === 'socket.io' ? '/socket.io/?EIO=4&transport=websocket' : `/${work.kind}`;
  return {
    clients: work.connections,
    onlyFirst,
    frames: work.depth,
    request: text.encode(requestTo(path, port)),
    hello: rival === 'socket.io' ? frame('40', maskingKey(0)) : new Uint8Array(),
    helloFrames: rival === 'socket.io' ? 2 : 0,
    scripts: Array.from({ length: onlyFirst ? 1 : work.connections }, (_, client) => script(work, client, wrap)),
  };
}

function requestTo(path: string, port: number): string {
  return [
    `GET ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version: 13',
    '\r\n',
  ].join('\r\n');
}

function script(work: Work, client: number, wrap: (data: string) => string): Script {
  const messages = Array.from({ length: work.depth }, (_, place) => wrap(message(client, place, work.payload)));
  return {
    send: joined(messages.map((data, place) => frame(data, maskingKey(client * work.depth + place)))),
    expect: joined(messages.map((data) => frame(data))),
  };
}

/** ASCII without quotes or backslashes, so that it is the same in JSON. */
export function message(client: number, place: number, length: number): string {
  return `client ${client} message ${place} `.padEnd(length, 'abcdefghijklmnopqrstuvwxyz 0123456789');
}

/** Four bytes that are never zero and differ from frame to frame. */
export function maskingKey(seed: number): Uint8Array {
  const mixed = Math.imul(seed + 1, 0x9e3779b1) >>> 0;
  return Uint8Array.of(24, 16, 8, 0).map((shift) => ((mixed >>> shift) & 0xff) | 1);
}

/** A whole text frame of at most 65,535 bytes; masked if there is a key. */
export function frame(data: string, key?: Uint8Array): Uint8Array {
  const payload = text.encode(data);
  const mask = key === undefined ? 0 : 0x80;
  const head =
    payload.length < 126 ? [payload.length | mask] : [126 | mask, payload.length >> 8, payload.length & 0xff];
  const masked = key === undefined ? payload : payload.map((byte, at) => byte ^ (key[at & 3] as number));
  return joined([Uint8Array.of(0x81, ...head), key ?? new Uint8Array(), masked]);
}

/** The plan as generators read it: little-endian 32-bit numbers, and blocks of a length and its bytes. */
export function serializePlan(plan: Plan): Uint8Array {
  const numbers = [plan.clients, plan.scripts.length, plan.onlyFirst ? 1 : 0, plan.frames, plan.helloFrames];
  const blocks = [plan.request, plan.hello, ...plan.scripts.flatMap(({ send, expect }) => [send, expect])];
  return joined([...numbers.map(number), ...blocks.flatMap((block) => [number(block.length), block])]);
}

export function parsePlan(bytes: Uint8Array): Plan {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const next = (): number => view.getUint32((at += 4) - 4, true);
  const block = (): Uint8Array => {
    const length = next();
    return bytes.subarray(at, (at += length));
  };
  const [clients, count, onlyFirst, frames, helloFrames] = [next(), next(), next() === 1, next(), next()];
  const [request, hello] = [block(), block()];
  const scripts = Array.from({ length: count }, () => ({ send: block(), expect: block() }));
  return { clients, onlyFirst, frames, request, hello, helloFrames, scripts };
}

function number(value: number): Uint8Array {
  return new Uint8Array(new Uint32Array([value]).buffer);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
