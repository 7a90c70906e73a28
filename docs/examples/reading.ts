/** Three ways to read, and none of them is overrun. */
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, serve } from 'tidewire';

let busy = 0;
const server = await serve({
  host: '127.0.0.1',
  limits: { maxQueuedMessages: 8 }, // parsed ahead of the handler; then reading pauses
  routes: {
    '/jobs': {
      async message(socket, job) {
        busy++;
        await sleep(1); // while this promise is pending, the next message waits
        socket.send(`${job}, ${busy} at a time`);
        busy--;
      },
    },
    '/log': {
      async open(socket) {
        for await (const line of socket) console.log('log:', line); // → log: one line
        console.log('log: the end'); // → log: the end
      },
    },
  },
});

const log = await connect(`${server.url}/log`);
log.send('one line');
log.close();
await log.closed;

const jobs = await connect(`${server.url}/jobs`);
for (let i = 1; i <= 100; i++) jobs.send(`job ${i}`);
await sleep(20); // nothing that comes before there is a reader is lost
let last: string | Uint8Array = '';
let count = 0;
for await (const answer of jobs) {
  last = answer;
  if (++count === 100) jobs.close();
}
console.log(last); // → job 100, 1 at a time
await server.close();
