/**
 * Before the tests: installs the servers and browsers that they ask for by `systemPackage('…')`, where that is possible, and
 * names what stays missing. Never fails: a test whose partner is missing is skipped and says so.
 */
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  installSystemPackages,
  type SystemPackage,
  systemPackages,
} from '../packages/wire/test/support/system-packages.ts';

const cwd = fileURLToPath(new URL('..', import.meta.url));
const say = (line: string): boolean => process.stderr.write(`${line}\n`);

/** The packages that a test file names. */
function askedFor(): SystemPackage[] {
  const files = globSync('{packages,apps}/*/test/**/*.test.ts', {
    cwd,
    exclude: (path) => path.endsWith('node_modules'),
  });
  const names = files.flatMap((file) => {
    const source = readFileSync(`${cwd}/${file}`, 'utf8');
    return Array.from(source.matchAll(/\bsystemPackage\(\s*'([\w-]+)'\s*\)/g), (match) => match[1] as string);
  });
  return [...new Set(names)].filter((name): name is SystemPackage => Object.hasOwn(systemPackages, name)).sort();
}

for (const missing of installSystemPackages(askedFor(), say)) say(`Tests will be skipped for want of ${missing}`);
