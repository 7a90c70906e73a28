import { createHub, defineContract, signedIn } from '@tidewire/hub';
import { connectHub } from '@tidewire/hub/client';
import { serve } from 'tidewire';
import * as v from 'valibot';

// contract.ts: one value for both sides
const contract = defineContract({
  topics: { 'support.{ticket}': v.object({ text: v.string() }) },
  calls: { 'support.close': { input: v.string(), output: v.string() } },
});

// server.ts
const hub = createHub(contract, {
  authenticate: ({ token }) => (token === 'ann' ? { user: { id: 'ann' } } : undefined),
});
hub.topic('support.{ticket}', {
  history: { count: 1000, age: '30d' },
  allow: { subscribe: signedIn, publish: signedIn, history: signedIn },
});
hub.handle('support.close', { allow: signedIn }, ({ input, user }) => `${user?.id} closed ${input}`);
const server = await serve({ host: '127.0.0.1', routes: { '/realtime': hub } });

// page.ts: the same in a browser and in Node
const client = connectHub(contract, `${server.url}/realtime`, { token: 'ann' });
const ticket = client.topic('support.{ticket}', { ticket: '42' });
await ticket.publish({ text: 'hello' }); // acknowledged, once
for await (const item of ticket.subscribe({ last: 50 })) {
  if (item.type === 'joined') console.log(item.recovered); // → fresh
  if (item.type !== 'publication') continue;
  console.log(item.data.text); // → hello
  break;
}
console.log(await client.call('support.close', '42')); // → ann closed 42
client.close();
await server.close();
await hub.close();
