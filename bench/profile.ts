/**
 * `--profile`: where a server's time goes in one work, by V8's sampling profiler, counted over the stretch alone. A native
 * function (a write, a read) counts as one line with all that the kernel does in it; reading and polling, which happen below
 * JavaScript, are in `(program)`.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measureCpu } from './measure.ts';
import type { Bench } from './work.ts';

/** The part of a .cpuprofile that is read here. */
export interface CpuProfile {
  readonly nodes: readonly { id: number; callFrame: { functionName: string; url: string; lineNumber: number } }[];
  /** In microseconds of the monotonic clock; each sample is `timeDeltas` later than the one before. */
  readonly startTime: number;
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

export interface SelfTime {
  readonly name: string;
  readonly where: string;
  /** Share of the time that was not idle, 0-1. */
  readonly share: number;
}

export async function printProfile(bench: Bench): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tidewire-profile-'));
  try {
    const nodeOptions = ['--cpu-prof', `--cpu-prof-dir=${folder}`, '--cpu-prof-interval=200'];
    const { from, to } = await measureCpu({ ...bench, nodeOptions });
    const [file] = readdirSync(folder);
    const profile = JSON.parse(readFileSync(join(folder, file as string), 'utf8')) as CpuProfile;
    console.log(`${bench.contender.rival}, ${bench.work.name}: share of the time not idle\n`);
    for (const { name, where, share } of selfTimes(profile, from, to).slice(0, 20)) {
      console.log(`${(share * 100).toFixed(1).padStart(6)} %  ${name.padEnd(28)} ${where}`);
    }
    console.log();
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The self time of each function between two moments. */
export function selfTimes({ nodes, startTime, samples, timeDeltas }: CpuProfile, from: number, to: number): SelfTime[] {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const times = new Map<string, { name: string; where: string; time: number }>();
  let all = 0;
  let now = startTime;
  samples.forEach((id, index) => {
    const frame = frames.get(id);
    const time = timeDeltas[index] ?? 0;
    now += time;
    if (now < from || now > to || frame === undefined || frame.functionName === '(idle)') return;
    const place =
      frame.url === '' ? 'native' : `${frame.url.replace(/^.*\/(?=[^/]*\/[^/]*$)/, '')}:${frame.lineNumber + 1}`;
    const key = `${frame.functionName} ${place}`;
    const sum = times.get(key) ?? { name: frame.functionName || '(anonymous)', where: place, time: 0 };
    sum.time += time;
    all += time;
    times.set(key, sum);
  });
  return [...times.values()]
    .sort((a, b) => b.time - a.time)
    .map(({ name, where, time }) => ({ name, where, share: time / all }));
}
