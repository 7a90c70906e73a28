/**
 * One measurement: a fresh server process on one core, the generator on another, a warm-up, then a stretch between two
 * readings of the server's own CPU clock (getrusage, in microseconds). The server is idle at both readings. Both last until
 * the server has used its share of CPU, not for a time on the wall, so that a busy machine doesn't leave a server cold.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { planFor, serializePlan } from './plan.ts';
import { type Program, pinned } from './preparation.ts';
import type { Rival, Work } from './works.ts';

/** Milliseconds on the wall between two looks at the server's CPU. */
const slice = 250;

export interface Timing {
  /** Milliseconds of the server's CPU for the warm-up and for the measured stretch. */
  readonly warmUp: number;
  readonly stretch: number;
}

/** What one stretch cost. */
export interface Sample {
  readonly messages: number;
  /** Bytes of whole frames that arrived and were compared. */
  readonly bytes: number;
  readonly seconds: number;
  /** The server's CPU microseconds per message. */
  readonly user: number;
  readonly system: number;
  /** Share of the stretch in which each side's core was at work; the server's should be near 1, or else it waited. */
  readonly serverBusy: number;
  readonly generatorBusy: number;
  /** When the stretch was, in microseconds of the machine's monotonic clock, which every process reads alike. */
  readonly from: number;
  readonly to: number;
}

export interface Stretch {
  readonly messages: number;
  readonly bytes: number;
  readonly nanoseconds: number;
  readonly cpuMicroseconds: number;
}

export async function measure(
  work: Work,
  rival: Rival,
  generator: Program,
  timing: Timing,
  nodeOptions: readonly string[] = [],
): Promise<Sample> {
  const server = await startServer(rival, work, nodeOptions);
  const folder = mkdtempSync(join(tmpdir(), 'tidewire-bench-'));
  try {
    const planFile = join(folder, 'plan');
    writeFileSync(planFile, serializePlan(planFor(work, rival, server.port)));
    const clients = await startGenerator(generator, server.port, planFile);
    try {
      await runUntil(timing.warmUp, server, clients);
      return await runUntil(timing.stretch, server, clients);
    } finally {
      clients.stop();
    }
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true });
  }
}

async function runUntil(milliseconds: number, server: ServerProcess, clients: GeneratorProcess): Promise<Sample> {
  const before = await server.cpu();
  const from = monotonicMicroseconds();
  const slices: Stretch[] = [];
  for (;;) {
    slices.push(await clients.run(slice));
    const { user, system } = await server.cpu();
    if (user - before.user + system - before.system < milliseconds * 1000) continue;
    return sampleOf(slices, user - before.user, system - before.system, from, monotonicMicroseconds());
  }
}

function monotonicMicroseconds(): number {
  return Number(process.hrtime.bigint() / 1000n);
}

function sampleOf(slices: readonly Stretch[], user: number, system: number, from: number, to: number): Sample {
  const sum = (of: (one: Stretch) => number): number => slices.reduce((total, one) => total + of(one), 0);
  const messages = sum((one) => one.messages);
  const nanoseconds = sum((one) => one.nanoseconds);
  return {
    messages,
    bytes: sum((one) => one.bytes),
    seconds: nanoseconds / 1e9,
    user: user / messages,
    system: system / messages,
    serverBusy: ((user + system) * 1000) / nanoseconds,
    generatorBusy: (sum((one) => one.cpuMicroseconds) * 1000) / nanoseconds,
    from,
    to,
  };
}

interface ServerProcess {
  readonly port: number;
  cpu(): Promise<NodeJS.CpuUsage>;
  stop(): Promise<void>;
}

async function startServer(rival: Rival, work: Work, nodeOptions: readonly string[]): Promise<ServerProcess> {
  const file = fileURLToPath(new URL(`servers/${rival}.ts`, import.meta.url));
  const command = [process.execPath, '--conditions=tidewire-src', ...nodeOptions, file, work.name];
  const [program, ...rest] = pinned(0, command);
  const child = spawn(program, rest, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const answer = async <T>(question?: string): Promise<T> => {
    const answered = once(child, 'message');
    if (question !== undefined) child.send(question);
    return (await unlessItEnds(child, `the ${rival} server`, answered))[0] as T;
  };
  const { port } = await answer<{ port: number }>();
  return {
    port,
    cpu: async () => (await answer<{ cpu: NodeJS.CpuUsage }>('cpu')).cpu,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.disconnect();
      await once(child, 'exit');
    },
  };
}

export interface GeneratorProcess {
  run(ms: number): Promise<Stretch>;
  stop(): void;
}

export async function startGenerator(
  generator: Program,
  port: number,
  planFile: string,
  complaints: 'inherit' | 'ignore' = 'inherit',
): Promise<GeneratorProcess> {
  const [program, ...rest] = pinned(1, [...generator.command, String(port), planFile]);
  const child = spawn(program, rest, { stdio: ['pipe', 'pipe', complaints] });
  const lines = createInterface({ input: child.stdout });
  const nextLine = async (): Promise<string> =>
    (await unlessItEnds(child, 'the generator', once(lines, 'line')))[0] as string;
  if ((await nextLine()) !== 'ready') throw new Error('the generator did not get ready');
  return {
    run: async (ms) => {
      const line = nextLine();
      child.stdin.write(`run ${ms}\n`);
      return JSON.parse(await line) as Stretch;
    },
    stop: () => child.stdin.end(),
  };
}

/** What is awaited, or an error if the process ends first. */
async function unlessItEnds<T>(child: ChildProcess, who: string, awaited: Promise<T>): Promise<T> {
  const stop = new AbortController();
  const ended = once(child, 'exit', { signal: stop.signal }).then(([code, signal]) => {
    throw new Error(`${who} ended early (${signal ?? code})`);
  });
  try {
    return await Promise.race([awaited, ended]);
  } finally {
    stop.abort();
    ended.catch(() => {});
  }
}
