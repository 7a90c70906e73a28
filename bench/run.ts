/**
 * `npm run bench -- [work…] [--rounds N] [--rival NAME]… [--quick] [--generator ts] [--profile] [--self-test]`
 *
 * Runs the rivals in turn, A B C A B C, and prints a table for each work. Only a whole run (every work and rival, three
 * rounds or more, not quick) is written to results/. Exit code 1 if something failed to run; a missed bar is no failure.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { measure, type Timing } from './measure.ts';
import { describeMachine, installRivals, type Program, prepareGenerator } from './preparation.ts';
import { printProfile } from './profile.ts';
import { markdownOf, type Report, type Rounds, reportWork, tableOf, type WorkReport } from './report.ts';
import { type Rival, rivals, type Work, works } from './works.ts';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '3' },
    rival: { type: 'string', multiple: true, default: [...rivals] },
    quick: { type: 'boolean', default: false },
    generator: { type: 'string', default: 'c' },
    profile: { type: 'boolean', default: false },
    'self-test': { type: 'boolean', default: false },
  },
});

const timing: Timing = options.quick ? { warmUp: 700, stretch: 1000 } : { warmUp: 1500, stretch: 3000 };

async function main(): Promise<void> {
  installRivals();
  if (options['self-test']) return selfTest();
  const generator = prepareGenerator({ inTypeScript: options.generator === 'ts' });
  const chosen = chosenFrom(works, (work) => work.name, positionals);
  const contenders = chosenFrom(rivals, (rival) => rival, options.rival);
  if (options.profile) {
    const [rival] = options.rival.length === rivals.length ? (['tidewire'] as const) : contenders;
    for (const work of chosen) await printProfile(work, rival as Rival, generator, timing);
    return;
  }
  const rounds = Number(options.rounds);
  if (!(Number.isInteger(rounds) && rounds > 0)) throw new Error(`--rounds ${options.rounds} is no number of rounds`);
  await compare(chosen, contenders, generator, rounds);
}

async function compare(
  chosen: readonly Work[],
  contenders: readonly Rival[],
  generator: Program,
  rounds: number,
): Promise<void> {
  const machine = describeMachine(generator);
  const reports: WorkReport[] = [];
  for (const work of chosen) {
    const report = reportWork(work, await playRounds(work, contenders, generator, rounds));
    console.log(tableOf(report, machine.versions));
    reports.push(report);
  }
  const report: Report = {
    machine,
    rounds,
    stretchMilliseconds: timing.stretch,
    works: reports,
    loadAfter: Math.round((loadavg()[0] ?? 0) * 10) / 10,
  };
  const whole = chosen.length === works.length && contenders.length === rivals.length && rounds >= 3 && !options.quick;
  if (whole) save(report);
}

async function playRounds(
  work: Work,
  contenders: readonly Rival[],
  generator: Program,
  rounds: number,
): Promise<Rounds> {
  const played: Rounds = Object.fromEntries(contenders.map((rival) => [rival, []]));
  for (let round = 1; round <= rounds; round++) {
    for (const rival of contenders) {
      const sample = await measure(work, rival, generator, timing);
      played[rival]?.push(sample);
      const micros = (value: number): string => value.toFixed(3);
      process.stderr.write(
        `${work.name} ${round}/${rounds} ${rival}: ${micros(sample.user)} + ${micros(sample.system)} µs\n`,
      );
    }
  }
  return played;
}

function save(report: Report): void {
  const results = new URL('results/', import.meta.url);
  mkdirSync(results, { recursive: true });
  writeFileSync(new URL('first-form.json', results), `${JSON.stringify(report, null, 2)}\n`);
  writeFileSync(new URL('first-form.md', results), markdownOf(report));
}

function selfTest(): void {
  const tests = fileURLToPath(new URL('test/*.test.ts', import.meta.url));
  process.exitCode = spawnSync(process.execPath, ['--test', tests], { stdio: 'inherit' }).status ?? 1;
}

/** The named ones in the order asked for, all if none is named. */
function chosenFrom<T>(all: readonly T[], nameOf: (one: T) => string, names: readonly string[]): readonly T[] {
  if (names.length === 0) return all;
  return names.map((name) => {
    const found = all.find((one) => nameOf(one) === name);
    if (found === undefined) throw new Error(`no ${name} among ${all.map(nameOf).join(', ')}`);
    return found;
  });
}

main().catch((error: Error) => {
  console.error(`bench: ${error.message}`);
  process.exitCode = 1;
});
