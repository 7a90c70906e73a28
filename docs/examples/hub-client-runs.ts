/** Runs hub-client.ts: a message that was written before there was a server, and one that is refused. */
import { createServer } from 'node:net';
import { createHub, HubError, signedIn } from '@tidewire/hub';
import { serve } from 'tidewire';
import { contract, follow, open, rename, say, showWaiting } from './hub-client.ts';

const items = new Map<string, string>();
const storage = {
  getItem: (key: string) => items.get(key) ?? null,
  setItem: (key: string, value: string) => items.set(key, value),
  removeItem: (key: string) => items.delete(key),
} as unknown as Storage;

const hub = createHub(contract, { authenticate: ({ token }) => ({ user: { id: token!.slice('token-of-'.length) } }) });
const anybody = { subscribe: signedIn, publish: signedIn, history: signedIn };
hub.topic('chat.{room}', {
  history: {},
  allow: anybody,
  accept(data) {
    if (data.text === 'spam') throw new HubError('denied', 'Not that word');
    return data;
  },
});
hub.topic('typing.{room}', { allow: anybody });
hub.handle('room.rename', { allow: signedIn }, () => true);
await hub.publish('chat.{room}', { room: 'lobby' }, { text: 'good evening' });

const port = await freePort();
const nobodyAnswers = open(`ws://127.0.0.1:${port}/realtime`, 'ann', storage, () => {});
const written = say(nobodyAnswers, 'lobby', 'written offline', console.log);
await Promise.resolve();
console.log(nobodyAnswers.outbox.length, items.size); // → 1 1
await nobodyAnswers.close(); // the page is left; its outbox stays in the storage
await written; // → canceled: The client was closed

const server = await serve({ host: '127.0.0.1', port, routes: { '/realtime': hub } });
const ann = open(`${server.url}/realtime`, 'ann', storage, (text) => console.log(text));
// → connecting
const sent = Promise.withResolvers<void>();
const enough = showWaiting(ann, (text) => {
  console.log(text);
  if (text.startsWith('sent')) sent.resolve();
});
// → waits: written offline
// → connected
// → sent as 2: written offline
await sent.promise;
enough();
await say(ann, 'lobby', 'spam', console.log); // → denied: Not that word
console.log(items.size); // → 0
const caughtUp = Promise.withResolvers<void>();
const reading = follow(ann, 'lobby', (text) => {
  console.log(text);
  if (text.startsWith('caught up')) caughtUp.resolve();
});
// → before: good evening
// → before: written offline
// → caught up: 2
await caughtUp.promise;
console.log(await rename(ann, 'lobby', 'The lobby')); // → true
await say(ann, 'lobby', 'good night', () => {});
await reading; // → good night
await ann.close(); // → closed
await hub.close();
await server.close();

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
