/**
 * The names that @tidewire/hub promises, values and types: public-api.test.ts.snapshot beside this file lists them. A change of
 * the list is a change of the public interface and wants a line in the changelog. `npm run test:api` writes it anew.
 */
import { readFileSync } from 'node:fs';
import { publicNamesSuite } from '../../wire/test/support/public-names.ts';

const folder = new URL('../', import.meta.url);
const { exports } = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8')) as {
  exports: Record<string, { 'tidewire-src': string; browser?: { 'tidewire-src': string } } | string>;
};

const entries = Object.entries(exports).flatMap(([path, to]): [name: string, file: URL][] => {
  if (typeof to === 'string') return [];
  const name = path.replace('.', '@tidewire/hub');
  const inBrowsers: [string, URL][] =
    to.browser === undefined ? [] : [[`${name} in browsers`, new URL(to.browser['tidewire-src'], folder)]];
  return [[name, new URL(to['tidewire-src'], folder)], ...inBrowsers];
});

publicNamesSuite(Object.fromEntries(entries));
