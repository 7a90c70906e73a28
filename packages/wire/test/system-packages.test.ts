/** How the tests come by real servers and browsers: what is looked at, when something is installed, and what is said if not. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { installSystemPackages, type Machine, systemPackage, systemPackages } from './support/system-packages.ts';

/** A machine that exists on paper: which programs work, and what an install by apt-get would add. */
function paperMachine(about: {
  system?: string;
  root?: boolean;
  sudo?: boolean;
  works?: string[];
  installable?: string[];
}) {
  const works = new Set(about.works);
  const ran: string[][] = [];
  const machine: Machine = {
    system: about.system ?? 'debian',
    isRoot: about.root ?? false,
    exists: (path) => works.has(path),
    run(command, args) {
      ran.push([command, ...args]);
      if (works.has(command)) return { status: 0, output: '' };
      if (command === 'sudo' && !about.sudo) return { status: 1, output: 'sudo: a password is required' };
      if (!args.includes('flock') && command !== 'flock') return { status: 0, output: '' };
      for (const path of about.installable ?? []) works.add(path);
      return { status: about.installable ? 0 : 100, output: 'E: Unable to locate package\n' };
    },
  };
  const installs = (): string[][] => ran.filter((line) => line.includes('flock'));
  return { machine, ran, installs };
}

const nginx = '/usr/sbin/nginx';
const silent = (): void => {};

describe('looking for a package', () => {
  test('gives the first program that is there and works', () => {
    const { machine, ran } = paperMachine({ works: ['/usr/bin/google-chrome'] });
    assert.deepEqual(systemPackage('chromium', machine), { path: '/usr/bin/google-chrome' });
    assert.deepEqual(ran, [['/usr/bin/google-chrome', '--version']]);
  });

  test('a program that is there and does not work is missing', () => {
    const { machine } = paperMachine({ works: ['/usr/bin/python3'] });
    const broken: Machine = { ...machine, run: () => ({ status: 1, output: 'No module named websockets' }) };
    assert.equal(systemPackage('python3-websockets', broken).path, '');
  });

  test('what is missing is named with the way to get it', () => {
    const { machine } = paperMachine({});
    const { missing } = systemPackage('python3-websockets', machine);
    assert.equal(
      missing,
      '/usr/bin/python3 -c import websockets does not work here: apt-get install python3-websockets',
    );
  });

  test('every row names absolute paths, so that PATH can not change what is tested', () => {
    for (const { programs } of Object.values(systemPackages)) {
      assert.ok(programs.length > 0 && programs.every((program) => program.startsWith('/')));
    }
  });
});

describe('installing what is missing', () => {
  test('nothing is run where everything is there', () => {
    const { machine, installs } = paperMachine({ works: [nginx], root: true });
    assert.deepEqual(installSystemPackages(['nginx'], assert.fail, machine), []);
    assert.deepEqual(installs(), []);
  });

  test('as root on Debian it installs only what is missing, without a question, under a lock', () => {
    const works = ['/usr/bin/redis-server'];
    const { machine, installs } = paperMachine({ root: true, works, installable: [nginx] });
    const said: string[] = [];
    const missing = installSystemPackages(['nginx', 'redis-server'], (line) => said.push(line), machine);
    assert.deepEqual(missing, []);
    assert.equal(installs().length, 1);
    const [command, ...args] = installs()[0] as [string, ...string[]];
    assert.equal(command, 'flock');
    assert.deepEqual(args.slice(-2), ['sh', 'nginx']);
    assert.match(args.join(' '), /DEBIAN_FRONTEND=noninteractive/);
    assert.deepEqual(said, ['Installing what the tests talk to, once (apt-get install nginx)…']);
  });

  test('on Ubuntu without root it uses a sudo that asks for no password', () => {
    const { machine, installs } = paperMachine({ system: 'ubuntu debian', sudo: true, installable: [nginx] });
    assert.deepEqual(installSystemPackages(['nginx'], silent, machine), []);
    assert.deepEqual(installs()[0]?.slice(0, 3), ['sudo', '-n', 'flock']);
  });

  test('without root and with a sudo that asks, nothing is installed and the reason is given', () => {
    const { machine, installs } = paperMachine({});
    assert.deepEqual(installSystemPackages(['nginx'], assert.fail, machine), [
      'nginx (that needs root, or a sudo that asks for no password)',
    ]);
    assert.deepEqual(installs(), []);
  });

  test('elsewhere than on Debian and Ubuntu nothing is installed, even as root', () => {
    const { machine, ran } = paperMachine({ system: 'fedora', root: true });
    assert.deepEqual(installSystemPackages(['nginx'], assert.fail, machine), ['nginx (this is not Debian or Ubuntu)']);
    assert.deepEqual(ran, []);
  });

  test('an install that fails is no error: what is missing still is named, with the last words of apt-get', () => {
    const { machine } = paperMachine({ root: true });
    assert.deepEqual(installSystemPackages(['nginx'], silent, machine), [
      'nginx (apt-get ended with 100: E: Unable to locate package)',
    ]);
  });

  test('only what is missing after a partly failed install is named', () => {
    const { machine } = paperMachine({ root: true, installable: [nginx] });
    const missing = installSystemPackages(['nginx', 'redis-server'], silent, machine);
    assert.deepEqual(
      missing.map((line) => line.split(' ')[0]),
      ['redis-server'],
    );
  });
});
