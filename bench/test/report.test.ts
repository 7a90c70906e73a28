/** From samples to medians, ratios and verdicts. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Sample } from '../measure.ts';
import { selfTimes } from '../profile.ts';
import { reportWork, spreadOf, tableOf } from '../report.ts';
import type { Work } from '../works.ts';

const work: Work = { name: 'echo', says: 'echo', kind: 'echo', connections: 1, payload: 64, depth: 1, bar: 2 };
const sample = (user: number, system: number): Sample => ({
  messages: 1000,
  bytes: 66_000,
  seconds: 0.5,
  user,
  system,
  serverBusy: 1,
  generatorBusy: 0.5,
  from: 0,
  to: 1,
});

describe('a report', () => {
  test('takes the middle value, or the mean of the middle two', () => {
    assert.deepEqual(spreadOf([3, 1, 2]), { median: 2, min: 1, max: 3 });
    assert.deepEqual(spreadOf([4, 1, 2, 3]), { median: 2.5, min: 1, max: 4 });
    assert.throws(() => spreadOf([]), RangeError);
  });

  test('takes the ratio within each round, so that a slow round harms nobody', () => {
    const ws = [sample(5, 5), sample(50, 50), sample(5, 5)];
    const tidewire = [sample(2, 2), sample(20, 20), sample(2, 3)];
    const row = reportWork(work, { ws, tidewire }).rows.find(({ rival }) => rival === 'tidewire');
    assert.deepEqual(row?.ratio, { median: 2.5, min: 2, max: 2.5 });
    assert.equal(row?.perSecond.median, 2000);
  });

  test('says whether the bar is met, and nothing without both sides of it', () => {
    assert.equal(reportWork(work, { ws: [sample(4, 4)], tidewire: [sample(2, 2)] }).met, true);
    assert.equal(reportWork(work, { ws: [sample(4, 4)], tidewire: [sample(2, 2.1)] }).met, false);
    assert.equal(reportWork(work, { tidewire: [sample(2, 2)] }).met, undefined);
    assert.equal(
      reportWork({ ...work, bar: undefined }, { ws: [sample(4, 4)], tidewire: [sample(2, 2)] }).met,
      undefined,
    );
  });

  test('prints rows of one width', () => {
    const report = reportWork(work, { ws: [sample(10, 10), sample(8, 8)], tidewire: [sample(2, 2), sample(1, 1)] });
    const table = tableOf(report, { ws: '8', tidewire: '0' });
    const widths = table
      .split('\n')
      .filter((line) => line.startsWith('|'))
      .map((line) => line.length);
    assert.equal(new Set(widths).size, 1);
    assert.match(table, /at least 2 × ws: \*\*met\*\*/);
  });
});

describe('a profile', () => {
  test('is summed by function, idle time and what was outside the stretch apart', () => {
    const callFrame = (functionName: string, url = '') => ({ functionName, url, lineNumber: 9 });
    const nodes = [
      { id: 1, callFrame: callFrame('(idle)') },
      { id: 2, callFrame: callFrame('send', 'file:///a/b/socket.ts') },
      { id: 3, callFrame: callFrame('writev') },
      { id: 4, callFrame: callFrame('send', 'file:///a/b/socket.ts') },
    ];
    const profile = { nodes, startTime: 1000, samples: [3, 1, 2, 3, 4, 2], timeDeltas: [5, 500, 10, 60, 30, 900] };
    assert.deepEqual(selfTimes(profile, 1010, 2000), [
      { name: 'writev', where: 'native', share: 0.6 },
      { name: 'send', where: 'b/socket.ts:10', share: 0.4 },
    ]);
  });
});
