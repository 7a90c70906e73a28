import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { sqliteEngine } from '../../src/engine/sqlite.ts';
import type { OpenEngine } from '../suites/engine-fixture.ts';
import { engineModel } from '../suites/engine-model.ts';
import { engineSuite } from '../suites/engine-suite.ts';

const folder = mkdtempSync(join(tmpdir(), 'tidewire-engine-'));
after(() => rmSync(folder, { recursive: true }));
let files = 0;
const newFile = (): string => join(folder, `${++files}.db`);

const open: OpenEngine = (_t, options) =>
  sqliteEngine(newFile(), { synchronous: 'normal', sweepInterval: null, ...options });

engineSuite('sqlite', open);
engineModel('sqlite', open);
