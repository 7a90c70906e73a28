/** One topic against the naive model, over files and a thread of their own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { sqliteEngine } from '../../src/engine/sqlite.ts';
import { oneTopic } from '../suites/one-topic.ts';
import { startOfTime } from '../support/test-hub.ts';

const folder = mkdtempSync(join(tmpdir(), 'tidewire-topic-'));
after(() => rmSync(folder, { recursive: true }));
let files = 0;
const now = (): number => startOfTime;

oneTopic(
  'sqlite',
  () => ({ engine: sqliteEngine(join(folder, `${++files}.db`), { synchronous: 'normal', sweepInterval: null, now }) }),
  { runs: 25 },
);
