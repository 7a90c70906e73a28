/** Tidewire's hub with every default, spoken to in WAMP, as its documentation would write it. */
import { createHub, everyone } from '@tidewire/hub';
import { serve } from 'tidewire';
import { announce } from './announce.ts';
import { contract } from './hub-contract.ts';

const hub = createHub(contract);
hub.topic('bench.{topic}', { allow: { subscribe: everyone, publish: everyone } });
hub.topic('storm.{topic}', { history: {}, allow: { subscribe: everyone, publish: everyone } });
hub.handle('bench.add', { allow: everyone }, ({ input: [a, b] }) => a + b);

const server = await serve({ port: 0, host: '127.0.0.1', routes: { '/hub': hub } });
announce(server.port);
