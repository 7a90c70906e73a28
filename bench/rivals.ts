/**
 * The rivals: their names, where their servers are, and how those are started. One that this machine can't run says why, in a
 * sentence, and is left out of the run.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { systemPackage } from '../packages/wire/test/support/system-packages.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export interface Rival {
  readonly label: string;
  readonly runtime: 'node' | 'bun' | 'deno';
  /** Its file in servers/, without `.ts`. */
  readonly server: string;
  /** The package that it is, for its version; Node's own if there is none. */
  readonly package?: string;
  /** Variables of its environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** ws takes bufferutil where it finds it; plain installations of ws and of Socket.IO have none. */
const plain = { WS_NO_BUFFER_UTIL: '1' };

export const rivals = {
  ws: { label: 'ws', runtime: 'node', server: 'ws', package: 'ws', env: plain },
  'ws-bufferutil': { label: 'ws + bufferutil', runtime: 'node', server: 'ws', package: 'ws' },
  'socket.io': { label: 'Socket.IO', runtime: 'node', server: 'socket.io', package: 'socket.io', env: plain },
  net: { label: 'net.Socket, bytes alone', runtime: 'node', server: 'net' },
  deno: { label: 'Deno', runtime: 'deno', server: 'deno', package: 'deno' },
  bun: { label: 'Bun', runtime: 'bun', server: 'bun', package: 'bun' },
  nats: { label: 'nats-server', runtime: 'node', server: 'hub-nats' },
  tidewire: { label: 'Tidewire', runtime: 'node', server: 'tidewire', package: 'tidewire' },
  'tidewire-hub': { label: 'Tidewire’s hub', runtime: 'node', server: 'hub-tidewire', package: '@tidewire/hub' },
} as const satisfies Record<string, Rival>;

export type RivalName = keyof typeof rivals;

export const rivalNames: readonly RivalName[] = Object.keys(rivals) as RivalName[];

/** The binaries of the npm packages `bun` and `deno`, which are packages of their own for each platform. */
const binaries = {
  bun: [`@oven/bun-linux-${process.arch === 'arm64' ? 'aarch64' : process.arch}/bin/bun`],
  deno: [`@deno/linux-${process.arch}-glibc/deno`],
} as const;

/** The command that starts a server, to which its task is appended; or why there is none. */
export function commandOf(
  name: RivalName,
  server?: string,
  nodeOptions: readonly string[] = [],
): readonly string[] | string {
  const rival: Rival = rivals[name];
  const file = here(`servers/${server ?? rival.server}.ts`);
  if (rival.runtime === 'node') {
    return [process.execPath, '--expose-gc', ...nodeOptions, file];
  }
  const binary = binaries[rival.runtime].map((path) => here(`node_modules/${path}`)).find(existsSync);
  if (binary === undefined) return `npm has no ${rival.label} for ${process.platform} on ${process.arch}.`;
  return rival.runtime === 'bun' ? [binary, file] : [binary, 'run', '--no-config', '--allow-net', '--allow-read', file];
}

/** As its package says; Node's for what is Node's own. */
export function versionOf(name: RivalName): string {
  const rival: Rival = rivals[name];
  if (name === 'nats') return natsVersion();
  if (rival.package === undefined) return process.versions.node;
  const own = { tidewire: 'wire', '@tidewire/hub': 'hub' }[rival.package];
  const folder = own === undefined ? `node_modules/${rival.package}` : `../packages/${own}`;
  return (JSON.parse(readFileSync(here(`${folder}/package.json`), 'utf8')) as { version: string }).version;
}

/** As the program says; empty where it isn't installed. */
function natsVersion(): string {
  const { path } = systemPackage('nats-server');
  if (path === '') return '';
  return /v([\d.]+)/.exec(spawnSync(path, ['--version'], { encoding: 'utf8' }).stdout)?.[1] ?? '';
}
