/**
 * How each rival of the hub's works is spoken to: the handshake, what makes a client a subscriber, a publication, and the event
 * that must come of it. WAMP v2 in JSON for Tidewire's hub, Engine.IO 4 with Socket.IO 5, NATS's client protocol over
 * WebSocket, and plain messages for a bare group.
 */

import { binaryFrame, maskingKey, requestTo, textFrame } from './frames.ts';
import type { Aside, Expected, Numbered, OpeningStep, Plan } from './plan-format.ts';
import type { RivalName } from './rivals.ts';

/** What a client says in a turn: whole payloads, or such that need the number of the request in them. */
export type Said = { readonly kind: 'text' | 'binary'; readonly payload: Uint8Array } | Numbered;

export interface Dialect {
  readonly framing: Plan['framing'];
  readonly asides: readonly Aside[];
  /** @param topic of a bare group's client, which has one alone */
  request(role: 'publish' | 'subscribe', port: number, topic: string): Uint8Array;
  /** Makes a client a subscriber of these topics: of none, a publisher or a caller. */
  opening(topics: readonly string[]): readonly OpeningStep[];
  publish(topic: string, text: string): Said;
  event(topic: string, text: string): Expected;
  /** `place`: which of the calls that are under way. */
  call?(a: number, b: number, place: number): { readonly said: Said; readonly answer: Expected };
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const textual = (...literals: readonly string[]): Expected => ({ kind: 'text', literals: literals.map(bytes) });
const step = (messages: readonly string[], until: string, frame = textFrame): OpeningStep => ({
  send: Buffer.concat(messages.map((message, place) => frame(bytes(message), maskingKey(place)))),
  until: bytes(until),
});

const hello = '[1,"realm1",{"roles":{"subscriber":{},"publisher":{},"caller":{}}}]';

/** The router demands that the ids of requests count from 1 in each session. */
const wamp: Dialect = {
  framing: 'messages',
  asides: [],
  request: (_role, port) => requestTo('/hub', port, { 'Sec-WebSocket-Protocol': 'wamp.2.json' }),
  // One after the other: a topic that is live is joined sooner than one that is not.
  opening: (topics) => [
    step([hello], '[2,'),
    ...topics.map((topic, index) => step([`[32,${index + 1},{},"bench.${topic}"]`], `[33,${index + 1},`)),
  ],
  publish: (topic, text) => ({
    before: bytes('[16,'),
    after: bytes(`,{"exclude_me":false},"bench.${topic}",["${text}"]]`),
  }),
  // Between: the ids of subscription and publication; its position in the log, and when it was.
  event: (_topic, text) => textual('[36,', ',{"_tidewire_position":{', `},["${text}"]]`),
  call: (a, b) => ({
    said: { before: bytes('[48,'), after: bytes(`,{},"bench.add",[[${a},${b}]]]`) },
    answer: textual('[50,', `,{},[${a + b}]]`),
  }),
};

const socketIo: Dialect = {
  framing: 'messages',
  asides: [{ hears: bytes('2'), says: textFrame(bytes('3'), maskingKey(0)) }],
  request: (_role, port) => requestTo('/socket.io/?EIO=4&transport=websocket', port),
  opening: (topics) => [
    step(['40'], '40{"sid":'),
    ...topics.map((topic, id) => step([`42${id}["subscribe","${topic}"]`], `43${id}[]`)),
  ],
  publish: (topic, text) => ({ kind: 'text', payload: bytes(`42["publish","${topic}","${text}"]`) }),
  event: (_topic, text) => textual(`42["event","${text}"]`),
  call: (a, b, place) => ({
    said: { kind: 'text', payload: bytes(`42${place}["add",${a},${b}]`) },
    answer: textual(`43${place}[${a + b}]`),
  }),
};

const nats: Dialect = {
  framing: 'stream',
  asides: [{ hears: bytes('PING\r\n'), says: binaryFrame(bytes('PONG\r\n'), maskingKey(0)) }],
  request: (_role, port) => requestTo('/', port),
  opening: (topics) => {
    const subscribe = topics.map((topic, index) => `SUB ${topic} ${index + 1}\r\n`).join('');
    const greeting = `CONNECT {"verbose":false,"pedantic":false,"protocol":1,"lang":"bench"}\r\n${subscribe}PING\r\n`;
    return [step([greeting], 'PONG\r\n', binaryFrame)];
  },
  publish: (topic, text) => ({ kind: 'binary', payload: bytes(`PUB ${topic} ${text.length}\r\n${text}\r\n`) }),
  event: (topic, text) => ({ kind: 'binary', literals: [bytes(`MSG ${topic} 1 ${text.length}\r\n${text}\r\n`)] }),
};

const group: Dialect = {
  framing: 'messages',
  asides: [],
  request: (role, port, topic) => requestTo(`/${role}/${topic}`, port),
  opening: () => [],
  publish: (_topic, text) => ({ kind: 'text', payload: bytes(text) }),
  event: (_topic, text) => textual(text),
};

const dialects: Partial<Record<RivalName, Dialect>> = {
  'tidewire-hub': wamp,
  'socket.io': socketIo,
  nats,
  tidewire: group,
};

/** @throws RangeError for a rival that has no hub */
export function dialectOf(rival: RivalName): Dialect {
  const dialect = dialects[rival];
  if (dialect === undefined) throw new RangeError(`${rival} has no hub`);
  return dialect;
}
