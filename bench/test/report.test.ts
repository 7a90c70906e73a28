/** From runs to samples, and from samples to medians, ratios and verdicts. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { cpuFrom } from '../accounting.ts';
import { sampleOf } from '../measure.ts';
import { selfTimes } from '../profile.ts';
import { type Rounds, reportWork, spreadOf } from '../report.ts';
import type { Report } from '../report-format.ts';
import { markdownOf, tableOf } from '../tables.ts';
import type { Bar, Sample, Work } from '../work.ts';
import { works } from '../works.ts';

const echo = works.find(({ name }) => name === 'echo') as Work;
const withBars = (...bars: Bar[]): Work => ({ ...echo, bars });
const sample = (user: number, system: number): Sample => ({ user, system, total: user + system, perSecond: 2000 });
const played = (rounds: Rounds, others: readonly (readonly [string, Rounds])[] = []): Map<string, Rounds> =>
  new Map([['echo', rounds], ...others]);

describe('a sample', () => {
  test('is the cost of one message, and times below which a share of the turns lies', () => {
    const slice = (turns: [number, number][]) => ({
      messages: 50,
      bytes: 5000,
      nanoseconds: 5e8,
      cpuMicroseconds: 1e5,
      turns,
    });
    const slices = [
      slice([[1e6, 50]]),
      slice([
        [2e6, 49],
        [9e6, 1],
      ]),
    ];
    const { user, system, total, perSecond, p50, p99, longest, answerBytes, serverBusy, generatorBusy } = sampleOf(
      slices,
      300_000,
      600_000,
    );
    assert.deepEqual([user, system, total, perSecond], [3000, 6000, 9000, 100]);
    assert.deepEqual([p50, p99, longest, answerBytes], [1, 2, 9, 100]);
    assert.deepEqual([serverBusy, generatorBusy], [0.9, 0.2]);
  });

  test('has the CPU of a process whose name has spaces and parentheses', () => {
    const stat = '42 (a (b) c) S 1 42 42 0 -1 4194304 100 0 0 0 321 123 7 8 20 0 5 0 1000 1 2';
    assert.deepEqual(cpuFrom(stat, 10_000), { user: 3_210_000, system: 1_230_000 });
  });
});

describe('a report', () => {
  test('takes the middle value, or the mean of the middle two', () => {
    assert.deepEqual(spreadOf([3, 1, 2]), { median: 2, min: 1, max: 3 });
    assert.deepEqual(spreadOf([4, 1, 2, 3]), { median: 2.5, min: 1, max: 4 });
    assert.throws(() => spreadOf([]), RangeError);
  });

  test('takes ratios within each round, so that a slow round harms nobody, and within the rounds that both have played', () => {
    const ws = [sample(5, 5), sample(50, 50), sample(5, 5)];
    const tidewire = [sample(2, 2), sample(20, 20), sample(2, 3)];
    const { rows } = reportWork(echo, played({ ws, bun: [sample(1, 1)], tidewire }), []);
    assert.deepEqual(rows.find(({ rival }) => rival === 'tidewire')?.times.total, { median: 2.5, min: 2, max: 2.5 });
    assert.deepEqual(rows.find(({ rival }) => rival === 'bun')?.times.total, { median: 5, min: 5, max: 5 });
    assert.equal(rows.find(({ rival }) => rival === 'bun')?.rounds, 1);
  });

  test('says of each bar by itself whether it is met, and nothing without both sides of it', () => {
    const work = withBars(
      { figure: 'total', to: 'ws', atLeast: 2 },
      { figure: 'user', to: 'ws', atLeast: 4 },
      { figure: 'total', to: 'net', atMost: 1.1 },
      { figure: 'total', to: 'bun', atMost: 1, stretch: true },
      { figure: 'perSecond', atLeast: 1000 },
    );
    const rounds = { ws: [sample(4, 4)], net: [sample(2, 1.7)], tidewire: [sample(2, 2)] };
    const { verdicts } = reportWork(work, played(rounds), []);
    assert.deepEqual(
      verdicts.map(({ says, met }) => [says, met]),
      [
        ['total: ws ÷ Tidewire ≥ 2', true],
        ['user: ws ÷ Tidewire ≥ 4', false],
        ['total: Tidewire ÷ net.Socket, bytes alone ≤ 1.1', true],
        ['total: Tidewire ÷ Bun ≤ 1', undefined],
        ['Tidewire, per second: ≥ 1000', true],
      ],
    );
    assert.equal(verdicts[1]?.value?.median, 2);
  });

  test('compares with another work', () => {
    const work = withBars({ figure: 'total', inWork: 'deep', atMost: 1.2 });
    const deep = ['deep', { tidewire: [sample(2, 2)] }] as const;
    const { verdicts } = reportWork(work, played({ tidewire: [sample(2, 3)] }, [deep]), []);
    assert.deepEqual([verdicts[0]?.says, verdicts[0]?.met], ['total: Tidewire ÷ Tidewire in deep ≤ 1.2', false]);
  });

  test('is printed with rows of one width, verdicts and who was left out', () => {
    const rounds = { ws: [sample(10, 10), sample(8, 8)], tidewire: [sample(2, 2), sample(1, 1)] };
    const skipped = [{ rival: 'deno', why: 'It is not here.' }] as const;
    const report = reportWork(withBars({ figure: 'total', to: 'ws', atLeast: 2 }), played(rounds), skipped);
    const table = tableOf(report);
    const lines = table.split('\n').filter((line) => line.startsWith('|'));
    assert.equal(new Set(lines.map(({ length }) => length)).size, 1);
    assert.equal(lines.length, 4);
    assert.match(table, /total: ws ÷ Tidewire ≥ 2: \*\*met\*\*, 6\.50 \[5\.00–8\.00\]/);
    assert.match(table, /Deno was left out\. It is not here\./);
    const machine = { date: '', processor: '', cores: 2, memory: '', kernel: '', node: '', pinned: true, load: 0 };
    const whole: Report = {
      machine: { ...machine, versions: { ws: '8.23.0' } },
      rounds: 5,
      stretchMilliseconds: 2000,
      minutes: 9,
      loadAfter: 1,
      works: [report],
    };
    assert.ok(markdownOf(whole).includes(table));
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
