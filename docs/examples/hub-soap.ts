/** One hub, two languages: a SOAP operation is a call or a publication, a topic is a series of notifications. */
import { createHub, defineContract, everyone, hubRoute, soapOnHub } from '@tidewire/hub';
import { connectSoap, defineSoapContract, type SoapFault } from '@tidewire/hub/soap';
import { connect, type HandshakeRejected, serve } from 'tidewire';
import * as v from 'valibot';

const Line = v.object({ name: v.string(), text: v.pipe(v.string(), v.maxLength(20)) });
const contract = defineContract({
  topics: { 'chat.{room}': Line },
  calls: { add: { input: v.object({ a: v.number(), b: v.number() }), output: v.object({ sum: v.number() }) } },
});
const hub = createHub(contract);
hub.topic('chat.{room}', { history: {}, allow: { subscribe: everyone, publish: everyone, history: everyone } });
hub.handle('add', { allow: everyone }, ({ input: { a, b } }) => ({ sum: a + b }));

const chat = defineSoapContract({
  namespace: 'urn:example:chat',
  operations: {
    Add: { input: { a: 'int', b: 'int' }, output: { sum: 'int' } },
    Say: { input: { name: 'string', text: 'string' }, output: { offset: 'int' } },
    Whisper: { input: { name: 'string', text: 'string' } }, // no output: one-way, never answered
  },
  notifications: { Said: { value: { name: 'string', text: 'string' } } },
});

const soap = soapOnHub(hub, {
  contract: chat,
  operations: {
    Add: { call: 'add' },
    Say: { publish: 'chat.lobby', output: ({ position }) => ({ offset: position.offset }) },
    Whisper: { publish: 'chat.lobby', data: ({ name, text }) => ({ name, text: text.toLowerCase() }) },
  },
  topics: [{ topic: 'chat.lobby', notification: 'Said', value: ({ name, text }) => ({ name, text }), last: 10 }],
});
const server = await serve({ host: '127.0.0.1', routes: { '/chatService': hubRoute(hub, { soap }) } });
const url = `${server.url}/chatService`;

const client = await connectSoap(url, chat);
const said = client.notifications();
console.log(await client.call('Add', { a: 2, b: 40 })); // → { sum: 42 }
console.log(await client.call('Say', { name: 'Ann', text: 'hello' })); // → { offset: 1 }
console.log((await said.next()).value); // → { name: 'Said', value: { name: 'Ann', text: 'hello' } }

await client.call('Whisper', { name: 'Ann', text: 'HUSH' });
console.log((await said.next()).value?.value.text); // → hush

await client.call('Say', { name: 'Ann', text: 'this is longer than it may be' }).catch((fault: SoapFault) => {
  console.log(fault.code, String(fault.subcodes[0])); // → Sender {urn:tidewire:hub}invalid
});

const headers = { 'soap-content-type': 'application/soap+msbin1' };
await connect(url, { subprotocols: ['soap'], headers }).catch((error: HandshakeRejected) => {
  console.log(error.status, error.headers.get('soap-content-type')); // → 400 application/soap+xml; charset=utf-8
});

client.close();
await hub.close();
await server.close();
