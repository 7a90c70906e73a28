/** A client of a hub; it runs wherever there is a WebSocket. */
import { connectHub, defineContract, type HubClient, HubError, outboxStorage } from '@tidewire/hub/client';
import * as v from 'valibot';

export const contract = defineContract({
  topics: { 'chat.{room}': v.object({ text: v.string() }), 'typing.{room}': v.string() },
  calls: { 'room.rename': { input: v.object({ room: v.string(), title: v.string() }), output: v.boolean() } },
});
type Client = HubClient<typeof contract>;
type Show = (text: string) => void;

export function open(url: string, user: string, storage: Storage, show: Show): Client {
  const client = connectHub(contract, url, {
    token: async () => `token-of-${user}`, // a page would fetch it
    outbox: outboxStorage(storage, `outbox of ${user}`),
    onError: (error) => show(`went wrong: ${error}`),
  });
  client.watch((status) => {
    if (status.state === 'waiting') show(`reconnecting in ${Math.ceil(status.delay / 1000)} s`);
    else show(status.state);
  });
  return client;
}

export async function follow(client: Client, room: string, show: Show): Promise<void> {
  let lost = false;
  for await (const item of client.topic('chat.{room}', { room }).subscribe({ last: 50 })) {
    switch (item.type) {
      case 'joined': // at first, and again after every reconnect
        lost = item.recovered === false;
        break;
      case 'publication':
        show(item.replayed ? `before: ${item.data.text}` : item.data.text);
        break;
      case 'caught-up':
        show(lost ? 'some messages are lost' : `caught up: ${item.replayed}`);
        break;
      case 'gap': // the hub dropped some, or one was against the contract
        show(`${item.missed} missing`);
    }
    if (item.type === 'publication' && item.data.text === 'good night') break; // unsubscribes
  }
}

export async function say(client: Client, room: string, text: string, show: Show): Promise<void> {
  client.topic('typing.{room}', { room }).send(''); // if there is a connection; no answer is wanted
  try {
    const { position } = await client.topic('chat.{room}', { room }).publish({ text });
    show(`sent as ${position.offset}`);
  } catch (error) {
    if (error instanceof HubError) show(`${error.code}: ${error.message}`);
  }
}

export function showWaiting(client: Client, show: Show): () => void {
  return client.watchOutbox(({ data, heldBack, published, error }) => {
    const { text } = data as { text: string };
    if (published) show(`sent as ${published.position.offset}: ${text}`);
    else if (error instanceof HubError) show(`refused: ${text}: ${error.message}`);
    else show(heldBack ? `waits, ${heldBack}: ${text}` : `waits: ${text}`);
  });
}

export function rename(client: Client, room: string, title: string): Promise<boolean> {
  return client.call('room.rename', { room, title }, { timeout: 5_000 });
}
