/**
 * A hub in a process of its own, to be killed, or to be measured alone. Its script prints its port as a first line, and ends
 * with its standard input, so that it does not outlive the test.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export class HubProcess {
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  private constructor(child: ChildProcess, ended: Promise<unknown>, port: number) {
    this.#child = child;
    this.#ended = ended;
    this.port = port;
  }

  /** Runs a script and waits for its port. @throws when it ends before */
  static async start(script: URL, ...args: readonly (string | number)[]): Promise<HubProcess> {
    const flags = [
      '--disable-warning=ExperimentalWarning',
      ...(process.env.GCX ? ['--expose-gc'] : []),
      '--conditions=tidewire-src',
    ];
    const child = spawn(process.execPath, [...flags, fileURLToPath(script), ...args.map(String)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const ended = once(child, 'exit');
    for await (const line of createInterface(child.stdout!)) return new HubProcess(child, ended, Number(line));
    throw new Error('The hub ended before it listened');
  }

  /** By SIGKILL, which it can't notice. Resolves when it is gone. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }
}

/** For the script: says where it listens, and ends with its parent. */
export function sayPort(port: number): void {
  process.stdin.on('end', () => process.exit()).resume();
  process.stdout.write(`${port}\n`);
}
