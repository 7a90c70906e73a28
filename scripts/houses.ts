/**
 * The rooms of each package, and the arrows between them, as a table: a room may import what it lists, and nothing else of its
 * package. From outside of it, a room may import what its `package.json` depends on.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Room {
  /** What it may import beside itself. */
  readonly rooms: readonly string[];
  /** Whether it may know Node. */
  readonly node: boolean;
}

/** A front door, which opens many rooms, is a file. */
export const houses: Readonly<Record<string, Readonly<Record<string, Room>>>> = {
  'packages/wire/src': {
    protocol: { rooms: [], node: false },
    socket: { rooms: ['protocol'], node: true },
    server: { rooms: ['protocol', 'socket'], node: true },
    client: { rooms: ['protocol', 'socket'], node: true },
    'index.ts': { rooms: ['protocol', 'socket', 'server', 'client'], node: false },
  },
  'packages/hub/src': {
    contract: { rooms: [], node: false },
    engine: { rooms: ['contract'], node: true },
    hub: { rooms: ['contract', 'engine'], node: true },
    wamp: { rooms: ['contract', 'engine', 'hub'], node: true },
    soap: { rooms: ['contract', 'engine', 'hub'], node: false },
    plain: { rooms: ['contract', 'engine', 'hub'], node: false },
    client: { rooms: ['contract', 'wamp'], node: false },
    'hub-route.ts': { rooms: ['contract', 'hub', 'wamp', 'soap', 'plain'], node: false },
    'create-hub.ts': { rooms: ['contract', 'hub', 'wamp', 'hub-route.ts'], node: false },
    'open-router.ts': { rooms: ['contract', 'hub', 'hub-route.ts', 'create-hub.ts'], node: false },
    'index.ts': {
      rooms: ['contract', 'engine', 'hub', 'wamp', 'soap', 'plain', 'hub-route.ts', 'create-hub.ts', 'open-router.ts'],
      node: false,
    },
  },
};

/** What browsers load: no chain of imports from here may end at Node. */
export const browserEntries: readonly string[] = [
  'packages/wire/src/client/browser.ts',
  'packages/hub/src/client/browser.ts',
];

/** A package as its manifest says. */
export interface Package {
  readonly name: string;
  /** The folder of its sources. */
  readonly src: string;
  readonly dependencies: readonly string[];
  /** By what others import, the source that it is. */
  readonly exports: ReadonlyMap<string, string>;
}

export function readPackages(repository: string): Package[] {
  return Object.keys(houses).map((src) => {
    const folder = join(src, '..');
    const manifest = JSON.parse(readFileSync(join(repository, folder, 'package.json'), 'utf8'));
    const exports = Object.entries(manifest.exports as Record<string, { 'tidewire-src'?: string } | string>);
    return {
      name: manifest.name,
      src,
      dependencies: Object.keys(manifest.dependencies ?? {}),
      exports: new Map(
        exports.map(([path, to]) => [
          join(manifest.name, path),
          join(folder, (typeof to === 'string' ? to : to['tidewire-src']) ?? ''),
        ]),
      ),
    };
  });
}
