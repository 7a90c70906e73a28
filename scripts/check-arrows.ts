/**
 * The arrows of the house, checked: `protocol ← socket ← server, client`, and `wire ← apps, bench, docs` by public exports
 * only. Types count too. Run alone it prints every import against an arrow and exits with 1; a test runs the same.
 */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What each room of packages/wire/src may import beside itself. The front door, index.ts, may open every one. */
const rooms: Record<string, { readonly rooms: readonly string[]; readonly node: boolean }> = {
  protocol: { rooms: [], node: false },
  socket: { rooms: ['protocol'], node: true },
  server: { rooms: ['protocol', 'socket'], node: true },
  client: { rooms: ['protocol', 'socket'], node: true },
  'index.ts': { rooms: ['protocol', 'socket', 'server', 'client'], node: false },
};
const wire = 'packages/wire/src';
const browserEntry = `${wire}/client/browser.ts`;
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

/** Why a file of the house may not import this, or nothing when it may. Paths are relative to the repository. */
export function objectionTo(file: string, specifier: string, publicNames: readonly string[]): string | undefined {
  const to = target(file, specifier);
  if (file.startsWith(`${wire}/`)) {
    const room = file.slice(wire.length + 1).split('/', 1)[0] as string;
    const may = rooms[room];
    if (may === undefined) return `${room} is not a room of the house`;
    if (to.startsWith('node:')) return may.node ? undefined : `${room} has no node:*`;
    if (!to.startsWith(`${wire}/`)) return 'tidewire has no dependencies';
    const other = to.slice(wire.length + 1).split('/', 1)[0] as string;
    return other === room || may.rooms.includes(other) ? undefined : `${room} must not know ${other}`;
  }
  if (/^(?:apps|bench|docs)\//.test(file)) {
    if (/^tidewire\b/.test(to)) return publicNames.includes(to) ? undefined : 'not a public export';
    const own = file.split('/', file.startsWith('apps/') ? 2 : 1).join('/');
    const support = file.includes('/test/') && /^packages\/\w+\/test\/support\//.test(to);
    if (specifier.startsWith('.') && !to.startsWith(`${own}/`) && !support) return `outside of ${own}`;
  }
  return undefined;
}

/** The chain of imports that leads from an entry to a `node:*` module, or nothing. Types do not run, so they do not count. */
export function wayToNode(entry: string, read: (file: string) => string): string[] | undefined {
  const seen = new Set<string>();
  const walk = (file: string): string[] | undefined => {
    if (file.startsWith('node:')) return [file];
    if (seen.has(file) || !file.endsWith('.ts')) return undefined;
    seen.add(file);
    const values = read(file).replace(/^[ \t]*(?:import|export)\s+type\b[^;]*;/gm, '');
    for (const specifier of importsIn(values)) {
      const way = walk(target(file, specifier));
      if (way) return [file, ...way];
    }
    return undefined;
  };
  return walk(entry);
}

/** Every import against an arrow in the repository, one line each. */
export function checkArrows(): string[] {
  const read = (file: string): string => readFileSync(join(repository, file), 'utf8');
  const { exports } = JSON.parse(read('packages/wire/package.json')) as { exports: Record<string, unknown> };
  const publicNames = Object.keys(exports).map((path) => join('tidewire', path));
  const exclude = (path: string): boolean => /(?:^|\/)(?:node_modules|dist)$/.test(path);
  const files = globSync([`${wire}/**/*.ts`, '{apps,bench,docs}/**/*.{ts,js}'], { cwd: repository, exclude });
  const wrong = files.sort().flatMap((file) =>
    importsIn(read(file)).flatMap((specifier) => {
      const objection = objectionTo(file, specifier, publicNames);
      return objection === undefined ? [] : [`${file} imports ${specifier}: ${objection}`];
    }),
  );
  const way = existsSync(join(repository, browserEntry)) ? wayToNode(browserEntry, read) : undefined;
  return way ? [...wrong, `the browser entry reaches Node: ${way.join(' → ')}`] : wrong;
}

if (import.meta.main) {
  const wrong = checkArrows();
  console.log(wrong.length === 0 ? 'The arrows hold.' : wrong.join('\n'));
  process.exitCode = wrong.length === 0 ? 0 : 1;
}
