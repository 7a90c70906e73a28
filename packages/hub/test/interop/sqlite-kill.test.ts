/** The promise of the sqlite engine when its process is killed at any point: what was acknowledged is there. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Position, positionOf } from '../../src/contract/publication.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { readAll, withStore } from '../support/stored-log.ts';

const rounds = 15;
const folder = mkdtempSync(join(tmpdir(), 'tidewire-kill-'));
after(() => rmSync(folder, { recursive: true }));
const writer = fileURLToPath(new URL('./store-writer.ts', import.meta.url));

interface Acknowledged {
  readonly topic: string;
  readonly key: string;
  readonly position: Position;
}

/** Runs a writer until it has acknowledged some, kills it a random moment later, and gives all that it acknowledged. */
async function writeUntilKilled(file: string, round: number): Promise<Acknowledged[]> {
  const flags = ['--disable-warning=ExperimentalWarning', '--conditions=tidewire-src'];
  const child: ChildProcess = spawn(process.execPath, [...flags, writer, file, String(round)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  const acknowledged: Acknowledged[] = [];
  const enough = 1 + Math.floor(Math.random() * 300);
  for await (const line of createInterface(child.stdout!)) {
    acknowledged.push(JSON.parse(line) as Acknowledged);
    if (acknowledged.length !== enough) continue;
    await delay(Math.random() * 3);
    child.kill('SIGKILL');
  }
  const [, signal] = await closed;
  assert.equal(signal, 'SIGKILL');
  return acknowledged;
}

async function checkKept(engine: Engine, acknowledged: readonly Acknowledged[], newest: readonly Acknowledged[]) {
  for (const topic of ['topic.0', 'topic.1']) {
    const log = await readAll(engine, topic);
    for (const [i, { offset }] of log.entries()) assert.equal(offset, i + 1, 'a hole');
    for (const one of acknowledged.filter((one) => one.topic === topic)) {
      const kept = log[one.position.offset - 1];
      assert.deepEqual(kept && [positionOf(kept), kept.data], [one.position, one.key]);
    }
    const keys = log.map(({ data }) => data);
    assert.equal(new Set(keys).size, keys.length, 'a publication came twice');
  }
  const retention = { history: { count: 1e6, age: 1e12, bytes: 1e12 }, retainedKeys: 3 };
  for (const { topic, key, position } of newest) {
    const draft = { id: 1, time: Date.now(), size: 1, key: '', data: 'again' };
    const again = await engine.append(topic, draft, retention, { scope: 'writer', key, age: 1e12, count: 1e6 });
    assert.deepEqual(again, { position, duplicate: true });
  }
}

describe('the sqlite engine with synchronous FULL', () => {
  it(`has all that was acknowledged after its process is killed, ${rounds} times at random points`, async () => {
    const file = join(folder, 'hub.db');
    const acknowledged: Acknowledged[] = [];
    for (let round = 0; round < rounds; round++) {
      const newest = await writeUntilKilled(file, round);
      assert.ok(newest.length > 0);
      acknowledged.push(...newest);
      await withStore(file, (engine) => checkKept(engine, acknowledged, newest));
    }
  });

  it('lets a second process have the file only when the first one is gone', async () => {
    const file = join(folder, 'shared.db');
    await withStore(file, async () => {
      const child = spawn(process.execPath, ['--conditions=tidewire-src', writer, file, '0'], {
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      let said = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
      const [status] = await once(child, 'close');
      assert.equal(status, 1);
      assert.match(said, /The store .* can't be opened: another process, or another engine of this one, has it open/);
    });
    assert.ok((await writeUntilKilled(file, 0)).length > 0);
  });
});
