/** Ten thousand updates of three keys, and a reader that gets what its window takes and then each key's newest. */
import { createHub, defineContract, everyone } from '@tidewire/hub';
import { connectHub } from '@tidewire/hub/client';
import { serve } from 'tidewire';
import * as v from 'valibot';

const Quote = v.object({ symbol: v.string(), price: v.number() });
const contract = defineContract({ topics: { quotes: Quote } });
const hub = createHub(contract, { window: { latest: 16 } });
hub.topic('quotes', { slowReader: 'latest', key: ({ symbol }) => symbol, allow: { subscribe: everyone } });
const server = await serve({ host: '127.0.0.1', routes: { '/realtime': hub } });

const client = connectHub(contract, `${server.url}/realtime`);
const newest = new Map<string, number>();
let received = 0;
for await (const item of client.topic('quotes').subscribe()) {
  if (item.type === 'caught-up') await publish();
  if (item.type !== 'publication') continue;
  received++;
  newest.set(item.data.symbol, item.data.price);
  if (newest.size === 3 && [...newest.values()].every((price) => price > 9_997)) break;
}
console.log([...newest].sort().join(' ')); // → ACME,9998 BOLT,9999 CORK,10000
console.log(received <= 16 + 3); // → true

async function publish(): Promise<void> {
  const symbols = ['CORK', 'ACME', 'BOLT'];
  for (let price = 1; price <= 10_000; price++) {
    await hub.publish('quotes', {}, { symbol: symbols[(price + 2) % 3]!, price });
  }
}

await client.close();
await hub.close();
await server.close();
