/**
 * Each file of protocol/ is covered by its own test alone: the test of the same name, run with nothing beside it, must reach
 * 98 % of its lines and of its branches. A file that is covered only by accident, through its neighbours, fails here.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const repository = fileURLToPath(new URL('../../../', import.meta.url));
const sources = 'packages/wire/src/protocol';
const wanted = 98;

/** Tables, types and lists of exports have nothing that a test could run. */
function hasCode(file: string): boolean {
  return /\bfunction\b|\bclass\b|=>/.test(
    readFileSync(join(repository, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, ''),
  );
}

/** Runs one test file and reports on one source file, in lcov's format. */
function runAlone(source: string, testFile: string): Promise<{ passed: boolean; report: string }> {
  const args = [
    '--conditions=tidewire-src',
    '--test',
    '--test-isolation=none',
    '--test-reporter=lcov',
    '--experimental-test-coverage',
    `--test-coverage-include=${source}`,
    testFile,
  ];
  // A test runner that finds this variable believes to be a child of ours and reports in another format.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  return new Promise((resolve) => {
    const options = { cwd: repository, env, maxBuffer: 16 << 20 };
    execFile(process.execPath, args, options, (error, report) => resolve({ passed: error === null, report }));
  });
}

/** `LF:83` and the like: how many lines or branches were found and hit. */
function share(report: string, hit: string, found: string): number {
  const number = (key: string): number => Number(report.match(new RegExp(`^${key}:(\\d+)$`, 'm'))?.[1] ?? Number.NaN);
  return number(found) === 0 ? 100 : (100 * number(hit)) / number(found);
}

/** Where the gaps are, for whoever has to close them. */
function gaps(report: string): string {
  const lines = Array.from(report.matchAll(/^DA:(\d+),0$/gm), (match) => match[1]);
  const branches = Array.from(report.matchAll(/^BRDA:(\d+),\d+,\d+,0$/gm), (match) => match[1]);
  return `lines never run: ${lines.join(' ') || 'none'}; branches never taken at lines: ${branches.join(' ') || 'none'}`;
}

describe('own coverage of protocol/', { concurrency: availableParallelism() }, () => {
  const files = readdirSync(join(repository, sources)).map((name) => `${sources}/${name}`);
  for (const source of files.filter(hasCode)) {
    const testFile = source.replace('/src/', '/test/').replace(/\.ts$/, '.test.ts');
    test(`${testFile} alone covers its file`, async () => {
      assert.ok(existsSync(join(repository, testFile)), `${source} has no test of its own`);
      const { passed, report } = await runAlone(source, testFile);
      assert.ok(passed, `${testFile} fails when it runs alone`);
      assert.ok(report.includes('SF:'), `${testFile} never imports ${source}`);
      const [lines, branches] = [share(report, 'LH', 'LF'), share(report, 'BRH', 'BRF')];
      const says = `lines ${lines.toFixed(1)} %, branches ${branches.toFixed(1)} %; ${gaps(report)}`;
      assert.ok(lines >= wanted && branches >= wanted, says);
    });
  }

  test('shares and gaps are read from the report', () => {
    const report = 'SF:a.ts\nDA:7,0\nBRDA:9,1,0,0\nBRF:4\nBRH:3\nLH:83\nLF:100\nend_of_record\n';
    assert.equal(share(report, 'LH', 'LF'), 83);
    assert.equal(share(report, 'BRH', 'BRF'), 75);
    assert.equal(gaps(report), 'lines never run: 7; branches never taken at lines: 9');
  });
});
