/** Calls: checked by the contract on both sides, with progress, and canceled. */

import { setTimeout as sleep } from 'node:timers/promises';
import { createHub, defineContract, HubError, signedIn } from '@tidewire/hub';
import { connectHub } from '@tidewire/hub/client';
import { serve } from 'tidewire';
import * as v from 'valibot';

const contract = defineContract({
  calls: {
    'ticket.close': { input: v.object({ id: v.string() }), output: v.object({ closed: v.string() }) },
    count: { input: v.object({ to: v.number() }), output: v.number(), progress: v.number() },
    greet: { input: v.string(), output: v.string() },
  },
});
const hub = createHub(contract, {
  authenticate: ({ token }) => (token === 'token-of-ann' ? { user: { id: 'ann' } } : undefined),
});

hub.handle('ticket.close', { allow: signedIn }, ({ user, input }) => {
  if (input.id !== '42') throw new HubError('no-such-ticket', 'There is no such ticket');
  return { closed: `${input.id} by ${user?.id}` };
});

hub.handle('count', { allow: signedIn }, async ({ input, progress, signal }) => {
  for (let number = 1; number <= input.to; number++) {
    signal.throwIfAborted(); // the caller has canceled, gone away, or waited too long
    await progress(number);
    await sleep(1);
  }
  return input.to;
});

hub.procedures('greet', { allow: { register: signedIn, call: signedIn } });

const server = await serve({ host: '127.0.0.1', routes: { '/realtime': hub } });
const client = connectHub(contract, `${server.url}/realtime`, { token: 'token-of-ann' });
const refused = (error: HubError): void => console.log(`${error.code}: ${error.message}`);

console.log(await client.call('ticket.close', { id: '42' })); // → { closed: '42 by ann' }
await client.call('ticket.close', { id: '43' }).catch(refused); // → no-such-ticket: There is no such ticket

const seen: number[] = [];
const total = await client.call('count', { to: 3 }, { onProgress: (number) => seen.push(number) });
console.log(total, seen.join()); // → 3 1,2,3

const enough = new AbortController();
const endless = client.call(
  'count',
  { to: 1e9 },
  { signal: enough.signal, onProgress: (number) => number === 3 && enough.abort(new Error('that is enough')) },
);
await endless.catch((error: Error) => console.log(error.message)); // → that is enough

await client.call('count', { to: 1e9 }, { timeout: 20 }).catch(refused); // → timeout: It took too long

const registration = await client.register('greet', (name) => `Hello, ${name}`);
console.log(await client.call('greet', 'Bob')); // → Hello, Bob
registration.unregister();

await client.close();
await hub.close();
await server.close();
