/** Topics in a file: another process, here another hub, goes on where the first one stopped. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHub, defineContract, memoryEngine, sqliteEngine } from '@tidewire/hub';
import * as v from 'valibot';

const contract = defineContract({ topics: { 'orders.{shop}': v.string() } });

for (const engine of [memoryEngine(), sqliteEngine(':memory:'), sqliteEngine(':memory:', { synchronous: 'normal' })]) {
  console.log(engine.name, '·', engine.promise);
}
// → memory · while the process lives
// → sqlite · a loss of power, as far as the disk keeps what it has confirmed
// → sqlite · the end of the process; a loss of power may take the newest, which is noticed

const folder = await mkdtemp(join(tmpdir(), 'orders-'));

async function openShop() {
  const hub = createHub(contract, { engine: sqliteEngine(join(folder, 'orders.db')) });
  hub.topic('orders.{shop}', { history: { age: '30d' } });
  await hub.ready(); // throws when the file can't be opened
  return hub;
}

const first = await openShop();
const { position } = await first.publish('orders.{shop}', { shop: 'pier' }, 'one tide table');
console.log(position.offset); // → 1
await first.close();

const second = await openShop();
for (const { data } of await second.latest('orders.{shop}', { shop: 'pier' }, 10)) console.log(data); // → one tide table
console.log((await second.publish('orders.{shop}', { shop: 'pier' }, 'two bells')).position.offset); // → 2
await second.close();

await rm(folder, { recursive: true });
