/**
 * The works, with their bars. Those of the library are here, those of the hub in hub-works.ts. What is played is one turn, again
 * and again: somebody speaks, everyone who should hear it does, and only then is the next turn begun.
 */

import { hubWorks } from './hub-works.ts';
import { message, noise } from './payloads.ts';
import { churnPlan, type DeflateTerms, deflatePlan, echoPlan, fanoutPlan, idlePlan } from './plan.ts';
import type { Plan } from './plan-format.ts';
import type { RivalName } from './rivals.ts';
import type { Contender, Task, Work } from './work.ts';

/** Rivals without a bar are there for scale. */
const forScale = 2;

const text64 = (client: number, place: number): string => message(client, place, 64);
const text128 = (client: number, place: number): string => message(client, place, 128);
const some = (rival: RivalName): Contender => ({ rival, rounds: forScale });
const all = (rival: RivalName): Contender => ({ rival });

const echoes: readonly Work[] = [
  {
    name: 'echo',
    id: 'W1',
    says: 'echo of 64 bytes of text, 100 connections, each sends when its last echo is back',
    unit: 'message',
    contenders: [all('ws'), some('socket.io'), some('deno'), some('bun'), all('net'), all('tidewire')],
    bars: [
      { figure: 'total', to: 'ws', atLeast: 1.15 },
      { figure: 'user', to: 'ws', atLeast: 1.25 },
      { figure: 'total', to: 'net', atMost: 1.1 },
      { figure: 'total', to: 'ws', atLeast: 1.3, stretch: true },
      { figure: 'user', to: 'ws', atLeast: 2, stretch: true },
    ],
    task: { does: 'echo' },
    planFor: (rival, port) => echoPlan(rival, port, { connections: 100, payload: text64 }),
  },
  {
    name: 'deep',
    id: 'W2',
    says: 'echo of 64 bytes of text, 100 connections, 32 frames in each segment',
    unit: 'message',
    contenders: [all('ws'), some('socket.io'), some('deno'), all('bun'), some('net'), all('tidewire')],
    bars: [
      { figure: 'total', to: 'ws', atLeast: 9.5 },
      { figure: 'total', to: 'ws', atLeast: 12.5, stretch: true },
      { figure: 'total', to: 'bun', atMost: 1, stretch: true },
    ],
    task: { does: 'echo' },
    planFor: (rival, port) => echoPlan(rival, port, { connections: 100, depth: 32, payload: text64 }),
  },
  {
    name: 'echo-16k',
    id: 'W3',
    says: 'echo of 16 KiB of bytes, 50 connections',
    unit: 'message',
    contenders: [all('ws'), all('ws-bufferutil'), some('bun'), all('net'), all('tidewire')],
    bars: [
      { figure: 'total', to: 'net', atMost: 1.3 },
      { figure: 'total', to: 'ws-bufferutil', atMost: 1 },
    ],
    task: { does: 'echo' },
    planFor: (rival, port) => echoPlan(rival, port, { connections: 50, payload: (client) => noise(client, 16 * 1024) }),
  },
  {
    name: 'echo-1m',
    id: 'W4',
    says: 'echo of 1 MiB of bytes, 4 connections',
    unit: 'message',
    contenders: [all('ws'), all('ws-bufferutil'), some('bun'), all('net'), all('tidewire')],
    bars: [
      { figure: 'total', to: 'ws-bufferutil', atMost: 1 },
      { figure: 'total', to: 'net', atMost: 1.4, stretch: true },
    ],
    task: { does: 'echo' },
    planFor: (rival, port) => echoPlan(rival, port, { connections: 4, payload: (client) => noise(client, 1 << 20) }),
  },
];

const groupSends: readonly Work[] = [
  {
    name: 'fanout',
    id: 'W5',
    says: '128 bytes of text to 1,000 sockets, one publish at a time, per delivery',
    unit: 'delivery',
    contenders: [all('ws'), some('socket.io'), some('bun'), all('tidewire')],
    bars: [{ figure: 'total', to: 'ws', atLeast: 1.15 }],
    task: { does: 'fanout' },
    planFor: (rival, port) => fanoutPlan(rival, port, { connections: 1000, depth: 1, payload: text128 }),
  },
  {
    name: 'fanout-burst',
    id: 'W5b',
    says: '128 bytes of text to 1,000 sockets, 16 publishes in each segment, per delivery',
    unit: 'delivery',
    contenders: [all('ws'), some('socket.io'), all('bun'), all('tidewire')],
    bars: [
      { figure: 'total', to: 'ws', atLeast: 15 },
      { figure: 'total', to: 'bun', atMost: 1.4 },
      { figure: 'total', to: 'ws', atLeast: 19, stretch: true },
      { figure: 'total', to: 'bun', atMost: 1, stretch: true },
    ],
    task: { does: 'fanout' },
    planFor: (rival, port) => fanoutPlan(rival, port, { connections: 1000, depth: 16, payload: text128 }),
  },
];

const without: DeflateTerms = { answer: '', clientWindow: 15, clientTakeover: false, serverTakeover: false };
const window15: DeflateTerms = { ...without, answer: 'permessage-deflate', clientTakeover: true, serverTakeover: true };
const noTakeover = 'permessage-deflate; server_no_context_takeover; client_no_context_takeover';
const window11 = 'server_max_window_bits=11; client_max_window_bits=11';
const bunsNoTakeover = 'permessage-deflate; client_no_context_takeover; server_no_context_takeover';

