/** The page: every work, bar and rival is on it, and it needs nothing but itself. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { pageOf } from '../page.ts';
import { short } from '../page-charts.ts';
import type { Report, Row, Spread, Verdict, WorkReport } from '../report-format.ts';
import type { RivalName } from '../rivals.ts';

const spread = (median: number): Spread => ({ median, min: median * 0.9, max: median * 1.1 });

function row(rival: RivalName, user: number, system: number, times: number): Row {
  const figures = {
    user: spread(user),
    system: spread(system),
    total: spread(user + system),
    p50: spread(1),
    p99: spread(3),
  };
  return { rival, version: '1.2.3', rounds: 5, figures, times: { total: spread(times) } };
}

const verdict: Verdict = {
  figure: 'total',
  to: 'ws',
  atLeast: 1.15,
  says: 'total at least 1.15 × ws',
  value: spread(1.2),
  met: true,
};

const echo: WorkReport = {
  name: 'echo',
  id: 'W1',
  says: '64 bytes & more',
  unit: 'message',
  base: 'ws',
  rows: [row('ws', 4, 6, 1), row('tidewire', 3, 5, 1.25)],
  verdicts: [verdict, { ...verdict, says: 'user at least 2 × ws', met: false, value: spread(1.5), stretch: true }],
  skipped: [{ rival: 'bun', why: 'npm has no Bun for <this>.' }],
};

const growing = (at: number, total: number): WorkReport => ({
  ...echo,
  name: `hub-burst-${at}`,
  unit: 'delivery',
  rows: [row('tidewire-hub', total, 0, 1)],
  verdicts: [{ ...verdict, met: false, value: spread(0.9) }],
});

const machine = {
  date: '2026-01-02 03:04',
  processor: 'a processor',
  cores: 2,
  memory: '8 GiB',
  kernel: 'Linux',
  node: '24',
  versions: {},
  pinned: true,
  load: 0.1,
};
const report = (works: readonly WorkReport[]): Report => ({
  machine,
  rounds: 5,
  stretchMilliseconds: 3000,
  minutes: 12,
  loadAfter: 1,
  works,
});

describe('the page', () => {
  test('names works, rivals, bars and who did not play, with what is special in HTML escaped', async () => {
    const page = await pageOf(report([echo]));
    for (const part of ['echo', '64 bytes &#38; more', 'Tidewire', 'total at least 1.15 × ws: 1.2 [1.08–1.32]']) {
      assert.ok(page.includes(part), part);
    }
    assert.ok(page.includes('Bun did not play: npm has no Bun for &#60;this&#62;.'));
  });

  test('counts the bars, stretch goals apart', async () => {
    const page = await pageOf(report([echo, growing(1, 2)]));
    assert.match(page, /<h2>1 of 2 bars met<\/h2>/);
    assert.match(await pageOf(report([{ ...echo, verdicts: [] }])), /<h1>.*(?!bars met)/s);
  });

  test('draws a curve of what grows once two points are there', async () => {
    assert.ok(!(await pageOf(report([growing(100, 1)]))).includes('How costs grow'));
    const page = await pageOf(report([growing(1, 5), growing(100, 1), growing(10_000, 1.1)]));
    assert.match(page, /How costs grow.*More subscribers, one topic.*10,000/s);
  });

  test('is one file: no script, no style sheet, no picture from elsewhere', async () => {
    const page = await pageOf(report([echo, growing(1, 5), growing(100, 1)]));
    assert.doesNotMatch(page, /<script|<link|<img|url\(|(?:src|href)="(?!#)/);
    assert.equal(page.match(/<svg/g)?.length, 9);
  });

  test('bears a work without figures', async () => {
    assert.match(await pageOf(report([{ ...echo, rows: [], verdicts: [] }])), /id="echo"/);
  });
});

describe('a number on the page', () => {
  test('has three digits that count, and no more zeros than that', () => {
    assert.deepEqual([1234.4, 99.96, 12.34, 1.2, 0.7001, 0.0123].map(short), [
      '1,234',
      '100',
      '12.3',
      '1.2',
      '0.7',
      '0.0123',
    ]);
  });
});
