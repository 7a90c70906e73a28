/** A showcase in this process, and one in a process of its own. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Showcase, startShowcase } from '../../showcase.ts';
import { atEnd } from './at-end.ts';

/** Starts a showcase that ends with the test, and fails the test if anything goes wrong in the background. */
export async function startedShowcase(context: TestContext): Promise<Showcase> {
  const problems: unknown[] = [];
  const showcase = await startShowcase({ host: '127.0.0.1', onError: (error) => problems.push(error) });
  atEnd(context, async () => {
    await showcase.close();
    if (problems.length > 0) throw new AggregateError(problems, 'The showcase reported errors');
  });
  return showcase;
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

/** `node main.ts …`, killed with the test at the latest. */
export function runMain(context: TestContext, args: readonly string[], environment: NodeJS.ProcessEnv = {}): Running {
  const { PORT: _, ...env } = process.env;
  const running = new Running(process.execPath, ['--conditions=tidewire-src', main, ...args], {
    env: { ...env, ...environment },
  });
  context.after(() => running.process.kill('SIGKILL'));
  return running;
}

/** `npm start` in a process group of its own, killed with the test at the latest. */
export function runNpmStart(context: TestContext, environment: NodeJS.ProcessEnv): Running {
  // npm's own variables would tell the inner npm that it is the outer one.
  const outer = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('npm_') && !name.startsWith('NODE_TEST'),
  );
  const running = new Running('npm', ['start'], {
    cwd: root,
    env: { ...Object.fromEntries(outer), ...environment },
    group: true,
  });
  context.after(() => signalGroup(running, 'SIGKILL'));
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
