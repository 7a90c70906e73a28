/**
 * The results as one page: who is where, without a script, for light and dark. The charts are drawn by page-charts.ts, the
 * figures are those of the report.
 */
import {
  barsChart,
  cpuChart,
  figureChart,
  type GrowthPoint,
  growthChart,
  latencyChart,
  short,
  svgOf,
  timesChart,
} from './page-charts.ts';
import type { Report, Row, Verdict, WorkReport } from './report-format.ts';
import { type RivalName, rivals } from './rivals.ts';
import { type Figure, figures } from './work.ts';

/** Works that differ in one number alone, which ends their names. */
const growths: readonly { readonly title: string; readonly names: RegExp; readonly what: string }[] = [
  { title: 'More subscribers, one topic', names: /^hub-burst-(\d+)$/, what: 'subscribers' },
  { title: 'More topics, published to one of them', names: /^hub-topics-(\d+)$/, what: 'topics' },
  { title: 'More topics, published to each in turn', names: /^hub-round-(\d+)$/, what: 'topics' },
];

/** The whole page. */
export async function pageOf(report: Report): Promise<string> {
  const sections = await Promise.all(report.works.map(sectionOf));
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Tidewire: measured</title>
<style>${style}</style>
<main>
<h1>Tidewire beside its rivals</h1>
<p class="machine">${escaped(machineOf(report))}</p>
${legend}
${await summaryOf(report)}
${await growthOf(report)}
<nav>${report.works.map(({ name, id }) => `<a href="#${name}">${id} ${name}</a>`).join(' ')}</nav>
${sections.join('\n')}
</main>
</html>
`;
}

const legend = `<p class="legend">The server’s CPU:
<span><i style="background:var(--own-user)"></i><i style="background:var(--own-system)"></i> Tidewire, user and system</span>
<span><i style="background:var(--other-user)"></i><i style="background:var(--other-system)"></i> others, user and system</span>
<span>whiskers: least to most over the rounds</span>
<span><i class="tick" style="background:var(--bar)"></i> the bar</span> <span><i class="tick" style="background:var(--faint)"></i> stretch</span></p>`;

function machineOf({ machine, rounds, stretchMilliseconds, minutes, loadAfter }: Report): string {
  return (
    `${machine.date} UTC. ${machine.processor}, ${machine.cores} cores, ${machine.memory}; ${machine.kernel}; Node ${machine.node}; ` +
    `server and generator ${machine.pinned ? 'each pinned to a core' : 'not pinned'}. Up to ${rounds} rounds of ${stretchMilliseconds} ms of the ` +
    `server’s CPU each, rivals in turn; ${Math.round(minutes)} minutes in all; load average ${machine.load} before, ${loadAfter} after.`
  );
}

async function summaryOf({ works }: Report): Promise<string> {
  const verdicts = works.flatMap((work) => work.verdicts).filter(({ met, stretch }) => met !== undefined && !stretch);
  const chart = barsChart(works);
  if (chart === undefined) return '';
  const met = verdicts.filter((verdict) => verdict.met).length;
  return `<section class="summary"><h2>${met} of ${verdicts.length} bars met</h2>
<p>Each dot is the median of one bar, over what was asked for: right of the line it is met. Hollow: a stretch goal.</p>
<figure>${await svgOf(chart)}</figure></section>`;
}

async function growthOf({ works }: Report): Promise<string> {
  const charts = await Promise.all(
    growths.map(async ({ title, names, what }) => {
      const points = works.flatMap((work) => pointsOf(work, names));
      if (new Set(points.map(({ at }) => at)).size < 2) return '';
      const unit = works.find(({ name }) => names.test(name))?.unit;
      return `<figure><figcaption>${title}</figcaption>${await svgOf(growthChart(points, what, `µs per ${unit}`))}</figure>`;
    }),
  );
  if (charts.every((chart) => chart === '')) return '';
  return `<section><h2>How costs grow</h2><div class="charts">${charts.join('')}</div></section>`;
}

function pointsOf({ name, rows }: WorkReport, names: RegExp): GrowthPoint[] {
  const at = Number(names.exec(name)?.[1]);
  return rows.flatMap(({ rival, figures: { total } }) => {
    if (Number.isNaN(at) || total === undefined) return [];
    return [{ label: rivals[rival].label, at, spread: total, own: rival.startsWith('tidewire') }];
  });
}

async function sectionOf(work: WorkReport): Promise<string> {
  const charts = [
    cpuChart(work),
    timesChart(work),
    figureChart(work, 'memory', `KiB per ${work.unit}`),
    work.rows.some(({ figures: { total } }) => total) ? latencyChart(work) : undefined,
  ];
  const drawn = await Promise.all(charts.map((chart) => (chart === undefined ? '' : svgOf(chart))));
  const figuresOfCharts = drawn.filter((svg) => svg !== '').map((svg) => `<figure>${svg}</figure>`);
  return `<section id="${work.name}"><h2><small>${escaped(work.id)}</small> ${escaped(work.name)}</h2>
<p>${escaped(work.says)}</p>
<div class="charts">${figuresOfCharts.join('')}</div>
${verdictsOf(work.verdicts)}
${work.skipped.map(({ rival, why }) => `<p class="skipped">${rivals[rival].label} did not play: ${escaped(why)}</p>`).join('')}
<details><summary>figures</summary>${tableOf(work)}</details></section>`;
}

function verdictsOf(verdicts: readonly Verdict[]): string {
  const items = verdicts.map(({ says, value, met, stretch }) => {
    const kind = met === undefined ? 'open' : met ? 'met' : stretch ? 'open' : 'missed';
    const found =
      value === undefined ? 'not measured' : `${short(value.median)} [${short(value.min)}–${short(value.max)}]`;
    const sign = { met: '✓', missed: '✗', open: '–' }[kind];
    return `<li class="${kind}"><b>${sign}</b> ${escaped(says)}${stretch ? ' (stretch)' : ''}: ${found}</li>`;
  });
  return items.length === 0 ? '' : `<ul class="verdicts">${items.join('')}</ul>`;
}

/** Every figure that some rival has, in the order of `figures`. */
function tableOf({ rows, base }: WorkReport): string {
  const columns = (Object.keys(figures) as Figure[]).filter((figure) => rows.some((row) => row.figures[figure]));
  const head = columns.map(
    (figure) => `<th>${figures[figure].says}${figures[figure].unit && `, ${figures[figure].unit}`}</th>`,
  );
  const times = rows.some((row) => row.times.total) ? `<th>× ${rivals[base].label}</th>` : '';
  return `<table><tr><th></th>${head.join('')}${times}<th>rounds</th></tr>${rows.map((row) => rowOf(row, columns, times !== '')).join('')}</table>`;
}

function rowOf(row: Row, columns: readonly Figure[], times: boolean): string {
  const cells = columns.map((figure) => cellOf(row.figures[figure], figures[figure].unit === '%' ? 100 : 1));
  return `<tr><th>${nameOf(row.rival)} ${escaped(row.version)}</th>${cells.join('')}${times ? cellOf(row.times.total) : ''}<td>${row.rounds}</td></tr>`;
}

function cellOf(spread: Row['figures'][Figure], factor = 1): string {
  if (spread === undefined) return '<td>-</td>';
  const { median, min, max } = spread;
  const range = min === max ? '' : ` <small>${short(min * factor)}–${short(max * factor)}</small>`;
  return `<td>${short(median * factor)}${range}</td>`;
}

const nameOf = (rival: RivalName): string => escaped(rivals[rival].label);

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
}

const style = `
:root { color-scheme: light dark; --paper: #fff; --ink: #1c2430; --faint: #69727f; --line: #dfe3e8; --panel: #f7f8fa;
  --own-user: #0b6e8f; --own-system: #7fc0d6; --other-user: #7d8794; --other-system: #c6ccd3; --bar: #c2410c; --met: #15803d; --missed: #c81e1e; }
@media (prefers-color-scheme: dark) { :root { --paper: #12161c; --ink: #e4e8ee; --faint: #98a2b0; --line: #2b323c; --panel: #191f27;
  --own-user: #3fb5d9; --own-system: #1f6b85; --other-user: #8a95a3; --other-system: #4b5563; --bar: #fb923c; --met: #4ade80; --missed: #f87171; } }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 1180px; margin: 0 auto; padding: 24px 20px 60px; }
h1 { font-size: 26px; margin: 0 0 4px; } h2 { font-size: 18px; margin: 0 0 4px; } h2 small { color: var(--faint); font-weight: normal; }
p { margin: 0 0 10px; } .machine, .skipped, .legend { color: var(--faint); font-size: 13px; }
.legend span { margin-right: 16px; white-space: nowrap; } .legend i { display: inline-block; width: 12px; height: 12px; vertical-align: -1px; }
.legend i.tick { width: 3px; height: 14px; vertical-align: -2px; margin: 0 4px; }
section { background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: 16px 18px; margin: 16px 0; }
nav { font-size: 13px; } nav a { color: var(--own-user); margin-right: 12px; white-space: nowrap; }
.charts { display: flex; flex-wrap: wrap; gap: 8px 16px; align-items: flex-start; } figure { margin: 0; max-width: 100%; overflow-x: auto; }
figcaption { font-weight: 600; font-size: 13px; }
.verdicts { list-style: none; padding: 0; margin: 8px 0; } .verdicts b { display: inline-block; width: 1.2em; }
.met b { color: var(--met); } .missed b { color: var(--missed); } .open b { color: var(--faint); }
details { font-size: 13px; overflow-x: auto; } summary { cursor: pointer; color: var(--faint); }
table { border-collapse: collapse; margin-top: 8px; font-variant-numeric: tabular-nums; } td, th { padding: 3px 10px; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; font-weight: normal; }
th:first-child { text-align: left; } td small { color: var(--faint); }
`;
