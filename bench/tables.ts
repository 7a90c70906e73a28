/** The report as Markdown, whose tables also line up in a terminal. */
import { labelOf } from './report.ts';
import type { Machine, Report, Row, Spread, Verdict, WorkReport } from './report-format.ts';
import type { RivalName } from './rivals.ts';
import { type Figure, type FigureKind, figures } from './work.ts';

/** Those for which "×", how many times less, is shown too. */
const compared: readonly Figure[] = ['user', 'total', 'memory'];

/** Those whose least and most are shown beside the median. */
const ranged: readonly Figure[] = ['total', 'memory'];

/** In the JSON and on the page, where there is room. */
const leftOut: readonly Figure[] = ['longest'];

const plurals: Readonly<Record<WorkReport['unit'], string>> = {
  message: 'messages',
  delivery: 'deliveries',
  handshake: 'handshakes',
  connection: 'connections',
  subscription: 'subscriptions',
  call: 'calls',
};

export function tableOf({ id, name, says, unit, base, rows, verdicts, skipped }: WorkReport): string {
  const shown = (Object.keys(figures) as Figure[]).filter(
    (figure) => !leftOut.includes(figure) && rows.some((row) => figure in row.figures),
  );
  const columns = shown.flatMap((figure) => columnsFor(figure, unit, base));
  const head = ['', ...columns.map((column) => column.head)];
  const body = rows.map((row) => [`${labelOf(row.rival)} ${row.version}`, ...columns.map(({ cell }) => cell(row))]);
  const notes = [
    ...verdicts.map(verdictLine),
    ...skipped.map(({ rival, why }) => `- ${labelOf(rival)} was left out. ${why}`),
  ];
  const table = rows.length === 0 ? [] : [alignedTable([head, ...body])];
  return [`### ${name} (${id})`, says, ...table, ...(notes.length === 0 ? [] : [notes.join('\n')])]
    .join('\n\n')
    .concat('\n');
}

interface Column {
  readonly head: string;
  readonly cell: (row: Row) => string;
}

function columnsFor(figure: Figure, unit: WorkReport['unit'], base: RivalName): Column[] {
  const { says, unit: measure }: FigureKind = figures[figure];
  const per = figure === 'total' ? ` per ${unit}` : '';
  const head =
    measure === '/s' ? `${plurals[unit]}/s` : ['%', 'B', ''].includes(measure) ? says : `${says} ${measure}${per}`;
  const own: Column = {
    head,
    cell: ({ figures: values }) => spreadCell(values[figure], shownAs(measure), ranged.includes(figure)),
  };
  if (!compared.includes(figure)) return [own];
  const times: Column = {
    head: `× ${labelOf(base)}`,
    cell: (row) => spreadCell(row.times[figure], (value) => value.toFixed(2), figure !== 'user' && row.rival !== base),
  };
  return [own, times];
}

function shownAs(measure: FigureKind['unit']): (value: number) => string {
  if (measure === '/s') return (value) => Math.round(value).toLocaleString('en');
  if (measure === '%') return (value) => `${Math.round(value * 100)} %`;
  return (value) =>
    value < 2 ? value.toFixed(3) : value < 1000 ? value.toFixed(2) : Math.round(value).toLocaleString('en');
}

function spreadCell(spread: Spread | undefined, show: (value: number) => string, range: boolean): string {
  if (spread === undefined) return '-';
  const { median, min, max } = spread;
  return range && min !== max ? `${show(median)} [${show(min)}–${show(max)}]` : show(median);
}

function verdictLine({ says, stretch, value, met }: Verdict): string {
  const line = `- ${stretch ? 'Wished for' : 'Bar'}: ${says}: `;
  if (value === undefined) return `${line}not measured`;
  return `${line}**${met ? 'met' : 'missed'}**, ${value.median.toFixed(2)} [${value.min.toFixed(2)}–${value.max.toFixed(2)}]`;
}

export function markdownOf(report: Report): string {
  return ['# Fast: Tidewire beside its rivals\n', `${settingOf(report)}\n`, ...report.works.map(tableOf)].join('\n');
}

/** Where and how it was measured, in sentences. */
export function settingOf({ machine, rounds, stretchMilliseconds, minutes, loadAfter }: Report): string {
  return (
    `${machine.date} UTC. ${machine.processor}, ${machine.cores} cores, ${machine.memory}; ${machine.kernel}; Node ${machine.node}; ` +
    `${versionsOf(machine)}. Server and generator ${machine.pinned ? 'each pinned to a core' : 'not pinned'}. ` +
    `Load average before ${machine.load}, after ${loadAfter}; it took ${minutes} minutes.\n\n` +
    `Up to ${rounds} rounds of ${stretchMilliseconds} ms of the server's CPU each, rivals in turn within a round. Median [least–most]; ` +
    '"×" is how many times less that is than the one it names, the median of the ratios of each round.'
  );
}

function versionsOf({ versions }: Machine): string {
  return (Object.keys(versions) as RivalName[]).map((rival) => `${labelOf(rival)} ${versions[rival]}`).join(', ');
}

function alignedTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(3, ...rows.map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => (column === 0 ? cell.padEnd : cell.padStart).call(cell, widths[column] as number)).join(' | ')} |`;
  const rule = `|${widths.map((width, column) => (column === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`;
  const [head, ...body] = rows.map(line);
  return [head, rule, ...body].join('\n');
}
