/** Who is on a topic: told to whoever may know, at once and at every change. */
import { anything, createHub, defineContract, everyone, signedIn } from '@tidewire/hub';
import { connectHub } from '@tidewire/hub/client';
import { serve } from 'tidewire';

const contract = defineContract({ topics: { 'room.{room}': anything } });
const hub = createHub(contract, {
  authenticate: ({ token }) => (token === undefined ? undefined : { user: { id: token } }), // never like this
});
hub.topic('room.{room}', { presence: 'members', allow: { subscribe: everyone, presence: signedIn } });
const server = await serve({ host: '127.0.0.1', routes: { '/realtime': hub } });

const [ann, bob] = ['ann', 'bob'].map((token) => {
  const client = connectHub(contract, `${server.url}/realtime`, { token });
  return { client, room: client.topic('room.{room}', { room: 'lobby' }) };
});
const annIsHere = ann!.room.subscribe();
await annIsHere.next(); // she has joined

const names = (members: readonly { readonly user?: string }[]): string => members.map(({ user }) => user).join();
for await (const { count, joined, left } of ann!.room.presence()) {
  if (joined.length > 0) console.log(count, 'came:', names(joined));
  if (left.length > 0) console.log(count, 'went:', names(left));
  if (count === 1 && left.length === 0) bob!.room.subscribe();
  if (count === 2) await bob!.client.close();
  if (left.length > 0) break;
}
// → 1 came: ann
// → 2 came: bob
// → 1 went: bob

console.log(hub.presence('room.{room}', { room: 'lobby' }).count); // → 1
await ann!.client.close();
await hub.close();
await server.close();
