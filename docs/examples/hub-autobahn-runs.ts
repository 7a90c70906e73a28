/** Runs hub-autobahn.cjs against a WAMP router that is open to everybody. */
import { createRequire } from 'node:module';
import { openRouter } from '@tidewire/hub';
import { serve } from 'tidewire';

const router = openRouter();
const server = await serve({ host: '127.0.0.1', routes: { '/ws': router } });

console.warn = () => {}; // the library warns of every connection that closes
const { meet } = createRequire(import.meta.url)('./hub-autobahn.cjs');
await meet(`${server.url}/ws`, console.log);
// → 2 + 40 = 42
// → tide: 4.2

await router.close();
await server.close();
