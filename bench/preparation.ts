/**
 * What must be there before anything is measured: the rivals in their own `node_modules`, the generator compiled, a core for
 * each side. Also the names of it all, for the results.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';
import { fileURLToPath } from 'node:url';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const wirePackage = here('../packages/wire/package.json');

/** Runs `npm ci` in this folder unless it has been run for this lockfile. */
export function installRivals(): void {
  const stamp = here('node_modules/.installed');
  const wanted = digest(here('package-lock.json'));
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  console.log('Installing the rivals…');
  const npm = process.env['npm_execpath'];
  const [command, first] = npm === undefined ? ['npm', []] : [process.execPath, [npm]];
  // Variables of an outer npm run must not send the inner one to the repository's root.
  const args = [...first, 'ci', '--no-audit', '--no-fund', `--prefix=${here('.')}`];
  execFileSync(command, args, { cwd: here('.'), stdio: ['ignore', 'ignore', 'inherit'] });
  writeFileSync(stamp, wanted);
}

export interface Program {
  readonly says: string;
  readonly command: readonly string[];
}

/** The C generator, compiled when its source is new; without a compiler, or if asked, the TypeScript one. */
export function prepareGenerator(wishes: { inTypeScript: boolean }): Program {
  const inTypeScript = { says: 'TypeScript', command: [process.execPath, here('generator/generator.ts')] };
  if (wishes.inTypeScript || spawnSync('gcc', ['--version']).status !== 0 || type() !== 'Linux') return inTypeScript;
  const source = here('generator/generator.c');
  const binary = here(`node_modules/.cache/generator-${digest(source).slice(0, 16)}`);
  if (!existsSync(binary)) {
    mkdirSync(here('node_modules/.cache'), { recursive: true });
    execFileSync('gcc', ['-O2', '-o', binary, source], { stdio: 'inherit' });
  }
  return { says: 'C, epoll', command: [binary] };
}

/** Whether each side can be kept on a core of its own. */
export const canPin: boolean = availableParallelism() > 1 && spawnSync('taskset', ['--version']).status === 0;

/** The command, kept on one core where that can be done. */
export function pinned(core: number, command: readonly string[]): [program: string, ...rest: string[]] {
  const [program = '', ...rest] = canPin ? ['taskset', '-c', String(core), ...command] : command;
  return [program, ...rest];
}

export interface Machine {
  readonly date: string;
  readonly processor: string;
  readonly cores: number;
  readonly memory: string;
  readonly kernel: string;
  readonly node: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly generator: string;
  readonly pinned: boolean;
  /** Load average of the minute before: what ran beside. */
  readonly load: number;
}

export function describeMachine(generator: Program): Machine {
  return {
    date: new Date().toISOString().slice(0, 16).replace('T', ' '),
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    kernel: `${type()} ${release()}`,
    node: process.versions.node,
    versions: {
      ws: versionIn(here('node_modules/ws/package.json')),
      'socket.io': versionIn(here('node_modules/socket.io/package.json')),
      tidewire: versionIn(wirePackage),
    },
    generator: generator.says,
    pinned: canPin,
    load: Math.round((loadavg()[0] ?? 0) * 10) / 10,
  };
}

function versionIn(path: string): string {
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
}

function digest(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}
