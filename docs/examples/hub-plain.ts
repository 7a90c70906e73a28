/** Clients that speak no subprotocol: each message is published on one topic, each publication is a message. */
import { createHub, defineContract, everyone, hubRoute, plainOnHub } from '@tidewire/hub';
import { connect, serve } from 'tidewire';
import * as v from 'valibot';

const Line = v.object({ text: v.pipe(v.string(), v.maxLength(20)) });
const contract = defineContract({ topics: { 'chat.{room}': Line } });
const hub = createHub(contract);
hub.topic('chat.{room}', { history: {}, allow: { subscribe: everyone, publish: everyone, history: everyone } });

const plain = plainOnHub<v.InferOutput<typeof Line>>(hub, {
  topic: 'chat.lobby',
  read: (message) => (typeof message === 'string' ? { text: message } : undefined),
  write: ({ text }) => text,
  refused: ({ message }) => `(${message})`,
  last: 10,
});
const server = await serve({ host: '127.0.0.1', routes: { '/chat': hubRoute(hub, { plain }) } });

await hub.publish('chat.{room}', { room: 'lobby' }, { text: 'before you came' });
const socket = await connect(`${server.url}/chat`);
for await (const data of socket) {
  console.log(data);
  if (data === 'before you came') socket.send('hello');
  else if (data === 'hello') socket.send('this is longer than it may be');
  else break;
}
// → before you came
// → hello
// → (text: Invalid length: Expected <=20 but received 29)

await hub.close();
await server.close();
