/**
 * The charts of the page, as SVG: drawn here by Vega-Lite, so that the page needs no script. Colours are variables of the page's
 * style sheet, for light and dark.
 */
import { parse, View } from 'vega';
import { compile } from 'vega-lite';
import type { Row, Spread, Verdict, WorkReport } from './report-format.ts';
import { rivals } from './rivals.ts';
import { type Figure, figures } from './work.ts';

const ink = 'var(--ink)';
const faint = 'var(--faint)';
const line = 'var(--line)';
const ours = (row: { readonly rival: string }): boolean => row.rival.startsWith('tidewire');
const labelOf = (row: Row): string => rivals[row.rival].label;

const config = {
  background: null,
  font: 'system-ui, sans-serif',
  view: { stroke: null },
  axis: {
    labelColor: ink,
    titleColor: faint,
    titleFontWeight: 'normal',
    domainColor: line,
    tickColor: line,
    gridColor: line,
    labelFontSize: 12,
    titleFontSize: 11,
    labelLimit: 420,
  },
  text: { color: ink, fontSize: 12 },
};

export async function svgOf(spec: object): Promise<string> {
  const view = new View(parse(compile({ ...spec, config }).spec), { renderer: 'none' });
  const svg = await view.toSVG();
  view.finalize();
  return svg;
}

/** Rivals stand in one order in all charts of a work, so only the first of them names them. */
function byRival(axis: object | null): object {
  return { field: 'label', type: 'nominal', sort: null, axis, scale: { paddingInner: 0.35 } };
}

const nameAxis = {
  title: null,
  domain: false,
  ticks: false,
  labelPadding: 8,
  labelFontWeight: { condition: { test: 'test(/^Tidewire/, datum.label)', value: 'bold' }, value: 'normal' },
};

/** The server's CPU by rival, user and system apart, least first; beside it, how many times less than the base. */
export function cpuChart(work: WorkReport): object | undefined {
  const rows = sortedBy(work, 'total');
  if (rows.length === 0) return undefined;
  const parts = rows.flatMap((row) =>
    (['user', 'system'] as const).map((part, order) => ({
      label: labelOf(row),
      kind: `${ours(row) ? 'own' : 'other'} ${part}`,
      order,
      value: row.figures[part]?.median ?? 0,
    })),
  );
  const totals = rows.map((row) => spreadDatum(row, row.figures.total as Spread, micros));
  return {
    width: 290,
    height: { step: 26 },
    encoding: { y: byRival(nameAxis) },
    layer: [
      {
        data: { values: parts },
        mark: { type: 'bar' },
        encoding: {
          x: { field: 'value', type: 'quantitative', axis: valueAxis(`µs per ${work.unit}`) },
          color: kindColor,
          order: { field: 'order' },
        },
      },
      { data: { values: totals }, ...whisker },
      {
        data: { values: totals },
        mark: { type: 'text', align: 'left', dx: 6 },
        encoding: { x: { field: 'max', type: 'quantitative' }, text: { field: 'says' } },
      },
    ],
  };
}

const kinds = ['own user', 'own system', 'other user', 'other system'];
const kindColor = {
  field: 'kind',
  type: 'nominal',
  legend: null,
  scale: { domain: kinds, range: kinds.map((kind) => `var(--${kind.replace(' ', '-')})`) },
};

const whisker = {
  mark: { type: 'rule', color: ink, strokeWidth: 1.25 },
  encoding: { x: { field: 'min', type: 'quantitative' }, x2: { field: 'max' } },
};

function valueAxis(title: string, values?: readonly number[]): object {
  return { title, tickCount: 4, gridOpacity: 0.6, domain: false, ...(values && { values }) };
}

