/** A deploy: the old process lets its clients go in batches, and ends. */
import { connect, serve } from 'tidewire';

const server = await serve({ host: '127.0.0.1', routes: { '/live': {} } });

process.once('SIGTERM', async () => {
  await server.close({ code: 1012, drain: { batch: 2, interval: 50 } }); // 2 sockets, 50 ms, 2 sockets, …
  console.log('nobody is left');
});

const clients = await Promise.all(Array.from({ length: 5 }, () => connect(`${server.url}/live`)));
process.kill(process.pid, 'SIGTERM');

const ends = await Promise.all(clients.map((client) => client.closed));
process.once('exit', () => console.log(ends.map(({ code, clean }) => `${code} ${clean}`).join(', ')));
// → nobody is left
// → 1012 true, 1012 true, 1012 true, 1012 true, 1012 true
