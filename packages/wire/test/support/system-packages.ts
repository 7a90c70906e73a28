/**
 * Real servers and browsers that tests talk to: the ones on the machine. Tests only look (`systemPackage`); `npm test`
 * installs what is missing before the first of them starts (scripts/install-system-packages.ts), on Debian and Ubuntu, as
 * root or with a sudo that asks for no password. Elsewhere the tests that need it are skipped and say what is missing.
 *
 *   const chromium = systemPackage('chromium');
 *   test('two windows talk', { skip: chromium.missing }, async () => { launch(chromium.path); });
 */
import { type SpawnSyncOptionsWithStringEncoding, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

interface Row {
  /** What a test starts: the first one that is there and works. */
  readonly programs: readonly string[];
  /** Arguments with which it ends at once, by 0 if it works (on Ubuntu a program may be a mere hint at a snap). */
  readonly probe: readonly string[];
}

export type SystemPackage =
  | 'chromium'
  | 'firefox-esr'
  | 'libxml2-utils'
  | 'nats-server'
  | 'nginx'
  | 'python3-autobahn'
  | 'python3-cbor2'
  | 'python3-websockets'
  | 'redis-server';

/** By Debian's names. `/usr/bin/python3` is Debian's own: another python3 on PATH does not see its modules. */
export const systemPackages: Readonly<Record<SystemPackage, Row>> = {
  chromium: { programs: ['/usr/bin/chromium', '/usr/bin/google-chrome'], probe: ['--version'] },
  'firefox-esr': { programs: ['/usr/bin/firefox-esr', '/usr/bin/firefox'], probe: ['--version'] },
  'libxml2-utils': { programs: ['/usr/bin/xmllint'], probe: ['--version'] },
  'nats-server': { programs: ['/usr/sbin/nats-server', '/usr/bin/nats-server'], probe: ['--version'] },
  nginx: { programs: ['/usr/sbin/nginx'], probe: ['-v'] },
  'python3-autobahn': { programs: ['/usr/bin/python3'], probe: ['-c', 'import autobahn.asyncio.wamp'] },
  'python3-cbor2': { programs: ['/usr/bin/python3'], probe: ['-c', 'import cbor2'] },
  'python3-websockets': { programs: ['/usr/bin/python3'], probe: ['-c', 'import websockets'] },
  'redis-server': { programs: ['/usr/bin/redis-server'], probe: ['--version'] },
};

/** Where it is, or why a test can't have it; `missing` fits `{ skip }` of node:test. */
export type Found =
  | { readonly path: string; readonly missing?: undefined }
  | { readonly path: ''; readonly missing: string };

/** What a run of a program came to; `status` is null when it could not start or took too long. */
export interface Outcome {
  readonly status: number | null;
  readonly output: string;
}

/** The machine, as far as this file knows it; tests put another in its place. */
export interface Machine {
  exists(path: string): boolean;
  /** The `ID` and `ID_LIKE` of /etc/os-release. */
  readonly system: string;
  readonly isRoot: boolean;
  run(command: string, args: readonly string[], timeout: number): Outcome;
}

export const thisMachine: Machine = {
  exists: existsSync,
  get system() {
    const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
    return [...release.matchAll(/^ID(?:_LIKE)?="?([^"\n]*)/gm)].map((match) => match[1]).join(' ');
  },
  isRoot: process.getuid?.() === 0,
  run(command, args, timeout) {
    const options: SpawnSyncOptionsWithStringEncoding = { encoding: 'utf8', timeout, maxBuffer: 64 << 20 };
    const { status, stdout, stderr } = spawnSync(command, [...args], options);
    return { status, output: `${stdout ?? ''}${stderr ?? ''}` };
  },
};

/** Looks for a package on the machine; installs nothing. */
export function systemPackage(name: SystemPackage, machine: Machine = thisMachine): Found {
  const { programs, probe } = systemPackages[name];
  const path = programs.find((program) => machine.exists(program) && machine.run(program, probe, 30_000).status === 0);
  if (path !== undefined) return { path };
  return { path: '', missing: `${[programs[0], ...probe].join(' ')} does not work here: apt-get install ${name}` };
}

/** Why nothing can be installed here, or nothing. */
function obstacle(machine: Machine): string | undefined {
  if (!/\b(?:debian|ubuntu)\b/.test(machine.system)) return 'this is not Debian or Ubuntu';
  if (machine.isRoot || machine.run('sudo', ['-n', 'true'], 10_000).status === 0) return undefined;
  return 'that needs root, or a sudo that asks for no password';
}

/** One install at a time on this machine; the kernel drops the lock when its owner dies. */
const underLock = ['flock', '--timeout', '900', '/run/tidewire-system-packages.lock'];

/**
 * apt itself waits for dpkg's lock; the lock of the package lists it does not wait for, so that is tried again. The lists are
 * fetched only if the install fails without them, since they may be absent or old. Then each package stands alone: one that
 * this system does not have must not keep the others away.
 */
const script = `
export DEBIAN_FRONTEND=noninteractive
apt() { timeout 480 apt-get -q -y -o DPkg::Lock::Timeout=120 -o Acquire::Retries=3 "$@" </dev/null 2>&1; }
update() {
  for attempt in 1 2 3 4 5 6; do
    said=$(apt update); echo "$said"
    case $said in *'Could not get lock'*) sleep 5 ;; *) return ;; esac
  done
}
apt install --no-install-recommends "$@" && exit
update
failed=0
for name; do apt install --no-install-recommends "$name" || failed=1; done
exit $failed
`;

/**
 * Installs those of `names` that are not there. Bounded to 20 minutes.
 *
 * @returns what is missing still, and why: empty when every test can run.
 */
export function installSystemPackages(
  names: readonly SystemPackage[],
  say: (line: string) => void,
  machine: Machine = thisMachine,
): string[] {
  const absent = (): SystemPackage[] => names.filter((name) => systemPackage(name, machine).missing !== undefined);
  const wanted = absent();
  if (wanted.length === 0) return [];
  const reason = obstacle(machine);
  if (reason !== undefined) return wanted.map((name) => `${name} (${reason})`);
  say(`Installing what the tests talk to, once (apt-get install ${wanted.join(' ')})…`);
  const command = [...underLock, 'sh', '-c', script, 'sh', ...wanted];
  const [program, ...args] = machine.isRoot ? command : ['sudo', '-n', ...command];
  const { status, output } = machine.run(program as string, args, 1_200_000);
  const lastWords = output.trim().split('\n').slice(-1).join('');
  return absent().map((name) => `${name} (apt-get ended with ${status ?? 'no exit code'}: ${lastWords})`);
}
