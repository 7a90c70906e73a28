/**
 * From samples to a report: medians over the rounds, ratios as the median of the ratios within each round, so that what slows
 * the machine for a while slows both sides of a ratio; and what came of each bar.
 */
import type { Row, Skipped, Spread, Verdict, WorkReport } from './report-format.ts';
import { type Rival, type RivalName, rivals, versionOf } from './rivals.ts';
import { type Bar, type Figure, figures, type Sample, type Work } from './work.ts';

/** The samples of each rival in one work, by round. */
export type Rounds = Partial<Record<RivalName, readonly Sample[]>>;

/** What was played, by the works' names. */
export type Played = ReadonlyMap<string, Rounds>;

export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle];
  if (upper === undefined) throw new RangeError('no values');
  const median = sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
  return { median, min: sorted[0] as number, max: sorted.at(-1) as number };
}

export function reportWork(work: Work, played: Played, skipped: readonly Skipped[]): WorkReport {
  const { name, id, says, unit, base = 'ws' } = work;
  const rounds = played.get(name) ?? {};
  const rows = (Object.keys(rounds) as RivalName[]).flatMap((rival) => {
    const samples = rounds[rival] ?? [];
    return samples.length === 0 ? [] : [rowOf(rival, samples, rounds[base] ?? [])];
  });
  const verdicts = work.bars.map((bar) => verdictOn(bar, name, played));
  return { name, id, says, unit, base, rows, verdicts, skipped };
}

function rowOf(rival: RivalName, samples: readonly Sample[], base: readonly Sample[]): Row {
  const names = (Object.keys(figures) as Figure[]).filter((figure) => samples.every((sample) => figure in sample));
  const spreads = names.map((figure) => [figure, spreadOf(samples.map((sample) => sample[figure] as number))] as const);
  const times = names.flatMap((figure) => {
    const ratios = ratiosOf(figure, base, samples);
    return ratios.length === 0 ? [] : [[figure, spreadOf(ratios)] as const];
  });
  return {
    rival,
    version: versionOf(rival),
    rounds: samples.length,
    figures: Object.fromEntries(spreads),
    times: Object.fromEntries(times),
  };
}

/** The one's figure ÷ the other's, for each round that both have played. */
function ratiosOf(figure: Figure, one: readonly Sample[], other: readonly Sample[]): number[] {
  return one.slice(0, other.length).flatMap((sample, round) => {
    const [above, below] = [sample[figure], other[round]?.[figure]];
    return above === undefined || below === undefined ? [] : [above / below];
  });
}

function verdictOn(bar: Bar, work: string, played: Played): Verdict {
  const of = bar.of ?? 'tidewire';
  const own = played.get(work)?.[of] ?? [];
  const other = played.get(bar.inWork ?? work)?.[bar.to ?? of] ?? [];
  const alone = bar.to === undefined && bar.inWork === undefined;
  const values = alone
    ? own.flatMap((sample) => sample[bar.figure] ?? [])
    : bar.atLeast === undefined
      ? ratiosOf(bar.figure, own, other)
      : ratiosOf(bar.figure, other, own);
  const verdict = { ...bar, says: inWords(bar) };
  if (values.length === 0) return verdict;
  const value = spreadOf(values);
  return { ...verdict, value, met: value.median >= (bar.atLeast ?? 0) && value.median <= (bar.atMost ?? Infinity) };
}

/** `total: ws ÷ Tidewire ≥ 1.15` */
function inWords({ figure, of = 'tidewire', to, inWork, atLeast, atMost }: Bar): string {
  const [own, other] = [labelOf(of), labelOf(to ?? of) + (inWork === undefined ? '' : ` in ${inWork}`)];
  const bound = atLeast === undefined ? `≤ ${atMost}` : `≥ ${atLeast}`;
  if (to === undefined && inWork === undefined) return `${own}, ${figures[figure].says}: ${bound}`;
  return `${figures[figure].says}: ${atLeast === undefined ? `${own} ÷ ${other}` : `${other} ÷ ${own}`} ${bound}`;
}

export function labelOf(rival: RivalName): string {
  return (rivals[rival] as Rival).label;
}
