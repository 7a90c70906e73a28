/**
 * The plans of the works that the library itself plays: echoes, a group send, handshakes, idle connections. Socket.IO's messages
 * are Engine.IO 4 packets (`4` = message) with a Socket.IO 5 packet inside (`2` = event).
 */
import { binaryFrame, compressedTextFrame, maskingKey, requestTo, textFrame } from './frames.ts';
import { compressedCycle, json } from './payloads.ts';
import { type Aside, type Clients, type Expected, type Plan, planOf, type Script } from './plan-format.ts';
import type { RivalName } from './rivals.ts';

const text = new TextEncoder();
const nothing = new Uint8Array();

/** What a work sends: a text, or bytes. */
export type Payload = string | Uint8Array;

/** `connections` clients that get back what they send, `depth` messages in one segment. */
export function echoPlan(
  rival: RivalName,
  port: number,
  of: { connections: number; depth?: number; tls?: boolean; payload: (client: number, place: number) => Payload },
): Plan {
  const { connections, depth = 1, tls = false } = of;
  const scripts = Array.from({ length: connections }, (_, client): Script => {
    const payloads = Array.from({ length: depth }, (_, place) => wrapped(rival, of.payload(client, place)));
    const frames = payloads.map((payload, place) => masked(payload, client * depth + place));
    return {
      turns: [{ send: joined(frames), expect: rival === 'net' ? frames.map(expected) : payloads.map(expected) }],
    };
  });
  const clients = [{ ...talkers(rival, port), count: connections, scripts }];
  return planOf({ clients, framing: rival === 'net' ? 'raw' : 'messages', tls, asides: asidesOf(rival) });
}

/** One client publishes, `depth` messages in one segment; all of the `connections` hear them, that one included. */
export function fanoutPlan(
  rival: RivalName,
  port: number,
  of: { connections: number; depth: number; payload: (client: number, place: number) => Payload },
): Plan {
  const payloads = Array.from({ length: of.depth }, (_, place) => wrapped(rival, of.payload(0, place)));
  const expect = payloads.map(expected);
  const talker = talkers(rival, port);
  const listeners = [{ turns: [{ send: nothing, expect }] }];
  const speaker = [{ turns: [{ send: joined(payloads.map(masked)), expect }] }];
  return planOf({
    clients: [
      { ...talker, speaks: false, count: of.connections - 1, scripts: listeners },
      { ...talker, count: 1, scripts: speaker },
    ],
    asides: asidesOf(rival),
  });
}

/** Clients that shake hands, close and begin anew, `atOnce` at a time. */
export function churnPlan(rival: RivalName, port: number, of: { atOnce: number }): Plan {
  return planOf({ clients: [{ ...talkers(rival, port), count: of.atOnce, scripts: [] }], mode: 'churn' });
}

/** A connection that only is there; the runner says how many. */
export function idlePlan(rival: RivalName, port: number): Plan {
  return planOf({ clients: [{ ...talkers(rival, port), count: 1, scripts: [] }], asides: asidesOf(rival) });
}

/** What was agreed on with one server, from a client's view. */
export interface DeflateTerms {
  /** The server's answer, to the letter. */
  readonly answer: string;
  /** The window in which the client may compress. */
  readonly clientWindow: number;
  readonly clientTakeover: boolean;
  readonly serverTakeover: boolean;
}

/** What browsers offer. */
export const browsersOffer = 'permessage-deflate; client_max_window_bits';

/** `connections` clients that get back what they send, each a cycle of `cycle` different messages, compressed as agreed on. */
export function deflatePlan(
  rival: RivalName,
  port: number,
  of: { connections: number; cycle: number; terms: DeflateTerms },
): Plan {
  const { answer, clientWindow, clientTakeover, serverTakeover } = of.terms;
  const scripts = Array.from({ length: of.connections }, (_, client): Script => {
    const payloads = Array.from({ length: of.cycle }, (_, turn) => json(client, turn));
    const compressed = compressedCycle(payloads, clientWindow, clientTakeover);
    return {
      turns: payloads.map((payload, turn) => ({
        send: compressedTextFrame(compressed[turn] as Uint8Array, maskingKey(turn)),
        expect: [expected(payload)],
      })),
    };
  });
  const request = requestTo('/', port, { 'Sec-WebSocket-Extensions': browsersOffer });
  return planOf({
    clients: [{ ...talkers(rival, port), request, count: of.connections, scripts }],
    deflate: serverTakeover ? 'takeover' : 'no-takeover',
    extensions: answer,
  });
}

function talkers(rival: RivalName, port: number): Omit<Clients, 'count' | 'scripts'> {
  const both = { speaks: true, listens: true };
  if (rival !== 'socket.io') return { ...both, request: requestTo('/', port), opening: [] };
  return {
    ...both,
    request: requestTo('/socket.io/?EIO=4&transport=websocket', port),
    opening: [
      { send: nothing, until: text.encode('0{') },
      { send: masked('40', 0), until: text.encode('40{') },
    ],
  };
}

/** Engine.IO's own ping, which is a message. */
function asidesOf(rival: RivalName): readonly Aside[] {
  return rival === 'socket.io' ? [{ hears: text.encode('2'), says: masked('3', 1) }] : [];
}

function wrapped(rival: RivalName, payload: Payload): Payload {
  return rival === 'socket.io' ? `42["message","${payload}"]` : payload;
}

function masked(payload: Payload, seed: number): Uint8Array {
  const key = maskingKey(seed);
  return typeof payload === 'string' ? textFrame(text.encode(payload), key) : binaryFrame(payload, key);
}

/** That one message, whole. */
function expected(payload: Payload): Expected {
  if (typeof payload !== 'string') return { kind: 'binary', literals: [payload] };
  return { kind: 'text', literals: [text.encode(payload)] };
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
