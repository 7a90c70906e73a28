/**
 * The page's modules, as a browser can run them: TypeScript with its types blanked out, no bundler. From one entry the
 * relative imports are followed, and so is `tidewire/browser`, which becomes an address of this server; everything else
 * stays where it is, and so does everything outside the two folders.
 *
 * Blanking keeps every character in its place, so a line in the browser's console is the line in the source.
 */
import { readFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { posix } from 'node:path';

interface Folder {
  /** Where the folder's files appear on this server. */
  readonly prefix: string;
  readonly root: URL;
}

/** `import … from '…'`, `export … from '…'` and `import '…'`, which start a line in formatted code. */
const importPattern = /^((?:import|export)\b(?:[^'"`;]*?\bfrom\b)?\s*)(['"])([^'"]+)\2/gm;

/** Reads the modules that `entry` needs. @returns their sources by path on this server @throws when one is missing */
export async function loadBrowserModules(entry: URL): Promise<Map<string, string>> {
  const client = new URL(import.meta.resolve('tidewire/browser'));
  const page: Folder = { prefix: '/', root: new URL('.', entry) };
  // The client's modules may use what is beside its folder, up to the folder of the sources.
  const tidewire: Folder = { prefix: '/tidewire/', root: new URL('..', client) };
  const modules = new Map<string, string>();
  await load(entry, page);
  return modules;

  async function load(module: URL, folder: Folder): Promise<string> {
    const path = addressOf(module, folder);
    if (modules.has(path)) return path;
    modules.set(path, ''); // Two modules may import each other.
    const source = withoutTypes(await readFile(module, 'utf8'), module);
    let linked = source;
    for (const [statement, before, quote, specifier] of source.matchAll(importPattern)) {
      const address = await resolve(specifier ?? '', module, folder);
      linked = linked.replace(statement, () => `${before}${quote}${address}${quote}`);
    }
    modules.set(path, linked);
    return path;
  }

  async function resolve(specifier: string, importer: URL, folder: Folder): Promise<string> {
    if (specifier === 'tidewire/browser') return await load(client, tidewire);
    if (specifier.startsWith('./') || specifier.startsWith('../'))
      return await load(new URL(specifier, importer), folder);
    throw new Error(`${importer} imports ${specifier}, which a browser can't load`);
  }
}

function addressOf(module: URL, { root, prefix }: Folder): string {
  if (!module.href.startsWith(root.href)) throw new Error(`${module} is outside ${root}`);
  return posix.join(prefix, module.pathname.slice(root.pathname.length));
}

function withoutTypes(source: string, module: URL): string {
  return module.pathname.endsWith('.ts') ? stripTypeScriptTypes(source) : source;
}
