/**
 * What must be there before anything is measured: the rivals in their own `node_modules`, the generator compiled, a certificate
 * where TLS is spoken, a core for each side. Also the names of it all, for the results.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Machine } from './report-format.ts';
import { type RivalName, versionOf } from './rivals.ts';
import type { Library, Task } from './work.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/**
 * Runs `npm ci` in this folder unless it has been run for this lockfile. No package's install script runs: what they would
 * fetch or build is in packages of its own for each platform, or is in the package already.
 */
export function installRivals(): void {
  const stamp = here('node_modules/.installed');
  const wanted = digestOf(here('package-lock.json'));
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  console.log('Installing the rivals…');
  const npm = process.env['npm_execpath'];
  const [command, first] = npm === undefined ? ['npm', []] : [process.execPath, [npm]];
  // Variables of an outer npm run must not send the inner one to the repository's root.
  const args = [...first, 'ci', '--ignore-scripts', '--no-audit', '--no-fund', `--prefix=${here('.')}`];
  execFileSync(command, args, { cwd: here('.'), stdio: ['ignore', 'ignore', 'inherit'] });
  writeFileSync(stamp, wanted);
}

/**
 * Compiles our packages as they are published, since the rivals' are compiled, too: what strips types at run time is a compiler
 * in the server's process, and the collector then has another heap to judge by.
 */
export function buildPackages(): void {
  for (const name of ['wire', 'hub']) {
    const folder = here(`../packages/${name}`);
    rmSync(join(folder, 'dist'), { recursive: true, force: true });
    const compiler = here('../node_modules/typescript/bin/tsc');
    execFileSync(process.execPath, [compiler, '-p', 'tsconfig.build.json'], { cwd: folder, stdio: 'inherit' });
  }
}

export interface Generator {
  readonly command: readonly string[];
  readonly has: readonly Library[];
}

const libraries = {
  deflate: { header: 'zlib.h', flags: ['-DWITH_ZLIB'], link: ['-lz'] },
  tls: { header: 'openssl/ssl.h', flags: ['-DWITH_TLS'], link: ['-lssl', '-lcrypto'] },
} as const;

/** Compiles the generator when its source is new, with those of its libraries whose headers are there. @throws Error */
export function prepareGenerator(): Generator {
  if (type() !== 'Linux') throw new Error('the bench needs Linux: its generator uses epoll, and /proc is read');
  if (spawnSync('gcc', ['--version']).status !== 0)
    throw new Error('the bench needs gcc: apt-get install gcc libc6-dev');
  const has = (Object.keys(libraries) as Library[]).filter((library) => {
    const args = ['-E', '-include', libraries[library].header, '-x', 'c', '/dev/null'];
    return spawnSync('gcc', args, { stdio: 'ignore' }).status === 0;
  });
  const flags = has.flatMap((library) => libraries[library].flags);
  const link = has.flatMap((library) => libraries[library].link);
  return { command: [compiled('generator', generatorSources(), flags, link)], has };
}

function generatorSources(): string[] {
  const folder = here('generator');
  return readdirSync(folder)
    .sort()
    .map((name) => join(folder, name));
}

/** The storm's clients (storm.ts). */
export function compiledStorm(): readonly string[] {
  return [compiled('storm', [here('storm.c')])];
}

/** The program, compiled when a source or a flag is new. */
function compiled(
  name: string,
  sources: readonly string[],
  flags: readonly string[] = [],
  link: readonly string[] = [],
): string {
  const digest = createHash('sha256').update(flags.join());
  for (const source of sources) digest.update(readFileSync(source));
  const binary = here(`node_modules/.cache/${name}-${digest.digest('hex').slice(0, 16)}`);
  if (existsSync(binary)) return binary;
  mkdirSync(here('node_modules/.cache'), { recursive: true });
  const units = sources.filter((source) => source.endsWith('.c'));
  execFileSync('gcc', ['-O2', ...flags, '-o', binary, ...units, ...link], { stdio: 'inherit' });
  return binary;
}

/** A key and a certificate for this machine, signed by itself, in that folder; or why there are none. */
export function makeCertificate(folder: string): NonNullable<Task['tls']> | string {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc'];
  const args = ['req', '-x509', ...kind, '-days', '2', '-subj', '/CN=127.0.0.1', '-keyout', key, '-out', cert];
  const { status } = spawnSync('openssl', args, { stdio: 'ignore' });
  return status === 0 ? { cert, key } : 'There is no openssl that makes a certificate for TLS.';
}

/** Whether each side can be kept on a core of its own. */
export const canPin: boolean = availableParallelism() > 1 && spawnSync('taskset', ['--version']).status === 0;

/** The command, kept on one core where that can be done. */
export function pinned(core: number, command: readonly string[]): [program: string, ...rest: string[]] {
  const [program = '', ...rest] = canPin ? ['taskset', '-c', String(core), ...command] : command;
  return [program, ...rest];
}

export function describeMachine(contenders: Iterable<RivalName>): Machine {
  return {
    date: new Date().toISOString().slice(0, 16).replace('T', ' '),
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    kernel: `${type()} ${release()}`,
    node: process.versions.node,
    versions: Object.fromEntries([...new Set(contenders)].map((rival) => [rival, versionOf(rival)])),
    pinned: canPin,
    load: loadNow(),
  };
}

/** Load average of the last minute. */
export function loadNow(): number {
  return Math.round((loadavg()[0] ?? 0) * 10) / 10;
}

function digestOf(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}
