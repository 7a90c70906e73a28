/**
 * Debian's `nats-server`, with its WebSocket listener and nothing else beyond its defaults. It is a process of its own, which
 * is the one that is measured.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { installSystemPackages, systemPackage } from '../../packages/wire/test/support/system-packages.ts';
import { announce, cannotServe } from './announce.ts';

/** `-1` is a port that is free, which the log tells. */
const configuration = `
host: "127.0.0.1"
port: -1
websocket { host: "127.0.0.1", port: -1, no_tls: true }
`;

const [missing] = installSystemPackages(['nats-server'], (line) => process.stderr.write(`${line}\n`));
if (missing === undefined) start(systemPackage('nats-server').path);
else cannotServe(`There is no ${missing}.`);

function start(program: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'tidewire-bench-'));
  const file = join(folder, 'nats.conf');
  writeFileSync(file, configuration);
  const server = spawn(program, ['--config', file], { stdio: ['ignore', 'ignore', 'pipe'] });
  process.on('exit', () => {
    server.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  });
  server.on('exit', () => process.exit(1));
  createInterface({ input: server.stderr }).on('line', (line) => {
    const port = /Listening for websocket clients on ws:\/\/127\.0\.0\.1:(\d+)/.exec(line)?.[1];
    if (port !== undefined) announce(Number(port), server.pid);
  });
}
