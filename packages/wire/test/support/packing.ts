/** Packages as strangers get them: copied, packed by their own `npm pack`, and installed in an empty project. */
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const repository = fileURLToPath(new URL('../../../../', import.meta.url));
/** What the repository has installed. */
export const modules: string = join(repository, 'node_modules');

/** Resolves to what the program printed; rejects, with all that it said, unless it ends by 0. */
export function run(cwd: string, command: string, ...args: string[]): Promise<string> {
  // What npm says to its scripts is meant for this repository, not for the projects made here.
  const foreign = /^(?:npm_config_local_prefix|npm_config_prefix|npm_package_.*|NODE_OPTIONS|NODE_TEST_CONTEXT)$/i;
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
  return new Promise((resolve, reject) => {
    execFile(command, args, { cwd, env, timeout: 300_000, maxBuffer: 16 << 20 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${command} ${args.join(' ')}: ${error.message}\n${stdout}\n${stderr}`));
    });
  });
}

/** A folder for one test file; remove it at the end. */
export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'tidewire-pack-'));
}

/**
 * Packs copies of packages, in this order, so that nothing is written to the repository. Returns their tarballs. A package finds
 * those before it as `npm` would have linked them.
 */
export async function packInto(temporary: string, ...names: readonly string[]): Promise<string[]> {
  const copy = join(temporary, 'repository');
  mkdirSync(copy);
  for (const file of ['LICENSE', 'tsconfig.json']) cpSync(join(repository, file), join(copy, file));
  linkModules(copy);
  const tarballs: string[] = [];
  for (const name of names) {
    const folder = join(copy, 'packages', name);
    for (const entry of ['package.json', 'README.md', 'tsconfig.build.json', 'src']) {
      const from = join(repository, 'packages', name, entry);
      if (existsSync(from)) cpSync(from, join(folder, entry), { recursive: true });
    }
    const before = new Set(readdirSync(temporary));
    await run(folder, 'npm', 'pack', '--pack-destination', temporary);
    const tarball = readdirSync(temporary).find((file) => file.endsWith('.tgz') && !before.has(file));
    tarballs.push(join(temporary, tarball ?? 'no tarball'));
  }
  return tarballs;
}

/** Every installed package, but our own: those are the copies. */
function linkModules(copy: string): void {
  const here = join(copy, 'node_modules');
  mkdirSync(here);
  for (const name of readdirSync(modules)) {
    if (name !== 'tidewire' && name !== '@tidewire') symlinkSync(join(modules, name), join(here, name));
  }
  symlinkSync(join(copy, 'packages/wire'), join(here, 'tidewire'));
}

/** An empty project with these tarballs installed. */
export async function installInto(project: string, tarballs: readonly string[]): Promise<void> {
  mkdirSync(project);
  writeFileSync(
    join(project, 'package.json'),
    JSON.stringify({ name: basename(project), private: true, type: 'module' }),
  );
  await run(project, 'npm', 'install', '--prefer-offline', '--no-audit', '--no-fund', ...tarballs);
}

/** As a careful user has it: strict, and with our declarations checked. */
export const compilerOptions = {
  target: 'es2024',
  module: 'nodenext',
  moduleResolution: 'nodenext',
  lib: ['es2024', 'esnext.disposable', 'dom'],
  types: ['node'],
  strict: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: false,
  noEmit: true,
} as const;

/** Compiles one file of the project. */
export async function compile(project: string, file: string): Promise<void> {
  const types = join(project, 'node_modules/@types');
  if (!existsSync(types)) symlinkSync(join(modules, '@types'), types);
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: [file] }));
  await run(project, process.execPath, join(modules, 'typescript/bin/tsc'), '-p', 'tsconfig.json');
}
