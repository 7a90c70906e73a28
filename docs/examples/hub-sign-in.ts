/** Signing in with JSON Web Tokens: expiry and renewal without a reconnect, revocation at once, rules asked again. */
import { createHub, defineContract, type HubError, jwt } from '@tidewire/hub';
import { connectHub } from '@tidewire/hub/client';
import { SignJWT } from 'jose';
import { serve } from 'tidewire';
import * as v from 'valibot';

const secret = new TextEncoder().encode('a secret of at least thirty-two bytes');
const sign = (user: string, role = 'user'): Promise<string> =>
  new SignJWT({ role })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(user)
    .setIssuedAt()
    .setExpirationTime('10m')
    .sign(secret);

const contract = defineContract({ topics: { 'desk.{desk}': v.string() } });
const hub = createHub(contract, { authenticate: jwt({ secret }) });
const atTheDesk = new Set(['ann']);
hub.topic('desk.{desk}', { allow: { subscribe: ({ user }) => atTheDesk.has(user?.id ?? '') } });
const server = await serve({ host: '127.0.0.1', routes: { '/realtime': hub } });

const client = connectHub(contract, `${server.url}/realtime`, {
  token: () => sign('ann'), // a page would fetch it; asked again before the last one expires
});
await client.connected();
console.log(client.status.state === 'connected' && client.status.user); // → ann

const desk = client.topic('desk.{desk}', { desk: 'pier' }).subscribe();
await desk.next(); // joined

atTheDesk.delete('ann');
await hub.recheck('ann');
try {
  for await (const item of desk) console.log(item.type); // → caught-up
} catch (error) {
  console.log((error as HubError).code); // → denied
}

console.log(hub.revoke('ann')); // → 1
const { error } = await client.closed;
console.log((error as HubError).code); // → denied

await hub.close();
await server.close();