/** What each server answers to what browsers offer. */
const terms: Readonly<Record<NonNullable<Task['deflate']>, Partial<Record<RivalName, DeflateTerms>>>> = {
  'no-takeover': {
    ws: { ...without, answer: noTakeover },
    bun: { ...without, answer: bunsNoTakeover },
    tidewire: { ...without, answer: `${noTakeover}; ${window11}`, clientWindow: 11 },
  },
  'window-15': { ws: window15, bun: window15, tidewire: window15 },
  'own-defaults': {
    ws: window15,
    bun: { ...without, answer: bunsNoTakeover },
    tidewire: {
      ...window15,
      answer: `permessage-deflate; ${window11}`,
      clientWindow: 11,
    },
  },
};

function deflated(deflate: NonNullable<Task['deflate']>, connections: number, cycle: number): Work['planFor'] {
  return (rival, port): Plan => {
    const agreed = terms[deflate][rival];
    if (agreed === undefined) throw new Error(`${rival} was not asked what it answers`);
    return deflatePlan(rival, port, { connections, cycle, terms: agreed });
  };
}

const deflates: readonly Work[] = [
  {
    name: 'deflate',
    id: 'W6',
    says: 'echo of 1 KiB of JSON, compressed, 50 connections, no context takeover on either side',
    unit: 'message',
    contenders: [all('ws'), some('bun'), all('tidewire')],
    bars: [{ figure: 'total', to: 'ws', atLeast: 2.4 }],
    task: { does: 'echo', deflate: 'no-takeover' },
    needs: ['deflate'],
    planFor: deflated('no-takeover', 50, 64),
  },
  {
    name: 'deflate-takeover',
    id: 'W6',
    says: 'echo of 1 KiB of JSON, compressed, 50 connections, context takeover and window 15 on both sides',
    unit: 'message',
    contenders: [all('ws'), some('bun'), all('tidewire')],
    bars: [{ figure: 'total', to: 'ws', atLeast: 1.3 }],
    task: { does: 'echo', deflate: 'window-15' },
    needs: ['deflate'],
    planFor: deflated('window-15', 50, 64),
  },
  {
    name: 'deflate-defaults',
    id: 'W6',
    says: 'echo of 1 KiB of JSON, compressed, 50 connections, as each library agrees with a browser by default',
    unit: 'message',
    contenders: [all('ws'), some('bun'), all('tidewire')],
    bars: [
      { figure: 'total', to: 'ws', atLeast: 2.5 },
      { figure: 'answerBytes', inWork: 'deflate-takeover', atMost: 1.05 },
    ],
    task: { does: 'echo', deflate: 'own-defaults' },
    needs: ['deflate'],
    planFor: deflated('own-defaults', 50, 64),
  },
];

const connections: readonly Work[] = [
  {
    name: 'idle',
    id: 'W7',
    says: 'memory of a connection that only is there, 10,000 connections',
    unit: 'connection',
    contenders: [all('ws'), all('bun'), all('tidewire')],
    bars: [{ figure: 'memory', of: 'tidewire', to: 'ws', atMost: 0.75 }],
    task: { does: 'echo' },
    planFor: idlePlan,
    how: { few: 2000, more: 8000, lot: 1000 },
    rounds: 3,
  },
  {
    name: 'idle-deflate',
    id: 'W7',
    says: 'memory of a connection after one compressed message each way, as each library agrees with a browser by default',
    unit: 'connection',
    contenders: [all('ws'), all('bun'), all('tidewire')],
    bars: [{ figure: 'memory', to: 'ws', atMost: 0.5 }],
    task: { does: 'echo', deflate: 'own-defaults' },
    needs: ['deflate'],
    // One message each: nothing that is inflated refers to anything before it.
    planFor: (rival, port) => ({ ...deflated('own-defaults', 1, 1)(rival, port), deflate: 'no-takeover' }),
    how: { few: 500, more: 2500, lot: 500 },
    rounds: 3,
  },
  {
    name: 'handshake',
    id: 'W8',
    says: 'opening and closing handshake, 32 at a time',
    unit: 'handshake',
    contenders: [all('ws'), some('deno'), some('bun'), all('tidewire')],
    bars: [{ figure: 'total', to: 'ws', atLeast: 1.7 }],
    task: { does: 'echo' },
    planFor: (rival, port) => churnPlan(rival, port, { atOnce: 32 }),
    // A handshake is much code that runs once: after the usual warm-up, a few thousand of them, V8 compiles more than it runs.
    warmUp: 4000,
  },
  {
    name: 'tls',
    id: 'W11',
    says: 'echo of 64 bytes of text over TLS 1.3, 100 connections',
    unit: 'message',
    contenders: [all('ws'), some('bun'), all('tidewire')],
    bars: [],
    task: { does: 'echo' },
    needs: ['tls'],
    planFor: (rival, port) => echoPlan(rival, port, { connections: 100, tls: true, payload: text64 }),
  },
];

/** In the order in which they are played. */
export const works: readonly Work[] = [...echoes, ...groupSends, ...deflates, ...connections, ...hubWorks];
