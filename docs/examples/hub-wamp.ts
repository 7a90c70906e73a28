/** WAMP by hand: what any WAMP client says to a hub, over a socket that shows it. */

import { createHmac } from 'node:crypto';
import { createHub, defineContract, deriveKey, everyone, signedIn } from '@tidewire/hub';
import { connect, serve } from 'tidewire';
import * as v from 'valibot';

const contract = defineContract({
  topics: { 'com.example.tide': v.object({ metres: v.number() }) },
  calls: { 'com.example.add': { input: v.tuple([v.number(), v.number()]), output: v.number() } },
});

const tickets = new Map([['ticket-of-ann', 'ann']]);
const derivation = { salt: 'a salt for each user', iterations: 1000, keylen: 32 };
const secrets = new Map([['bob', await deriveKey('the password of bob', derivation)]]);

const hub = createHub(contract, {
  anonymous: true, // where people can sign in, nobody else is let in unless you say so
  route: {
    realm: 'com.example',
    ticket({ ticket }) {
      const id = tickets.get(ticket);
      return id === undefined ? undefined : { user: { id } };
    },
    wampcra({ authid }) {
      const secret = secrets.get(authid);
      return secret === undefined ? undefined : { user: { id: authid }, secret, derivation };
    },
  },
});
hub.topic('com.example.tide', { allow: { subscribe: everyone, publish: signedIn } });
hub.handle('com.example.add', { allow: everyone }, ({ input: [a, b] }) => a + b);
hub.procedures('com.example.upper', { allow: { register: signedIn, call: everyone } });

const server = await serve({ host: '127.0.0.1', routes: { '/ws': hub } });

/** Sends a message and returns the next one that comes. */
async function open(details: Record<string, unknown>) {
  const socket = await connect(`${server.url}/ws`, { subprotocols: ['wamp.2.json'] });
  const send = (message: unknown[]) => socket.send(JSON.stringify(message));
  const next = async () => JSON.parse(String((await socket[Symbol.asyncIterator]().next()).value));
  const ask = (message: unknown[]) => {
    send(message);
    return next();
  };
  const greeted = await ask([
    1,
    'com.example',
    { roles: { caller: {}, callee: {}, publisher: {}, subscriber: {} }, ...details },
  ]);
  return { socket, greeted, send, next, ask };
}

const nobody = await open({});
console.log(nobody.greeted[0], nobody.greeted[2].authrole); // → 2 anonymous
console.log(await nobody.ask([48, 1, {}, 'com.example.add', [[2, 40]]])); // → [ 50, 1, {}, [ 42 ] ]
const [, , subscription] = await nobody.ask([32, 2, {}, 'com.example.tide']);

const ann = await open({ authmethods: ['ticket'], authid: 'ann' });
console.log(ann.greeted[0], ann.greeted[1]); // → 4 ticket
console.log((await ann.ask([5, 'ticket-of-ann', {}]))[2].authid); // → ann
await ann.ask([16, 1, { acknowledge: true }, 'com.example.tide', [{ metres: 4.2 }]]);
const event = await nobody.next();
console.log(event[1] === subscription, event[4]); // → true [ { metres: 4.2 } ]

const bob = await open({ authmethods: ['wampcra'], authid: 'bob' });
const { challenge, ...salted } = bob.greeted[2];
const key = await deriveKey('the password of bob', salted);
const signature = createHmac('sha256', key).update(challenge).digest('base64');
console.log((await bob.ask([5, signature, {}]))[2].authid); // → bob

await bob.ask([64, 1, {}, 'com.example.upper']);
nobody.send([48, 3, {}, 'com.example.upper', ['low tide']]);
const [, invocation, , , [text]] = await bob.next();
bob.send([70, invocation, {}, [text.toUpperCase()]]);
console.log((await nobody.next())[3]); // → [ 'LOW TIDE' ]

await hub.close();
await server.close();
