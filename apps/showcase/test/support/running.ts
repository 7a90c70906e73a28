/** A showcase in this process, and one in a process of its own. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Application } from '../../application.ts';
import { type Showcase, startShowcase } from '../../showcase.ts';
import { atEnd } from './at-end.ts';

/** What a test may say of its showcase. */
export interface StartedOptions {
  /** @default those of the showcase */
  readonly applications?: readonly Application[];
}

/** A showcase of a test: it can be stopped, and started again on the same port with the same data. */
export interface StartedShowcase {
  readonly url: string;
  readonly port: number;
  /** Its data folder. */
  readonly data: string;
  /** Closes every socket with 1001 and stops listening. */
  stop(): Promise<void>;
  /** Starts it again; stops it first where it runs. */
  restart(): Promise<void>;
}

/** Starts a showcase that ends with the test, and fails the test if anything goes wrong in the background. */
export async function startedShowcase(context: TestContext, options: StartedOptions = {}): Promise<StartedShowcase> {
  const problems: unknown[] = [];
  const data = await temporaryFolder(context);
  const start = (port: number): Promise<Showcase> =>
    startShowcase({ ...options, data, port, host: '127.0.0.1', onError: (error) => problems.push(error) });
  let running: Showcase | undefined = await start(0);
  const { url, port } = running;
  const stop = async (): Promise<void> => {
    await running?.close();
    running = undefined;
  };
  const restart = async (): Promise<void> => {
    await stop();
    running = await start(port);
  };
  atEnd(context, async () => {
    await stop();
    if (problems.length > 0) throw new AggregateError(problems, 'The showcase reported errors');
  });
  return { url, port, data, stop, restart };
}

/** A folder that goes with the test. */
export async function temporaryFolder(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tidewire-showcase-'));
  atEnd(context, () => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** What a process said and how it ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process with its output kept. */
export class Running {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
  #stdout = '';
  #stderr = '';

  constructor(
    command: string,
    args: readonly string[],
    options: { cwd?: string; env?: NodeJS.ProcessEnv; group?: boolean },
  ) {
    this.process = spawn(command, args, {
      cwd: options.cwd,
      env: options.env,
      detached: options.group === true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.process.stdout?.setEncoding('utf8').on('data', (text: string) => (this.#stdout += text));
    this.process.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text));
    this.ended = once(this.process, 'close').then(([code, signal]) => ({
      code,
      signal,
      stdout: this.#stdout,
      stderr: this.#stderr,
    }));
  }

  /** Resolves with the port once the process says where it listens. */
  async port(): Promise<number> {
    for (;;) {
      const port = /listens on http:\/\/[^/]*:(\d+)\//.exec(this.#stdout)?.[1];
      if (port !== undefined) return Number(port);
      const early = await Promise.race([
        once(this.process.stdout ?? this.process, 'data').then(() => undefined),
        this.ended,
      ]);
      if (early) throw new Error(`It ended early: ${JSON.stringify(early)}`);
    }
  }
}

const root: string = fileURLToPath(new URL('../../../../', import.meta.url));
const main: string = fileURLToPath(new URL('../../main.ts', import.meta.url));

/** `node main.ts …` with a data folder of its own, killed with the test at the latest. */
export async function runMain(
  context: TestContext,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<Running> {
  const { PORT: _, ...env } = process.env;
  const TIDEWIRE_DATA = await temporaryFolder(context);
  const running = new Running(process.execPath, ['--conditions=tidewire-src', main, ...args], {
    env: { ...env, TIDEWIRE_DATA, ...environment },
  });
  atEnd(context, () => kill(running));
  return running;
}

async function kill(running: Running): Promise<void> {
  running.process.kill('SIGKILL');
  await running.ended;
}

/** `npm start` in a process group and with a data folder of its own, killed with the test at the latest. */
export async function runNpmStart(context: TestContext, environment: NodeJS.ProcessEnv): Promise<Running> {
  const TIDEWIRE_DATA = await temporaryFolder(context);
  // npm's own variables would tell the inner npm that it is the outer one.
  const outer = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('npm_') && !name.startsWith('NODE_TEST'),
  );
  const running = new Running('npm', ['start'], {
    cwd: root,
    env: { ...Object.fromEntries(outer), TIDEWIRE_DATA, ...environment },
    group: true,
  });
  atEnd(context, () => signalGroup(running, 'SIGKILL'));
  return running;
}

/** Sends a signal to every process of the group, as a terminal does; nothing happens if there is none left. */
export function signalGroup({ process: { pid } }: Running, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Whether a process of the group is alive. */
export function groupIsAlive({ process: { pid } }: Running): boolean {
  try {
    return pid !== undefined && process.kill(-pid, 0);
  } catch {
    return false;
  }
}

/** Whether one could listen on the port now. */
export async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port);
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
