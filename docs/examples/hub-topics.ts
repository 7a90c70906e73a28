/** Topics by pattern, each with its policy: what is kept, who may do what, and who has the last word. */
import { createHub, defineContract, everyone, HubError, signedIn } from '@tidewire/hub';
import { connectHub } from '@tidewire/hub/client';
import { serve } from 'tidewire';
import * as v from 'valibot';

const Line = v.object({ text: v.pipe(v.string(), v.maxLength(500)), by: v.optional(v.string()) });
const Quote = v.object({ symbol: v.string(), price: v.number() });

const contract = defineContract({
  topics: { 'chat.{room}': Line, 'chat.staff': Line, 'stock.{market}': Quote },
});

const hub = createHub(contract, {
  authenticate: ({ token }) => (token === 'token-of-ann' ? { user: { id: 'ann' } } : undefined),
  anonymous: true,
});

hub.topic('chat.{room}', {
  history: { count: 500, age: '7d' },
  rate: { count: 10, per: '10s' },
  allow: {
    subscribe: everyone,
    history: everyone,
    publish: ({ user, room }) => user !== undefined && room !== 'announcements',
  },
  accept(line, { user }) {
    if (/spam/i.test(line.text)) throw new HubError('denied', 'Not that word');
    return { text: line.text, by: user?.id };
  },
});

hub.topic('chat.staff', { allow: { subscribe: ({ user }) => user?.role === 'staff', publish: signedIn } });

hub.topic('stock.{market}', {
  slowReader: 'latest',
  key: ({ symbol }) => symbol,
  allow: { subscribe: everyone },
});

const server = await serve({ host: '127.0.0.1', routes: { '/realtime': hub } });
const url = `${server.url}/realtime`;
const stranger = connectHub(contract, url);
const ann = connectHub(contract, url, { token: 'token-of-ann' });

const refused = (error: HubError): void => console.log(`${error.code}: ${error.message}`);

await stranger.topic('chat.{room}', { room: 'lobby' }).publish({ text: 'hello' }).catch(refused);
// → denied: You may not publish to chat.lobby

const lobby = ann.topic('chat.{room}', { room: 'lobby' });
await lobby.publish({ text: 'buy spam' }).catch(refused);
// → denied: Not that word

const first = await lobby.publish({ text: 'hello' }, { key: 'a-key-of-mine' });
const again = await lobby.publish({ text: 'hello' }, { key: 'a-key-of-mine' });
console.log(first.position.offset, first.duplicate, again.position.offset, again.duplicate);
// → 1 false 1 true

const latest = await hub.latest('chat.{room}', { room: 'lobby' }, 10);
for (const { data } of latest) console.log(data); // → { text: 'hello', by: 'ann' }

await hub.publish('stock.{market}', { market: 'xetra' }, { symbol: 'ACME', price: 101 });
await hub.publish('stock.{market}', { market: 'xetra' }, { symbol: 'ACME', price: 102 });
const prices = await hub.retained('stock.{market}', { market: 'xetra' });
for (const { data } of prices) console.log(data.symbol, data.price); // → ACME 102

await Promise.all([stranger.close(), ann.close()]);
await hub.close();
await server.close();
