/**
 * One measurement of CPU: a fresh server, a warm-up, then a stretch between two readings of the server's CPU. The server is idle
 * at both readings. Both last until the server has used its share of CPU, not for a time on the wall, so that a busy machine
 * doesn't leave a server cold.
 */
import { type GeneratorProcess, type ServerProcess, type Stretch, startGenerator, startServer } from './processes.ts';
import type { Bench, Sample } from './work.ts';

/** Milliseconds on the wall between two looks at the server's CPU. */
const slice = 250;

export interface Measured {
  readonly sample: Sample;
  /** When the stretch was, in microseconds of the machine's monotonic clock, which every process reads alike. */
  readonly from: number;
  readonly to: number;
}

export async function measureCpu(bench: Bench): Promise<Measured> {
  const { work, contender, generator, timing } = bench;
  const server = await startServer(bench);
  try {
    const clients = await startGenerator(generator, server.port, work.planFor(contender.rival, server.port));
    try {
      await runUntil(Math.max(timing.warmUp, work.warmUp ?? 0), server, clients);
      const { sample, ...when } = await runUntil(timing.stretch, server, clients);
      const { answerBytes, ...others } = sample;
      return { sample: work.needs?.includes('deflate') ? sample : others, ...when };
    } finally {
      await clients.stop();
    }
  } finally {
    await server.stop();
  }
}

async function runUntil(milliseconds: number, server: ServerProcess, clients: GeneratorProcess): Promise<Measured> {
  const before = server.cpu();
  const from = monotonicMicroseconds();
  const slices: Stretch[] = [];
  for (;;) {
    slices.push(await clients.run(slice));
    const after = server.cpu();
    const user = after.user - before.user;
    const system = after.system - before.system;
    if (user + system < milliseconds * 1000) continue;
    return { sample: sampleOf(slices, user, system), from, to: monotonicMicroseconds() };
  }
}

function monotonicMicroseconds(): number {
  return Number(process.hrtime.bigint() / 1000n);
}

/** @param user and @param system microseconds of the server's CPU */
export function sampleOf(slices: readonly Stretch[], user: number, system: number): Sample {
  const sum = (of: (one: Stretch) => number): number => slices.reduce((total, one) => total + of(one), 0);
  const messages = sum((one) => one.messages);
  const nanoseconds = sum((one) => one.nanoseconds);
  const turns = slices.flatMap((one) => one.turns).sort(([a], [b]) => a - b);
  return {
    user: user / messages,
    system: system / messages,
    total: (user + system) / messages,
    perSecond: (messages / nanoseconds) * 1e9,
    p50: milliseconds(turns, 0.5),
    p99: milliseconds(turns, 0.99),
    longest: milliseconds(turns, 1),
    answerBytes: sum((one) => one.bytes) / messages,
    serverBusy: ((user + system) * 1000) / nanoseconds,
    generatorBusy: (sum((one) => one.cpuMicroseconds) * 1000) / nanoseconds,
  };
}

/** Below which a share of the turns lies. */
function milliseconds(turns: Stretch['turns'], share: number): number {
  let left = turns.reduce((sum, [, count]) => sum + count, 0) * share;
  for (const [nanoseconds, count] of turns) {
    left -= count;
    if (left <= 0) return nanoseconds / 1e6;
  }
  return Number.NaN;
}
