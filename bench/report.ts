/**
 * From samples to tables: medians over the rounds, and the ratio to `ws` as the median of the ratios within each round, so
 * that what slows the machine for a while slows both sides of a ratio.
 */
import type { Sample } from './measure.ts';
import type { Machine } from './preparation.ts';
import type { Rival, Work } from './works.ts';

/** The samples of one rival in one work, by round. */
export type Rounds = Partial<Record<Rival, Sample[]>>;

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export interface Row {
  readonly rival: Rival;
  readonly user: Spread;
  readonly system: Spread;
  readonly total: Spread;
  readonly perSecond: Spread;
  /** How many times less CPU than `ws`; absent when `ws` was not measured. */
  readonly ratio?: Spread;
  readonly serverBusy: Spread;
  readonly generatorBusy: Spread;
}

export interface WorkReport {
  readonly work: Work;
  readonly rows: readonly Row[];
  /** Absent without a bar, or when either side of it was not measured. */
  readonly met?: boolean;
}

export interface Report {
  readonly machine: Machine;
  readonly rounds: number;
  readonly stretchMilliseconds: number;
  readonly works: readonly WorkReport[];
  /** Load average at the end. */
  readonly loadAfter: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle];
  if (upper === undefined) throw new RangeError('no values');
  const median = sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
  return { median, min: sorted[0] as number, max: sorted.at(-1) as number };
}

export function reportWork(work: Work, rounds: Rounds): WorkReport {
  const rows = (Object.keys(rounds) as Rival[]).map((rival) => rowOf(rival, rounds[rival] ?? [], rounds.ws));
  const ratio = rows.find((row) => row.rival === 'tidewire')?.ratio;
  if (work.bar === undefined || ratio === undefined) return { work, rows };
  return { work, rows, met: ratio.median >= work.bar };
}

function rowOf(rival: Rival, samples: readonly Sample[], base: readonly Sample[] | undefined): Row {
  const spread = (of: (sample: Sample) => number): Spread => spreadOf(samples.map(of));
  const ratios = base && samples.map((sample, round) => total(base[round] as Sample) / total(sample));
  return {
    rival,
    user: spread((sample) => sample.user),
    system: spread((sample) => sample.system),
    total: spread(total),
    perSecond: spread((sample) => sample.messages / sample.seconds),
    ...(ratios && { ratio: spreadOf(ratios) }),
    serverBusy: spread((sample) => sample.serverBusy),
    generatorBusy: spread((sample) => sample.generatorBusy),
  };
}

function total(sample: Sample): number {
  return sample.user + sample.system;
}

/** The report of one work as a Markdown table whose columns also line up in a terminal. */
export function tableOf({ work, rows, met }: WorkReport, versions: Machine['versions']): string {
  const head = [
    '',
    'user µs',
    'system µs',
    'total µs per message',
    'messages/s',
    '× ws',
    'server busy',
    'generator busy',
  ];
  const cells = rows.map((row) => [
    `${row.rival} ${versions[row.rival]}`,
    withRange(row.user, micros),
    withRange(row.system, micros),
    withRange(row.total, micros),
    thousands(row.perSecond.median),
    row.ratio === undefined ? '-' : withRange(row.ratio, times),
    percent(row.serverBusy.median),
    percent(row.generatorBusy.median),
  ]);
  const verdict = met === undefined ? '' : `\n\nBar: at least ${work.bar} × ws: **${met ? 'met' : 'missed'}**.`;
  return `### ${work.name}\n\n${work.says}\n\n${alignedTable([head, ...cells])}${verdict}\n`;
}

export function markdownOf(report: Report): string {
  const { machine } = report;
  const versions = Object.entries(machine.versions).map(([name, version]) => `${name} ${version}`);
  return [
    "# First form: the server's CPU per message\n",
    `${machine.date} UTC. ${machine.processor}, ${machine.cores} cores, ${machine.memory}; ${machine.kernel}; Node ${machine.node}; ` +
      `${versions.join(', ')}. Generator: ${machine.generator}; server and generator ${machine.pinned ? 'each pinned to a core' : 'not pinned'}. ` +
      `Load average before ${machine.load}, after ${report.loadAfter}.\n`,
    `${report.rounds} rounds of ${report.stretchMilliseconds} ms of the server's CPU each, rivals in turn within a round. Median [least–most]; ` +
      '"× ws" is how many times less CPU, the median of the ratios of each round.\n',
    ...report.works.map((work) => tableOf(work, machine.versions)),
  ].join('\n');
}

function alignedTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(3, ...rows.map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => (column === 0 ? cell.padEnd : cell.padStart).call(cell, widths[column] as number)).join(' | ')} |`;
  const rule = `|${widths.map((width, column) => (column === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`;
  const [head, ...body] = rows.map(line);
  return [head, rule, ...body].join('\n');
}

function withRange({ median, min, max }: Spread, show: (value: number) => string): string {
  return min === max ? show(median) : `${show(median)} [${show(min)}–${show(max)}]`;
}

const micros = (value: number): string => value.toFixed(value < 2 ? 3 : 2);
const times = (value: number): string => value.toFixed(2);
const percent = (value: number): string => `${Math.round(value * 100)} %`;
const thousands = (value: number): string => Math.round(value).toLocaleString('en');
