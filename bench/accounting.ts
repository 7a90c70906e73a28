/** What a process has used, by the kernel's own accounting: read from outside, alike for every server, and at no cost to it. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Microseconds. */
export interface CpuTime {
  readonly user: number;
  readonly system: number;
}

let microsecondsPerTick: number | undefined;

/** All threads, those that have ended too; known to a tick, which is 10 ms (proc_pid_stat(5): `utime`, `stime`). */
export function cpuOf(pid: number): CpuTime {
  microsecondsPerTick ??= 1e6 / Number(execFileSync('getconf', ['CLK_TCK']));
  return cpuFrom(readFileSync(`/proc/${pid}/stat`, 'latin1'), microsecondsPerTick);
}

/** The 14th and the 15th field. The second is the program's name, in which there may be spaces and parentheses. */
export function cpuFrom(stat: string, perTick: number): CpuTime {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { user: Number(fields[11]) * perTick, system: Number(fields[12]) * perTick };
}

/** Resident bytes, counted page by page (proc_pid_smaps(5)). */
export function residentBytes(pid: number): number {
  const kibibytes = /^Rss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1'))?.[1];
  if (kibibytes === undefined) throw new Error(`the kernel does not say what process ${pid} has resident`);
  return Number(kibibytes) * 1024;
}
