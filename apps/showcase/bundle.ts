/**
 * Scripts and styles as browsers load them: esbuild bundles them when the server starts, in memory, and what two pages share
 * becomes a file of its own. A file's name carries the hash of its content, so a browser may keep it for ever.
 */
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, type BuildResult, build, type OutputFile, stop } from 'esbuild';

/** A file that a page loads. */
export interface Asset {
  /** Its path on this server, for example `/assets/chat-4F2KQ7AB.js`. */
  readonly path: string;
  readonly type: string;
  readonly body: Buffer;
}

/** What came of the entries. */
export interface Bundle {
  readonly assets: readonly Asset[];
  /** The path of the file that an entry became. @throws when it was none of the entries */
  pathOf(entry: URL): string;
  /** Paths of the modules that an entry's file imports at once, so that the page can name them all. */
  importsOf(entry: URL): readonly string[];
}

/** What is to be bundled. Names only make the files' names readable. */
export interface Entries {
  /** Modules and style sheets. */
  readonly modules: readonly URL[];
  /** Scripts that run before the page is painted, so they are no modules and share nothing. */
  readonly scripts: readonly URL[];
}

const folder = fileURLToPath(new URL('.', import.meta.url));
const types: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
};

const common = {
  absWorkingDir: folder,
  outdir: '/assets',
  outbase: folder,
  // `support/page.ts` becomes `support/page-HASH.js`: every page's entry has the same name.
  entryNames: '[dir]/[name]-[hash]',
  chunkNames: 'shared-[hash]',
  bundle: true,
  minify: true,
  write: false,
  metafile: true,
  platform: 'browser',
  target: 'es2022',
  conditions: ['tidewire-src', 'browser'],
  // A file of this name above the repository would otherwise have a say.
  tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
  logLevel: 'silent',
} as const satisfies BuildOptions;

/** Bundles. @throws esbuild's error, with the place, when a source can't be read or does not parse */
export async function bundle({ modules, scripts }: Entries): Promise<Bundle> {
  const points = (urls: readonly URL[]): string[] => urls.map((url) => fileURLToPath(url));
  const results = await buildAll([
    { ...common, entryPoints: points(modules), format: 'esm', splitting: true },
    { ...common, entryPoints: points(scripts), format: 'iife' },
  ]);
  const outputs = new Map(results.flatMap(({ metafile }) => Object.entries(metafile.outputs)));
  const paths = new Map<string, string>();
  for (const [output, { entryPoint }] of outputs) if (entryPoint) paths.set(entryPoint, absolute(output));
  const pathOf = (entry: URL): string => {
    const source = relative(folder, fileURLToPath(entry));
    const path = paths.get(source);
    if (path === undefined) throw new Error(`${source} was not bundled`);
    return path;
  };
  return {
    assets: results.flatMap(({ outputFiles }) => outputFiles.map(assetOf)),
    pathOf,
    importsOf(entry) {
      const imports = [...outputs].find(([output]) => absolute(output) === pathOf(entry))?.[1].imports ?? [];
      return imports.filter(({ kind }) => kind === 'import-statement').map(({ path }) => absolute(path));
    },
  };
}

type Build = BuildOptions & typeof common;

let underWay = 0;

/** esbuild is a process of its own, which has nothing more to do once the last bundle is made. */
async function buildAll(builds: readonly Build[]): Promise<BuildResult<Build>[]> {
  underWay++;
  try {
    return await Promise.all(builds.map((each) => build(each)));
  } finally {
    if (--underWay === 0) await stop();
  }
}

function assetOf({ path, contents }: OutputFile): Asset {
  const extension = path.slice(path.lastIndexOf('.') + 1);
  const type = types[extension];
  if (type === undefined) throw new Error(`${path} is neither a script nor a style sheet`);
  return { path, type, body: Buffer.from(contents) };
}

/** esbuild names its outputs from the working directory. */
function absolute(output: string): string {
  return new URL(output, new URL('.', import.meta.url)).pathname;
}