/** How many times less than the base, least to most over the rounds; the bars that are about it, as marks. */
export function timesChart(work: WorkReport): object | undefined {
  const rows = sortedBy(work, 'total').filter((row) => row.times.total !== undefined);
  if (rows.length < 2 || rows.length < sortedBy(work, 'total').length) return undefined;
  const values = rows.map((row) => ({
    ...spreadDatum(row, row.times.total as Spread, (value) => `${short(value)} ×`),
    own: ours(row),
  }));
  const marks = work.verdicts
    .filter(({ figure, to, atLeast }) => figure === 'total' && to === work.base && atLeast !== undefined)
    .map(({ of = 'tidewire', atLeast, stretch = false }) => ({ label: rivals[of].label, value: atLeast, stretch }))
    .filter(({ label }) => values.some((value) => value.label === label));
  const x = {
    type: 'quantitative',
    scale: { type: 'log', nice: true },
    axis: {
      ...valueAxis(`× ${rivals[work.base].label}`),
      grid: false,
      values: [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50],
      format: '~g',
    },
  };
  return {
    width: 160,
    height: { step: 26 },
    encoding: { y: byRival(null) },
    layer: [
      {
        data: { values: [{ value: 1 }] },
        mark: { type: 'rule', color: faint, strokeDash: [2, 2] },
        encoding: { x: { field: 'value', ...x }, y: null },
      },
      {
        data: { values },
        mark: { type: 'rule', color: ink, strokeWidth: 1.25 },
        encoding: { x: { field: 'min', ...x }, x2: { field: 'max' } },
      },
      {
        data: { values },
        mark: { type: 'point', filled: true, size: 60, opacity: 1 },
        encoding: {
          x: { field: 'median', ...x },
          color: { condition: { test: 'datum.own', value: 'var(--own-user)' }, value: 'var(--other-user)' },
        },
      },
      {
        data: { values: marks },
        mark: { type: 'tick', thickness: 2, size: 20 },
        encoding: {
          x: { field: 'value', ...x },
          color: { condition: { test: 'datum.stretch', value: faint }, value: 'var(--bar)' },
        },
      },
      {
        data: { values },
        mark: { type: 'text', align: 'left', dx: 8 },
        encoding: { x: { field: 'max', ...x }, text: { field: 'says' } },
      },
    ],
  };
}

/** One figure by rival, as bars. */
export function figureChart(work: WorkReport, figure: Figure, title: string): object | undefined {
  const rows = sortedBy(work, figure);
  if (rows.length === 0) return undefined;
  const values = rows.map((row) => ({
    ...spreadDatum(row, row.figures[figure] as Spread, (value) => `${short(value)} ${figures[figure].unit}`),
    kind: ours(row) ? 'own user' : 'other user',
  }));
  return {
    width: 300,
    height: { step: 26 },
    data: { values },
    encoding: { y: byRival(nameAxis) },
    layer: [
      {
        mark: { type: 'bar' },
        encoding: { x: { field: 'median', type: 'quantitative', axis: valueAxis(title) }, color: kindColor },
      },
      whisker,
      {
        mark: { type: 'text', align: 'left', dx: 6 },
        encoding: { x: { field: 'max', type: 'quantitative' }, text: { field: 'says' } },
      },
    ],
  };
}

/** From the median of a turn to its 99th percentile, by rival. */
export function latencyChart(work: WorkReport): object | undefined {
  const rows = sortedBy(work, 'total').filter((row) => row.figures.p99 !== undefined);
  if (rows.length === 0 || rows.length < sortedBy(work, 'total').length) return undefined;
  const values = rows.map((row) => {
    const [p50, p99] = [row.figures.p50?.median ?? 0, row.figures.p99?.median ?? 0];
    return { label: labelOf(row), p50, p99, own: ours(row), says: `${short(p50)} – ${short(p99)} ms` };
  });
  const color = { condition: { test: 'datum.own', value: 'var(--own-user)' }, value: 'var(--other-user)' };
  const x = { type: 'quantitative', axis: valueAxis('ms of a turn, median to p99') };
  return {
    width: 130,
    height: { step: 26 },
    data: { values },
    encoding: { y: byRival(null) },
    layer: [
      { mark: { type: 'rule', strokeWidth: 3 }, encoding: { x: { field: 'p50', ...x }, x2: { field: 'p99' }, color } },
      { mark: { type: 'point', filled: true, size: 70, opacity: 1 }, encoding: { x: { field: 'p50', ...x }, color } },
      {
        mark: { type: 'text', align: 'left', dx: 6 },
        encoding: { x: { field: 'p99', ...x }, text: { field: 'says' } },
      },
    ],
  };
}

export interface GrowthPoint {
  readonly label: string;
  readonly at: number;
  readonly spread: Spread;
  readonly own: boolean;
}

