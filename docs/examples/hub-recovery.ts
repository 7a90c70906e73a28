/** A reader comes back with the last position that it had, and is told what it missed, or that it can't be told. */
import { createHub, defineContract, everyone } from '@tidewire/hub';
import { connectHub, type Position } from '@tidewire/hub/client';
import { serve } from 'tidewire';
import * as v from 'valibot';

const contract = defineContract({ topics: { 'news.{section}': v.string() } });

async function start() {
  const hub = createHub(contract); // in memory: another hub has another log
  hub.topic('news.{section}', { history: {}, allow: { subscribe: everyone, history: everyone } });
  const server = await serve({ host: '127.0.0.1', routes: { '/realtime': hub } });
  const tell = (text: string) => hub.publish('news.{section}', { section: 'sea' }, text);
  return { hub, server, tell };
}

/** Reads until it has caught up; returns where it got to. */
async function read(url: string, position?: Position): Promise<Position | undefined> {
  const client = connectHub(contract, url);
  const news = client.topic('news.{section}', { section: 'sea' });
  for await (const item of news.subscribe({ position, last: 1 })) {
    if (item.type === 'joined') console.log('recovered:', item.recovered, 'missed:', item.missed);
    if (item.type === 'publication') {
      console.log(item.replayed ? 'replayed:' : 'live:', item.data);
      position = item.position; // keep it where it survives: sessionStorage, a file
    }
    if (item.type === 'caught-up') break;
  }
  await client.close();
  return position;
}

const first = await start();
await first.tell('one');
const position = await read(`${first.server.url}/realtime`);
// → recovered: fresh missed: 1
// → replayed: one

await first.tell('two');
await first.tell('three');
await read(`${first.server.url}/realtime`, position);
// → recovered: true missed: 2
// → replayed: two
// → replayed: three

await first.hub.close();
await first.server.close();
const second = await start();
for (const text of ['four', 'five']) await second.tell(text);
await read(`${second.server.url}/realtime`, position);
// → recovered: false missed: 1
// → replayed: five

await second.hub.close();
await second.server.close();
