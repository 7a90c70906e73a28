import { readFile } from 'node:fs/promises';
import { createHub, everyone, sqliteEngine } from '@tidewire/hub';
import { serve } from 'tidewire';
import { contract } from './contract.ts';

const hub = createHub(contract, { engine: sqliteEngine('chat.db') });

hub.topic('chat.{room}', {
  history: { count: 1000, age: '30d' },
  allow: { subscribe: everyone, publish: everyone, history: everyone },
});

hub.handle('room.count', { allow: everyone }, async ({ input: { room } }) => {
  return (await hub.latest('chat.{room}', { room }, 1000)).length;
});

const files: Record<string, [file: string, type: string]> = {
  '/': ['index.html', 'text/html; charset=utf-8'],
  '/page.js': ['page.js', 'text/javascript'],
};

const server = await serve({
  host: '127.0.0.1',
  port: Number(process.env.PORT ?? 8080),
  async request({ url = '/' }, response) {
    const [file, type] = files[url] ?? [];
    if (file === undefined) return response.writeHead(404).end();
    response.writeHead(200, { 'Content-Type': type }).end(await readFile(new URL(file, import.meta.url)));
  },
  routes: { '/realtime': hub },
});
console.log(`Open ${server.url.replace('ws:', 'http:')}/`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, async () => {
    await hub.close();
    await server.close();
  });
}