/** A cost as something grows, a line for each rival. */
export function growthChart(points: readonly GrowthPoint[], what: string, cost: string): object {
  const values = points.map(({ label, at, spread, own }) => ({
    label,
    at,
    ...spread,
    own,
    says: micros(spread.median),
  }));
  const last = Math.max(...points.map(({ at }) => at));
  const color = { condition: { test: 'datum.own', value: 'var(--own-user)' }, value: 'var(--other-user)' };
  const x = {
    field: 'at',
    type: 'quantitative',
    scale: { type: 'log' },
    axis: { ...valueAxis(what, [...new Set(points.map(({ at }) => at))]), format: ',' },
  };
  const y = {
    type: 'quantitative',
    scale: { type: 'log', nice: true },
    axis: { ...valueAxis(cost, [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100]), grid: false, format: '~g' },
  };
  return {
    width: 300,
    height: 210,
    data: { values },
    layer: [
      {
        mark: { type: 'line', strokeWidth: 2 },
        encoding: { x, y: { field: 'median', ...y }, detail: { field: 'label' }, color },
      },
      { mark: { type: 'rule' }, encoding: { x, y: { field: 'min', ...y }, y2: { field: 'max' }, color } },
      {
        mark: { type: 'point', filled: true, size: 50, opacity: 1 },
        encoding: { x, y: { field: 'median', ...y }, color },
      },
      {
        transform: [{ filter: 'datum.own' }],
        mark: { type: 'text', dy: 13, fontSize: 11 },
        encoding: { x, y: { field: 'median', ...y }, text: { field: 'says' } },
      },
      {
        transform: [{ filter: `datum.at === ${last}` }],
        mark: { type: 'text', align: 'left', dx: 22 },
        encoding: { x, y: { field: 'median', ...y }, text: { field: 'label' } },
      },
    ],
  };
}

/** Every bar, by how far it was passed: right of the line it is met, at 2 with twice what was asked for. */
export function barsChart(works: readonly WorkReport[]): object | undefined {
  const values = works.flatMap((work) => work.verdicts.flatMap((verdict) => marginOf(work, verdict)));
  if (values.length === 0) return undefined;
  const x = {
    type: 'quantitative',
    scale: { type: 'log', domain: [0.25, 4], clamp: true },
    axis: { ...valueAxis('of what was asked for', [0.25, 0.5, 1, 2, 4]), format: '~g' },
  };
  const color = {
    field: 'kind',
    type: 'nominal',
    legend: null,
    scale: {
      domain: ['met', 'missed', 'met stretch', 'missed stretch'],
      range: ['var(--met)', 'var(--missed)', 'var(--met)', faint],
    },
  };
  return {
    width: 380,
    height: { step: 19 },
    encoding: {
      y: {
        field: 'says',
        type: 'nominal',
        sort: null,
        axis: { title: null, domain: false, ticks: false, labelPadding: 8, labelLimit: 640 },
      },
    },
    layer: [
      {
        data: { values: [{ value: 1 }] },
        mark: { type: 'rule', color: ink },
        encoding: { x: { field: 'value', ...x }, y: null },
      },
      {
        data: { values },
        mark: { type: 'rule', strokeWidth: 1.5 },
        encoding: { x: { field: 'min', ...x }, x2: { field: 'max' }, color },
      },
      {
        data: { values },
        mark: { type: 'point', size: 70, opacity: 1, strokeWidth: 1.5 },
        encoding: {
          x: { field: 'median', ...x },
          color,
          fill: { ...color, condition: { test: 'datum.stretch', value: 'transparent' } },
        },
      },
    ],
  };
}

function marginOf(work: WorkReport, { says, value, met, atLeast, atMost, stretch = false }: Verdict): object[] {
  const bar = atLeast ?? atMost;
  if (value === undefined || bar === undefined || bar === 0) return [];
  const margin = (one: number): number => (atLeast === undefined ? bar / one : one / bar);
  const [a, b] = [margin(value.min), margin(value.max)];
  return [
    {
      says: `${work.name}: ${says}${stretch ? ' (stretch)' : ''}`,
      median: margin(value.median),
      min: Math.min(a, b),
      max: Math.max(a, b),
      stretch,
      kind: `${met ? 'met' : 'missed'}${stretch ? ' stretch' : ''}`,
    },
  ];
}

function sortedBy(work: WorkReport, figure: Figure): Row[] {
  const rows = work.rows.filter((row) => row.figures[figure] !== undefined);
  return rows.sort((a, b) => (a.figures[figure] as Spread).median - (b.figures[figure] as Spread).median);
}

function spreadDatum(row: Row, { median, min, max }: Spread, show: (value: number) => string) {
  return { label: labelOf(row), median, min, max, says: show(median) };
}

const micros = (value: number): string => `${short(value)} µs`;

/** Three digits that count. */
export function short(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString('en');
  return String(Number(value.toPrecision(3)));
}
