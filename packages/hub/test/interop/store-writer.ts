/**
 * A process for sqlite-kill.test.ts: appends to the store that it is given until somebody kills it, 20 publishers at a time, and
 * prints a line for every publication that was acknowledged.
 */
import { writeSync } from 'node:fs';
import { sqliteEngine } from '../../src/engine/sqlite.ts';

const [file = '', round = ''] = process.argv.slice(2);
const engine = sqliteEngine(file, { synchronous: 'full' });
await engine.start({
  published: () => {},
  failed: (error) => {
    throw error;
  },
});

const retention = { history: { count: 1e6, age: 1e12, bytes: 1e12 }, retainedKeys: 3 };
const batch = 20;
for (let n = 0; ; n += batch) {
  await Promise.all(
    Array.from({ length: batch }, async (_, i) => {
      const key = `${round}.${n + i}`;
      const draft = {
        id: 1 + Math.floor(Math.random() * 2 ** 53),
        time: Date.now(),
        size: 100,
        key: String(i % 3),
        data: key,
      };
      const once = { scope: 'writer', key, age: 1e12, count: 1e6 };
      const { position } = await engine.append(`topic.${i % 2}`, draft, retention, once);
      // At once and whole, so that what was said before the kill is in the pipe.
      writeSync(1, `${JSON.stringify({ topic: `topic.${i % 2}`, key, position })}\n`);
    }),
  );
}
