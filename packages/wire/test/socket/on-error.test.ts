import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { reporter } from '../../src/socket/on-error.ts';

const error = new Error('a mistake');

function stderrOf(t: TestContext): unknown[][] {
  const lines: unknown[][] = [];
  t.mock.method(console, 'error', (...line: unknown[]) => lines.push(line));
  return lines;
}

describe('an error that happens behind the caller’s back', () => {
  it('is told to the outlet, and to nobody else', (t) => {
    const lines = stderrOf(t);
    const told: unknown[] = [];
    reporter((...all) => told.push(all))(error, { stage: 'handler' });
    assert.deepEqual(told, [[error, { stage: 'handler' }]]);
    assert.deepEqual(lines, []);
  });

  it('goes to stderr when there is no outlet', (t) => {
    const lines = stderrOf(t);
    reporter(undefined)(error, { stage: 'handler' });
    assert.deepEqual(lines, [['tidewire: handler:', error]]);
  });

  it('has one outlet, however often that is asked for', () => {
    const report = reporter(() => {});
    assert.equal(reporter(report), report);
    assert.equal(reporter(reporter(undefined)), reporter(undefined));
  });

  it('goes to stderr with the outlet’s own error, when the outlet throws', (t) => {
    const lines = stderrOf(t);
    const failure = new Error('in the outlet');
    const report = reporter(() => {
      throw failure;
    });
    report(error, { stage: 'upgrade' });
    assert.deepEqual(lines, [
      ['tidewire: upgrade:', error],
      ['tidewire: onError:', failure],
    ]);
  });
});
