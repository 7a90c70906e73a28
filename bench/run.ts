/**
 * `npm run bench -- [work…] [--rounds N] [--rival NAME]… [--quick] [--profile] [--self-test]`
 *
 * Runs the rivals in turn, A B C A B C, and prints a table for each work. Only a whole run (every work and rival, five rounds
 * or more, not quick) is written to results/. Exit code 1 if something failed to run; a missed bar is no failure.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  buildPackages,
  describeMachine,
  installRivals,
  loadNow,
  makeCertificate,
  prepareGenerator,
} from './preparation.ts';
import { printProfile } from './profile.ts';
import { reportWork } from './report.ts';
import type { Report } from './report-format.ts';
import { type RivalName, rivalNames } from './rivals.ts';
import { markdownOf, tableOf } from './tables.ts';
import { Tournament } from './tournament.ts';
import type { Work } from './work.ts';
import { works } from './works.ts';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '5' },
    rival: { type: 'string', multiple: true, default: [] },
    quick: { type: 'boolean', default: false },
    profile: { type: 'boolean', default: false },
    'self-test': { type: 'boolean', default: false },
  },
});

const timing = options.quick ? { warmUp: 800, stretch: 1000 } : { warmUp: 1200, stretch: 1800 };

async function main(): Promise<void> {
  installRivals();
  buildPackages();
  if (options['self-test']) return selfTest();
  const rounds = Number(options.rounds);
  if (!(Number.isInteger(rounds) && rounds > 0)) throw new Error(`--rounds ${options.rounds} is no number of rounds`);
  const chosen = chosenFrom(works, (work) => work.name, positionals);
  const wanted = chosenFrom(rivalNames, (rival) => rival, options.rival);
  const folder = mkdtempSync(join(tmpdir(), 'tidewire-bench-'));
  try {
    const tournament = new Tournament(prepareGenerator(), makeCertificate(folder), timing);
    if (options.profile) await profile(tournament, chosen, options.rival.length === 0 ? 'tidewire' : wanted[0]);
    else await compare(tournament, chosen, wanted, rounds);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function profile(tournament: Tournament, chosen: readonly Work[], rival: RivalName = 'tidewire'): Promise<void> {
  for (const work of chosen) {
    const contender = work.contenders.find((one) => one.rival === rival);
    if (contender !== undefined) await printProfile(tournament.benchFor(work, contender));
  }
}

async function compare(
  tournament: Tournament,
  chosen: readonly Work[],
  wanted: readonly RivalName[],
  rounds: number,
): Promise<void> {
  const begin = performance.now();
  const machine = describeMachine(chosen.flatMap(({ contenders }) => contenders.map(({ rival }) => rival)));
  for (const work of chosen) {
    await tournament.play(work, wanted, rounds);
    console.log(tableOf(reportWork(work, tournament.played, tournament.skippedIn(work))));
  }
  const report: Report = {
    machine,
    rounds,
    stretchMilliseconds: timing.stretch,
    minutes: Math.round((performance.now() - begin) / 60_000),
    loadAfter: loadNow(),
    works: chosen.map((work) => reportWork(work, tournament.played, tournament.skippedIn(work))),
  };
  if (tournament.failed) process.exitCode = 1;
  const whole = chosen.length === works.length && wanted.length === rivalNames.length && rounds >= 5 && !options.quick;
  if (whole) await save(report);
}

async function save(report: Report): Promise<void> {
  // What draws it is installed by now.
  const { pageOf } = await import('./page.ts');
  const results = new URL('results/', import.meta.url);
  mkdirSync(results, { recursive: true });
  writeFileSync(new URL('fast.json', results), `${JSON.stringify(report, null, 2)}\n`);
  writeFileSync(new URL('fast.md', results), markdownOf(report));
  writeFileSync(new URL('fast.html', results), await pageOf(report));
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
