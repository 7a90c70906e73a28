/**
 * The hub of conflation.test.ts, in a process: it publishes by itself, 50,000 prices a second over 1,000 keys where the machine
 * has the time for it, and a pulse of 100 a second on another topic.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { serve } from 'tidewire';
import { createHub, everyone } from '../../../src/index.ts';
import { sayPort } from '../../support/hub-process.ts';
import { contract, type Figures, keys } from './contract.ts';

const perMillisecond = 50;
/** The turn of the event loop in which so many are published is some ms long: sockets have theirs between them. */
const most = 250;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const hub = createHub(contract);
hub.topic('prices', { slowReader: 'latest', key: ({ key }) => key, allow: { subscribe: everyone } });
hub.topic('pulse', { allow: { subscribe: everyone } });
let published = 0;
hub.handle('figures', { allow: everyone }, (): Figures => {
  const { rss } = process.memoryUsage();
  collectGarbage();
  // Buffers go with the second one: the first finds out that nobody has them any more.
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return { published, now: performance.now(), rss: rss / 1e6, held: (heapUsed + external) / 1e6 };
});

let paidUntil = performance.now();
function publishDue(): void {
  const now = performance.now();
  const due = Math.floor((now - paidUntil) * perMillisecond);
  const count = Math.min(due, most);
  // What can't be made up for is let go.
  paidUntil = due > most ? now : paidUntil + count / perMillisecond;
  for (let i = 0; i < count; i++) {
    // In no order that a queue could profit from: 617 and 1,000 have no common divisor.
    const key = `key ${(published * 617) % keys}`;
    void hub.publish('prices', {}, { key, n: published++ });
  }
  if (due > most) setImmediate(publishDue);
  else setTimeout(publishDue, 1);
}
publishDue();
setInterval(() => void hub.publish('pulse', {}, published), 10);

const server = await serve({ port: 0, host: '127.0.0.1', routes: { '/realtime': hub } });
sayPort(server.port);
