/**
 * What acknowledging costs, by engine: `node --conditions=tidewire-src bench/engines.ts [folder]`. Publications of 200 bytes on
 * one topic with a history: one after the other, and 1,000 under way. The file lies in `folder`, which decides what a sync
 * of the disk costs. Whoever changes an engine runs it before and after.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { anything, createHub, defineContract, type Engine, memoryEngine, sqliteEngine } from '@tidewire/hub';

const contract = defineContract({ topics: { log: anything } });
const data = { text: 'x'.repeat(186) };
const folder = await mkdtemp(join(process.argv[2] ?? tmpdir(), 'tidewire-engines-'));

const engines: readonly (readonly [name: string, make: () => Engine])[] = [
  ['memory', () => memoryEngine()],
  ['sqlite, normal', () => sqliteEngine(join(folder, 'normal.db'), { synchronous: 'normal' })],
  ['sqlite, full', () => sqliteEngine(join(folder, 'full.db'))],
];

async function measure(engine: Engine): Promise<string> {
  const hub = createHub(contract, { engine });
  hub.topic('log', { history: { count: 10_000, bytes: 16 << 20 } });
  await hub.ready();
  const publish = () => hub.publish('log', {}, data);
  for (let i = 0; i < 2_000; i++) await publish();
  const waits: number[] = [];
  for (let i = 0; i < 5_000; i++) {
    const before = performance.now();
    await publish();
    waits.push(performance.now() - before);
  }
  const alone = 1_000 / (waits.reduce((sum, wait) => sum + wait) / waits.length);
  const begin = performance.now();
  for (let i = 0; i < 100; i++) await Promise.all(Array.from({ length: 1_000 }, publish));
  const together = 1e8 / (performance.now() - begin);
  await hub.close();
  waits.sort((a, b) => a - b);
  const at = (part: number): string => `${waits[Math.floor(waits.length * part)]!.toFixed(3)} ms`;
  return `${alone.toFixed(0)}/s, p50 ${at(0.5)}, p99 ${at(0.99)}; together ${together.toFixed(0)}/s`;
}

for (const [name, make] of engines) console.log(`${name}: ${await measure(make())}`);
await rm(folder, { recursive: true });
