/**
 * The reconnect storm: a crowd that has joined topics loses all its connections at once and comes back at once, while others
 * go on publishing. storm.c is the crowd and the others, two processes on the generator's core; it checks that
 * everybody's publications come in order, none lost and none twice, and at the end that all have all.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { compiledStorm, pinned } from './preparation.ts';
import { startServer } from './processes.ts';
import type { Bench, Sample } from './work.ts';

export interface Storm {
  readonly clients: number;
  /** Client i joins topic i % topics. */
  readonly topics: number;
  /** Others, of whom each publishes to itself every `each` ms: their latency is measured. */
  readonly others: number;
  readonly each: number;
  /** ms between two publications to the crowd, which go round the topics. */
  readonly all: number;
  /** ms after the crowd has joined until the others are measured: what that leaves for the garbage collector is no part of the quiet. */
  readonly settling: number;
  /** ms for which the others are measured before the storm. */
  readonly quiet: number;
  /** ms between the end of the connections and their return. */
  readonly outage: number;
}

export const storm: Storm = {
  clients: 10_000,
  topics: 100,
  others: 20,
  each: 50,
  all: 20,
  settling: 2_000,
  quiet: 4_000,
  outage: 500,
};

/** How long, in ms, until the first, half, 99 % and the last of the crowd had got somewhere. */
type Arrivals = readonly [first: number, half: number, most: number, all: number];

interface Arrival {
  readonly recovered: number;
  readonly upgraded: Arrivals;
  readonly arrived: Arrivals;
  readonly cpuMilliseconds: number;
}

/** µs. */
interface Latencies {
  readonly samples: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export function stormWork(shape: Storm): (bench: Bench) => Promise<Sample> {
  return async (bench) => {
    const server = await startServer(bench);
    const crowd = new StormProcess([server.port, 'crowd', shape.clients, shape.topics]);
    const others = new StormProcess([server.port, 'others', shape.others, shape.topics, shape.each, shape.all]);
    try {
      return await play(shape, server, crowd, others);
    } finally {
      crowd.stop();
      others.stop();
      await server.stop();
    }
  };
}

async function play(
  { clients, settling, quiet, outage }: Storm,
  server: Awaited<ReturnType<typeof startServer>>,
  crowd: StormProcess,
  others: StormProcess,
): Promise<Sample> {
  await others.answer();
  await crowd.ask('join');
  await others.ask('go');
  await delay(settling);
  await others.ask('window');
  await delay(quiet);
  const before = await others.ask<Latencies>('window');
  const cpu = await server.cpu();
  const began = performance.now();
  await crowd.ask('cut');
  await delay(outage);
  const arrival = await crowd.ask<Arrival>('return');
  const during = await others.ask<Latencies>('window');
  const took = performance.now() - began;
  const { user, system } = await server.cpu();
  const { each } = await others.ask<{ each: number }>('finish');
  await crowd.ask(`check ${each}`);
  return sampleOf({ clients, before, during, arrival, took, user: user - cpu.user, system: system - cpu.system });
}

interface Outcome {
  readonly clients: number;
  readonly before: Latencies;
  readonly during: Latencies;
  readonly arrival: Arrival;
  /** ms from the end of the connections until everyone was back. */
  readonly took: number;
  /** The server's CPU in that time, µs. */
  readonly user: number;
  readonly system: number;
}

/** What the report shows: costs by client, latencies of the others, and when the crowd was back. */
export function sampleOf({ clients, before, during, arrival, took, user, system }: Outcome): Sample {
  const [, half, , all] = arrival.arrived;
  return {
    user: user / clients,
    system: system / clients,
    total: (user + system) / clients,
    perSecond: (clients * 1000) / all,
    p50: during.p50 / 1000,
    p99: during.p99 / 1000,
    longest: during.max / 1000,
    quietP99: before.p99 / 1000,
    p99Growth: during.p99 / before.p99,
    recovered: arrival.recovered,
    firstHalf: half / all,
    wholeTime: all / 1000,
    serverBusy: (user + system) / 1000 / took,
    generatorBusy: arrival.cpuMilliseconds / took,
  };
}

/** One process of storm.c. */
class StormProcess {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(args: readonly (string | number)[]) {
    const [program, ...rest] = pinned(1, [...compiledStorm(), ...args.map(String)]);
    this.#child = spawn(program, rest, { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines = createInterface({ input: this.#child.stdout! });
    this.#lines = lines[Symbol.asyncIterator]();
  }

  async ask<T>(command: string): Promise<T> {
    this.#child.stdin!.write(`${command}\n`);
    return this.answer<T>();
  }

  async answer<T>(): Promise<T> {
    const { value, done } = await this.#lines.next();
    if (done) {
      if (this.#child.exitCode === null) await once(this.#child, 'exit');
      throw new Error(`the storm ended early (${this.#child.exitCode})`);
    }
    return JSON.parse(value) as T;
  }

  stop(): void {
    this.#child.kill();
  }
}
