/** Which pages may connect. */
import { connect, serve } from 'tidewire';

const server = await serve({
  host: '127.0.0.1',
  routes: {
    '/ours': {}, // 'same-origin': pages of this very host
    '/partners': { origin: ['https://shop.example', 'https://*.partner.example'] },
    '/public': { origin: 'any' },
    '/tenants/{name}': { origin: (origin, { params }) => origin === `https://${params.name}.example` },
  },
});

async function attempt(path: string, origin?: string): Promise<string> {
  try {
    (await connect(`${server.url}${path}`, { origin })).close();
    return 'connected';
  } catch (error) {
    return `refused with ${(error as { status: number }).status}`;
  }
}

console.log(await attempt('/ours', server.url.replace('ws:', 'http:'))); // → connected
console.log(await attempt('/ours', 'https://elsewhere.example')); // → refused with 403
console.log(await attempt('/ours')); // → connected
console.log(await attempt('/partners', 'https://eu.partner.example')); // → connected
console.log(await attempt('/partners', 'https://not-partner.example')); // → refused with 403
console.log(await attempt('/public', 'https://elsewhere.example')); // → connected
console.log(await attempt('/tenants/harbour', 'https://harbour.example')); // → connected
await server.close();
