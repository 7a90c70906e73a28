/** What the suites for engines share: a clock that tests move, drafts, and short ways to ask an engine. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { HubError } from '../../src/contract/errors.ts';
import type { Draft, Position, Publication } from '../../src/contract/publication.ts';
import type { Engine, EngineListener, Retention } from '../../src/engine/engine.ts';

export interface EngineSuiteOptions {
  readonly now: () => number;
  readonly maxTopics?: number;
}

export type OpenEngine = (t: TestContext, options: EngineSuiteOptions) => Engine;

export const keepAll: Retention = { history: { count: 1e6, age: 1e12, bytes: 1e12 }, retainedKeys: 0 };
export const keepNone: Retention = { history: null, retainedKeys: 0 };

/** History as given, and no bound otherwise. */
export function history(bounds: Partial<NonNullable<Retention['history']>>, retainedKeys = 0): Retention {
  return { history: { ...keepAll.history!, ...bounds }, retainedKeys };
}

/** The suite's clock. */
export const time = { now: 1_000_000 };
let lastId = 0;

/** A draft of the clock's time, with an id of its own. */
export function draft(data: unknown, more: Partial<Draft> = {}): Draft {
  return { id: ++lastId, time: time.now, size: 10, key: '', data, ...more };
}

export interface Started {
  readonly engine: Engine;
  readonly published: Publication[];
  readonly failures: Error[];
}

/** A started engine, and what it tells. */
export async function start(t: TestContext, open: OpenEngine, more: { maxTopics?: number } = {}): Promise<Started> {
  const engine = open(t, { now: () => time.now, ...more });
  const started: Started = { engine, published: [], failures: [] };
  const listener: EngineListener = {
    published: (publication) => started.published.push(publication),
    failed: (error) => started.failures.push(error),
  };
  await engine.start(listener);
  t.after(() => engine.stop());
  return started;
}

/** Appends plain values at once, and gives their positions. */
export async function publish(
  engine: Engine,
  topic: string,
  retention: Retention,
  ...values: unknown[]
): Promise<Position[]> {
  const all = await Promise.all(values.map((value) => engine.append(topic, draft(value), retention)));
  return all.map(({ position }) => position);
}

export const dataOf = ({ publications }: { publications: readonly Publication[] }): unknown[] =>
  publications.map(({ data }) => data);

const everything = [1e6, 1e12] as const;

/** What comes after a position, all of it. */
export async function after(engine: Engine, topic: string, position: Position): Promise<unknown[] | 'not held'> {
  const read = await engine.readAfter(topic, position, ...everything);
  assert.ok(read.held || read.publications.length === 0);
  return read.held ? dataOf(read) : 'not held';
}

export async function topOf(engine: Engine, topic: string): Promise<Position> {
  return (await engine.tops([topic]))[0]!;
}

/** The code of the HubError that comes of it, or `done`. */
export async function code(work: () => unknown): Promise<string> {
  try {
    await work();
  } catch (error) {
    assert.ok(error instanceof HubError, String(error));
    return error.code;
  }
  return 'done';
}
