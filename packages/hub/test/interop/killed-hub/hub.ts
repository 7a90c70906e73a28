/**
 * The hub of killed-hub.test.ts, in a process: over the store and on the port that it is given. Before it listens it publishes
 * what its third argument says, in each room.
 */
import { serve } from 'tidewire';
import { createHub, everyone, sqliteEngine } from '../../../src/index.ts';
import { sayPort } from '../../support/hub-process.ts';
import { contract, type Figures, type Room, rooms } from './contract.ts';

const [file = '', port = '0', before = '0'] = process.argv.slice(2);
const hub = createHub(contract, {
  engine: sqliteEngine(file, { synchronous: 'full' }),
  anonymous: true,
  authenticate: ({ token }) => (token === undefined ? undefined : { user: { id: token } }),
});
const all = { count: 1e6, age: '1d', bytes: 2 ** 40 } as const;
hub.topic('room.{room}', {
  history: all,
  once: { age: '1d', count: 1e6 },
  presence: 'members',
  allow: { subscribe: everyone, publish: everyone, history: everyone, presence: everyone },
});
hub.handle('figures', { allow: everyone }, (): Figures => {
  const sorted = (sessions: Iterable<number>) => [...sessions].sort((a, b) => a - b);
  const subscribed = (room: Room) => {
    const { members = [] } = hub.presence('room.{room}', { room });
    return sorted(members.map(({ session }) => session));
  };
  const sessions = sorted(Array.from(hub.sessions, ({ id }) => id));
  return { sessions, rooms: { a: subscribed('a'), b: subscribed('b') } };
});
await hub.ready();
for (const room of rooms) {
  for (let i = 0; i < Number(before); i++) await hub.publish('room.{room}', { room }, { text: `before ${i}` });
}
const server = await serve({ port: Number(port), host: '127.0.0.1', routes: { '/realtime': hub } });
sayPort(server.port);
