/** The hub at its shortest: one topic with a history, a server that publishes, a client that comes later. */
import { anything, createHub, defineContract, everyone } from '@tidewire/hub';
import { connectHub } from '@tidewire/hub/client';
import { serve } from 'tidewire';

const contract = defineContract({ topics: { 'news.{section}': anything } });

const hub = createHub(contract);
hub.topic('news.{section}', { history: {}, allow: { subscribe: everyone, history: everyone } });
const server = await serve({ host: '127.0.0.1', routes: { '/realtime': hub } });
await hub.publish('news.{section}', { section: 'sea' }, 'High tide at noon');

const client = connectHub(contract, `${server.url}/realtime`);
for await (const item of client.topic('news.{section}', { section: 'sea' }).subscribe({ last: 10 })) {
  if (item.type !== 'publication') continue;
  console.log(item.data, item.position.offset); // → High tide at noon 1
  break;
}

await client.close();
await hub.close();
await server.close();
