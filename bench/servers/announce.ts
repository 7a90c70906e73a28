/**
 * What every server here does besides its work, under Node, Bun and Deno: it reads its task, says on which port it listens, and
 * gives back what memory it can when told to. It ends with its standard input.
 */
import process from 'node:process';
import { createInterface } from 'node:readline';
import type { Task } from '../work.ts';

/** What this server is to do. */
export const task: Task = JSON.parse(process.argv[2] ?? '{"does":"echo"}') as Task;

/** Says where to connect, and which process serves, if it is not this one; then obeys the runner. */
export function announce(port: number, pid: number = process.pid): void {
  say({ port, pid });
  createInterface({ input: process.stdin })
    .on('line', () => {
      collectGarbage();
      const { heapUsed, external } = process.memoryUsage();
      say({ heap: heapUsed + external });
    })
    .on('close', () => process.exit());
}

/** Says, in a sentence, why this machine can't run the server: the rival is left out. */
export function cannotServe(why: string): void {
  say({ why });
}

function say(what: object): void {
  process.stdout.write(`${JSON.stringify(what)}\n`);
}

/** Twice, because what has a finalizer is freed after the first time. */
function collectGarbage(): void {
  const { gc, Bun } = globalThis as { gc?: () => void; Bun?: { gc(now: true): void } };
  for (let times = 0; times < 2; times++) Bun === undefined ? gc?.() : Bun.gc(true);
}
