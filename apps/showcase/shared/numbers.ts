/** Numbers as people read them; each keeps its width while it changes, together with `font-variant-numeric: tabular-nums`. */

const wholeFormat = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const tenthsFormat = new Intl.NumberFormat('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** `12,345`. */
export function whole(value: number): string {
  return wholeFormat.format(value);
}

/** `12,345.6`. */
export function tenths(value: number): string {
  return tenthsFormat.format(value);
}

/** `512 B`, `9.8 kB`, `64.0 MB`: by thousands. */
export function bytes(value: number): string {
  if (value < 1000) return `${whole(value)} B`;
  if (value < 999_950) return `${tenths(value / 1000)} kB`;
  return `${tenths(value / 1_000_000)} MB`;
}

/** What is counted, in words that fit the number: `people play` of 2, `person plays` of 1. */
export function counted(count: number, plural: string): string {
  if (count !== 1) return plural;
  const singular = plural.replace('people play', 'person plays').replace('people', 'person');
  return singular.replace(/\b(agent|group|reaction|reader|ticket|viewer|move)s\b/, '$1');
}
