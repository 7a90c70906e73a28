/**
 * The hub's works: W10, one publishes and many hear it; W12, many call a procedure of the server; W9, the reconnect storm. The
 * servers are in servers/hub-*; what is said to them, in hub-dialects.ts.
 */

import { type Subscriptions, subscriptionMemory } from './hub-memory.ts';
import { callsPlan, fanoutPlan, topicsPlan } from './hub-plans.ts';
import type { Plan } from './plan-format.ts';
import type { RivalName } from './rivals.ts';
import { storm, stormWork } from './storm.ts';
import type { Bar, Contender, Work } from './work.ts';

const hub = { rival: 'tidewire-hub' } as const satisfies Contender;
const socketIo = { rival: 'socket.io', server: 'hub-socket.io' } as const satisfies Contender;
const nats = { rival: 'nats' } as const satisfies Contender;
const group = { rival: 'tidewire', server: 'hub-group' } as const satisfies Contender;

/** For the curves: without bars of their own. */
const forScale: readonly Contender[] = [
  { ...socketIo, rounds: 2 },
  { ...nats, rounds: 2 },
  { ...group, rounds: 2 },
  hub,
];

const deep = 24;
const ofHub = (bar: Omit<Bar, 'of' | 'figure'>): Bar => ({ figure: 'total', of: 'tidewire-hub', ...bar });
const nothing = (): never => {
  throw new Error('this work has a way of its own');
};

interface Fanout {
  readonly name: string;
  readonly subscribers: number;
  readonly depth: number;
  readonly contenders: readonly Contender[];
  readonly bars?: readonly Bar[];
}

function fanout({ name, subscribers, depth, contenders, bars = [] }: Fanout): Work {
  const at = depth === 1 ? 'one at a time' : `in bursts of ${depth}`;
  const to = subscribers === 1 ? 'one subscriber' : `${subscribers.toLocaleString('en')} subscribers`;
  return {
    name,
    id: 'W10',
    says: `one client publishes 128 bytes of text to ${to} of a topic, ${at}; per delivery`,
    unit: 'delivery',
    base: 'socket.io',
    contenders,
    bars,
    task: { does: name },
    planFor: (rival, port) => fanoutPlan(rival, port, { subscribers, depth }),
  };
}

const burstBars = [
  ofHub({ to: 'socket.io', atLeast: 12 }),
  ofHub({ to: 'nats', atLeast: 1.2 }),
  ofHub({ to: 'tidewire', atMost: 1.3 }),
];

function topics(count: number, goesRound: boolean, bars: readonly Bar[] = []): Work {
  const all = count === 1 ? 'the only topic' : `${count.toLocaleString('en')} topics`;
  const where = goesRound ? `going round ${all}` : count === 1 ? `to ${all}` : `to one of ${all}`;
  return {
    name: `hub-${goesRound ? 'round' : 'topics'}-${count}`,
    id: 'W10',
    says: `one client publishes 128 bytes of text, 24 at a time, ${where}, one subscriber each, on 100 connections; per publication`,
    unit: 'delivery',
    base: 'tidewire-hub',
    contenders: [hub],
    bars,
    task: { does: 'topics' },
    planFor: (rival, port) => topicsPlan(rival, port, { subscribers: 100, topics: count, depth: deep, goesRound }),
  };
}

function calls(name: string, depth: number): Work {
  const under = depth === 1 ? 'one at a time' : `${depth} under way`;
  return {
    name,
    id: 'W12',
    says: `100 connections call a procedure of the server that adds two numbers, ${under}; per call`,
    unit: 'call',
    base: 'socket.io',
    contenders: [socketIo, hub],
    bars: [],
    task: { does: 'calls' },
    planFor: (rival: RivalName, port: number): Plan => callsPlan(rival, port, { connections: 100, depth }),
  };
}

function memoryOf(name: string, shape: Subscriptions): Work {
  const { connections, each, topics } = shape;
  const spread = `${(connections * each).toLocaleString('en')} subscriptions of ${connections.toLocaleString('en')} connections`;
  return {
    name,
    id: 'W10',
    says: `memory of a subscription: ${spread} to ${topics.toLocaleString('en')} topics`,
    unit: 'subscription',
    base: 'socket.io',
    contenders: [socketIo, hub],
    bars: [],
    task: { does: name },
    planFor: nothing,
    how: subscriptionMemory(shape),
    rounds: 3,
  };
}

const stormBar = (bar: Omit<Bar, 'of'>): Bar => ({ of: 'tidewire-hub', ...bar });

export const hubWorks: readonly Work[] = [
  {
    name: 'storm',
    id: 'W9',
    says: `${storm.clients.toLocaleString('en')} clients that have joined ${storm.topics} topics lose their connections at once and come back at once, and recover what was published meanwhile, ${1000 / storm.all} publications a second; ${storm.others} others publish to themselves. Per client; latencies are the others’`,
    unit: 'connection',
    base: 'tidewire-hub',
    contenders: [hub],
    bars: [
      stormBar({ figure: 'recovered', atLeast: storm.clients }),
      stormBar({ figure: 'firstHalf', atMost: 0.5 }),
      stormBar({ figure: 'p99Growth', atMost: 5 }),
    ],
    task: { does: 'storm' },
    planFor: nothing,
    how: stormWork(storm),
  },
  fanout({ name: 'hub-burst-1', subscribers: 1, depth: deep, contenders: forScale }),
  fanout({ name: 'hub-burst-100', subscribers: 100, depth: deep, contenders: forScale }),
  fanout({
    name: 'hub-burst-200',
    subscribers: 200,
    depth: deep,
    contenders: [socketIo, nats, group, hub],
    bars: burstBars,
  }),
  fanout({
    name: 'hub-burst-10000',
    subscribers: 10_000,
    depth: deep,
    contenders: [socketIo, nats, group, hub],
    bars: [...burstBars, ofHub({ inWork: 'hub-burst-100', atMost: 1.2 })],
  }),
  fanout({
    name: 'hub-single',
    subscribers: 1_000,
    depth: 1,
    contenders: [socketIo, nats, group, hub],
    bars: [ofHub({ to: 'socket.io', atLeast: 1.2 }), ofHub({ to: 'nats', atMost: 1.4 })],
  }),
  topics(1, false),
  topics(1_000, false, [ofHub({ inWork: 'hub-topics-1', atMost: 1.2 })]),
  topics(100_000, false, [ofHub({ inWork: 'hub-topics-1', atMost: 1.2 })]),
  topics(1_000, true),
  topics(100_000, true),
  memoryOf('hub-memory-1000', { connections: 1_000, each: 100, topics: 1_000 }),
  memoryOf('hub-memory-100000', { connections: 1_000, each: 100, topics: 100_000 }),
  calls('calls', 1),
  calls('calls-deep', 16),
];
