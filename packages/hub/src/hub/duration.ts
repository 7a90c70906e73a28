/** Durations as people write them: ms as a number, or `500ms`, `30s`, `10m`, `12h`, `30d`. */

export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`;

const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A duration in ms. @throws RangeError on one that is none, or not above 0 */
export function duration(value: Duration): number {
  const [, count, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(String(value)) ?? [];
  const ms = typeof value === 'number' ? value : Number(count) * (units[unit ?? ''] ?? Number.NaN);
  if (Number.isFinite(ms) && ms > 0) return ms;
  throw new RangeError(`${JSON.stringify(value)} is no duration: ms, or a number with ms, s, m, h or d`);
}
