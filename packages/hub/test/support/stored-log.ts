/** A topic's log as its file has it, read by an engine of the test's own while no hub has the file. */
import assert from 'node:assert/strict';
import { type Position, type Publication, positionOf } from '../../src/contract/publication.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { sqliteEngine } from '../../src/engine/sqlite.ts';

/** Opens a store for as long as `use` takes. */
export async function withStore<T>(file: string, use: (engine: Engine) => Promise<T>): Promise<T> {
  const engine = sqliteEngine(file);
  await engine.start({ published: () => {}, failed: (error) => assert.fail(error) });
  try {
    return await use(engine);
  } finally {
    await engine.stop();
  }
}

/** The whole log, page by page, by the positions that the pages themselves give. */
export async function readAll(engine: Engine, topic: string): Promise<Publication[]> {
  const all: Publication[] = [];
  let position: Position = { ...(await engine.tops([topic]))[0]!, offset: 0, id: 0 };
  for (;;) {
    const { held, publications } = await engine.readAfter(topic, position, 500, 1e6);
    assert.ok(held);
    if (publications.length === 0) return all;
    all.push(...publications);
    position = positionOf(publications.at(-1)!);
  }
}
