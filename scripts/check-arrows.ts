/**
 * The arrows of the house, checked: between the rooms of each package (houses.ts), and `packages ← apps, bench, docs` by public
 * exports only. Types count too. Run alone it prints every import against an arrow and exits with 1; a test runs the same.
 */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { browserEntries, houses, type Package, readPackages } from './houses.ts';

const repository = fileURLToPath(new URL('..', import.meta.url));
const statement = /^[ \t]*(?:import|export)\b(?:[^;'"()=]*?\bfrom)?\s*(['"])([^'"\n]+)\1/gm;
const call = /\b(?:import|require|import\.meta\.resolve)\s*\(\s*(['"`])([^'"`\n]+)\1/g;

/** Every module that a source text names: in statements, in calls of `import()` and in `import('…')` types. */
export function importsIn(source: string): string[] {
  const code = source.replace(/^\s*(?:\/\/.*|\/\*[\s\S]*?\*\/)/gm, '');
  return [statement, call].flatMap((pattern) => Array.from(code.matchAll(pattern), (match) => match[2] as string));
}

const target = (from: string, specifier: string): string =>
  specifier.startsWith('.') ? normalize(join(dirname(from), specifier)) : specifier;

/** `@scope/name` of `@scope/name/path`, `name` of `name/path`. */
const packageName = (specifier: string): string => /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier;

/** Why a file may not import this, or nothing when it may. Paths are relative to the repository. */
export function objectionTo(file: string, specifier: string, packages: readonly Package[]): string | undefined {
  const to = target(file, specifier);
  const home = packages.find(({ src }) => file.startsWith(`${src}/`));
  if (home !== undefined) return objectionAtHome(home, file, to) ?? objectionToExport(to, packages);
  if (!/^(?:apps|bench|docs)\//.test(file)) return undefined;
  const own = file.split('/', file.startsWith('apps/') ? 2 : 1).join('/');
  const support = (file.includes('/test/') || own === 'bench') && /^packages\/\w+\/test\/support\//.test(to);
  if (specifier.startsWith('.') && !to.startsWith(`${own}/`) && !support) return `outside of ${own}`;
  return objectionToExport(to, packages);
}

function objectionAtHome({ name, src, dependencies }: Package, file: string, to: string): string | undefined {
  const room = file.slice(src.length + 1).split('/', 1)[0] as string;
  const may = houses[src]![room];
  if (may === undefined) return `${room} is not a room of the house`;
  if (to.startsWith('node:')) return may.node ? undefined : `${room} has no node:*`;
  if (to.startsWith(`${src}/`)) {
    const other = to.slice(src.length + 1).split('/', 1)[0] as string;
    return other === room || may.rooms.includes(other) ? undefined : `${room} must not know ${other}`;
  }
  return dependencies.includes(packageName(to)) ? undefined : `${name} does not depend on ${packageName(to)}`;
}

function objectionToExport(to: string, packages: readonly Package[]): string | undefined {
  const other = packages.find(({ name }) => name === packageName(to));
  return other === undefined || other.exports.has(to) ? undefined : 'not a public export';
}

/** The chain of imports that leads from an entry to a `node:*` module, or nothing. Types do not run, so they do not count. */
export function wayToNode(
  entry: string,
  read: (file: string) => string,
  exports: ReadonlyMap<string, string> = new Map(),
): string[] | undefined {
  const seen = new Set<string>();
  const walk = (file: string): string[] | undefined => {
    if (file.startsWith('node:')) return [file];
    if (seen.has(file) || !file.endsWith('.ts')) return undefined;
    seen.add(file);
    const values = read(file).replace(/^[ \t]*(?:import|export)\s+type\b[^;]*;/gm, '');
    for (const specifier of importsIn(values)) {
      const way = walk(exports.get(specifier) ?? target(file, specifier));
      if (way) return [file, ...way];
    }
    return undefined;
  };
  return walk(entry);
}

/** Every import against an arrow in the repository, one line each. */
export function checkArrows(): string[] {
  const read = (file: string): string => readFileSync(join(repository, file), 'utf8');
  const packages = readPackages(repository);
  const exclude = (path: string): boolean => /(?:^|\/)(?:node_modules|dist)$/.test(path);
  const patterns = [...packages.map(({ src }) => `${src}/**/*.ts`), '{apps,bench,docs}/**/*.{ts,js}'];
  const wrong = globSync(patterns, { cwd: repository, exclude })
    .sort()
    .flatMap((file) =>
      importsIn(read(file)).flatMap((specifier) => {
        const objection = objectionTo(file, specifier, packages);
        return objection === undefined ? [] : [`${file} imports ${specifier}: ${objection}`];
      }),
    );
  const exports = new Map(packages.flatMap((each) => [...each.exports]));
  const ways = browserEntries.map((entry) => wayToNode(entry, read, exports)).filter((way) => way !== undefined);
  return [...wrong, ...ways.map((way) => `a browser entry reaches Node: ${way.join(' → ')}`)];
}

if (import.meta.main) {
  const wrong = checkArrows();
  console.log(wrong.length === 0 ? 'The arrows hold.' : wrong.join('\n'));
  process.exitCode = wrong.length === 0 ? 0 : 1;
}
