/** The two processes of a measurement: a fresh server on one core, the generator on another. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type CpuTime, cpuOf } from './accounting.ts';
import { type Plan, serializePlan } from './plan-format.ts';
import { pinned } from './preparation.ts';
import { commandOf, type Rival, rivals } from './rivals.ts';
import type { Bench } from './work.ts';

/** This machine can't run that server. The message says why, in a sentence. */
export class CannotPlay extends Error {}

export interface ServerProcess {
  readonly port: number;
  /** Whose CPU and memory count. */
  readonly pid: number;
  /** What it has used until now. */
  cpu(): CpuTime;
  /** Has it collect its garbage. Resolves with the bytes of its heap and of what its heap keeps outside. */
  collect(): Promise<number>;
  stop(): Promise<void>;
}

/** @throws CannotPlay */
export async function startServer({
  contender: { rival, server },
  task,
  nodeOptions,
}: Pick<Bench, 'contender' | 'task' | 'nodeOptions'>): Promise<ServerProcess> {
  const command = commandOf(rival, server, nodeOptions);
  if (typeof command === 'string') throw new CannotPlay(command);
  const [program, ...rest] = pinned(0, [...command, JSON.stringify(task)]);
  const env = { ...process.env, ...(rivals[rival] as Rival).env };
  const child = spawn(program, rest, { stdio: ['pipe', 'pipe', 'inherit'], env });
  const ask = linesOf(child, `the server of ${rival}`);
  const { port, pid, why } = JSON.parse(await ask()) as { port: number; pid: number; why?: string };
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.stdin.end();
    await ended;
  };
  if (why !== undefined) {
    await stop();
    throw new CannotPlay(why);
  }
  const collect = async (): Promise<number> => (JSON.parse(await ask('collect')) as { heap: number }).heap;
  return { port, pid, cpu: () => cpuOf(pid), collect, stop };
}

/** What the generator says of one run. */
export interface Stretch {
  readonly messages: number;
  /** Of payload, as they came: compressed where they were. */
  readonly bytes: number;
  readonly nanoseconds: number;
  readonly cpuMicroseconds: number;
  /** How long turns lasted: nanoseconds, and how many. */
  readonly turns: readonly (readonly [nanoseconds: number, count: number])[];
}

export interface GeneratorProcess {
  /** Plays the plan for so long; with 0, one turn. */
  run(ms: number): Promise<Stretch>;
  stop(): Promise<void>;
}

/** Resolves once all clients have opened. */
export async function startGenerator(
  generator: readonly string[],
  port: number,
  plan: Plan,
): Promise<GeneratorProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'tidewire-bench-'));
  try {
    const file = join(folder, 'plan');
    writeFileSync(file, serializePlan(plan));
    const [program, ...rest] = pinned(1, [...generator, String(port), file]);
    const child = spawn(program, rest, { stdio: 'pipe' });
    const ask = linesOf(child, 'the generator');
    if ((await ask()) !== 'ready') throw new Error('the generator did not get ready');
    return {
      run: async (ms) => JSON.parse(await ask(`run ${ms}`)) as Stretch,
      stop: async () => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const ended = once(child, 'exit');
        child.stdin.end();
        await ended;
      },
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Says a line to the process, if one is given, and resolves with the next that it says; an error if it ends first. */
function linesOf(child: ChildProcess, who: string): (line?: string) => Promise<string> {
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  let complaints = '';
  child.stderr?.on('data', (text) => {
    complaints = `${complaints}${text}`.slice(0, 1000);
  });
  child.stdin?.on('error', () => {}); // it has ended, which is said below
  return async (line) => {
    const stop = new AbortController();
    const answered = once(lines, 'line', { signal: stop.signal });
    const ended = once(child, 'close', { signal: stop.signal }).then(([code, signal]) => {
      throw new Error(`${who} ended early (${signal ?? code}). ${complaints.trim()}`);
    });
    if (line !== undefined) child.stdin?.write(`${line}\n`);
    try {
      return (await Promise.race([answered, ended]))[0] as string;
    } finally {
      stop.abort();
      answered.catch(() => {});
      ended.catch(() => {});
    }
  };
}
